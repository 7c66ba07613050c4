"""Numbers, logins and contracts: sealed, out of service with the account, back with it, taken away and brought in."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Asset, StatusChange
from accounts.services import assets, erasure, lifecycle
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.accounts.importing import prepared, started

pytestmark = pytest.mark.usefixtures("scoped")

NUMBER, LOGIN, POLICY = "+49 1512 3456789", "maria@example.com", "POL-2231-88"
WHY = {"reason": "member_moved"}


@pytest.fixture
def account(acme, agent):
    account = factories.make_account(acme, "A-1")
    assets.add(account, actor=agent, kind="mobile_number", identifier=NUMBER, **WHY)
    assets.add(account, actor=agent, kind="software_login", identifier=LOGIN, **WHY)
    assets.add(account, actor=agent, kind="policy", identifier=POLICY, stays=True, **WHY)
    return Account.objects.get(pk=account.pk)


def out(account):
    """Return the kinds that are out of service by the account's own row."""
    with scopes_disabled():
        return [each["kind"] for each in Account.objects.get(pk=account.pk).assets if each["out"]]


def moved(action):
    """Return the kinds that the newest entry of this action says it has moved."""
    with scopes_disabled():
        entry = StatusChange.objects.filter(action=action, subject_type="account").order_by("-number").first()
    return [each["kind"] for each in json.loads(bytes(entry.body))["data"].get("assets", [])]


@pytest.mark.requirement("R45")
def test_what_does_not_stay_stops_with_the_account_and_the_entry_says_what(account):
    assert out(account) == []
    factories.suspend(account)

    assert out(account) == ["mobile_number", "software_login"]
    assert moved("suspend") == ["mobile_number", "software_login"]


@pytest.mark.requirement("R45")
def test_what_is_out_already_is_not_taken_out_twice(account, agent):
    lifecycle.hold(account, actor=agent, reason="non_payment")
    assert moved("hold") == ["mobile_number", "software_login"]
    factories.suspend(Account.objects.get(pk=account.pk))
    assert moved("suspend") == []
    assert out(account) == ["mobile_number", "software_login"]


def test_what_is_put_down_while_the_account_is_stopped_is_out_of_service(acme, suspended, agent):
    assets.add(suspended, actor=agent, kind="bank_account", identifier="DE89 3704 0044 0532 0130 00", **WHY)
    assert out(suspended) == ["bank_account"]


@pytest.mark.requirement("R45")
def test_what_it_is_called_is_sealed_and_masked(account):
    with connection.cursor() as cursor:
        for table in ("accounts_asset", "accounts_account", "accounts_statuschange", "accounts_disclosure"):
            cursor.execute(f"SELECT * FROM {table}")
            kept = repr(cursor.fetchall())
            assert not any(words in kept for words in ("3456789", "maria@", "2231-88"))

    assert [called for _row, called, _out in assets.told(account)] == ["+49 •••• 89", "•••• 88", "m••••@example.com"]
    assert [called for _row, called, _out in assets.told(account, whole=True)] == [NUMBER, POLICY, LOGIN]


def test_an_account_has_each_thing_once_however_it_is_written(account, agent):
    with pytest.raises(Moved), transaction.atomic():
        assets.add(account, actor=agent, kind="policy", identifier="pol 2231 88", **WHY)
    row = Asset.objects.get(kind="policy")
    assets.remove(row, actor=agent, **WHY)
    with pytest.raises(Moved):
        assets.remove(row, actor=agent, **WHY)
    assets.add(account, actor=agent, kind="policy", identifier="pol 2231 88", **WHY)
    assert [each["kind"] for each in Account.objects.get(pk=account.pk).assets] == [
        *("mobile_number", "software_login", "policy"),
    ]


@pytest.mark.parametrize(
    ("kind", "identifier", "field"),
    [
        ("weather", "X", "kind"),
        ("policy", " ", "identifier"),
        ("policy", "x" * 101, "identifier"),
        ("bank_account", "4111 1111 1111 1111", "identifier"),
        ("mobile_number", "not a number", "identifier"),
    ],
)
def test_what_cannot_be_one_is_refused_with_its_field(account, agent, kind, identifier, field):
    with pytest.raises(Invalid) as refused:
        assets.add(account, actor=agent, kind=kind, identifier=identifier, **WHY)
    assert refused.value.field == field


def test_only_those_who_work_the_account_put_something_down(account, auditor, outsider):
    for user in (auditor, outsider):
        with pytest.raises(Refused):
            assets.add(account, actor=user, kind="policy", identifier="P-9", **WHY)
        with pytest.raises(Refused):
            assets.remove(Asset.objects.first(), actor=user, **WHY)


