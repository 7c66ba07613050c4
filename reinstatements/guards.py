"""Four eyes, held by the database: whoever took part in a case cannot have decided it."""

from functools import partial

from accounts import registries
from accounts.ledger.guards import append_only, differs, no_replacing, quoted, refuse
from accounts.ledger.triggers import ask_at_once
from accounts.models import StatusChange, User
from accounts.models.ledger import IN_SERVICE, STOPPED_STATUSES
from accounts.models.staff import SYSTEM_USERNAME
from reinstatements.appeal_guards import appeals
from reinstatements.automatic_guards import automatic
from reinstatements.confirmation_guards import UNCONFIRMED, confirmations
from reinstatements.delegation_guards import in_place_of
from reinstatements.external_guards import external
from reinstatements.models import Approval, Participation, PastStep, ReinstatementRequest, Reversal
from reinstatements.policy_guards import policies
from reinstatements.waiver_guards import waivers

# Every login of the decider's person, among those who are named as participants or who wrote what a case rests on.
PARTICIPANT = """EXISTS (SELECT 1 FROM accounts_user decider JOIN accounts_user login
    ON login.person_id = decider.person_id WHERE decider.id = {user} AND (
    EXISTS (SELECT 1 FROM reinstatements_participation took WHERE took.case_id = {case}
    AND (took.person_id = decider.person_id OR took.user_id = login.id))
    OR EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest asked JOIN accounts_statuschange entry
    ON entry.account_id = asked.account_id WHERE asked.id = {case} AND entry.subject_type = 'reinstatement'
    AND entry.subject_id = asked.id AND entry.actor_id = login.id
    AND entry.from_status IN ('', 'draft', 'submitted', 'in_verification', 'awaiting_member'))))"""

DECISIVE = """NEW.subject_type = 'reinstatement' AND NEW.from_status <> NEW.to_status
    AND (NEW.to_status IN ('approved', 'declined')
    OR NEW.from_status = 'awaiting_approval' AND NEW.to_status = 'in_verification')"""


def listed(statuses):
    return ", ".join(map(quoted, sorted(statuses)))


RETURNS = f"""NEW.subject_type IN ('account', 'membership') AND NEW.to_status IN ({listed(IN_SERVICE)})
    AND NEW.from_status IN ({listed(STOPPED_STATUSES)})"""
registries.guards.register("appeals", partial(appeals, PARTICIPANT))
registries.guards.register("confirmations", confirmations)
registries.guards.register("policies", policies)
registries.guards.register("external approvals", external)
registries.guards.register("approvals in the place of others", partial(in_place_of, PARTICIPANT))
registries.guards.register("waivers", partial(waivers, PARTICIPANT))
registries.guards.register("steps of the past", partial(append_only, PastStep))


@registries.guards.register("four eyes")
def four_eyes():
    return [*append_only(Participation), *append_only(Approval), *approvals(), *decisions(), *people()]


def approvals():
    return [
        refuse(
            "approval_four_eyes",
            Approval,
            "INSERT",
            PARTICIPANT.format(user="NEW.user_id", case="NEW.case_id"),
            "Whoever took part in a case does not decide it.",
            when="NEW.user_id IS NOT NULL",
        ),
        refuse(
            "approval_person",
            Approval,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_user decider
               WHERE decider.id = NEW.user_id AND decider.person_id = NEW.person_id)""",
            "An approval names the person whose login it is.",
            when="NEW.user_id IS NOT NULL",
        ),
        refuse(
            "approval_due",
            Approval,
            "INSERT",
            # One look at the case by its key: an index of open cases holds all those of an import. What was sent for
            # approval is for people; a rule approves what it has opened itself, and declines nothing.
            """NOT COALESCE((SELECT waiting.client_id = NEW.client_id
               AND (waiting.status = 'awaiting_approval' AND NEW.rule = ''
               OR waiting.status = 'submitted' AND waiting.is_automatic AND NEW.rule <> ''
               AND NEW.decision = 'approved') FROM reinstatements_reinstatementrequest waiting
               WHERE waiting.id = NEW.case_id), NEW.rule <> '' AND NEW.decision = 'approved')""",
            "A case is decided while it waits for approval, and then by people.",
        ),
        refuse(
            "approval_once",
            Approval,
            "INSERT",
            """EXISTS (SELECT 1 FROM reinstatements_approval given
               JOIN reinstatements_reinstatementrequest waiting ON waiting.id = given.case_id
               WHERE given.case_id = NEW.case_id AND given.person_id = NEW.person_id AND given.decision = 'approved'
               AND given.id <> NEW.id AND given.decided_at >= waiting.sent_for_approval_at)""",
            "One person approves at one level.",
            when="NEW.decision = 'approved' AND NEW.person_id IS NOT NULL",
        ),
    ]


def decisions():
    return [
        refuse(
            "entry_decides",
            StatusChange,
            "INSERT",
            f"""NOT EXISTS (SELECT 1 FROM reinstatements_approval given
                WHERE given.case_id = NEW.subject_id AND given.entry = NEW.uid AND given.case_hash = NEW.case_hash
                AND given.decision = CASE NEW.to_status WHEN 'in_verification' THEN 'sent_back' ELSE NEW.to_status END
                AND (given.user_id = NEW.actor_id AND NEW.rule = '' OR given.rule <> '' AND given.rule = NEW.rule
                AND EXISTS (SELECT 1 FROM accounts_user actor WHERE actor.id = NEW.actor_id
                AND actor.username = '{SYSTEM_USERNAME}')))""",
            "A decision needs an approval of these facts, by the person who decides or by a named rule.",
            when=DECISIVE,
        ),
        refuse(
            "entry_four_eyes",
            StatusChange,
            "INSERT",
            f"""(NEW.rule = '' AND {PARTICIPANT.format(user="NEW.actor_id", case="NEW.subject_id")})
                OR {PARTICIPANT.format(user="NEW.on_behalf_id", case="NEW.subject_id")}""",
            "Whoever took part in a case does not decide it, nor does anybody on their behalf.",
            when=f"{DECISIVE} AND (NEW.rule = '' OR NEW.on_behalf_id IS NOT NULL)",
        ),
    ]


@registries.guards.register("reversals")
def reversals():
    """A reinstatement is taken back once, by a person who neither took part in the case nor approved it."""
    return [
        *append_only(Reversal),
        refuse(
            "reversal_four_eyes",
            Reversal,
            "INSERT",
            f"""{PARTICIPANT.format(user="NEW.user_id", case="NEW.case_id")}
                OR EXISTS (SELECT 1 FROM reinstatements_approval given JOIN accounts_user decider
                ON decider.person_id = given.person_id WHERE given.case_id = NEW.case_id
                AND given.decision = 'approved' AND decider.id = NEW.user_id)
                OR NOT EXISTS (SELECT 1 FROM accounts_user decider
                WHERE decider.id = NEW.user_id AND decider.person_id = NEW.person_id)""",
            "Whoever took part in a case or approved it does not take it back.",
        ),
        refuse(
            "entry_reverses",
            StatusChange,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_reversal reversed WHERE reversed.case_id = NEW.subject_id
                AND reversed.entry = NEW.uid AND reversed.user_id = NEW.actor_id
                AND reversed.client_id = NEW.client_id)""",
            "A reinstatement is taken back with a reversal by somebody else.",
            when="NEW.subject_type = 'reinstatement' AND NEW.action = 'reverse'",
        ),
    ]


