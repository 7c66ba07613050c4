"""An approval that a linked system must confirm: nothing changes before it does, and all of it changes then."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, OutboxEvent, Restriction, StatusChange
from accounts.services import accounts as account_services
from notifications import tasks as mails
from notifications.models import StaffNotice
from reinstatements import breaches, presentation, services, tasks
from reinstatements.models import Confirmation, Policy, ReinstatementRequest
from reinstatements.services.confirming import Changed
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]
NETWORK = [{"system": "network"}]


def asking(client, confirmations=NETWORK, **more):
    """Let cases about payment at this client wait for a linked system."""
    with scopes_disabled():
        policy = Policy.objects.get(client=client, kind="payment", version=1)
        factories.put_in_force(policy, policy.rules | {"confirmations": confirmations} | more)


@pytest.fixture
def waiting(acme, suspended, agent, supervisor):
    """A case that was approved and waits for the network."""
    asking(acme, minutes={"completion": 60})
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    return services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))


def actions(case, number=20):
    rows = StatusChange.objects.filter(account=case.account_id).order_by("-number")
    return list(rows.values_list("subject_type", "action")[:number])[::-1]


def events(case):
    return list(OutboxEvent.objects.filter(account=case.account_id).order_by("id").values_list("name", flat=True))


def now(case):
    return ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)


def standing(case):
    """Return what a confirmation changes: case, account, what is owed, and how many restrictions are open."""
    found = now(case)
    open_rows = Restriction.objects.filter(account=case.account_id, lifted_at=None).count()
    membership = found.account.memberships.get().status
    return found.status, found.account.status, membership, found.account.balance_minor, open_rows


STOPPED = ("approved", "suspended", "suspended", 8420, 1)
BACK = ("completed", "active", "active", 0, 0)


@pytest.mark.requirement("R39", "R73")
def test_an_approved_case_changes_nothing_before_the_linked_system_confirms(waiting):
    assert standing(waiting) == STOPPED
    assert actions(waiting)[-1] == ("reinstatement", "approve")
    assert events(waiting)[-1] == "case.confirmation_wanted"
    assert "reinstatement.completed" not in events(waiting)
    assert waiting.linked_system == "network"
    # Without a calendar every minute is a working one.
    assert waiting.confirm_by - waiting.decided_at == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=2))


@pytest.mark.requirement("R39", "R73")
def test_the_confirmation_does_all_that_was_approved_at_once(waiting, agent):
    services.confirm(waiting, actor=agent, reference="NET-4711")

    assert standing(waiting) == BACK
    assert actions(waiting)[-5:] == [
        ("reinstatement", "approve"),
        ("reinstatement", "confirm"),
        ("account", "reinstate"),
        ("membership", "reinstate"),
        ("reinstatement", "complete"),
    ]
    assert events(waiting).count("reinstatement.completed") == 1
    answer = Confirmation.objects.get()
    assert (answer.outcome, answer.system, answer.reference, answer.user) == ("confirmed", "network", "NET-4711", agent)
    entry = StatusChange.objects.get(uid=answer.entry)
    assert "4711" not in bytes(entry.body).decode()
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R73")
def test_the_same_answer_again_changes_nothing(waiting, agent, supervisor):
    services.confirm(waiting, actor=agent, reference="NET-4711")
    before = actions(waiting), events(waiting)

    services.confirm(now(waiting), actor=supervisor, reference=" NET-4711 ")

    assert (actions(waiting), events(waiting)) == before
    with pytest.raises(Moved):
        services.confirm(now(waiting), actor=agent, reference="NET-4712")


def test_a_reference_is_one_case_s_only_and_no_words(acme, waiting, agent, supervisor):
    other = factories.suspend(factories.make_account(acme, "A-2", balance_minor=8420))
    second = factories.bring_to(other, "awaiting_approval", agent)
    second = services.approve(second, actor=supervisor, reason="paid", seen=factories.seen(second))
    services.confirm(waiting, actor=agent, reference="NET-4711")

    for reference in ("NET-4711", "Maria called", "", "x" * 61, "-"):
        with pytest.raises(Invalid):
            services.confirm(second, actor=agent, reference=reference)
    assert now(second).status == "approved"


@pytest.mark.requirement("R73")
def test_a_failure_is_kept_with_its_reason_people_are_told_and_it_can_be_tried_again(waiting, agent, supervisor):
    services.not_confirmed(
        waiting, actor=agent, reference="NET-1", reason="in_use_elsewhere", note="The number is ported."
    )

    case = now(waiting)
    assert standing(waiting) == STOPPED
    assert case.unconfirmed_since is not None
    entry = StatusChange.objects.filter(subject_id=case.pk).order_by("number").last()
    assert (entry.action, entry.reason) == ("not_confirmed", "in_use_elsewhere")
    mails.relay()
    told = StaffNotice.objects.filter(event_name="case.not_confirmed")
    assert set(told.values_list("user__username", flat=True)) == {"agent", "supervisor"}
    services.not_confirmed(case, actor=agent, reference="NET-1", reason="in_use_elsewhere")
    assert Confirmation.objects.count() == 1

    again = services.ask_again(case, actor=agent, note="The other provider let go of it.")
    assert now(case).unconfirmed_since is None
    assert again.confirm_by > case.confirm_by
    assert events(case)[-1] == "case.confirmation_wanted"
    services.confirm(again, actor=agent, reference="NET-1")
    assert standing(waiting) == BACK


@pytest.mark.requirement("R73")
def test_a_system_that_stays_silent_raises_attention_once(waiting, agent, supervisor):
    tasks.look_for_confirmations()
    assert now(waiting).unconfirmed_since is None

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        tasks.look_for_confirmations()
        tasks.look_for_confirmations()

    assert actions(waiting)[-2:] == [("reinstatement", "approve"), ("reinstatement", "not_confirmed")]
    assert events(waiting).count("case.not_confirmed") == 1
    last = StatusChange.objects.filter(subject_id=waiting.pk).order_by("number").last()
    assert (last.reason, last.rule, last.actor.is_system) == ("no_confirmation", "confirmation_awaited", True)
    services.confirm(now(waiting), actor=agent, reference="NET-2")
    assert standing(waiting) == BACK


def restricted(case, supervisor):
    account_services.restrict(case.account, actor=supervisor, kind="security", reason="fraud_suspected")


def owes_more(case, agent):
    factories.charge(Account.objects.get(pk=case.account_id))


@pytest.mark.requirement("R73")
def test_what_changed_meanwhile_stops_it_and_is_named_and_the_case_is_approved_again(
    waiting, agent, supervisor, client
):
    owes_more(waiting, agent)
    before = actions(waiting)

    with pytest.raises(Changed) as stopped:
        services.confirm(now(waiting), actor=agent, reference="NET-3")

    assert stopped.value.approved["balance"]["owed_minor"] == 8420
    assert stopped.value.current["balance"]["owed_minor"] == 11420
    assert actions(waiting) == before
    assert standing(waiting)[:2] == ("approved", "suspended")
    client.force_login(agent)
    page = client.post(reverse("case_confirm", args=[waiting.code]), {"reference": "NET-3"})
    assert page.status_code == 409
    assert "Balance owed" in {change.label for change in page.context["changes"]}

    case = services.reconsider(now(waiting), actor=agent, note="A charge came in between.")
    assert (case.status, case.level_role, case.linked_system) == ("awaiting_approval", "supervisor", "")
    with pytest.raises(Moved):
        services.confirm(case, actor=agent, reference="NET-3")


def test_an_approval_that_became_void_does_not_confirm_what_was_approved_later(waiting, agent, second_supervisor):
    case = services.reconsider(now(waiting), actor=agent, note="Look again.")
    case = services.approve(case, actor=second_supervisor, reason="paid", seen=factories.seen(case))
    services.confirm(case, actor=agent, reference="NET-5")

    assert standing(waiting) == BACK
    assert list(verify(Totals())) == []


def test_a_case_that_waits_may_be_withdrawn_and_then_nothing_confirms_it(waiting, agent):
    services.withdraw(waiting, actor=agent, reason="not_wanted")

    with pytest.raises(Moved):
        services.confirm(now(waiting), actor=agent, reference="NET-6")
    assert now(waiting).account.status == "suspended"


def test_only_who_works_the_client_s_cases_puts_an_answer_down(waiting, auditor, contact, outsider, compliance):
    for user in (auditor, contact, outsider, compliance):
        with pytest.raises(Refused):
            services.confirm(waiting, actor=user, reference="NET-7")


def test_conditions_say_which_cases_wait(acme, suspended, agent, supervisor):
    from_a_hundred = [{"fact": "owed_minor", "is": "at_least", "value": 10_000}]
    asking(acme, [{"system": "network", "when": from_a_hundred}])
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    assert (case.status, case.linked_system) == ("completed", "")


def test_a_policy_names_systems_that_the_product_knows(acme):
    with pytest.raises(Invalid, match="system that the product knows"):
        asking(acme, [{"system": "skynet"}])


@pytest.mark.requirement("R39")
def test_a_telecom_client_begins_with_plans_that_the_network_confirms():
    from reinstatements.policies import default_rules

    assert default_rules("telecom", "service_plan")["confirmations"] == NETWORK
    assert "confirmations" not in default_rules("telecom", "payment")


def test_the_command_takes_the_system_s_word_once(waiting):
    def bring(**options):
        out = StringIO()
        call_command("confirm_case", waiting.code.lower(), client="acme", stdout=out, **options)
        return out.getvalue().strip()

    assert bring(reference="NET-8", failed="system_unavailable") == f"Case {waiting.code} is approved."
    assert bring(reference="NET-9") == bring(reference="NET-9") == f"Case {waiting.code} is completed."
    entry = StatusChange.objects.get(subject_id=waiting.pk, action="confirm")
    assert (entry.origin, entry.actor.is_system) == ("client_system", True)
    with pytest.raises(CommandError, match="waits for no confirmation"):
        bring(reference="NET-10")


@pytest.mark.requirement("R73")
def test_the_page_says_that_it_is_not_confirmed_and_takes_the_answer(waiting, agent, supervisor, client):
    client.force_login(agent)
    assert "Not confirmed yet" in client.get(waiting.get_absolute_url()).text

    answer = {"reference": "NET-11", "reason": "system_refuses", "note": "No such device."}
    client.post(reverse("case_not_confirmed", args=[waiting.code]), answer)
    page = client.get(waiting.get_absolute_url()).text
    assert "NET-11" in page
    assert "No such device." in page
    client.force_login(supervisor)
    listed = client.get(reverse("queue"), {"queue": "unconfirmed"})
    assert [row["case"].pk for row in listed.context["rows"]] == [waiting.pk]
    client.force_login(agent)
    client.post(reverse("case_ask_system", args=[waiting.code]), {"note": ""})
    assert client.get(reverse("queue"), {"queue": "unconfirmed"}).context["rows"] == []
    bad = client.post(reverse("case_confirm", args=[waiting.code]), {"reference": "two words"})
    assert bad.status_code == 400
    client.post(reverse("case_confirm", args=[waiting.code]), {"reference": "NET-12"})
    assert standing(waiting) == BACK


@pytest.mark.requirement("R39")
def test_before_approving_the_page_says_that_nothing_changes_until_the_network_confirms(
    acme, suspended, agent, supervisor, client
):
    asking(acme)
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    client.force_login(supervisor)

    page = client.get(case.get_absolute_url())

    assert page.context["effects"][0] == "Nothing changes before a linked system confirms: Network. Then, at once:"
    why = json.dumps([str(words) for words in page.context["effects"]])
    assert "The account goes from suspended to active." in why


def test_the_scope_of_another_client_does_not_see_the_answers(waiting, agent, globex):
    services.confirm(waiting, actor=agent, reference="NET-13")

    with scope(client=[globex.pk]):
        assert not Confirmation.objects.exists()


@pytest.mark.requirement("R101")
def test_asked_for_approval_again_deciding_goes_on_with_what_was_used(acme, agent, supervisor, suspended, time_machine):
    """Thirty of sixty minutes were used when it was approved; the two hours in which the network was asked are none."""
    asking(acme, minutes={"completion": 600, "decision": 60})
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    sent = case.sent_for_approval_at
    time_machine.move_to(sent + timedelta(minutes=30), tick=False)
    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    time_machine.move_to(sent + timedelta(minutes=150), tick=False)
    case = services.reconsider(now(case), actor=agent, note="A charge came in between.")

    assert now(case).step_due_at - (sent + timedelta(minutes=180)) < timedelta(seconds=2)


@pytest.mark.requirement("R101")
def test_what_was_approved_in_time_is_on_no_list_of_breaches_while_its_system_is_silent(
    waiting, agent, supervisor, auditor, client, time_machine
):
    for each in (auditor, agent):
        each.client_roles.update(starts_at=waiting.due_at - timedelta(days=30))
    time_machine.move_to(waiting.due_at + timedelta(hours=3))
    case = now(waiting)
    assert (presentation.standing(case), list(breaches.breached(auditor))) == ("met", [])
    client.force_login(auditor)
    assert "due-met" in client.get(case.get_absolute_url()).content.decode()

    services.confirm(case, actor=agent, reference="NET-9")
    assert presentation.standing(now(waiting)) == "met"
    assert list(breaches.breached(auditor, breaches.ENDED)) == []


@pytest.mark.requirement("R101")
def test_what_was_approved_too_late_is_listed_as_decided_too_late_before_and_after_its_system_confirms(
    acme, suspended, agent, supervisor, auditor, time_machine
):
    asking(acme)
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    for each in (auditor, agent, supervisor):
        each.client_roles.update(starts_at=case.due_at - timedelta(days=30))
    time_machine.move_to(case.due_at + timedelta(minutes=5))
    case = services.approve(now(case), actor=supervisor, reason="paid", seen=factories.seen(case))
    for _once in range(2):
        assert presentation.standing(now(case)) == "late"
        assert [list(breaches.breached(auditor, what)) for what in (breaches.OPEN, breaches.ENDED)] == [[], [case]]
        services.confirm(now(case), actor=agent, reference="NET-10")
