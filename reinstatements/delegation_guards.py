"""Who decides in somebody's place was asked to, for a time that is not over, and for nobody who worked on the case."""

from accounts.ledger.guards import refuse
from reinstatements.models import Approval


def in_place_of(participant):
    """Return the guards; ``participant`` is the condition that a user took part in a case."""
    giver = "(SELECT given_by.giver_id FROM accounts_delegation given_by WHERE given_by.id = NEW.delegation_id)"
    return [
        refuse(
            "approval_in_place",
            Approval,
            "INSERT",
            f"""NOT EXISTS (SELECT 1 FROM accounts_delegation held WHERE held.id = NEW.delegation_id
                AND held.client_id = NEW.client_id AND held.taker_id = NEW.user_id AND held.role = NEW.role
                AND held.starts_at <= NEW.decided_at AND held.ends_at > NEW.decided_at AND held.ended_at IS NULL)
                OR {participant.format(user=giver, case="NEW.case_id")}
                OR EXISTS (SELECT 1 FROM reinstatements_approval before
                JOIN accounts_user giver ON giver.person_id = before.person_id
                JOIN reinstatements_reinstatementrequest waiting ON waiting.id = before.case_id
                WHERE before.case_id = NEW.case_id AND giver.id = {giver} AND before.decision = 'approved'
                AND NEW.decision = 'approved' AND before.decided_at >= waiting.sent_for_approval_at)""",
            "Somebody stands in where they were asked to, and for nobody who took part in the case or approved it.",
            when="NEW.delegation_id IS NOT NULL",
        ),
        refuse(
            "approval_after_place",
            Approval,
            "INSERT",
            """EXISTS (SELECT 1 FROM reinstatements_approval before
               JOIN accounts_delegation held ON held.id = before.delegation_id
               JOIN accounts_user giver ON giver.id = held.giver_id
               JOIN reinstatements_reinstatementrequest waiting ON waiting.id = before.case_id
               WHERE before.case_id = NEW.case_id AND before.decision = 'approved'
               AND giver.person_id = NEW.person_id AND before.decided_at >= waiting.sent_for_approval_at)""",
            "Whoever was stood in for at one level does not approve at another.",
            when="NEW.decision = 'approved' AND NEW.person_id IS NOT NULL",
        ),
    ]
