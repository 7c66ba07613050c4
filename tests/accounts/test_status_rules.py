"""A client's own statuses: the first rule by weight, both ends counted, by hand until a day, listed as told."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import status_rules, terms
from accounts.errors import Invalid, Moved
from accounts.models import Membership, StatusOverride, StatusRule
from accounts.services import memberships
from accounts.services.memberships import own_status
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.accounts.joining import ADJUST, OWN, START, account_, at_, joined_, plan  # noqa: F401

pytestmark = pytest.mark.usefixtures("scoped")

# As a gym says it: new in the first month, ending in the last week of a term, in grace for three days after it.
RULES = [
    {"name": "New", "weight": 1, "starts": "joined", "ends": "joined", "ends_days": 29, "statuses": ["active"]},
    {"name": "Ending", "weight": 2, "starts": "term_ends", "starts_days": -6, "ends": "term_ends"},
    {"name": "Grace", "weight": 3, "starts": "term_ends", "starts_days": 1, "ends": "term_ends", "ends_days": 3},
    {"name": "Trying", "weight": 4, "statuses": ["trial"], "ends": "trial_ends"},
    {"name": "Current", "weight": 9, "statuses": ["active", "trial"]},
]
DATES = {"joined": date(2027, 1, 31), "term_ends": date(2027, 4, 30)}


def as_rules(rows):
    return [status_rules.Rule(**row | {"statuses": frozenset(row.get("statuses", ()))}) for row in rows]


@pytest.fixture
def rules(acme):
    return [StatusRule.objects.create(client=acme, **row) for row in RULES]


@pytest.mark.requirement("R132")
@pytest.mark.parametrize(
    ("day", "name"),
    [
        *(("2027-01-30", "Current"), ("2027-01-31", "New"), ("2027-03-01", "New"), ("2027-03-02", "Current")),
        *(("2027-04-23", "Current"), ("2027-04-24", "Ending"), ("2027-04-30", "Ending")),
        *(("2027-05-01", "Grace"), ("2027-05-03", "Grace"), ("2027-05-04", "Current")),
    ],
)
def test_the_first_rule_that_holds_names_the_status_and_both_ends_count(day, name):
    assert status_rules.named(as_rules(reversed(RULES)), "active", DATES, date.fromisoformat(day)) == name


@pytest.mark.parametrize(("status", "name"), [("cancelled", "Ending"), ("trial", "Ending"), ("paused", "Ending")])
def test_a_rule_for_some_statuses_says_nothing_of_others_nor_of_a_date_that_is_not_there(status, name):
    on = date(2027, 4, 25)
    assert status_rules.named(as_rules(RULES), status, DATES, on) == name
    assert status_rules.named(as_rules(RULES[:4]), status, {"joined": DATES["joined"]}, on) == ""


def test_what_is_set_by_hand_counts_until_its_day_and_then_the_rules_do_again():
    by_hand = status_rules.ByHand("Ambassador", date(2027, 3, 1))
    told = [
        status_rules.named(as_rules(RULES), "active", DATES, date(2027, 3, 1) + timedelta(days=days), by_hand)
        for days in (-1, 0, 1)
    ]
    assert told == ["Ambassador", "Ambassador", "Current"]


def today(membership):
    membership.refresh_from_db()
    facts = membership.facts()
    rules = own_status.rules_of(membership.client_id)
    return own_status.of(membership, facts, terms.local_day(timezone.now(), facts.zone), rules)


@pytest.mark.requirement("R132")
def test_setting_it_by_hand_is_an_entry_and_ends_with_its_day(joined, rules, agent, at):
    membership = joined()
    assert today(membership) == ("New", None)
    set_to = {"actor": agent, **OWN}
    with pytest.raises(Invalid):
        memberships.override_status(membership, name="Golden", until=date(2027, 2, 3), **set_to)
    with pytest.raises(Invalid):
        memberships.override_status(membership, name="Grace", until=date(2027, 1, 30), **set_to)
    with pytest.raises(Invalid):
        memberships.override_status(membership, name="Grace", until=date(2028, 2, 2), **set_to)
    with pytest.raises(Moved):
        memberships.override_status(membership, name="", **set_to)

    entry = memberships.override_status(membership, name="Grace", until=date(2027, 2, 3), **set_to)

    with pytest.raises(Moved):
        memberships.override_status(membership, name="Grace", until=date(2027, 2, 3), **set_to)
    assert (entry.action, entry.from_status, entry.to_status) == ("override_status", "active", "active")
    assert today(membership) == ("Grace", date(2027, 2, 3))
    at("2027-02-03T22:59")
    assert today(membership) == ("Grace", date(2027, 2, 3))
    at("2027-02-03T23:00")  # midnight in Berlin
    assert today(membership) == ("New", None)


def test_it_has_reasons_of_its_own(joined, rules, agent):
    membership = joined()
    with pytest.raises(Invalid) as refused:
        memberships.override_status(membership, name="Grace", until=date(2027, 2, 3), actor=agent, **ADJUST)
    assert refused.value.field == "reason"


def test_what_was_set_is_taken_back_and_never_altered(joined, rules, agent, at):
    membership = joined()
    memberships.override_status(membership, name="Grace", until=date(2027, 2, 3), actor=agent, **OWN)
    memberships.override_status(membership, name="", actor=agent, **OWN)
    assert today(membership) == ("New", None)
    row = StatusOverride.objects.first()
    forged = {"client_id": row.client_id, "account": row.account, "membership": membership, "name": "Grace"}
    for change in (
        lambda: StatusOverride.objects.update(name="Grace", until=date(2999, 1, 1)),
        lambda: StatusOverride.objects.all().delete(),
        lambda: StatusOverride.objects.create(entry=membership.pk, until=date(2999, 1, 1), **forged),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.requirement("R132", "R1")
def test_the_list_the_file_and_the_page_tell_the_same_in_every_time_zone(client, acme, agent, auditor, at, rules):
    at("2027-01-31T09:00")
    for number, name in enumerate(("Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu")):
        account = factories.make_account(acme, f"Z-{number}", time_zone=name)
        memberships.add(account, plan(acme, code=f"gym-{number}"), actor=agent, begins="active", **START)
    berlin = Membership.objects.get(account__number="Z-1", plan__code="gym-1")
    memberships.override_status(berlin, name="Grace", until=date(2027, 3, 5), actor=agent, **OWN)
    # Where it is March 2 already, the month of the new ones is over.
    at("2027-03-01T18:00")
    expected = {"Z-0": "Current", "Z-1": "Grace", "Z-2": "New", "Z-3": "New"}

    client.force_login(agent)
    listed = {}
    for name in ("New", "Grace", "Current", "Ending"):
        page = client.get(reverse("membership_list"), {"own": name, "status": "active"})
        found = {
            row.account.number: own for row, _holder, told, own in page.context["rows"] if told.plan.startswith("Gym")
        }
        assert set(found.values()) <= {name}
        listed |= found
    assert {number: listed[number] for number in expected} == expected
    file = rows_of(download(client, auditor, {"status": "active"}, code="memberships"))
    filed = {row["Account"]: row["Own status now"] for row in file if row["Plan then"].startswith("Gym")}
    assert {number: filed[number] for number in expected} == expected
    page = client.get(berlin.get_absolute_url()).content.decode()
    assert "Grace, set by hand until 5 Mar 2027" in page
    assert "Grace until 5 Mar 2027" in page


def test_a_page_reads_the_rules_of_the_clients_once(client, acme, agent, joined, rules):
    membership = joined()
    client.force_login(agent)
    pages = [(reverse("membership_list"), {"own": "New"}), (membership.get_absolute_url(), {})]
    for address, query in pages:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address, query).status_code == 200
        read = [query for query in asked.captured_queries if 'FROM "accounts_statusrule"' in query["sql"]]
        assert len(read) == 1, address


def test_an_own_status_of_a_day_that_is_past_is_not_told(client, acme, agent, rules):
    client.force_login(agent)
    answer = client.get(reverse("membership_list"), {"own": "New", "on": "2026-01-01"})
    assert answer.status_code == 400
    assert "Own statuses are told as of now" in answer.content.decode()


def test_a_client_without_own_statuses_is_asked_for_none(client, agent, joined):
    client.force_login(agent)
    assert "Own status" not in client.get(reverse("membership_list")).content.decode()
    page = client.get(joined().get_absolute_url()).content.decode()
    assert "own status" not in page.lower()


def test_an_administrator_says_them_in_the_admin_and_it_is_on_record(client, acme, administrator):
    client.force_login(administrator)
    fields = {"client": acme.pk, "name": "New", "weight": 1, "statuses": ["active"], "starts": "joined"}
    bounds = {"starts_days": 0, "ends": "joined", "ends_days": 29, "is_active": "on"}
    answer = client.post(reverse("admin:accounts_statusrule_add"), fields | bounds)
    assert answer.status_code == 302, answer.context["errors"]
    with scope(client=acme.pk):
        (row,) = StatusRule.objects.all()
        assert row.as_rule() == as_rules([RULES[0]])[0]
