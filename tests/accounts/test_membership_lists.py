"""Memberships active on a day: the list, its filters, its pages and its file, against other ways of counting."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.models import Account, Membership, Plan
from accounts.services import accounts, membership_lists, memberships
from accounts.services.memberships import reading
from accounts.services.staff import ensure_system_user
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.accounts.membership_files import bring, lines_of
from tests.accounts.test_saas_memberships import AS_OF, DATES, SUBSCRIPTIONS, customers, said  # noqa: F401
from tests.accounts.test_saas_memberships import rows_of as lines

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LIST = reverse("membership_list")
HEADER = "account,reference,plan,starts_on,ends_on,is_trial,is_cancelled,auto_renew\n"


def opened(acme, number, zone):
    """Open an account without a membership."""
    accounts.open_account(
        acme,
        number,
        holder={},
        actor=ensure_system_user(),
        origin="import",
        status="active",
        reason="imported",
        time_zone=zone,
    )


def brought(acme, folder, *texts, zone="UTC"):
    """Put memberships with these references on record, each line in an account of its own."""
    with scope(client=[acme.pk]):
        for text in texts:
            number = text.partition(",")[0]
            Account.objects.filter(number=number).exists() or opened(acme, number, zone)
        bring(lines_of(folder, *texts, header=HEADER), as_of=date(2024, 12, 31))
    return acme


def shown(browser, user, **filters):
    """Return what the list shows, all its pages: account, status, and in which order."""
    browser.force_login(user)
    found, url = [], f"{LIST}?{'&'.join(f'{name}={value}' for name, value in filters.items())}"
    while url:
        answer = browser.get(url)
        assert answer.status_code == 200
        found += [(row.account.number, str(told.status)) for row, _holder, told, _own in answer.context["rows"]]
        url = answer.context["page"].older_url and LIST + answer.context["page"].older_url
    return found


LINES = [
    "A-1,S-1,basic,2024-01-15,2024-03-14,no,yes,",
    "A-2,S-2,basic,2024-02-01,,yes,no,",
    "A-3,S-3,basic,2024-03-14,,no,no,yes",
    "A-4,S-4,basic,2024-01-15,2024-03-14,no,no,",
]


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("day", "in_service"),
    [
        ("2024-01-14", []),
        ("2024-01-15", ["A-1", "A-4"]),
        ("2024-02-01", ["A-1", "A-2", "A-4"]),
        ("2024-03-14", ["A-1", "A-2", "A-3", "A-4"]),
        ("2024-03-15", ["A-2", "A-3"]),
    ],
)
def test_who_is_in_service_on_a_day_is_found_and_nobody_else(client, auditor, acme, tmp_path, day, in_service):
    brought(acme, tmp_path, *LINES)

    assert sorted(number for number, _status in shown(client, auditor, status="in_service", on=day)) == in_service
    file = rows_of(download(client, auditor, {"status": "in_service", "on": day}, code="memberships"))
    assert sorted(row["Account"] for row in file) == in_service


def test_a_day_is_over_where_the_customer_is(client, auditor, acme, tmp_path):
    """Both end with March 14: in Auckland that is before noon of it in Greenwich, in Honolulu on the next day."""
    brought(acme, tmp_path, "A-1,S-1,basic,2024-01-15,2024-03-14,no,yes,", zone="Pacific/Auckland")
    brought(acme, tmp_path, "A-2,S-2,basic,2024-01-15,2024-03-14,no,yes,", zone="Pacific/Honolulu")

    assert len(shown(client, auditor, status="active", on="2024-03-14")) == 2
    assert shown(client, auditor, status="active", on="2024-03-15") == []
    assert len(shown(client, auditor, status="cancelled", on="2024-03-15")) == 2


def test_filters_by_plan_client_and_status_stay_in_the_address_of_the_next_page(client, auditor, acme, globex):
    with scope(client=[acme.pk]):
        Plan.objects.create(client=acme, code="gold", name="Gold", price_minor=9900, currency="EUR")
        for number in range(membership_lists.SIZE + 2):
            factories.make_account(acme, f"A-{number:02}", holder={})
        gold = memberships.add(
            Account.objects.get(number="A-00"),
            Plan.objects.get(code="gold"),
            actor=factories.make_user("worker", (acme, "agent")),
            reason="agreed",
            initiator="member",
            begins="active",
        )
    factories.make_account(globex, "B-1", holder={})

    assert shown(client, auditor, plan="gold") == [("A-00", "active")]
    basic = shown(client, auditor, plan="basic", status="active")
    assert basic == [(f"A-{number:02}", "active") for number in reversed(range(membership_lists.SIZE + 2))]
    assert client.get(LIST, {"client": "globex"}).status_code == 404
    assert client.get(LIST, {"on": "2999-01-01"}).status_code == 400
    assert client.get(LIST, {"on": "01/02/2024"}).status_code == 400
    assert client.get(LIST, {"before": str(gold.pk)}).status_code == 200


def test_what_time_has_brought_counts_before_anybody_has_written_it(client, auditor, acme, agent):
    """A trial that has ended, and a membership that is back because its account's suspension is over."""
    now = timezone.now()
    with scope(client=[acme.pk]):
        plan = Plan.objects.create(
            client=acme, code="try", name="Try", price_minor=100, currency="EUR", trial_days=3, trial_converts=False
        )
        trying = factories.make_account(acme, "A-1", holder={})
        memberships.add(trying, plan, actor=agent, reason="agreed", initiator="member", begins="trial")
        stopped = factories.make_account(acme, "A-2", holder={})
        accounts.suspend(
            stopped,
            kind="policy",
            actor=factories.make_user("boss", (acme, "supervisor")),
            reason="policy_breach",
            ends_at=now + timedelta(days=2),
        )
    with time_machine.travel(now + timedelta(days=6)):
        what_is_shown_six_days_later(client, auditor, now)