def test_the_database_keeps_what_was_put_down(account):
    row = Asset.objects.filter(kind="policy")
    for change in (
        lambda: row.update(kind="bank_account"),
        lambda: row.update(removed_entry=row.get().added_entry, removed_at=row.get().added_at),
        lambda: row._raw_delete(row.db),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_erasing_the_person_takes_the_names_away_and_the_record_still_verifies(account, compliance):
    factories.suspend(account)
    erasure.erase(account, actor=compliance, reason="erasure_asked")

    assert not Asset.objects.exists()
    assert assets.told(Account.objects.get(pk=account.pk)) == []
    assert list(verify(Totals())) == []
    assert moved("suspend") == ["mobile_number", "software_login"]


# Pages


def test_the_page_shows_them_masked_and_takes_one_down(client, account, agent):
    factories.suspend(account)
    url = reverse("account_assets", args=[account.pk])
    client.force_login(agent)
    page = client.get(url).content.decode()
    assert ("+49 •••• 89" in page, "3456789" in page, page.count("Out of service")) == (True, False, 2)

    sent = {"kind": "subscription", "identifier": "S-77182", "reason": "member_moved"}
    assert client.post(url, sent).status_code == 302
    assert out(account) == ["mobile_number", "software_login", "subscription"]
    assert client.post(url, sent).status_code == 409
    assert client.post(url, sent | {"identifier": "4111111111111111"}).status_code == 400
    with scopes_disabled():
        row = Asset.objects.get(kind="subscription")
    assert client.post(url, {"remove": "1", "asset": str(row.pk), "reason": "member_moved"}).status_code == 302
    assert out(account) == ["mobile_number", "software_login"]


def test_the_account_page_shows_them_in_as_many_queries_whatever_their_number(client, acme, account, agent):
    one = factories.make_account(acme, "A-2")
    with scope(client=[acme.pk]):
        assets.add(one, actor=agent, kind="policy", identifier="P-1", **WHY)
    client.force_login(agent)
    counts = []
    for each in (one, account):
        client.get(each.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(each.get_absolute_url()).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "m••••@example.com" in page


# Files


@pytest.mark.requirement("R45")
def test_they_are_taken_away_masked(client, account, compliance):
    factories.suspend(account)
    told = rows_of(download(client, compliance, {"client": "acme", "account": "A-1"}, code="assets"))
    assert sorted((row["What it is"], row["Number or name"], row["Status"]) for row in told) == [
        ("Mobile number", "'+49 •••• 89", "Out of service"),
        ("Policy", "•••• 88", "In service"),
        ("Software login", "m••••@example.com", "Out of service"),
    ]


@pytest.mark.requirement("R45")
def test_they_come_in_by_a_file_whose_columns_are_mapped(acme, account, administrator):
    factories.suspend(factories.make_account(acme, "A-2"))
    lines = [
        "customer,type,msisdn,emergency",
        "A-2,sim,0151 23456780,no",
        "A-2,policy,POL-5,yes",
        "A-1,policy,pol-2231-88,",
        "A-9,policy,POL-6,",
        "A-2,weather,POL-7,",
    ]
    for _again in range(2):
        run = prepared(acme, administrator, "\n".join(lines).encode(), "assets.csv", "assets")
        columns = {"account": "customer", "kind": "type", "identifier": "msisdn", "stays": "emergency"}
        started(run, administrator, columns)
        run_imports()
    first, second = acme.import_runs.order_by("created_at") if hasattr(acme, "import_runs") else runs()

    assert [(run.taken, run.known, run.refused) for run in (first, second)] == [(2, 1, 2), (0, 3, 2)]
    imported = Account.objects.get(number="A-2")
    assert [(each["kind"], each["out"]) for each in imported.assets] == [("mobile_number", True), ("policy", False)]
    assert [called for _row, called, _out in assets.told(imported, whole=True)] == ["+49 1512 3456780", "POL-5"]
    assert list(verify(Totals())) == []


def runs():
    from accounts.models import ImportRun

    return ImportRun.objects.order_by("created_at")


@pytest.mark.requirement("R45", "R52")
@pytest.mark.parametrize(
    "typed", ["+49 1512 3456789", "0049 1512/3456789", "01512 3456789", "maria@EXAMPLE.com", "pol 2231 88"]
)
def test_an_account_is_found_by_what_it_uses_however_it_is_typed(client, agent, acme, account, typed):
    factories.make_account(acme, "A-2")
    assert found_by(client, agent, typed) == ["A-1"]


def test_what_was_removed_or_is_typed_in_part_finds_nobody(client, agent, account):
    assert found_by(client, agent, "POL-2231") == []
    policy = Asset.objects.get(account=account, kind="policy")
    assets.remove(policy, actor=agent, **WHY)
    assert found_by(client, agent, POLICY) == []


def test_an_outsider_finds_nobody_by_a_number(client, outsider, account):
    assert found_by(client, outsider, NUMBER) == []


def found_by(client, user, typed):
    client.force_login(user)
    return [account.number for account, _holder in client.get(reverse("search"), {"q": typed}).context["rows"]]


@pytest.mark.requirement("R117")
def test_what_it_is_called_is_masked_on_the_timeline_and_in_the_log_too(client, agent, compliance, account):
    added = StatusChange.objects.filter(action="add_asset").order_by("number")
    pages = [account.get_absolute_url(), *(reverse("log_entry", args=[entry.uid]) for entry in added)]
    for user in (agent, compliance):
        client.force_login(user)
        shown = "".join(client.get(page).content.decode() for page in pages)
        assert "•••• 89" in shown
        for whole in (NUMBER, NUMBER.replace(" ", ""), LOGIN, POLICY):
            assert whole not in shown


@pytest.mark.parametrize(
    "identifier", ["---", "\u200b", "😀😀😀", "\u202e1234567890", "4111/1111/1111/1111", "4111|1111|1111|1111"]
)
def test_what_nobody_can_search_for_and_card_numbers_however_they_are_cut_are_refused(account, agent, identifier):
    with pytest.raises(Invalid):
        assets.add(account, actor=agent, kind="policy", identifier=identifier, **WHY)
