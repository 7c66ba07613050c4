"""An appeal: once, in time, decided by somebody else, on the evidence as it stood."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django_scopes import scope

from accounts import personal
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, OutboxEvent, Plan, StatusChange
from accounts.services import memberships
from notifications import tasks
from notifications.models import Delivery
from notifications.services import templates
from notifications.services.webhook_events import topic_of
from reinstatements import facts, queues, services
from reinstatements.models import Check, Policy, ReinstatementRequest
from reinstatements.services import appealing
from tests import factories
from tests.benchmarks.copies import without_guards
from tests.factories import fresh

pytestmark = [pytest.mark.usefixtures("scoped"), pytest.mark.requirement("R41")]


@pytest.fixture
def declined(acme, awaiting_approval, supervisor):
    return factories.decline(awaiting_approval, supervisor)


@pytest.fixture
def clerk(acme):
    """Another agent, who had no part in the case."""
    return factories.make_user("clerk", (acme, "agent"))


@pytest.fixture
def appeal(declined, clerk):
    return factories.appeal(declined, clerk)


def decide(case, actor, deed=services.approve, reason="paid", **words):
    return deed(fresh(case), actor=actor, reason=reason, seen=factories.seen(case), **words)


def not_granted(case, actor):
    return decide(case, actor, services.decline, reason="not_proven", note="The transfer never came.")


def told(account):
    return list(OutboxEvent.objects.filter(account=account).order_by("created_at").values_list("name", flat=True))


def test_an_appeal_goes_before_those_who_decide_and_is_linked_to_the_decision_and_the_suspension(
    declined, appeal, clerk
):
    assert (appeal.status, appeal.level_role, appeal.appeals_id) == ("awaiting_approval", "supervisor", declined.pk)
    assert appeal.stopped_entry == declined.stopped_entry
    opened = StatusChange.objects.get(uid=appeal.opened_entry)
    decided = StatusChange.objects.get(subject_id=declined.pk, to_status="declined")
    body = json.loads(bytes(opened.body))
    assert (opened.action, opened.caused_by, opened.actor) == ("open_appeal", decided.uid, clerk)
    assert {name: body["data"][name] for name in ("appeals", "declined", "stopped", "channel")} == {
        "appeals": str(declined.pk),
        "declined": str(decided.uid),
        "stopped": str(declined.stopped_entry),
        "channel": "letter",
    }
    assert "transfer slip" not in bytes(opened.body).decode()
    assert told(declined.account)[-1] == "reinstatement.appeal_received"


def test_a_granted_appeal_brings_the_account_back_in_one_transaction(appeal, second_supervisor):
    done = decide(appeal, second_supervisor)

    account = Account.objects.get(pk=appeal.account_id)
    assert (done.status, account.status, account.balance_minor) == ("completed", "active", 0)
    entries = StatusChange.objects.filter(account=account).order_by("-number").values_list("action", "to_status")[:4]
    assert list(entries) == [
        ("complete", "completed"),
        ("reinstate", "active"),
        ("reinstate", "active"),
        ("approve", "approved"),
    ]
    assert told(account)[-1] == "reinstatement.appeal_granted"
    assert "reinstatement.completed" not in told(account)
    # The client's systems hear of it as of every return.
    assert topic_of("reinstatement.appeal_granted") == topic_of("reinstatement.completed") == "status"
    assert list(verify(Totals(), account.client_id)) == []


def test_an_appeal_that_is_not_granted_is_the_end(acme, appeal, clerk, second_supervisor):
    done = not_granted(appeal, second_supervisor)

    account = Account.objects.get(pk=appeal.account_id)
    assert (done.status, done.appeal_until, account.status) == ("declined", None, "suspended")
    assert told(account)[-1] == "reinstatement.appeal_declined"
    with pytest.raises(Refused, match="on an appeal"):
        factories.appeal(done, clerk)
    assert list(verify(Totals(), acme.pk)) == []


def test_a_case_is_appealed_once(declined, appeal, clerk, second_supervisor):
    with pytest.raises(Moved, match=appeal.code):
        factories.appeal(declined, clerk)

    services.withdraw(appeal, actor=second_supervisor, reason="not_wanted")
    with pytest.raises(Moved, match=appeal.code):
        factories.appeal(declined, clerk)


@pytest.mark.requirement("R41", "R58")
def test_nobody_decides_the_appeal_who_took_part_in_the_case_or_decided_it_or_put_it_down(
    acme, declined, agent, supervisor, clerk, second_supervisor
):
    appeal = factories.appeal(declined, clerk)
    for person in (agent, supervisor, clerk):
        login = factories.make_user(f"{person.username}_again", (acme, "supervisor"), person=person.person)
        for deed in (decide, not_granted):
            with pytest.raises(Refused):
                deed(appeal, login)
        assert not queues.QUEUES["decide"].cases(login).exists()

    assert list(queues.QUEUES["decide"].cases(second_supervisor)) == [appeal]
    assert fresh(appeal).status == "awaiting_approval"


@pytest.mark.requirement("R41", "R58")
def test_nobody_withdraws_the_appeal_who_is_kept_away_from_deciding_it(
    acme, declined, agent, supervisor, clerk, second_supervisor
):
    appeal = factories.appeal(declined, clerk)
    others = [
        factories.make_user(f"{person.username}_again", (acme, "supervisor"), person=person.person)
        for person in (agent, supervisor, clerk)
    ]
    bystander = factories.make_user("bystander", (acme, "agent"))
    for actor in (agent, supervisor, clerk, bystander, *others):
        with pytest.raises(Refused, match="somebody who may decide it"):
            services.withdraw(fresh(appeal), actor=actor, reason="not_wanted")
    assert fresh(appeal).status == "awaiting_approval"

    services.withdraw(fresh(appeal), actor=second_supervisor, reason="not_wanted")
    assert fresh(appeal).status == "withdrawn"


@pytest.mark.requirement("R41", "R58")
def test_nobody_stands_in_for_who_declined(acme, appeal, supervisor, compliance):
    factories.delegation(acme, supervisor, compliance)

    with pytest.raises(Refused):
        decide(appeal, compliance)
    assert list(queues.QUEUES["for-others"].cases(compliance)) == []


def test_an_appeal_is_not_sent_back_and_brings_no_evidence(appeal, agent, second_supervisor):
    with pytest.raises(Refused, match="evidence as it stood"):
        decide(appeal, second_supervisor, services.send_back, reason="evidence_unclear", note="Which slip?")
    with pytest.raises(Moved):
        services.start(appeal, actor=agent)

    assert not Check.objects.filter(case=appeal).exists()
    with pytest.raises(DatabaseError, match="evidence of what was declined"), transaction.atomic():
        Check.objects.create(client_id=appeal.client_id, case=appeal, code="kyc")


def test_sending_back_opens_no_appeal(awaiting_approval, clerk, supervisor):
    decide(awaiting_approval, supervisor, services.send_back, reason="evidence_unclear", note="Which slip?")

    sent_back = fresh(awaiting_approval)
    assert sent_back.appeal_until is None
    with pytest.raises(Moved, match="in verification"):
        factories.appeal(sent_back, clerk)


def test_the_evidence_stands_as_it_was_when_the_case_was_declined(declined, appeal):
    then = declined.approvals.get(decision="declined").facts
    now = facts.case_facts(fresh(appeal))

    assert now["checks"] == then["checks"]
    assert (now["stopped"], now["policy"]) == (then["stopped"], then["policy"])
    assert now["risk"] == {"level": "elevated", "reasons": ["appeal"]}
    for change in ({"outcome": "failed"}, {"facts": {}}, {"evidence_digest": "0" * 64}):
        with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
            Check.objects.filter(case=declined, code="identity").update(**change)
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Check.objects.filter(case=declined).delete()


def test_the_usual_preconditions_hold_for_an_appeal(appeal, second_supervisor):
    """More is owed than when the case was declined, and the evidence of then does not pay it."""
    factories.charge(Account.objects.get(pk=appeal.account_id))

    with pytest.raises((Refused, Invalid)):
        decide(appeal, second_supervisor)
    assert fresh(appeal).status == "awaiting_approval"


def test_an_appeal_that_is_granted_waits_for_the_linked_system_like_every_case(
    acme, suspended, agent, supervisor, clerk
):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"confirmations": [{"system": "network"}]})
    case = factories.decline(factories.bring_to(suspended, "awaiting_approval", agent), supervisor)
    appeal = factories.appeal(case, clerk)

    waits = decide(appeal, factories.make_user("third", (acme, "supervisor")))
    assert (waits.status, fresh(suspended).status) == ("approved", "suspended")
    services.confirm(waits, actor=clerk, reference="NET-1")

    assert (fresh(waits).status, fresh(suspended).status) == ("completed", "active")
    assert told(suspended)[-1] == "reinstatement.appeal_granted"


# Declined on 1 November 2026 at 12:00 UTC, 30 days: the last day is 1 December.
@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("Europe/Berlin", datetime(2026, 12, 1, 22, 59, 59, 999999, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 12, 2, 4, 59, 59, 999999, tzinfo=UTC)),
        # Declined on 2 November there already.
        ("Pacific/Kiritimati", datetime(2026, 12, 2, 9, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_the_last_day_ends_where_the_member_lives(acme, zone, last):
    agent = factories.make_user("agent", (acme, "agent"))
    supervisor = factories.make_user("supervisor", (acme, "supervisor"))
    account = factories.suspend(factories.make_account(acme, balance_minor=8420, time_zone=zone))
    case = factories.bring_to(account, "awaiting_approval", agent)
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)

    assert appealing.until(case, at) == last
    done = factories.decline(case, supervisor)
    assert done.appeal_until == appealing.until(case, done.decided_at)
    entry = StatusChange.objects.get(subject_id=done.pk, to_status="declined")
    assert json.loads(bytes(entry.body))["data"]["appeal_until"] == done.appeal_until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_what_counts_is_when_it_came(declined, clerk):
    late = declined.appeal_until + timedelta(seconds=1)
    with time_machine.travel(late + timedelta(days=2)):
        with pytest.raises(Refused, match="time to appeal is over"):
            factories.appeal(declined, clerk, received_at=late)
        with pytest.raises(Invalid, match="future"):
            factories.appeal(declined, clerk, received_at=late + timedelta(days=3))
        with pytest.raises(Invalid, match="declined later"):
            factories.appeal(declined, clerk, received_at=declined.decided_at - timedelta(hours=1))
        in_time = factories.appeal(declined, clerk, received_at=declined.appeal_until)

    assert in_time.opened_at == declined.appeal_until


def test_a_day_that_was_moved_behind_the_guards_is_found(acme, declined):
    assert list(verify(Totals(), acme.pk)) == []
    for moved in (declined.appeal_until + timedelta(days=1), None):
        with without_guards():
            ReinstatementRequest.objects.filter(pk=declined.pk).update(appeal_until=moved)
        found = [(problem.table, problem.what) for problem in verify(Totals(), acme.pk)]
        assert (
            "reinstatements_reinstatementrequest",
            "Until when it may be appealed is not as the entry recorded it that declined it.",
        ) in found


def test_a_policy_may_let_nobody_appeal(acme, suspended, agent, supervisor, clerk):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"appeal_days": 0})
    case = factories.decline(factories.bring_to(suspended, "awaiting_approval", agent), supervisor)

    assert case.appeal_until is None
    with pytest.raises(Refused, match="nobody appeal"):
        factories.appeal(case, clerk)


def test_there_is_nothing_to_appeal_for_once_service_is_back(declined, agent, supervisor, clerk):
    account = Account.objects.get(pk=declined.account_id)
    again = factories.bring_to(account, "awaiting_approval", agent)
    with pytest.raises(Moved, match=again.code):
        factories.appeal(declined, clerk)

    decide(again, supervisor)
    with pytest.raises(Invalid, match="nothing to reinstate"):
        factories.appeal(declined, clerk)
    factories.suspend(fresh(account))
    with pytest.raises(Invalid, match="stopped anew"):
        factories.appeal(declined, clerk)


def test_somebody_speaks_for_the_holder_only_where_that_is_recorded(declined, clerk):
    told = factories.representative(declined.account, clerk, scope_="information")
    asks = factories.representative(declined.account, clerk)

    with pytest.raises(Invalid, match="in the holder's place"):
        factories.appeal(declined, clerk, representative=told)
    made = factories.appeal(declined, clerk, representative=asks)
    body = json.loads(bytes(StatusChange.objects.get(uid=made.opened_entry).body))
    assert body["data"]["representative"] == str(asks.pk)


def test_whoever_does_not_work_the_cases_puts_no_appeal_down(declined, auditor, contact, outsider, administrator):
    for user in (auditor, contact, outsider, administrator):
        with pytest.raises(Refused):
            factories.appeal(declined, user)


def test_the_member_reads_until_when_they_can_appeal_and_what_became_of_it(acme, declined, clerk, second_supervisor):
    templates.ensure_templates(acme)
    appeal = factories.appeal(declined, clerk)
    not_granted(appeal, second_supervisor)
    tasks.relay()

    with scope(client=acme.pk):
        rows = Delivery.objects.filter(event_name__startswith="reinstatement.").select_related("account")
        read = {row.event_name: personal.reveal(row, "body", personal.key_of(row.account)) for row in rows}
    assert sorted(read) == [
        "reinstatement.appeal_declined",
        "reinstatement.appeal_received",
        "reinstatement.declined",
    ]
    here = declined.appeal_until.astimezone(ZoneInfo(declined.account.time_zone or acme.time_zone))
    with translation.override("de"):
        day = date_format(here, "j. F Y")
    assert f"bis zum Ablauf des {day} einmal Widerspruch einlegen" in read["reinstatement.declined"]
    assert "Diese Entscheidung ist endgültig" in read["reinstatement.appeal_declined"]
    assert "Widerspruch einlegen" not in read["reinstatement.appeal_declined"]
    assert appeal.code in read["reinstatement.appeal_received"]


def test_a_case_of_a_membership_is_appealed_for_that_membership(acme, agent, supervisor, clerk, second_supervisor):
    account = factories.make_account(acme)
    plan = Plan.objects.create(client=acme, code="gym", name="Gym", price_minor=3100, currency="EUR")
    membership = memberships.add(account, plan, actor=agent, begins="active", reason="agreed", initiator="member")
    memberships.suspend(membership, actor=agent, kind="policy", reason="policy_breach")
    case = services.open_case(
        membership.account, membership=membership, actor=agent, resume_reason="paid", statement="Paid."
    )
    services.submit(case, actor=agent)
    services.start(fresh(case), actor=agent)
    factories.meet_all(case, agent)
    services.send_for_approval(fresh(case), actor=agent)
    appeal = factories.appeal(factories.decline(fresh(case), supervisor), clerk)

    decide(appeal, second_supervisor)

    membership.refresh_from_db()
    assert (appeal.membership_id, membership.status) == (membership.pk, "active")
    assert told(membership.account)[-1] == "reinstatement.appeal_granted"


def test_the_queue_of_appeals_holds_those_that_are_open(appeal, declined, second_supervisor):
    cases = queues.QUEUES["appeals"].cases(second_supervisor)
    assert list(cases) == [appeal]

    not_granted(appeal, second_supervisor)
    assert list(cases.all()) == []
    assert ReinstatementRequest.objects.get(appealed_by=appeal) == declined
