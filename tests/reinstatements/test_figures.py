"""The figures of the home pages, against numbers that were counted by hand, for two clients at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import grants, ledger, registries
from accounts.models import User
from reinstatements import charting, figures
from reinstatements.models import ReinstatementRequest
from tests import factories

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday
TODAY = date(2026, 11, 26)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.requirement("R109")


def case_at(client, agent, opened_at, *, took=None, due_at=None, status="draft"):
    """Make a case and give it these times, as if it had been so."""
    number = f"{client.code}-{ReinstatementRequest.objects.filter(client=client).count()}"
    account = factories.suspend(factories.make_account(client, number, holder={}, balance_minor=8420))
    case = factories.bring_to(account, status, agent)
    decided_at = opened_at + took if took else None
    found = ReinstatementRequest.objects.filter(pk=case.pk)
    found.update(opened_at=opened_at, decided_at=decided_at, due_at=due_at or opened_at + 30 * DAY)
    return case


def by_rule(account, at):
    """Let a rule bring an account back, as the end of a suspension does."""
    with ledger.change(account, actor=User.objects.system()) as work:
        rule = "suspension_ended"
        registries.automatic["reinstate"](work, rule=rule, reason=rule, occurred_at=at)


@pytest.fixture
def worlds(acme, globex):
    """Seven cases of acme and two of globex; two of acme's lie outside the thirty days."""
    ours, theirs = factories.make_user("a1", (acme, "agent")), factories.make_user("g1", (globex, "agent"))
    with scope(client=[acme.pk, globex.pk]):
        case_at(acme, ours, NOW - HOUR)
        case_at(acme, ours, NOW - 2 * HOUR, due_at=NOW - HOUR)
        case_at(acme, ours, NOW - 5 * HOUR)
        case_at(acme, ours, NOW - 2 * DAY, due_at=NOW - DAY)
        case_at(acme, ours, datetime(2026, 10, 28, 0, 0, tzinfo=UTC))
        case_at(acme, ours, datetime(2026, 10, 27, 23, 59, 59, tzinfo=UTC))
        case_at(acme, ours, NOW - 40 * DAY)
        case_at(globex, theirs, NOW - HOUR)
        case_at(globex, theirs, NOW - 4 * DAY)
    return acme, globex


def seen_by(user, today=TODAY):
    client_ids = grants.client_ids(user, "see_figures")
    with scope(client=client_ids):
        return (
            figures.opened(user, client_ids, today),
            figures.decided(user, client_ids, today),
            figures.waiting(user, client_ids, NOW),
        )


def test_each_client_has_its_own_numbers(worlds):
    acme, _globex = worlds
    opened, _decided, waiting = seen_by(factories.make_user("one", (acme, "contact")))

    assert opened == {
        (acme.pk, TODAY, "open"): 3,
        (acme.pk, date(2026, 11, 24), "open"): 1,
        (acme.pk, date(2026, 10, 28), "open"): 1,
    }
    # Under 4 hours, 4 to 24, 1 to 3 days, 3 to 7, over 7; of the last three one was due.
    assert waiting == {
        (acme.pk, 0, False): 1,
        (acme.pk, 0, True): 1,
        (acme.pk, 1, False): 1,
        (acme.pk, 2, True): 1,
        (acme.pk, 4, False): 2,
        (acme.pk, 4, True): 1,
    }


def test_somebody_of_both_clients_sees_both_and_nobody_sees_more(worlds):
    acme, globex = worlds
    both = factories.make_user("both", (acme, "supervisor"), (globex, "auditor"))
    theirs = factories.make_user("theirs", (globex, "supervisor"))

    assert {client: sum(n for (pk, *_), n in seen_by(both)[0].items() if pk == client.pk) for client in worlds} == {
        acme: 5,
        globex: 2,
    }
    assert seen_by(theirs)[0] == {(globex.pk, TODAY, "open"): 1, (globex.pk, date(2026, 11, 22), "open"): 1}
    assert seen_by(theirs)[2] == {(globex.pk, 0, False): 1, (globex.pk, 3, False): 1}
    assert seen_by(factories.make_user("agent_only", (acme, "agent"))) == ({}, {}, {})


@pytest.mark.slow
def test_days_begin_where_the_reader_is(worlds):
    acme, _globex = worlds
    user = factories.make_user("tokyo", (acme, "contact"))
    with timezone.override("Asia/Tokyo"):
        opened = seen_by(user, date(2026, 11, 26))[0]

    # In Tokyo, nine hours ahead, the case of 27 October 23:59:59 was opened on the 28th.
    assert sorted((day, n) for (_client, day, _outcome), n in opened.items()) == [
        (date(2026, 10, 28), 2),
        (date(2026, 11, 24), 1),
        (date(2026, 11, 26), 3),
    ]


@pytest.mark.slow
def test_time_to_decision_is_the_nearest_rank_of_each_week(acme, supervisor, agent):
    monday = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    with scope(client=[acme.pk]):
        for hours in (7, 1, 10, 4, 2, 9, 3, 8, 6, 5):
            case_at(acme, agent, monday, took=hours * HOUR)
        case_at(acme, agent, datetime(2026, 11, 20, 8, 0, tzinfo=UTC), took=4 * DAY)
        by_rule(factories.suspend(factories.make_account(acme, "R-1")), monday)
        case_at(acme, agent, datetime(2026, 9, 1, 8, 0, tzinfo=UTC), took=HOUR)

    assert seen_by(supervisor)[1] == {
        date(2026, 11, 16): (5 * HOUR, 9 * HOUR),
        date(2026, 11, 23): (4 * DAY, 4 * DAY),
    }


