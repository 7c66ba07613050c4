"""Why memberships were cancelled and how many trials were kept, against sums done by hand."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from accounts import membership_charts
from accounts.models import StatusChange
from accounts.services import membership_figures
from accounts.services.membership_figures import Trials
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.accounts.membership_files import bring, events_of, lines_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PAGE = reverse("membership_figures")
HEADER = "account,reference,plan,starts_on,ends_on,is_trial,is_cancelled,reason\n"
# The last day of a membership is its own: it is cancelled with the day after.
CANCELLED = [
    "A-1,S-1,basic,2024-01-15,2024-02-10,no,yes,too expensive",
    "A-1,S-2,basic,2024-01-15,2024-02-20,no,yes,too expensive",
    "A-1,S-3,basic,2024-01-15,2024-02-20,no,yes,moved away",
    "A-2,S-4,basic,2024-01-15,2024-02-29,no,yes,too expensive",
    "A-2,S-5,basic,2024-01-15,2024-03-30,no,yes,",
    "A-2,S-6,basic,2024-01-15,2024-03-30,no,no,",
    "A-2,S-7,basic,2024-01-15,2025-02-28,no,yes,too expensive",
]
UNTIL = date(2024, 6, 1)


def trial(number, outcome, at, began="2024-02-01"):
    """Two events of one trial: how it began and how it ended."""
    items = {"customer_id": "A-3", "id": f"T-{number}", "items": [{"price": {"id": "basic"}}]}
    begun = (f"e{number}a", "subscription.trialing", f"{began}T10:00:00Z", items | {"status": "trialing"})
    return [begun, (f"e{number}b", "subscription.updated", f"{at}T10:00:00Z", items | {"status": outcome})]


TRIED = [
    *trial(1, "active", "2024-02-15"),
    *trial(2, "active", "2024-03-01"),
    *trial(3, "canceled", "2024-03-01"),
    *trial(4, "expired", "2024-03-31"),
    *trial(5, "active", "2025-03-01", began="2025-02-01"),
]


@pytest.fixture
def told(acme, tmp_path):
    with scope(client=[acme.pk]):
        for number in ("A-1", "A-2", "A-3"):
            factories.make_account(acme, number, holder={}, time_zone="UTC")
        bring(lines_of(tmp_path, *CANCELLED, header=HEADER), as_of=date(2025, 12, 31))
        bring(events_of(tmp_path, *TRIED), kind="membership_events")
        assert StatusChange.objects.filter(action="cancel").count() == 7


@pytest.mark.requirement("R48")
def test_cancellations_are_counted_by_their_coded_reason_and_the_clients_month(acme, told, scoped):
    months, found = membership_figures.cancellations(acme, UNTIL)

    assert (months[0], months[-1], len(months)) == (date(2023, 7, 1), date(2024, 6, 1), 12)
    february, march = months.index(date(2024, 2, 1)), months.index(date(2024, 3, 1))
    counted = {reason: (row[february], row[march], sum(row)) for reason, row in found.items()}
    # S-4 ends with February 29, so that it is cancelled in March. A trial that was cancelled is cancelled, too.
    assert counted == {"too_expensive": (2, 1, 3), "imported": (0, 2, 2), "moved_away": (1, 0, 1)}
    assert list(found) == ["too_expensive", "imported", "moved_away"]


@pytest.mark.requirement("R49")
def test_the_rate_of_trials_that_became_paid_is_by_the_month_in_which_they_ended(acme, told, scoped):
    months, found = membership_figures.trials(acme, UNTIL)

    by_month = {month: each for month, each in zip(months, found, strict=True) if each.ended}
    assert by_month == {date(2024, 2, 1): Trials(1, 0), date(2024, 3, 1): Trials(1, 2)}
    assert [each.rate for each in by_month.values()] == [100.0, 33.3]
    assert Trials().rate is None
    assert Trials(2, 1).rate == 66.7


def test_the_page_says_it_in_a_chart_and_a_table(client, agent, acme, told):
    client.force_login(agent)
    answer = client.get(PAGE, {"until": "2024-06"})

    cancelled, trials = answer.context["charts"]
    assert cancelled.about == "6 cancellations in twelve months."
    assert [[row[0], row[-1]] for row in cancelled.rows] == [
        ["Too Expensive", 3],
        ["Imported", 2],
        ["moved away", 1],
        ["In all", 6],
    ]
    assert trials.about == "2 of 4 trials that ended became paid memberships: 50.0 %."
    assert "<svg role" in answer.content.decode()
    one = membership_charts.trials([date(2024, 6, 1)], [Trials(1, 0)]).about
    assert one == "1 of 1 trial that ended became a paid membership: 100.0 %."
    assert answer.context["offers"] == []
    assert client.get(PAGE, {"until": "2999-01"}).status_code == 400
    assert client.get(PAGE, {"of": "globex"}).status_code == 404


def test_each_of_them_leaves_in_a_file(client, auditor, acme, told):
    rows = rows_of(download(client, auditor, {"until": "2024-06"}, code="cancellations"))
    found = sorted((row["Account"], row["When"][:10], row["Reason code"], row["Plan"]) for row in rows)
    assert found == [
        ("A-1", "2024-02-11", "too_expensive", "Basic"),
        ("A-1", "2024-02-21", "moved_away", "Basic"),
        ("A-1", "2024-02-21", "too_expensive", "Basic"),
        ("A-2", "2024-03-01", "too_expensive", "Basic"),
        ("A-2", "2024-03-31", "imported", "Basic"),
        ("A-3", "2024-03-01", "imported", "Basic"),
    ]
    tried = rows_of(download(client, auditor, {"until": "2024-06"}, code="trials"))
    assert sorted(row["Outcome"] for row in tried) == ["Active", "Active", "Cancelled", "Expired"]
    kept = [row for row in tried if row["Outcome"] == "Active"]
    with scope(client=[acme.pk]):
        begun = StatusChange.objects.filter(action="open", to_status="trial").values_list("subject_id", "uid")
        assert {(row["Membership"], row["Trial"]) for row in kept} < {tuple(map(str, pair)) for pair in begun}


def test_the_page_asks_the_same_questions_whatever_there_is(client, agent, acme, told):
    client.force_login(agent)
    counts = []
    client.get(PAGE)
    for until in ("2020-01", "2024-06"):
        with CaptureQueriesContext(connection) as some:
            assert client.get(PAGE, {"until": until}).status_code == 200
        counts.append(len(some))
    assert counts[0] == counts[1]
