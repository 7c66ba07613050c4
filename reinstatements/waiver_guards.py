"""A check is waived by somebody who took no part in the case, and never by a hand in the table."""

from accounts.ledger.guards import append_only, refuse
from reinstatements.models import Check, Waiver

GRANTED = """NOT EXISTS (SELECT 1 FROM reinstatements_waiver granted WHERE granted.case_id = NEW.case_id
    AND granted.code = NEW.code AND granted.entry = NEW.entry AND granted.user_id = NEW.done_by_id)"""


def waivers(participant):
    """Return the guards; ``participant`` is the condition that a user took part in a case."""
    return [
        *append_only(Waiver),
        refuse(
            "waiver_four_eyes",
            Waiver,
            "INSERT",
            f"""{participant.format(user="NEW.user_id", case="NEW.case_id")}
                OR NOT EXISTS (SELECT 1 FROM accounts_user decider
                WHERE decider.id = NEW.user_id AND decider.person_id = NEW.person_id)
                OR NOT EXISTS (SELECT 1 FROM reinstatements_check asked JOIN reinstatements_reinstatementrequest worked
                ON worked.id = asked.case_id WHERE asked.case_id = NEW.case_id AND asked.code = NEW.code
                AND asked.outcome = 'asked' AND worked.status = 'in_verification'
                AND worked.client_id = NEW.client_id)""",
            "A check is waived where that was asked for, by somebody who took no part in the case.",
        ),
        refuse(
            "check_waived",
            Check,
            "UPDATE",
            GRANTED,
            "A check is waived by a waiver that somebody else has granted.",
            when="NEW.outcome = 'waived' AND OLD.outcome <> 'waived'",
        ),
        refuse(
            "check_begins",
            Check,
            "INSERT",
            "NEW.outcome <> 'open'",
            "A check begins open.",
        ),
    ]
