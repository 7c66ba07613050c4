"""What the database keeps of trainings: nobody records their own, and what was recorded stands."""

from accounts.ledger.guards import differs, no_replacing, refuse
from accounts.models import TrainingRecord


def entry(column, action):
    return f"""SELECT 1 FROM accounts_statuschange entry WHERE entry.client_id = NEW.client_id
        AND entry.subject_type = 'training' AND entry.subject_id = NEW.id AND entry.action = '{action}'
        AND entry.uid = NEW.{column}"""


def trainings():
    kept = (
        *("id", "client_id", "person_id", "subject", "completed_on", "valid_until", "ends_at", "recorded_by_id"),
        *("recorded_at", "recorded_entry"),
    )
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in kept)
    ended, warned = differs("ended_entry"), differs("warned_entry")
    return [
        refuse(
            "training_recorded",
            TrainingRecord,
            "INSERT",
            f"NOT EXISTS ({entry('recorded_entry', 'record')})",
            "A training is recorded by an entry of its client.",
        ),
        refuse(
            "training_of_oneself",
            TrainingRecord,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_user login WHERE login.id = NEW.recorded_by_id
               AND login.person_id = NEW.person_id)""",
            "Nobody records their own training.",
        ),
        refuse(
            "training_kept",
            TrainingRecord,
            "UPDATE",
            f"""{changed}
                OR ({ended} AND (OLD.ended_entry IS NOT NULL OR NOT EXISTS ({entry("ended_entry", "end")})))
                OR ({warned} AND (OLD.warned_entry IS NOT NULL OR NOT EXISTS ({entry("warned_entry", "warn")})))""",
            "A training stays as it was recorded, and is ended once, by an entry.",
        ),
        refuse("training_delete", TrainingRecord, "DELETE", "TRUE", "A training is never deleted."),
        *no_replacing(TrainingRecord),
    ]
