"""The demo: every queue, status and role has something in it, and nothing in it reaches anybody real."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import phonenumbers
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import grants, personal
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Client, OutboxEvent, StatusChange, User
from reinstatements import rules
from reinstatements.demo import holders, lantern, names, nordtel, people, stops
from reinstatements.facts import case_facts
from reinstatements.models import ReinstatementRequest

# What regulators keep for films, and nobody is given: E.164 without the +.
FICTIONAL = (
    *("493023125", "496990009", "494066969", "492214710", "498999998"),
    *("4420794600", "4420794601", "4420794602", "4420794603", "4420794604"),
    *("4420794605", "4420794606", "4420794607", "4420794608", "4420794609"),
    *("441614960", "447700900", "33199", "33639984", "3346571", "1212555", "1415555"),
)


def shipped_rows():
    with gzip.open(nordtel.FILE, "rt", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture
def small_file(tmp_path, monkeypatch):
    """The shipped file, but of those who stay in service only every fortieth."""
    rows = list(shipped_rows())
    stopped = [row for row in rows if row["Churn"] == "No" and stops.stop_of(row["customerID"])]
    path = tmp_path / "telco.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(stopped + [row for row in rows[::40] if row not in stopped])
    monkeypatch.setattr(nordtel, "FILE", path)
    return path


def load():
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue().splitlines()


def counted(code, field="status", model=ReinstatementRequest):
    return Counter(model.objects.filter(client__code=code).values_list(field, flat=True))


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_every_queue_status_and_role_has_something_in_it(small_file):
    load()

    assert counted("nordtel") == {
        "draft": 4,
        "submitted": 8,
        "in_verification": 11,
        "awaiting_approval": 20,
        "completed": 5,
        "declined": 2,
        "withdrawn": 2,
    }
    assert counted("lantern") == {
        "draft": 1,
        "submitted": 2,
        "in_verification": 3,
        "awaiting_approval": 6,
        "completed": 1,
        "declined": 1,
    }
    assert set(counted("nordtel", model=Account)) == {"active", "closed", "on_hold", "suspended"}
    assert set(counted("lantern", model=Account)) == {"active", "closed", "pending", "suspended"}
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
    assert counted("lantern", "level_role") == {"": 8, "supervisor": 3, "compliance": 3}
    for username in ("clara", "david", "anna2", "elif", "jack", "kira"):
        user = User.objects.get(username=username)
        decidable = ReinstatementRequest.objects.decidable_by(user)
        assert decidable.exists()
        assert all(rules.can_decide_level(case, user, case.level_role) for case in decidable)

    # The second login of an agent's person is offered none of that person's cases.
    second = User.objects.get(username="anna2")
    assert second.person == User.objects.get(username="anna").person
    assert not ReinstatementRequest.objects.decidable_by(second).filter(maker__username="anna").exists()
    # Of the suspensions of the last weeks nobody is told anew; of what happened today a few are.
    assert Counter(OutboxEvent.objects.values_list("name", flat=True)) == {
        "reinstatement.completed": 6,
        "reinstatement.declined": 3,
        "reinstatement.withdrawn": 2,
        "account.suspended": 1,
    }
    assert list(verify(Totals())) == []


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_loading_it_again_leaves_everything_as_it_is(small_file):
    first = load()
    assert [line.rpartition(" in ")[0] for line in first[2:4]] == [
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


@pytest.mark.django_db
@scopes_disabled()
def test_the_bank_alone_loads_and_its_logins_have_the_password(monkeypatch):
    for step in ("open_accounts", "stop_accounts", "play"):
        monkeypatch.setattr(nordtel, step, lambda *args: 0)
    load()

    bank = Client.objects.get(code="lantern")
    assert (bank.colour, bank.currency, bank.reason_codes.exists()) == (8, "GBP", True)
    assert Account.objects.filter(client=bank).count() == 60
    assert User.objects.get(username="ivy").check_password(people.PASSWORD)
    history = StatusChange.objects.filter(client=bank, action="suspend")
    assert all(entry.occurred_at < entry.recorded_at - timedelta(days=2) for entry in history)
    overdrawn = Account.objects.get(client=bank, balance_minor__gt=0)
    assert lantern.STOPPED[overdrawn.number][0] == "payment"
    assert personal.holder(overdrawn, whole=True).email.endswith("@example.com")


def test_nobody_real_can_be_reached():
    for row in shipped_rows():
        holder, columns = holders.invent(row["customerID"])
        assert not holder["email"] or holder["email"].endswith("@example.com")
        if holder["phone"]:
            number = phonenumbers.parse(holder["phone"], columns["country"])
            assert phonenumbers.is_possible_number(number)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:].startswith(FICTIONAL)


def test_what_is_invented_is_the_same_each_time():
    assert holders.invent("7590-VHVEG") == holders.invent("7590-VHVEG")
    assert holders.invent("7590-VHVEG") != holders.invent("5575-GNVDE")
    stopped = [stop for row in shipped_rows() if row["Churn"] == "No" and (stop := stops.stop_of(row["customerID"]))]
    kinds = Counter(stop.kind for stop in stopped)
    assert len(stopped) == 204
    assert 0.5 < kinds["payment"] / len(stopped) < 0.7
    assert set(kinds) == set(stops.KINDS)


def test_names_are_written_in_many_scripts_and_mailed_in_plain_letters():
    drawn = {holders.invent(row["customerID"])[0]["holder_name"] for row in shipped_rows()}
    for sign in "äßŁŞñéØþоκلל明आさễ":
        assert any(sign.casefold() in name.casefold() for name in drawn), sign
    assert names.letters("Großmann-Śliwiński") == "grossmann-sliwinski"


def test_who_signs_in_is_told_with_the_password():
    out = StringIO()
    call_command("load_demo", logins=True, stdout=out)

    assert people.PASSWORD in out.getvalue()
    assert [line.split()[0] for line in out.getvalue().splitlines()[2:]] == [row[0] for row in people.STAFF]


def test_it_is_not_loaded_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not loaded in production"):
        call_command("load_demo")


def test_the_file_speaks_of_a_day_that_has_been():
    assert datetime.combine(nordtel.AS_OF, datetime.min.time(), UTC) < timezone.now()
