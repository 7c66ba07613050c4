"""The client's own list of statuses compared with ours: differences are kept and listed, and nothing is changed."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import Refused
from accounts.import_kinds import STATUSES
from accounts.models import Account, Difference, StatusChange
from accounts.services import column_mappings
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]
COLUMNS = {"account": "number", "status": "status"}


def compare(client, administrator, *lines, is_dry_run=False):
    content = "number;status\n" + "".join(f"{line}\n" for line in lines)
    run = prepared(client, administrator, content.encode(), kind="statuses")
    started(run, administrator, COLUMNS, is_dry_run=is_dry_run)
    run_imports()
    run.refresh_from_db()
    return run


def kept():
    found = Difference.objects.order_by("number", "found_at")
    return list(found.values_list("kind", "number", "ours", "theirs"))


@pytest.fixture
def desk(acme, agent):
    """Accounts 1 to 4 of the client: 1 and 2 in service, 3 suspended, 4 closed."""
    accounts = [factories.make_account(acme, f"A-{number}") for number in range(1, 5)]
    factories.suspend(accounts[2])
    factories.close(accounts[3], agent)
    return accounts


@pytest.mark.requirement("R77")
def test_what_differs_is_kept_as_sets_say_and_no_status_is_changed(acme, administrator, desk):
    before = list(Account.objects.order_by("number").values_list("status", "head_number"))
    entries = StatusChange.objects.exclude(account=None).count()

    # By hand: A-2 differs, A-3 is alike under another name, A-9 is not here, A-1 is not there, A-4 has ended.
    run = compare(acme, administrator, "A-2;suspended", "A-3;Blocked", "A-9;active")

    assert kept() == [
        ("not_there", "A-1", "active", ""),
        ("status", "A-2", "active", "suspended"),
        ("not_here", "A-9", "", "active"),
    ]
    assert (run.taken, run.known, run.refused, run.absent) == (2, 1, 0, 1)
    assert list(Account.objects.order_by("number").values_list("status", "head_number")) == before
    assert StatusChange.objects.exclude(account=None).count() == entries


@pytest.mark.requirement("R77")
def test_trying_keeps_nothing_and_the_same_file_twice_keeps_it_once(acme, administrator, desk):
    run = compare(acme, administrator, "A-2;suspended", is_dry_run=True)
    assert (run.taken, run.absent) == (1, 2)
    assert kept() == []
    for _again in range(2):
        compare(acme, administrator, "A-2;suspended")
    assert kept() == [
        ("not_there", "A-1", "active", ""),
        ("status", "A-2", "active", "suspended"),
        ("not_there", "A-3", "suspended", ""),
    ]


def test_what_is_no_status_or_stands_twice_is_refused_by_line(acme, administrator, desk):
    run = compare(acme, administrator, "A-1;active", "A-1;closed", "A-2;dancing", ";active", "A-3;SUSPENDED")

    assert (run.taken, run.known, run.refused) == (0, 2, 3)
    assert sorted(run.problems.values_list("line", flat=True)) == [3, 4, 5]


def test_a_list_of_another_day_is_compared_with_what_stood_here_then(acme, administrator):
    account = factories.make_account(acme, "A-1")
    day = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        factories.suspend(account)
        run = prepared(acme, administrator, b"number;status\nA-1;active\n", kind="statuses")
        type(run).objects.filter(pk=run.pk).update(as_of=day)
        started(run, administrator, COLUMNS)
        run_imports()
        assert kept() == []

        compare(acme, administrator, "A-1;active", "A-2;active")
        assert kept() == [("status", "A-1", "suspended", "active"), ("not_here", "A-2", "", "active")]


def test_who_watches_over_the_client_reads_the_list_and_takes_it_away(
    client, acme, administrator, compliance, agent, desk
):
    compare(acme, administrator, "A-2;suspended", "A-9;active")
    client.force_login(compliance)
    url = reverse("difference_list")
    page = client.get(url).text
    assert all(number in page for number in ("A-1", "A-2", "A-9"))
    page = client.get(f"{url}?kind=not_here").text
    assert "A-9" in page
    assert "A-2" not in page
    answer = client.post(f"{reverse('export', args=['differences'])}?kind=not_here")
    text = b"".join(answer.streaming_content).decode()
    assert '"A-9"' in text
    assert '"A-2"' not in text
    assert client.get(f"{url}?kind=x").status_code == 400
    client.force_login(agent)
    assert client.get(url).status_code == 404


def test_a_trial_and_the_import_say_both_numbers_and_lead_to_the_list(client, acme, administrator, desk):
    client.force_login(administrator)
    tried = compare(acme, administrator, "A-2;suspended", is_dry_run=True)
    page = client.get(reverse("import", args=[tried.pk])).text
    assert "<dt>Different lines</dt><dd>1</dd>" in page
    assert "<dt>Accounts of ours that are not in the file</dt><dd>2</dd>" in page
    assert reverse("difference_list") + "?" not in page

    run = compare(acme, administrator, "A-2;suspended")
    page = client.get(reverse("import", args=[run.pk])).text
    assert "<dt>Different lines</dt><dd>1</dd>" in page
    assert "<dt>Accounts of ours that are not in the file</dt><dd>2</dd>" in page
    address = f"{reverse('difference_list')}?client=acme&amp;as_of={run.as_of.isoformat()}"
    assert f'href="{address}"' in page
    listed = client.get(address.replace("&amp;", "&")).text
    assert "By account number. 3 differences." in listed
    places = [listed.index(f"<bdi>{number}</bdi>") for number in ("A-1", "A-2", "A-3")]
    assert places == sorted(places)
    assert desk[0].get_absolute_url() not in listed  # which an administrator may not open


def test_the_list_is_paged_in_order_of_account_numbers(client, acme, administrator, compliance):
    compare(acme, administrator, *(f"N-{number:03};active" for number in reversed(range(60))))
    client.force_login(compliance)
    first = client.get(reverse("difference_list"))
    numbers = [row.number for row in first.context["page"].rows]
    assert numbers == [f"N-{number:03}" for number in range(50)]
    second = client.get(reverse("difference_list") + first.context["page"].older_url)
    assert [row.number for row in second.context["page"].rows] == [f"N-{number:03}" for number in range(50, 60)]
    assert second.context["total"] == 60


@pytest.mark.parametrize("name", ["number", "Account", "Customer number", "customer_id"])
def test_the_column_of_the_number_is_known_by_its_name(name):
    assert column_mappings.suggested(STATUSES, [name, "state"]) == {"account": name, "status": "state"}


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(client, acme, administrator, compliance):
    client.force_login(compliance)
    asked = []
    for number in range(3):
        compare(acme, administrator, f"N-{number};active")
        client.get(reverse("difference_list"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("difference_list")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[2]


def test_only_an_administrator_hands_a_list_in(acme, agent):
    with pytest.raises(Refused):
        prepared(acme, agent, b"number;status\nA-1;active\n", kind="statuses")
