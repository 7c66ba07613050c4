"""The demo: every queue, status and role has something in it, and nothing in it reaches anybody real."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import phonenumbers
import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import grants, personal
from accounts.ledger.verify import Totals, verify
from accounts.models import (
    Account,
    AccountMerge,
    Client,
    CustomerQuery,
    EndingProposal,
    Membership,
    OutboxEvent,
    Payment,
    Signal,
    StatusChange,
    User,
)
from reinstatements import rules
from reinstatements.demo import (
    brisevent,
    days,
    farolia,
    holders,
    lantern,
    names,
    nordtel,
    past,
    people,
    stops,
    tallyharbor,
)
from reinstatements.facts import case_facts
from reinstatements.models import Approval, Check, Participation, ReinstatementRequest

# What regulators keep for films, and nobody is given: E.164 without the +.
FICTIONAL = (
    *("493023125", "496990009", "494066969", "492214710", "498999998"),
    *("4420794600", "4420794601", "4420794602", "4420794603", "4420794604"),
    *("4420794605", "4420794606", "4420794607", "4420794608", "4420794609"),
    *("441614960", "447700900", "33199", "33639984", "3346571", "121255501", "141555501", "131255501"),
    *("141655501", "151455501", "6125550", "6137010", "3532091"),
)
COMPANIES = (farolia, tallyharbor, brisevent)


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


@pytest.mark.requirement("R131", "R132")
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


def only_the_bank(monkeypatch):
    for demo in (nordtel, *COMPANIES):
        for step in ("open_accounts", "stop_accounts", "play"):
            monkeypatch.setattr(demo, step, lambda *args: 0)
    monkeypatch.setattr(days.Calendar, "pass_by", lambda self: 0)


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_the_bank_s_past_is_kept_with_the_people_and_times_of_its_log(monkeypatch):
    only_the_bank(monkeypatch)
    load()

    # The lines of one request of the log, read by hand; London is an hour before UTC in summer.
    number, steps = next(
        (number, steps)
        for number, steps in zip(lantern.WITH_PAST, past.requests("Europe/London"), strict=True)
        if {"Upload Missing Documents", "Four-eyes Check"} < set(steps)
    )
    case = ReinstatementRequest.objects.get(account__number=number)
    entries = StatusChange.objects.filter(subject_id=case.pk).order_by("number")
    assert list(entries.values_list("action", "actor__username")) == [
        *(("open", "user-3"), ("submit", "user-4"), ("start", "user-2"), ("check_met", "user-2")),
        *(("check_met", "user-2"), ("check_failed", "user-2"), ("check_met", "user-5"), ("check_met", "user-11")),
        *(("send_for_approval", "user-7" if "Review Request Manually" in steps else "user-11"),),
        *(("approve_level", "user-1"), ("approve", "user-8"), ("complete", "user-8")),
    ]
    assert {entry.origin for entry in entries} == {"import"}
    assert case.completed_at == steps["Four-eyes Check"].end
    assert not OutboxEvent.objects.filter(account=case.account).exists()
    assert not User.objects.get(username="user-8").has_usable_password()
    deciders = {"user-1", "user-7", "user-8"}
    for decided in ReinstatementRequest.objects.filter(opened_at__lt=past.ENDED_BEFORE):
        took_part = set(Participation.objects.filter(case=decided).values_list("user__username", flat=True))
        gave = set(decided.approvals.values_list("user__username", flat=True))
        assert gave <= deciders
        assert not took_part & gave


def test_the_log_s_requests_are_whole_and_nobody_checks_their_own_work_in_it():
    requests = past.requests("Europe/London")

    assert len(requests) == 150
    for steps in requests:
        assert {"Enter Data", "Submit Request", "Determine Missing Document", "Send Notifications"} < set(steps)
        if check := steps.get("Four-eyes Check"):
            assert check.who not in {step.who for step in steps.values() if step is not check}
        times = [step.end for step in steps.values()]
        assert times == sorted(times)
        assert times[-1] < past.ENDED_BEFORE
    assert past.FILE.stat().st_size < 150_000


def test_a_time_without_a_zone_is_read_in_the_bank_s():
    row = {"resource": "user-3", "start": "03-07-2023 08:00:00", "end": "05-12-2023 08:59:00"}

    london, new_york = past.Step(row, "Europe/London"), past.Step(row, "America/New_York")

    assert london.start == datetime(2023, 7, 3, 7, tzinfo=UTC)
    assert london.end == datetime(2023, 12, 5, 8, 59, tzinfo=UTC)
    assert new_york.start == datetime(2023, 7, 3, 12, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_the_bank_alone_loads_and_its_logins_have_the_password(monkeypatch):
    only_the_bank(monkeypatch)
    load()

    bank = Client.objects.get(code="lantern")
    assert (bank.colour, bank.currency, bank.reason_codes.exists()) == (8, "GBP", True)
    assert Account.objects.filter(client=bank).count() == 60 + 150
    assert User.objects.get(username="ivy").check_password(people.PASSWORD)
    history = StatusChange.objects.filter(client=bank, action="suspend")
    assert all(entry.occurred_at < entry.recorded_at - timedelta(days=2) for entry in history)
    overdrawn = Account.objects.get(client=bank, balance_minor__gt=0)
    assert lantern.STOPPED[overdrawn.number][0] == "payment"
    assert personal.holder(overdrawn, whole=True).email.endswith("@example.com")
    # Two people close and cancel there: what one of them has proposed waits.
    assert sorted(EndingProposal.objects.values_list("client__code", "deed")) == [
        ("lantern", "cancel"),
        ("lantern", "close"),
    ]


def test_nobody_real_can_be_reached():
    members = [(number, lantern.MEMBERS) for number in lantern.NUMBERS + lantern.WITH_PAST]
    members += [(number, demo.MEMBERS) for demo in COMPANIES for number in demo.COMPANY.numbers]
    invented = [holders.invent(row["customerID"]) for row in shipped_rows()]
    for holder, columns in [*invented, *(holders.one_of(*each) for each in members)]:
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


def test_every_story_of_a_client_has_an_account_and_words_of_its_own():
    for demo in COMPANIES:
        company = demo.COMPANY
        assert len(company.told) == len(company.stories)
        assert max(map(company.numbers.index, company.told)) < len(company.numbers) - company.closed - company.pending
        reasons_told = {story.reason for story in company.stories}
        assert reasons_told <= set(company.causes)
        assert reasons_told <= set(company.words.resume)
