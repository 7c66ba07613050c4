"""Four eyes, held by the database: whoever took part in a case cannot have decided it."""

from accounts import registries
from accounts.ledger.guards import append_only, refuse
from accounts.models import StatusChange, User
from reinstatements.models import Approval, Participation

PARTICIPANT = """SELECT 1 FROM reinstatements_participation took JOIN accounts_user decider ON decider.id = {user}
    WHERE took.case_id = {case} AND (took.person_id = decider.person_id OR took.user_id = decider.id)"""


@registries.guards.register("four eyes")
def four_eyes():
    return [
        *append_only(Participation),
        *append_only(Approval),
        refuse(
            "approval_four_eyes",
            Approval,
            "INSERT",
            f"EXISTS ({PARTICIPANT.format(user='NEW.user_id', case='NEW.case_id')})",
            "Whoever took part in a case does not decide it.",
        ),
        refuse(
            "approval_person",
            Approval,
            "INSERT",
            """NEW.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_user decider
               WHERE decider.id = NEW.user_id AND decider.person_id = NEW.person_id)""",
            "An approval names the person whose login it is.",
        ),
        refuse(
            "entry_decides",
            StatusChange,
            "INSERT",
            f"""NEW.subject_type = 'reinstatement' AND NEW.from_status <> NEW.to_status
                AND NEW.to_status IN ('approved', 'declined')
                AND (NOT EXISTS (SELECT 1 FROM reinstatements_approval given WHERE given.case_id = NEW.subject_id
                AND given.entry = NEW.uid AND given.decision = NEW.to_status AND given.case_hash = NEW.case_hash
                AND (given.user_id = NEW.actor_id OR (given.rule <> '' AND given.rule = NEW.rule)))
                OR EXISTS ({PARTICIPANT.format(user="NEW.actor_id", case="NEW.subject_id")}))""",
            "A decision needs an approval by somebody who took no part in the case.",
        ),
        refuse(
            "user_person",
            User,
            "UPDATE",
            """NEW.person_id <> OLD.person_id AND EXISTS (SELECT 1 FROM reinstatements_participation took
               WHERE took.person_id = OLD.person_id)""",
            "This person took part in cases; the login stays theirs.",
        ),
    ]
