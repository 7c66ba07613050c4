"""What the database refuses of memberships: a way round a suspension, a decision settled twice, points from nowhere."""

from accounts import registries
from accounts.ledger.guards import append_only, differs, no_replacing, quoted, refuse
from accounts.models import PointsEntry, ScheduledChange, StatusChange, StatusOverride
from accounts.models.ledger import IN_SERVICE

# Of an entry, a column of the one before it that has set the status of its subject.
LAST = """(SELECT before.{column} FROM accounts_statuschange before WHERE before.account_id = NEW.account_id
    AND before.number < NEW.number AND before.subject_id = NEW.subject_id AND before.subject_type = NEW.subject_type
    AND before.from_status <> before.to_status ORDER BY before.number DESC LIMIT 1)"""


def goes_back(model, status):
    """Leaving ``status`` for service goes back to the status that it was entered from, so it launders nothing."""
    running = ", ".join(quoted(status) for status in IN_SERVICE)
    return refuse(
        f"{model.subject_type}_goes_back",
        StatusChange,
        "INSERT",
        f"COALESCE({LAST.format(column='from_status')}, '') <> NEW.to_status",
        f"A {model.subject_type} leaves {status} for the status that it was entered from.",
        when=f"""NEW.subject_type = '{model.subject_type}' AND NEW.from_status = '{status}'
            AND NEW.to_status IN ({running})""",
    )


@registries.guards.register("memberships")
def memberships():
    """What was decided for later is settled once, and points add up to their balance."""
    entry = """SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
        AND entry.client_id = NEW.client_id AND entry.subject_id = NEW.membership_id AND entry.uid ="""
    kept = " OR ".join(
        differs(field.column)
        for field in ScheduledChange._meta.concrete_fields
        if field.name not in ("settled_entry", "snapshot")
    )
    return [
        refuse(
            "scheduledchange_decided",
            ScheduledChange,
            "INSERT",
            f"NOT EXISTS ({entry} NEW.entry) OR NEW.settled_entry IS NOT NULL",
            "A change is scheduled by an entry about its membership.",
        ),
        refuse(
            "scheduledchange_settled",
            ScheduledChange,
            "UPDATE",
            f"OLD.settled_entry IS NOT NULL OR {kept} OR NOT EXISTS ({entry} NEW.settled_entry)",
            "A scheduled change is settled once, by an entry about its membership, and not changed otherwise.",
        ),
        refuse("scheduledchange_delete", ScheduledChange, "DELETE", "TRUE", "A scheduled change is never deleted."),
        *no_replacing(ScheduledChange),
        refuse(
            "pointsentry_adds_up",
            PointsEntry,
            "INSERT",
            f"""NOT EXISTS ({entry} NEW.entry) OR NEW.number < 1 OR NEW.balance <> NEW.change + COALESCE((SELECT
                before.balance FROM accounts_pointsentry before WHERE before.membership_id = NEW.membership_id
                AND before.number = NEW.number - 1), 0) OR NEW.number > 1 AND NOT EXISTS (SELECT 1
                FROM accounts_pointsentry before WHERE before.membership_id = NEW.membership_id
                AND before.number = NEW.number - 1)""",
            "Points follow the entry before and add up, and an entry about their membership records them.",
        ),
        *append_only(PointsEntry),
        refuse(
            "statusoverride_recorded",
            StatusOverride,
            "INSERT",
            f"NOT EXISTS ({entry} NEW.entry AND entry.action = 'override_status')",
            "A status is set by hand by an entry about its membership.",
        ),
        *append_only(StatusOverride),
    ]
