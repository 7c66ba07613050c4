"""Ways to appeal twice, too late, against an appeal or on other evidence, and to decide an appeal against oneself."""

from datetime import timedelta

from django_scopes import scope

from reinstatements import services
from reinstatements.models import Check, ReinstatementRequest
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import approval_of, approve, entry_of, execute, forge, move, write

AGAINST = "An appeal is against a declined case about the same stop, in time"
FROZEN = "evidence of what was declined stays as it was"


def declined(desk):
    """Decline the case that waits, as a supervisor does."""
    return factories.decline(desk.case, desk.supervisor)


def appeal_of(desk, against, **fields):
    """Return an appeal against a case, put together by hand, with the entry that opens it; the case is not written."""
    row = ReinstatementRequest.objects.get(pk=against.pk)
    kept = ("client_id", "account_id", "kind", "policy_id", "stopped_status", "stopped_reason", "stopped_entry")
    known = {name: getattr(row, name) for name in (*kept, "resume_reason", "opened_entry")}
    case = ReinstatementRequest(**known | {"maker": desk.decider, "appeals_id": row.pk} | fields)
    case.opened_at = fields.get("opened_at") or row.decided_at or row.opened_at
    entry = forge(case, desk.decider, "", "draft")
    case.__dict__["status"], case.status_number = "draft", entry.number
    return case


@door(f"{AGAINST}|one_open_case_an_account")
def appeal_against_what_was_not_declined(desk):
    write(appeal_of(desk, desk.case))


@door(AGAINST)
def appeal_that_came_too_late(desk):
    against = declined(desk)
    write(appeal_of(desk, against, opened_at=against.appeal_until + timedelta(seconds=1)))


@door(AGAINST)
def appeal_that_came_before_the_decision(desk):
    against = declined(desk)
    write(appeal_of(desk, against, opened_at=against.decided_at - timedelta(seconds=1)))


@door(AGAINST)
def appeal_about_another_stop(desk):
    write(appeal_of(desk, declined(desk), stopped_entry=desk.other.pk))


@door(AGAINST)
def appeal_about_another_account(desk):
    write(appeal_of(desk, declined(desk), account_id=desk.other.pk))


@door(AGAINST)
def appeal_against_an_appeal(desk):
    made = factories.appeal(declined(desk), desk.agent)
    write(appeal_of(desk, factories.decline(made, desk.second_supervisor)))


@door("appeals_id|stands in the way")
def second_appeal(desk):
    against = declined(desk)
    made = factories.appeal(against, desk.agent)
    with scope(client=desk.acme.pk):
        services.withdraw(made, actor=desk.second_supervisor, reason="not_wanted")
    write(appeal_of(desk, against))


@door("A case is an appeal, or none")
def case_that_becomes_an_appeal(desk):
    execute(
        "UPDATE reinstatements_reinstatementrequest SET appeals_id = %s WHERE id = %s", declined(desk).pk, desk.done.pk
    )


@door("Until when a case may be appealed")
def time_to_appeal_that_is_made_longer(desk):
    against = declined(desk)
    later = against.appeal_until + timedelta(days=30)
    ReinstatementRequest.objects.filter(pk=against.pk).update(appeal_until=later)


@door("Only an appeal goes before those who decide")
def case_that_skips_its_verification(desk):
    case = factories.bring_to(desk.other, "draft", desk.agent)
    write(entry_of(case, desk.agent, "draft", "awaiting_approval"))


@door("Whoever took part in what is appealed")
def appeal_that_leaves_out_who_declined(desk):
    case = write(appeal_of(desk, declined(desk)))
    write(entry_of(case, desk.decider, "draft", "awaiting_approval"))


@door("An appeal is decided on the evidence as it stood")
def appeal_that_is_verified_anew(desk):
    made = factories.appeal(declined(desk), desk.agent)
    given = approval_of(made, desk.decider, decision="sent_back")
    entry = entry_of(made, desk.decider, "awaiting_approval", "in_verification", case_hash=given.case_hash)
    given.entry = entry.uid
    write(given)
    write(entry)


@door("An appeal is decided on the evidence as it stood")
def appeal_that_is_submitted(desk):
    case = write(appeal_of(desk, declined(desk)))
    move(case, forge(case, desk.decider, "draft", "submitted"))


@door("kept away from deciding an appeal does not withdraw it")
def appeal_that_who_declined_withdraws(desk):
    made = factories.appeal(declined(desk), desk.agent)
    write(entry_of(made, desk.supervisor, "awaiting_approval", "withdrawn"))


@door("kept away from deciding an appeal does not withdraw it")
def appeal_that_the_second_login_of_who_worked_on_it_withdraws(desk):
    made = factories.appeal(declined(desk), factories.make_user("clerk", (desk.acme, "agent")))
    write(entry_of(made, desk.second_login, "awaiting_approval", "withdrawn"))


@door(FROZEN)
def check_of_a_declined_case_that_is_changed(desk):
    Check.objects.filter(case=declined(desk), code="identity").update(facts={"method": "in_person"})


@door(FROZEN)
def check_that_moves_to_another_case(desk):
    Check.objects.filter(case=declined(desk), code="identity").update(case=desk.done)


@door(FROZEN)
def check_that_is_added_to_a_declined_case(desk):
    write(Check(client_id=desk.acme.pk, case=declined(desk), code="kyc"))


@door(FROZEN)
def check_that_is_added_to_an_appeal(desk):
    made = factories.appeal(declined(desk), desk.agent)
    write(Check(client_id=desk.acme.pk, case=made, code="kyc"))


@door(FROZEN)
def check_of_a_declined_case_that_is_deleted(desk):
    execute("DELETE FROM reinstatements_check WHERE case_id = %s", declined(desk).pk)


@door("took part in a case")
def who_declined_decides_the_appeal(desk):
    approve(factories.appeal(declined(desk), desk.agent), desk.supervisor)


@door("took part in a case")
def second_login_of_who_worked_on_it_decides_the_appeal(desk):
    made = factories.appeal(declined(desk), factories.make_user("clerk", (desk.acme, "agent")))
    approve(made, desk.second_login)
