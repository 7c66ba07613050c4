"""Ways to have a case decided by a rule that never did."""

import uuid

from accounts.models import User
from reinstatements.models import ReinstatementRequest
from tests.house.doors import door
from tests.house.doors.forging import approval_of, entry_of, execute, forge, move, move_head, write


def case_of(desk, account, maker, is_automatic=True):
    """A case put together by hand, not written yet."""
    case = ReinstatementRequest(
        client=desk.acme,
        account=account,
        kind="payment",
        policy=desk.case.policy,
        stopped_status="suspended",
        stopped_entry=uuid.uuid4(),
        opened_entry=uuid.uuid4(),
        maker=maker,
        status_number=account.head_number + 1,
        is_automatic=is_automatic,
    )
    case.__dict__["status"] = "submitted"
    return case


def opened(desk, actor, rule, **fields):
    case = case_of(desk, desk.other, actor, **fields)
    forge(case, actor, "", "submitted", rule=rule)
    return write(case)


def decided(case, actor, rule, **fields):
    given = approval_of(case, None, rule=rule)
    entry = entry_of(case, actor, "submitted", "approved", rule=rule, **{"case_hash": given.case_hash, **fields})
    given.entry = entry.uid
    write(given)
    return move(case, move_head(write(entry)))


@door("Only a rule that is known")
def person_who_opens_a_case_as_a_rule(desk):
    opened(desk, desk.agent, "suspension_ended")


@door("Only a rule that is known")
def rule_that_nobody_knows(desk):
    opened(desk, User.objects.system(), "paid_in_part")


@door("Only a rule that is known")
def case_opened_as_submitted_without_a_rule(desk):
    opened(desk, User.objects.system(), "")


@door("Only a rule that is known|needs an approval")
def person_who_decides_in_the_place_of_a_rule(desk):
    case = opened(desk, User.objects.system(), "suspension_ended")
    decided(case, desk.supervisor, "suspension_ended")


@door("Only a rule that is known|waits for approval")
def person_who_takes_the_way_of_a_rule(desk):
    """Approved without its verification."""
    case = opened(desk, User.objects.system(), "suspension_ended")
    given = approval_of(case, desk.supervisor)
    entry = entry_of(case, desk.supervisor, "submitted", "approved", case_hash=given.case_hash)
    given.entry = entry.uid
    write(given)
    write(entry)


@door("Only a rule that is known|needs an approval")
def rule_that_decides_what_a_person_has_submitted(desk):
    """Without its verification, as if the rule had opened it."""
    system = User.objects.system()
    case = case_of(desk, desk.other, desk.agent, is_automatic=False)
    case.__dict__["status"] = "draft"
    forge(case, desk.agent, "", "draft")
    write(case)
    move(case, forge(case, desk.agent, "draft", "submitted"))
    write(entry_of(case, system, "submitted", "approved", rule="suspension_ended", case_hash="0" * 64))


def by_rule(case, decision):
    """Decide a case that waits for people in the name of a rule, the entry by the system as a rule's is."""
    given = approval_of(case, None, rule="paid_in_full", decision=decision)
    told = {"rule": "paid_in_full", "case_hash": given.case_hash}
    entry = entry_of(case, User.objects.system(), "awaiting_approval", decision, **told)
    given.entry = entry.uid
    write(given)
    return move(case, move_head(write(entry)))


@door("and then by people")
def rule_that_approves_what_waits_for_people(desk):
    by_rule(desk.case, "approved")


@door("and then by people")
def rule_that_declines_what_waits_for_people(desk):
    by_rule(desk.case, "declined")


@door("waits for approval")
def rule_that_declines(desk):
    case = opened(desk, User.objects.system(), "suspension_ended")
    write(approval_of(case, None, rule="suspension_ended", decision="declined"))


@door("automatic if a rule has opened it")
def case_of_a_rule_that_says_it_is_not(desk):
    opened(desk, User.objects.system(), "suspension_ended", is_automatic=False)


@door("automatic, or not, from its opening on")
def case_of_people_that_becomes_automatic(desk):
    execute("UPDATE reinstatements_reinstatementrequest SET is_automatic = TRUE WHERE id = %s", desk.case.pk)


@door("stands on imported entries only")
def history_of_an_account_that_people_work_on(desk):
    opened(desk, User.objects.system(), "imported_history", is_automatic=True)


@door("stands on imported entries only")
def history_that_happened_here(desk):
    system = User.objects.system()
    case = case_of(desk, desk.active, system)
    forge(case, system, "", "submitted", rule="imported_history", origin="rule")
