"""Times to decision in working hours, against sums done by hand."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.models import User
from accounts.services.staff import ensure_system_user
from reinstatements import decision_times, services
from reinstatements.decision_times import ranks
from reinstatements.services import clock_settings
from tests import factories

OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
FRIDAY = datetime(2027, 3, 26, 15, 50, tzinfo=UTC)  # 16:50 in Berlin, two days before the clocks change
MONDAY = datetime(2027, 3, 29, 8, 30, tzinfo=UTC)  # 10:30 in Berlin
MINUTE = timedelta(minutes=1)
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R59", "R109")]


@pytest.fixture
def decided(acme, agent, supervisor):
    """Asked ten minutes before closing time on a Friday, sent at once, and decided on Monday an hour and a half in."""
    with scopes_disabled():
        wanted = {"week": OFFICE, "time_zone": "Europe/Berlin", "country": "", "region": "", "days": {}}
        with time_machine.travel(FRIDAY - timedelta(days=7), tick=False):
            system = ensure_system_user()
            clock_settings.save(acme, wanted | {"targets": {}, "ladder": []}, actor=system, seen=0)
        for user in (agent, supervisor):
            user.client_roles.update(starts_at=FRIDAY - timedelta(days=30))
        account = factories.make_account(acme, "A-1", balance_minor=8420)
        with time_machine.travel(FRIDAY, tick=False):
            case = factories.bring_to(factories.suspend(account), "awaiting_approval", agent)
        with time_machine.travel(MONDAY, tick=False):
            services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    return case


def times(user, client):
    with scopes_disabled():
        return decision_times.of(User.objects.get(pk=user.pk), [client.pk], MONDAY.date())


def told(lines):
    return [(line.name, line.number, line.median / MINUTE, line.slow / MINUTE) for line in lines]


def test_the_weekend_and_the_night_are_no_working_time(decided, acme, supervisor):
    with time_machine.travel(MONDAY):
        found = times(supervisor, acme)

    assert told(found.clients) == [("Acme Mobile", 1, 100, 100)]
    assert told(found.reasons) == [("Non Payment", 1, 100, 100)]
    assert told(found.steps) == [
        ("Until verification starts", 1, 0, 0),
        ("Verification", 1, 0, 0),
        ("Decision", 1, 100, 100),
    ]
    assert (found.number, found.unknown, found.is_cut) == (1, 0, False)


def test_the_page_tells_it_and_is_reached_from_the_chart(client, decided, acme, supervisor):
    with time_machine.travel(MONDAY):
        client.force_login(supervisor)
        page = client.get(reverse("decision_times")).content.decode()
        assert "1 h 40 min" in page
        assert reverse("decision_times") in client.get(reverse("home")).content.decode()


def test_it_asks_as_often_for_one_decision_as_for_three(decided, acme, agent, supervisor):
    counts = []
    for number in (2, 3):
        with scopes_disabled(), time_machine.travel(MONDAY):
            account = factories.suspend(factories.make_account(acme, f"A-{number}", balance_minor=8420))
            case = factories.bring_to(account, "awaiting_approval", agent)
            services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
            with CaptureQueriesContext(connection) as asked:
                times(supervisor, acme)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, (1, 1)), (2, (1, 2)), (3, (2, 3)), (10, (5, 9)), (11, (6, 10)), (20, (10, 18))],
)
def test_the_ranks_are_the_nearest(number, expected):
    assert ranks(list(range(1, number + 1))) == expected
