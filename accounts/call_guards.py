"""What the database keeps of calls: who proved who they are, who speaks for whom, and how they were reached."""

from accounts.ledger.guards import append_only, differs, no_replacing, refuse
from accounts.models import Call, ContactAttempt, Representative


def calls():
    return [*verifications(), *representatives(), *attempts()]


def entry(kind, row="NEW"):
    return f"""SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = {row}.account_id
        AND entry.subject_type = '{kind}' AND entry.subject_id = {row}.id AND entry.uid ="""


def verifications():
    """Each has an entry of its own, which says the same; a locked account is not asked by another door."""
    return [
        refuse(
            "call_recorded",
            Call,
            "INSERT",
            f"""NOT EXISTS ({entry("call")} NEW.entry
                AND entry.action = CASE WHEN NEW.passed THEN 'pass' ELSE 'fail' END)""",
            "A call is recorded by an entry of its account.",
        ),
        refuse(
            "call_while_locked",
            Call,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_call other WHERE other.account_id = NEW.account_id
               AND other.locked_until > NEW.called_at)""",
            "After too many failed calls nobody is asked before the lock is over.",
        ),
        *append_only(Call),
    ]


def representatives():
    """Who speaks for the holder stands as it was recorded, is ended once, and loses the name with the person's data."""
    kept = ("id", "client_id", "account_id", "scope", "valid_until", "recorded_at", "recorded_entry")
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in kept)
    return [
        refuse(
            "representative_recorded",
            Representative,
            "INSERT",
            f"NOT EXISTS ({entry('representative')} NEW.recorded_entry)",
            "A representative is recorded by an entry of the account.",
        ),
        refuse(
            "representative_kept",
            Representative,
            "UPDATE",
            f"""{changed} OR (NEW.name IS NOT NULL AND {differs("name")})
                OR ({differs("ended_entry")} AND (OLD.ended_entry IS NOT NULL
                OR NOT EXISTS ({entry("representative")} NEW.ended_entry AND entry.action = 'end')))""",
            "A representative stays as recorded, and is ended once, by an entry.",
        ),
        refuse("representative_delete", Representative, "DELETE", "TRUE", "A representative is never deleted."),
        *no_replacing(Representative),
    ]


def attempts():
    """An attempt stands as it was; that they were called back is said once, by the entry of another one."""
    kept = ("id", "client_id", "account_id", "direction", "outcome", "attempted_at", "by_id", "entry")
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in kept)
    return [
        refuse(
            "attempt_recorded",
            ContactAttempt,
            "INSERT",
            f"NOT EXISTS ({entry('contactattempt')} NEW.entry)",
            "A contact attempt is recorded by an entry of its account.",
        ),
        refuse(
            "attempt_kept",
            ContactAttempt,
            "UPDATE",
            f"""{changed} OR {differs("call_back_at")} OR {differs("due_from")} OR OLD.settled_entry IS NOT NULL
                OR NOT EXISTS (SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
                AND entry.subject_type = 'contactattempt' AND entry.uid = NEW.settled_entry)""",
            "A contact attempt stays as it was, and its call-back is made once.",
        ),
        refuse("attempt_delete", ContactAttempt, "DELETE", "TRUE", "A contact attempt is never deleted."),
        *no_replacing(ContactAttempt),
    ]