@registries.guards.register("cases of memberships")
def memberships():
    """A case about one membership brings back that one, and nothing else of its account."""
    return [
        refuse(
            "case_membership",
            ReinstatementRequest,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_membership own WHERE own.id = NEW.membership_id
               AND own.account_id = NEW.account_id AND own.client_id = NEW.client_id)""",
            "A case is about a membership of its own account.",
            when="NEW.membership_id IS NOT NULL",
        ),
        refuse(
            "case_keeps_membership",
            ReinstatementRequest,
            "UPDATE",
            differs("membership_id"),
            "A case stays about what it was opened for.",
        ),
        refuse(
            "entry_returns_membership",
            StatusChange,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_statuschange approved JOIN reinstatements_reinstatementrequest asked
               ON asked.id = approved.subject_id WHERE approved.uid = NEW.caused_by
               AND approved.subject_type = 'reinstatement' AND asked.membership_id <> NEW.subject_id)""",
            "A case about one membership brings back that one only.",
            when=RETURNS,
        ),
        refuse(
            "entry_returns_approved",
            StatusChange,
            "INSERT",
            f"""EXISTS (SELECT 1 FROM accounts_statuschange approved JOIN reinstatements_reinstatementrequest asked
                ON asked.id = approved.subject_id WHERE approved.uid = NEW.caused_by
                AND approved.subject_type = 'reinstatement' AND approved.to_status = 'approved'
                AND approved.from_status <> 'approved' AND approved.account_id = NEW.account_id
                AND (asked.membership_id IS NULL OR asked.membership_id = NEW.subject_id)
                AND (asked.status <> 'approved'
                OR asked.status_number <> approved.number OR {UNCONFIRMED}))
                OR EXISTS (SELECT 1 FROM accounts_statuschange approved JOIN accounts_statuschange moved
                ON moved.account_id = approved.account_id AND moved.number > approved.number
                AND moved.number < NEW.number AND moved.subject_id = approved.subject_id
                AND moved.from_status <> moved.to_status WHERE approved.uid = NEW.caused_by)""",
            "What a case brings back comes while its approval stands, and once its linked system has confirmed.",
            when=RETURNS,
        ),
    ]


def people():
    """Who somebody is does not change once the record rests on it."""
    return [
        refuse(
            "user_person",
            User,
            "UPDATE",
            """NEW.id <> OLD.id OR NEW.person_id <> OLD.person_id AND (
               EXISTS (SELECT 1 FROM reinstatements_participation took
               WHERE took.person_id = OLD.person_id OR took.user_id = OLD.id)
               OR EXISTS (SELECT 1 FROM reinstatements_approval given
               WHERE given.person_id = OLD.person_id OR given.user_id = OLD.id))""",
            "This person took part in cases; the login stays theirs.",
        ),
        *no_replacing(User),
    ]


registries.guards.register("automatic lane", automatic)
ask_at_once(Approval, ReinstatementRequest)