def what_is_shown_six_days_later(client, auditor, now):
    assert shown(client, auditor, plan="try", status="expired") == [("A-1", "expired")]
    assert shown(client, auditor, plan="try", status="trial") == []
    assert shown(client, auditor, plan="basic") == [("A-2", "active"), ("A-1", "active")]
    day = (now + timedelta(days=4)).date().isoformat()
    assert shown(client, auditor, status="in_service", on=day) == [("A-2", "active"), ("A-1", "active")]
    file = rows_of(download(client, auditor, {"plan": "try"}, code="memberships"))
    assert [(row["Status then"], row["Renewal cycle"], row["Price"]) for row in file] == [
        ("Expired", "Month", "1.00 EUR")
    ]


def test_the_list_says_of_each_what_the_page_of_one_says(acme, agent, tmp_path, scoped):
    brought(acme, tmp_path, *LINES)
    user = factories.make_user("reader", (acme, "auditor"))
    days = [date(2024, 1, 10) + timedelta(days=7 * week) for week in range(12)]
    for day in days:
        told = {row.pk: row.status_then for row in membership_lists.select(user, [acme.pk], day=day)}
        singly = {row.pk: reading.on(row, day).status for row in Membership.objects.select_related("account", "plan")}
        assert told == {key: status for key, status in singly.items() if status}


@pytest.mark.parametrize("filters", [{}, {"status": "in_service", "on": "2024-03-01"}])
def test_a_page_asks_the_same_questions_whatever_is_on_it(client, auditor, acme, tmp_path, filters):
    brought(acme, tmp_path, LINES[1])
    client.force_login(auditor)
    client.get(LIST, filters)
    counts = []
    for more in (LINES[0], LINES[2]):
        with CaptureQueriesContext(connection) as some:
            assert client.get(LIST, filters).status_code == 200
        counts.append(len(some))
        brought(acme, tmp_path, more)
    assert counts[0] == counts[1]


@pytest.mark.requirement("R1")
def test_the_list_of_a_real_provider_is_exactly_right_on_every_day(client, auditor, acme, scoped, customers, capsys):  # noqa: F811
    bring(SUBSCRIPTIONS, as_of=date.fromisoformat(AS_OF), currency="USD", source="saas")
    rows = lines(SUBSCRIPTIONS)
    for day in DATES:
        expected = sorted(
            row["account_id"]
            for row in rows
            if row["start_date"] <= day and (not row["end_date"] or row["end_date"] >= day)
        )
        found = membership_lists.select(auditor, [acme.pk], status="in_service", day=date.fromisoformat(day))
        assert sorted(found.values_list("account__number", flat=True)) == expected
        said(capsys, f"in service on {day}: {len(expected)}")
    plan = "pro-year"
    expected = sum(
        row["start_date"] <= DATES[2] and (not row["end_date"] or row["end_date"] >= DATES[2])
        for row in rows
        if (row["plan_tier"], row["billing_frequency"]) == ("Pro", "annual")
    )
    file = rows_of(
        download(client, auditor, {"plan": plan, "status": "in_service", "on": DATES[2]}, code="memberships")
    )
    assert len(file) == expected
