"""Two people to end something, where a client wants it so: what the database holds of closings and cancellations."""

from accounts.ledger.guards import append_only, quoted, refuse
from accounts.models import EndingDecision, EndingProposal, StatusChange
from accounts.models.staff import SYSTEM_USERNAME
from accounts.two_person_guards import OWN, keeps_person, not_the_maker

PROPOSAL = "SELECT 1 FROM accounts_endingproposal proposed WHERE proposed.id = NEW.proposal_id"
# What ends with its account has been confirmed with it; a merge has a second person of its own.
WITH_ACCOUNT = """NEW.subject_type = 'membership' AND EXISTS (SELECT 1 FROM accounts_statuschange cause
    WHERE cause.uid = NEW.caused_by AND cause.account_id = NEW.account_id AND cause.number < NEW.number
    AND cause.subject_type = 'account' AND cause.from_status <> cause.to_status
    AND cause.to_status IN ('closed', 'merged'))"""
CONFIRMED = """SELECT 1 FROM accounts_endingdecision given
    JOIN accounts_endingproposal proposed ON proposed.id = given.proposal_id
    WHERE given.entry = NEW.uid AND given.decision = 'confirmed' AND given.user_id = NEW.actor_id
    AND proposed.account_id = NEW.account_id AND proposed.deed = CASE NEW.subject_type WHEN 'account' THEN 'close'
    ELSE 'cancel' END AND COALESCE(proposed.membership_id, proposed.account_id) = NEW.subject_id"""


def endings():
    return [*append_only(EndingProposal), *append_only(EndingDecision), *proposals(), *decisions(), ends(), people()]


def proposals():
    return [
        refuse(
            "ending_person",
            EndingProposal,
            "INSERT",
            f"NOT EXISTS ({OWN.format(user='proposed_by_id', person='proposed_person_id')})",
            "A proposal names the person whose login it is.",
        ),
        refuse(
            "ending_recorded",
            EndingProposal,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange entry WHERE entry.uid = NEW.entry
               AND entry.account_id = NEW.account_id AND entry.client_id = NEW.client_id
               AND entry.actor_id = NEW.proposed_by_id
               AND entry.subject_id = COALESCE(NEW.membership_id, NEW.account_id))""",
            "An ending is proposed by an entry about what would end.",
        ),
    ]


def decisions():
    return [
        refuse(
            "ending_decision_person",
            EndingDecision,
            "INSERT",
            f"""NOT EXISTS ({OWN.format(user="user_id", person="person_id")})
                OR NOT EXISTS ({PROPOSAL} AND proposed.client_id = NEW.client_id)""",
            "A decision names the person whose login it is, and a proposal of the same client.",
        ),
        refuse(
            "ending_four_eyes",
            EndingDecision,
            "INSERT",
            not_the_maker(PROPOSAL),
            "Whoever proposed an ending does not confirm it.",
            when="NEW.decision = 'confirmed'",
        ),
    ]


def ends():
    return refuse(
        "entry_ends_with_two",
        StatusChange,
        "INSERT",
        f"""EXISTS (SELECT 1 FROM accounts_accountsettings settings WHERE settings.client_id = NEW.client_id
            AND settings.ends_need_two)
            AND (NEW.on_behalf_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM accounts_user actor
            WHERE actor.id = NEW.actor_id AND actor.username = {quoted(SYSTEM_USERNAME)}))
            AND NOT ({WITH_ACCOUNT}) AND NOT EXISTS ({CONFIRMED})""",
        "This client wants two people to close an account or cancel a membership.",
        when="""NEW.from_status <> '' AND (NEW.subject_type = 'account' AND NEW.to_status = 'closed'
            AND NEW.from_status NOT IN ('closed', 'merged')
            OR NEW.subject_type = 'membership' AND (NEW.to_status = 'cancelled' AND NEW.from_status <> 'cancelled'
            OR NEW.action = 'schedule_cancel'))""",
    )


def people():
    return keeps_person(
        *("user_person_of_endings", "accounts_endingproposal", "accounts_endingdecision"),
        "This person took part in endings; the login stays theirs.",
    )
