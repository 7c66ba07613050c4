"""Ways to approve what one has asked for or worked on. Here the agent is the maker of the case that waits."""

from django_scopes import scopes_disabled

from accounts.models import Person
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import (
    approval_of,
    approve,
    entry_of,
    execute,
    forge,
    move,
    write,
)

TOOK_PART = "took part in a case"


@door(TOOK_PART)
def maker(desk):
    approve(desk.case, desk.agent)


@door(TOOK_PART)
def second_login_of_the_maker(desk):
    approve(desk.case, desk.second_login)


@door(f"{TOOK_PART}|needs an approval")
def maker_behind_the_approval_of_another(desk):
    """The approval is the supervisor's, the decision the maker's."""
    approve(desk.case, desk.supervisor, actor=desk.agent)


@door(TOOK_PART)
def somebody_on_behalf_of_the_maker(desk):
    approve(desk.case, desk.supervisor, on_behalf_id=desk.agent.pk)


@door("names the person whose login it is")
def login_of_the_maker_in_the_name_of_another(desk):
    approve(desk.case, desk.supervisor, approval={"person_id": desk.second_supervisor.person_id})


@door("names the person|took part")
def person_of_another_for_the_login_of_the_maker(desk):
    approve(desk.case, desk.agent, approval={"person_id": desk.supervisor.person_id})


@door("needs an approval")
def entry_without_an_approval(desk):
    move(desk.case, forge(desk.case, desk.supervisor, "awaiting_approval", "approved", case_hash="0" * 64))


@door("needs an approval")
def approval_of_other_facts(desk):
    approve(desk.case, desk.supervisor, case_hash="0" * 64)


@door("needs an approval")
def approval_that_declines(desk):
    approve(desk.case, desk.supervisor, approval={"decision": "declined"})


@door("needs an approval")
def sending_back_without_a_word(desk):
    move(desk.case, forge(desk.case, desk.supervisor, "awaiting_approval", "in_verification"))


@door("needs an approval|and then by people")
def approval_by_a_rule_that_a_person_wrote(desk):
    rule = {"user": None, "person_id": None, "rule": "paid_in_full"}
    approve(desk.case, desk.supervisor, approval=rule, rule="paid_in_full")


@door("approval_by_a_person_or_a_rule|needs an approval")
def approval_by_nobody(desk):
    approve(desk.case, desk.supervisor, approval={"user": None, "person_id": None})


@door("waits for approval")
def approval_before_it_is_due(desk):
    write(approval_of(desk.done, desk.second_supervisor))


@door("waits for approval")
def approval_in_the_name_of_another_client(desk):
    write(approval_of(desk.case, desk.second_supervisor, client_id=desk.globex.pk))


@door("approves at one level")
def one_person_at_two_levels(desk):
    write(approval_of(desk.case, desk.supervisor, level=0))
    write(approval_of(desk.case, desk.supervisor, level=1))


@door("login stays theirs")
def maker_who_becomes_somebody_else(desk):
    desk.agent.person = Person.objects.create(name="Somebody else")
    desk.agent.save()


@door("login stays theirs")
def second_login_that_becomes_somebody_else(desk):
    fresh = Person.objects.create(name="Somebody else")
    execute("UPDATE accounts_user SET person_id = %s WHERE id = %s", fresh.pk, desk.second_login.pk)


@door("login stays theirs")
def approver_who_becomes_somebody_else(desk):
    fresh = Person.objects.create(name="Somebody else")
    execute("UPDATE accounts_user SET person_id = %s WHERE id = %s", fresh.pk, desk.supervisor.pk)


@door("stands in the way", vendor="sqlite")
def login_that_is_replaced(desk):
    execute("PRAGMA recursive_triggers = OFF")
    names = [field.column for field in desk.second_login._meta.concrete_fields]
    values = ["%s" if name == "person_id" else name for name in names]
    execute(
        f"""REPLACE INTO accounts_user ({", ".join(names)}) SELECT {", ".join(values)} FROM accounts_user
        WHERE id = %s""",
        *(desk.supervisor.person_id, desk.second_login.pk),
    )


@door("never deleted")
def participation_that_is_deleted(desk):
    execute("DELETE FROM reinstatements_participation WHERE case_id = %s", desk.case.pk)
    approve(desk.case, desk.agent)


@door(TOOK_PART)
def participation_that_was_never_written(desk):
    """A case put together by hand, whose maker is named in its entries only."""
    account = desk.other
    case = type(desk.case)(
        client=desk.acme,
        account=account,
        kind="payment",
        policy=desk.case.policy,
        maker=desk.second_supervisor,
        stopped_entry=account.pk,
        opened_entry=account.pk,
        status_number=account.head_number + 1,
    )
    case.__dict__["status"] = "draft"
    forge(case, desk.second_supervisor, "", "draft")
    write(case)
    for before, after in (
        ("draft", "submitted"),
        ("submitted", "in_verification"),
        ("in_verification", "awaiting_approval"),
    ):
        move(case, forge(case, desk.second_supervisor, before, after))
    approve(case, desk.second_supervisor)


@door(TOOK_PART)
def superuser(desk):
    with scopes_disabled():
        root = factories.make_user("root", person=desk.agent.person, is_superuser=True)
    approve(desk.case, root)


@door(TOOK_PART)
def maker_who_declines(desk):
    given = approval_of(desk.case, desk.agent, decision="declined")
    entry = entry_of(desk.case, desk.agent, "awaiting_approval", "declined", case_hash=given.case_hash)
    given.entry = entry.uid
    write(given)
    write(entry)


@door("reversal by somebody else")
def taking_back_without_a_reversal(desk):
    write(entry_of(desk.case, desk.supervisor, "awaiting_approval", "awaiting_approval", action="reverse"))
