"""Evidence that is too old to prove anything stands out: on the page, in the facts, to policies and among many."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Client
from reinstatements import facts, policies, services
from reinstatements.facts import case_facts
from reinstatements.models import Check, Policy, ReinstatementRequest
from reinstatements.services import bulk
from tests import factories
from tests.factories import fresh

pytestmark = pytest.mark.usefixtures("scoped")


def sent(account, agent, **dated):
    """Bring a case to where it waits, with a check met otherwise: ``payment_received={"received_on": day}``."""
    case = factories.bring_to(account, "in_verification", agent)
    for check in case.checks.all():
        proof, evidence = factories.EVIDENCE[check.code]
        proof |= {name: day.isoformat() for name, day in dated.get(check.code, {}).items()}
        services.record_check(case, check.code, actor=agent, outcome="met", facts=proof, evidence=evidence)
    services.send_for_approval(case, actor=agent)
    return ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)


def said(client, user, case):
    client.force_login(user)
    return client.get(case.get_absolute_url())


def titles(answer):
    return [row["title"] for row in answer.context["deviations"]]


def day(value):
    return date_format(value, "j M Y")


@pytest.mark.requirement("R36", "R58")
def test_a_payment_from_before_service_stopped_is_no_routine(client, suspended, agent, supervisor):
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    case = sent(suspended, agent, payment_received={"received_on": yesterday})

    now = case_facts(case)
    assert now["risk"] == {"level": "elevated", "reasons": ["evidence_stale"]}
    assert now["stale"] == {"stopped_on": today.isoformat(), "checks": ["payment_received"]}
    answer = said(client, supervisor, case)
    assert titles(answer) == [
        f"Evidence from before service stopped on {day(today)}: payment received ({day(yesterday)})"
    ]
    assert "Routine:" not in answer.content.decode()
    assert "From before service stopped" in answer.content.decode()


def test_what_is_dated_on_the_day_of_the_stop_or_later_is_routine(client, suspended, agent, supervisor):
    case = sent(suspended, agent)

    assert case_facts(case)["risk"] == {"level": "routine", "reasons": []}
    assert "stale" not in case_facts(case)
    assert titles(said(client, supervisor, case)) == []


def test_several_checks_that_are_too_old_are_named_each(suspended, agent):
    old = timezone.localdate() - timedelta(days=9)
    case = sent(suspended, agent, payment_received={"received_on": old}, contact_confirmed={"confirmed_on": old})

    assert case_facts(case)["stale"]["checks"] == ["contact_confirmed", "payment_received"]
    assert case_facts(case)["risk"]["reasons"] == ["evidence_stale"]


def test_the_day_of_the_stop_is_that_of_the_client(acme, agent, time_machine):
    """Stopped on 10 March at 03:30 UTC, which is the evening of the 9th in New York."""
    Client.objects.filter(pk=acme.pk).update(time_zone="America/New_York")
    time_machine.move_to(datetime(2027, 3, 10, 3, 30, tzinfo=UTC), tick=False)
    account = factories.suspend(factories.make_account(acme, balance_minor=8420))
    received = datetime(2027, 3, 9, tzinfo=UTC).date()
    dated = {"payment_received": {"received_on": received}, "contact_confirmed": {"confirmed_on": received}}
    case = sent(account, agent, **dated)

    assert "stale" not in case_facts(case)


def test_a_policy_may_ask_for_another_level_because_of_it(acme, suspended, agent):
    policy = Policy.objects.get(client=acme, kind="payment")
    when = [{"fact": "risk_reasons", "is": "one_of", "value": ["evidence_stale"]}]
    levels = [*policy.rules["levels"], {"role": "compliance", "count": 1, "when": when}]
    factories.put_in_force(policy, policy.rules | {"levels": levels})
    case = sent(suspended, agent, payment_received={"received_on": timezone.localdate() - timedelta(days=3)})

    asked = policies.choose_levels(case.policy.rules, facts.profile(case_facts(case)))
    assert [level.role for level in asked] == ["supervisor", "compliance"]


def test_what_was_confirmed_a_month_ago_has_run_out(client, acme, suspended, agent, supervisor, time_machine):
    case = sent(suspended, agent)
    confirmed_on = timezone.localdate()

    time_machine.move_to(timezone.now() + timedelta(days=30))
    assert titles(said(client, supervisor, case)) == []
    time_machine.move_to(timezone.now() + timedelta(days=1))
    last = confirmed_on + timedelta(days=30)
    answer = said(client, supervisor, case)
    assert titles(answer) == [f"Identity confirmed: what proves it was good until {day(last)}"]
    # It goes by the clock, so it is no fact that approvals are bound to.
    assert case_facts(fresh(case))["risk"]["level"] == "routine"


def test_a_document_that_expires_while_the_case_waits_stands_out(client, suspended, agent, supervisor, time_machine):
    case = sent(suspended, agent)
    tomorrow = timezone.localdate() + timedelta(days=1)
    Check.objects.filter(case=case, code="identity").update(code="kyc", facts={"valid_until": tomorrow.isoformat()})

    assert titles(said(client, supervisor, case)) == []
    time_machine.move_to(timezone.now() + timedelta(days=2))
    assert titles(said(client, supervisor, case)) == [
        f"Know your customer: what proves it was good until {day(tomorrow)}"
    ]


def test_many_at_once_leave_out_what_is_too_old(acme, suspended, agent, supervisor, time_machine):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"bulk_approval": True})
    case = sent(suspended, agent)
    time_machine.move_to(timezone.now() + timedelta(days=31))

    why = bulk.try_one("approve", case, actor=supervisor, seen={str(case.pk): factories.seen(case)}, reason="paid")
    assert why.startswith("Identity confirmed: what proves it was good until ")
    assert why.endswith(". Open the case and decide it by itself.")
    assert fresh(case).status == "awaiting_approval"


@pytest.mark.requirement("R41")
def test_an_appeal_is_decided_on_what_was_good_when_it_was_declined(client, acme, suspended, agent, time_machine):
    supervisor, second = (factories.make_user(name, (acme, "supervisor")) for name in ("first", "second"))
    declined = factories.decline(sent(suspended, agent), supervisor)
    time_machine.move_to(timezone.now() + timedelta(days=29))
    appeal = factories.appeal(declined, factories.make_user("clerk", (acme, "agent")))
    time_machine.move_to(timezone.now() + timedelta(days=9))

    assert titles(said(client, second, appeal)) == ["An appeal: somebody else has declined it"]