@pytest.mark.slow
@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("role", "charts"),
    [
        ("agent", ["waiting"]),
        ("supervisor", ["by-day", "time-to-decision", "waiting"]),
        ("compliance", ["by-day", "time-to-decision", "waiting"]),
        ("auditor", ["by-day", "time-to-decision", "waiting"]),
        ("contact", ["by-day", "time-to-decision", "waiting"]),
        ("administrator", []),
    ],
)
def test_each_role_has_the_charts_that_are_of_use_to_it(client, worlds, role, charts):
    client.force_login(factories.make_user("reader", (worlds[0], role)))
    page = client.get(reverse("home")).content.decode()

    assert [code for code in ("by-day", "time-to-decision", "waiting") if f'id="figure-{code}"' in page] == charts
    assert "By client, last 30 days" not in page
    assert ("7 cases are open, by how long ago" in page) == bool(charts)


@time_machine.travel(NOW, tick=False)
def test_a_chart_says_everything_in_words_and_in_a_table(client, worlds):
    client.force_login(factories.make_user("reader", (worlds[0], "supervisor"), (worlds[1], "supervisor")))
    page = " ".join(client.get(reverse("home")).content.decode().split())

    assert '<svg role="img" aria-labelledby="by-day-name by-day-about"' in page
    assert "7 cases opened in 30 days, by the day they were opened and how they stand now." in page
    assert '<th scope="row">26 Nov</th><td class="number">0</td><td class="number">4</td>' in page
    assert "<title>26 Nov: Still open 4</title>" in page
    assert "Nothing was decided in the last eight weeks." in page
    assert "By client, last 30 days" in page
    assert "style=" not in page


def test_where_nothing_ever_happened_the_page_says_so(client, acme):
    client.force_login(factories.make_user("reader", (acme, "contact")))
    page = client.get(reverse("home")).content.decode()

    assert [words in page for words in ("No case was opened in the last 30 days.", "No case is open.")] == [True] * 2


def test_the_charts_ask_as_often_for_many_cases_as_for_one(acme, globex, agent):
    def asked():
        user = User.objects.get(username="reader")
        with scopes_disabled(), CaptureQueriesContext(connection) as queries:
            charting.gather(user, timezone.now())
        return len(queries)

    factories.make_user("reader", (acme, "supervisor"), (globex, "supervisor"))
    counts = []
    for hours in (1, 30, 100):
        with scope(client=[acme.pk]):
            case_at(acme, agent, timezone.now() - hours * HOUR, took=HOUR)
        counts.append(asked())

    # The grants, the names of the clients, and the three figures, which PostgreSQL is asked in one round trip.
    assert counts == [3 if connection.vendor == "postgresql" else 5] * 3


@pytest.mark.slow
def test_clients_beyond_twelve_stand_in_one_row(db):
    clients = [factories.make_client(f"c{number:02}") for number in range(14)]
    opened = {(client.pk, TODAY, "completed"): number for number, client in enumerate(clients)}
    rows = charting.per_client(opened, {}, clients, TODAY)

    assert [row.opened for row in rows] == [*range(13, 1, -1), 1]
    assert (rows[-1].count, rows[-1].client) == (2, None)


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(took, words):
    assert charting.duration(took) == words


def test_the_charts_of_very_many_cases_are_counted_once_a_minute_and_say_of_when(client, acme, agent, monkeypatch):
    monkeypatch.setattr(charting, "kept", {})
    with scope(client=[acme.pk]):
        case_at(acme, agent, NOW - HOUR)
    reader = factories.make_user("reader", (acme, "supervisor"))

    def seen(at):
        with scope(client=[acme.pk]):
            found = charting.gathered(User.objects.get(pk=reader.pk), at)
        return found.shown[-1].counted, found.counted_at

    few = seen(NOW)
    monkeypatch.setattr(charting, "MANY", 1)
    many = seen(NOW)
    with scope(client=[acme.pk]):
        case_at(acme, agent, NOW - HOUR)
    later, much_later = seen(NOW + timedelta(seconds=59)), seen(NOW + timedelta(minutes=1))

    assert (few, many, later) == ((1, None), (1, NOW), (1, NOW))
    assert much_later == (2, NOW + timedelta(minutes=1))


def test_nobody_is_shown_the_charts_of_other_clients(acme, globex, agent, monkeypatch):
    monkeypatch.setattr(charting, "kept", {})
    monkeypatch.setattr(charting, "MANY", 0)
    with scope(client=[acme.pk]):
        case_at(acme, agent, NOW - HOUR)
    factories.make_user("reader", (acme, "supervisor"))
    factories.make_user("stranger", (globex, "supervisor"))
    found = {}
    for name, at in (("reader", acme), ("stranger", globex)):
        with scope(client=[at.pk]):
            found[name] = charting.gathered(User.objects.get(username=name), NOW).shown[-1].counted

    assert found == {"reader": 1, "stranger": 0}


def test_the_home_page_says_of_when_its_figures_are(client, acme, monkeypatch):
    monkeypatch.setattr(charting, "kept", {})
    monkeypatch.setattr(charting, "MANY", 0)
    client.force_login(factories.make_user("reader", (acme, "supervisor")))

    assert "they are counted anew every minute" in client.get(reverse("home")).content.decode()
