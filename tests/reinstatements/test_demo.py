"""The demo: every queue, status and role has something in it, and its charts add up to its cases."""

import csv
from collections import Counter
from datetime import timedelta
from math import ceil

import pytest
from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import grants
from accounts.ledger.verify import Totals, verify
from accounts.models import (
    Account,
    AccountMerge,
    CustomerQuery,
    Membership,
    OutboxEvent,
    Payment,
    Signal,
    StatusChange,
    User,
)
from reinstatements import figures, rules
from reinstatements.demo import nordtel, stops
from reinstatements.facts import case_facts
from reinstatements.models import Approval, Check, ReinstatementRequest
from tests.reinstatements.demo_loading import COMPANIES, for_all_of_a_file, load, shipped_rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded once, with what it said of that; what a test changes is rolled back."""
    with for_all_of_a_file(django_db_blocker) as patch:
        patch.setattr(nordtel, "FILE", small_file(tmp_path_factory.mktemp("demo")))
        yield load()


def small_file(folder):
    """The shipped file, but of those who stay in service only every fortieth."""
    rows = list(shipped_rows())
    stopped = [row for row in rows if row["Churn"] == "No" and stops.stop_of(row["customerID"])]
    path = folder / "telco.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(stopped + [row for row in rows[::40] if row not in stopped])
    return path


def counted(code, field="status", model=ReinstatementRequest):
    return Counter(model.objects.filter(client__code=code).values_list(field, flat=True))


@pytest.mark.requirement("R131", "R132")
@scopes_disabled()
def test_every_queue_status_and_role_has_something_in_it(loaded):
    assert counted("nordtel") == {
        "draft": 4,
        "submitted": 8,
        "in_verification": 11,
        "awaiting_approval": 20,
        # One that the network has confirmed; one that waits for it, and one that it has refused. One was decided in a
        # colleague's place.
        "completed": 5 + 19 + 1 + 1,
        "approved": 2,
        "declined": 2 + 3,
        "withdrawn": 2 + 2,
    }
    assert counted("lantern") == {
        "draft": 1,
        "submitted": 2,
        "in_verification": 3,
        "awaiting_approval": 6,
        "completed": 1 + 122 + 10,
        "declined": 1 + 25 + 1,
        "withdrawn": 3 + 1,
    }
    every_newer_client_has_cases_in_each_status()
    each_industry_s_checks_are_asked_for()
    assert set(counted("nordtel", model=Account)) == {"active", "closed", "on_hold", "suspended", "under_review"}
    assert set(counted("lantern", model=Account)) == {"active", "closed", "pending", "suspended", "under_review"}
    stood_in = Approval.objects.exclude(delegation=None).values_list("user__username", "delegation__giver__username")
    assert list(stood_in) == [("elif", "clara")]
    held = {role for user in User.objects.all() for roles in grants.of(user).values() for role in roles}
    assert held == set(grants.Role)

    now, cases = timezone.now(), ReinstatementRequest.objects.open()
    assert cases.filter(due_at__lt=now).count() >= 8
    assert cases.filter(due_at__range=(now, now + timedelta(hours=1))).count() >= 5
    waiting = cases.filter(client__code="nordtel", status="awaiting_approval").select_related("account", "policy")
    reasons = Counter(reason for case in waiting for reason in case_facts(case)["risk"]["reasons"] or ["routine"])
    assert reasons["routine"] >= 12
    assert {"failed_attempts", "serious_restriction", "several_restrictions"} < set(reasons)
    assert {"sent_back_before", "balance_open", "reinstated_before"} < set(reasons)
    assert counted("lantern", "level_role") == {"": 8 + 150 + 12, "supervisor": 3, "compliance": 3}
    for username in ("clara", "david", "anna2", "elif", "jack", "kira", "nadia"):
        user = User.objects.get(username=username)
        decidable = ReinstatementRequest.objects.decidable_by(user)
        assert decidable.exists()
        assert all(rules.can_decide_level(case, user, case.level_role) for case in decidable)

    # The second login of an agent's person is offered none of that person's cases.
    second = User.objects.get(username="anna2")
    assert second.person == User.objects.get(username="anna").person
    assert not ReinstatementRequest.objects.decidable_by(second).filter(maker__username="anna").exists()
    every_client_has_other_days_too()
    # Of the suspensions and cases of the last weeks nobody is told anew; of what happened today a few are.
    of_cases = OutboxEvent.objects.filter(Q(name__startswith="reinstatement.") | Q(name="account.suspended"))
    assert Counter(of_cases.values_list("name", flat=True)) == {
        "reinstatement.completed": 13,
        "reinstatement.declined": 8,
        "reinstatement.appeal_received": 2,
        "reinstatement.appeal_granted": 1,
        "reinstatement.withdrawn": 5,
        "account.suspended": 1,
    }
    assert list(verify(Totals())) == []


def every_client_has_other_days_too():
    """Every client has memberships in each status, a merge and a review that wait, questions, and a signal."""
    for code in ("nordtel", "lantern", *(demo.CLIENT["code"] for demo in COMPANIES)):
        memberships = counted(code, model=Membership)
        assert {"trial", "active", "paused", "suspended", "cancelled"} <= set(memberships), code
        assert counted(code, "kind", Payment).items() >= {"chargeback": 1}.items(), code
        assert counted(code, model=Account)["under_review"] == 1, code
        assert AccountMerge.objects.filter(client__code=code).count() == 1, code
        asked = CustomerQuery.objects.filter(client__code=code)
        assert {row.answered_entry is None for row in asked} == {True, False}, code
        assert set(counted(code, "rule", Signal)) >= {"shared_contact"}, code


def every_newer_client_has_cases_in_each_status():
    for demo in COMPANIES:
        code = demo.CLIENT["code"]
        found = counted(code)
        assert set(found) == {
            *("draft", "submitted", "in_verification", "awaiting_approval", "completed", "declined", "withdrawn")
        }, code
        assert found["awaiting_approval"] >= 7, code
        statuses = counted(code, model=Account)
        assert {"active", "closed", "pending", "suspended"} <= set(statuses), code
        assert 80 <= sum(statuses.values()) <= 120, code
        languages = counted(code, "language", Account)
        assert languages.most_common(1)[0][0] == demo.CLIENT["language"], code
        assert len(languages) >= 3, code
        assert len(counted(code, "time_zone", Account)) >= 4, code
    assert set(counted("farolia", "currency", Account)) == {"EUR", "MXN"}


def each_industry_s_checks_are_asked_for():
    own = {
        "nordtel": {"line_history", "plan_confirmed", "device_provisioned"},
        "lantern": {"request_details", "kyc", "risk_rating"},
        "farolia": {"appeal_reviewed", "billing_record"},
        "tallyharbor": {"support_ticket", "billing_record"},
        "brisevent": {"insured_verified", "consent_recorded", "data_security", "health_statement"},
    }
    for code, checks in own.items():
        met = set(Check.objects.filter(client__code=code, outcome="met").values_list("code", flat=True))
        assert checks <= met, code


@scopes_disabled()
def test_loading_it_again_leaves_everything_as_it_is(loaded):
    assert [line.rpartition(" in ")[0] for line in loaded[2:4]] == [
        "Nordtel: suspensions ... 204",
        "Nordtel: cases ... 51",
    ]
    anna, uids = User.objects.get(username="anna"), set(StatusChange.objects.values_list("uid", flat=True))
    anna.set_password("something of her own")
    anna.save()

    assert load() == []
    assert set(StatusChange.objects.values_list("uid", flat=True)) == uids
    anna.refresh_from_db()
    assert anna.check_password("something of her own")


@pytest.mark.requirement("R109")
@scopes_disabled()
def test_the_charts_of_the_demo_add_up_to_its_cases(loaded):
    for username in ("david", "elif", "greta"):
        add_up(User.objects.get(username=username), timezone.now())


def add_up(user, now):
    today = timezone.localdate(now)
    client_ids = grants.client_ids(user, "see_figures")
    cases = list(ReinstatementRequest.objects.filter(client__in=client_ids))
    first_day, first_week = today - timedelta(days=29), today - timedelta(days=today.weekday(), weeks=7)

    assert figures.opened(user, client_ids, today) == Counter(
        (case.client_id, timezone.localdate(case.opened_at), figures.OUTCOME_OF[case.status])
        for case in cases
        if timezone.localdate(case.opened_at) >= first_day
    )
    limits = [4 * 3600, 24 * 3600, 3 * 86400, 7 * 86400]
    assert figures.waiting(user, client_ids, now) == Counter(
        (case.client_id, sum((now - case.opened_at).total_seconds() >= limit for limit in limits), case.due_at < now)
        for case in cases
        if case.is_open
    )
    weeks: dict = {}
    for case in cases:
        day = case.decided_at and timezone.localdate(case.decided_at)
        if day and day >= first_week and not case.is_automatic:
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(case.decided_at - case.opened_at)
    assert weeks
    assert figures.decided(user, client_ids, today) == {
        monday: (sorted(took)[ceil(len(took) * 0.5) - 1], sorted(took)[ceil(len(took) * 0.9) - 1])
        for monday, took in weeks.items()
    }
