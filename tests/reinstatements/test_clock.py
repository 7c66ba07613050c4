"""The clock on real cases: what starts, pauses, changes and recounts it, and the pages that show it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.models import StatusChange
from accounts.services.staff import ensure_system_user
from notifications import tasks
from notifications.models import Delivery
from reinstatements import services
from reinstatements.models import ClockSettings, ReinstatementRequest
from reinstatements.presentation import standing
from reinstatements.services import clock, clock_settings, priorities
from tests import factories
from tests.accounts.exporting import download, rows_of

OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
FRIDAY = datetime(2027, 3, 26, 15, 50, tzinfo=UTC)  # 16:50 in Berlin, two days before the clocks change


def settings(**wanted):
    return {
        "week": OFFICE,
        "time_zone": "Europe/Berlin",
        "country": "",
        "region": "",
        "days": {},
        "targets": {},
        "ladder": [],
        **wanted,
    }


def give(client, seen=0, **wanted):
    with scopes_disabled():
        return clock_settings.save(client, settings(**wanted), actor=ensure_system_user(), seen=seen)


def fresh(case):
    with scopes_disabled():
        return ReinstatementRequest.objects.select_related("policy").get(pk=case.pk)


def entries(client, subject_type):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, subject_type=subject_type).order_by("number")
        return [(row.action, json.loads(bytes(row.body))["data"]) for row in rows]


@pytest.fixture
def at_friday(acme, agent, administrator, supervisor):
    """It is Friday, ten minutes before closing, and acme's calendar is in force since a week."""
    with time_machine.travel(FRIDAY - timedelta(days=7), tick=False):
        give(acme)
    with scopes_disabled():
        for user in (agent, administrator, supervisor):
            user.client_roles.update(starts_at=FRIDAY - timedelta(days=30))
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.mark.requirement("R101")
def test_a_case_is_due_after_its_target_in_the_clients_working_time(at_friday, suspended, agent):
    case = factories.bring_to(suspended, "draft", agent)
    # Eight hours: ten minutes on Friday, 7:50 on Monday, after the clocks went forward.
    assert case.due_at == datetime(2027, 3, 29, 14, 50, tzinfo=UTC)


@pytest.mark.requirement("R101")
def test_each_step_has_its_own_target_and_sending_back_goes_on(at_friday, suspended, agent, supervisor, acme):
    give(acme, seen=1, targets={"normal": {"start": 10, "verification": 240, "decision": 60}})
    case = factories.bring_to(suspended, "submitted", agent)
    assert case.step_due_at == FRIDAY + timedelta(minutes=10)

    monday = datetime(2027, 3, 29, 8, tzinfo=UTC)  # 10:00
    at_friday.move_to(monday)
    with scope(client=[acme.pk]):
        case = services.start(case, actor=agent)
    assert case.step_due_at == monday + timedelta(hours=4)
    assert case.due_at == datetime(2027, 3, 29, 14, 50, tzinfo=UTC)
    assert {part: ticks // 60_000_000 for part, ticks in case.clock.items()} == {"case": 70, "start": 70}


def test_waiting_for_the_member_pauses_and_the_answer_resumes(at_friday, suspended, agent, acme):
    case = factories.bring_to(suspended, "in_verification", agent)
    status = ReinstatementRequest._meta.get_field("status")

    at_friday.move_to(datetime(2027, 3, 29, 8, tzinfo=UTC))
    with scope(client=acme.pk):
        before = case.due_at
        status.set_state(case, "awaiting_member")
        clock.follow(case, "in_verification", timezone.now())
        assert (case.clock_since, case.step_due_at, case.next_alert_at, case.due_at) == (None, None, None, before)

        at_friday.move_to(datetime(2027, 4, 1, 8, tzinfo=UTC))  # Thursday, 10:00
        status.set_state(case, "in_verification")
        clock.follow(case, "awaiting_member", timezone.now())
    # 70 of 480 minutes are used; 410 are left from 10:00 on.
    assert case.due_at == datetime(2027, 4, 1, 14, 50, tzinfo=UTC)


@pytest.mark.requirement("R101")
def test_a_change_of_hours_or_targets_keeps_what_was_used(at_friday, suspended, agent, acme):
    case = factories.bring_to(suspended, "draft", agent)

    at_friday.move_to(datetime(2027, 3, 29, 8, tzinfo=UTC))  # 70 minutes are used
    give(acme, seen=1, week=OFFICE | {"mon": "09:00-12:00"})
    case = fresh(case)
    assert case.clock_version == 2
    assert case.due_at == datetime(2027, 3, 30, 11, 50, tzinfo=UTC)  # 2 h on Monday, 4 h 50 on Tuesday

    at_friday.move_to(datetime(2027, 3, 30, 8, tzinfo=UTC))  # 70 + 120 + 60 minutes
    give(acme, seen=2, targets={"normal": {"case": 300}})
    assert fresh(case).due_at == datetime(2027, 3, 30, 8, 50, tzinfo=UTC)
    with scopes_disabled():
        assert not ClockSettings.objects.filter(applied_at=None).exists()


def test_counting_anew_is_the_same_whenever_it_runs_and_leaves_history(at_friday, suspended, agent, acme):
    case = factories.bring_to(suspended, "draft", agent)
    at_friday.move_to(datetime(2027, 3, 29, 8, tzinfo=UTC))
    with scopes_disabled():
        new = ClockSettings.objects.create(client=acme, version=2, **settings(week=OFFICE | {"mon": "09:00-12:00"}))
    at_friday.move_to(datetime(2027, 3, 31, 8, tzinfo=UTC))

    with scope(client=[acme.pk]):
        assert clock.apply_settings(acme.pk) == 1
        assert clock.apply_settings(acme.pk) == 0
        case = fresh(case)
        assert case.due_at == datetime(2027, 3, 30, 11, 50, tzinfo=UTC)
        newest = case.history.order_by("-history_id").first()
        assert (newest.due_at, newest.clock_version, newest.history_change_reason) == (case.due_at, 2, "clock")
        new.refresh_from_db()
        assert new.applied_at is not None


def test_somebody_who_changes_the_case_first_takes_the_new_hours_with_them(at_friday, suspended, agent, acme):
    case = factories.bring_to(suspended, "draft", agent)
    at_friday.move_to(datetime(2027, 3, 29, 8, tzinfo=UTC))
    with scopes_disabled():
        ClockSettings.objects.create(client=acme, version=2, **settings(week=OFFICE | {"mon": "09:00-12:00"}))
    at_friday.move_to(datetime(2027, 3, 29, 9, tzinfo=UTC))
    with scope(client=[acme.pk]):
        case = services.submit(case, actor=agent)
    assert (case.clock_version, case.due_at) == (2, datetime(2027, 3, 30, 11, 50, tzinfo=UTC))


def test_a_priority_changes_the_target_and_not_what_was_used(at_friday, suspended, agent, acme, auditor):
    give(acme, seen=1, targets={"high": {"case": 120}})
    case = factories.bring_to(suspended, "submitted", agent)
    at_friday.move_to(datetime(2027, 3, 29, 8, tzinfo=UTC))
    with scope(client=[acme.pk]):
        case = priorities.set_priority(case, actor=agent, priority="high", note="They called twice.")
        assert case.due_at == datetime(2027, 3, 29, 8, 50, tzinfo=UTC)
        assert entries(acme, "reinstatement")[-1] == ("set_priority", {"priority": ["normal", "high"]})
        with pytest.raises(Refused):
            priorities.set_priority(case, actor=auditor, priority="low")
        with pytest.raises(Invalid):
            priorities.set_priority(case, actor=agent, priority="at once")
        services.withdraw(case, actor=agent, reason="not_wanted")
        with pytest.raises(Moved):
            priorities.set_priority(case, actor=agent, priority="low")


def test_approving_asks_the_clock_nothing(awaiting_approval, supervisor, acme, compliance):
    give(acme)
    with scope(client=[acme.pk]), CaptureQueriesContext(connection) as asked:
        services.approve(
            awaiting_approval, actor=supervisor, reason="identity_confirmed", seen=factories.seen(awaiting_approval)
        )
    assert not [query for query in asked.captured_queries if "clocksettings" in query["sql"]]
    case = fresh(awaiting_approval)
    assert (case.step_due_at, case.next_alert_at) == (None, None)


def test_settings_are_on_the_clients_chain_and_only_its_administrators_change_them(
    acme, administrator, agent, outsider
):
    with scopes_disabled():
        clock_settings.save(acme, settings(), actor=administrator, seen=0)
        action, data = entries(acme, "clocksettings")[-1]
        assert (action, data["version"], data["settings"]["week"]) == ("create", 1, [None, OFFICE])
        clock_settings.save(acme, settings(country="DE", region="BY"), actor=administrator, seen=1)
        assert entries(acme, "clocksettings")[-1] == (
            "change",
            {"version": 2, "settings": {"country": ["", "DE"], "region": ["", "BY"]}},
        )
        clock_settings.save(acme, settings(country="DE", region="BY"), actor=administrator, seen=2)
        assert ClockSettings.objects.count() == 2
        with pytest.raises(Invalid, match="Somebody else"):
            clock_settings.save(acme, settings(), actor=administrator, seen=1)
        for somebody in (agent, outsider):
            with pytest.raises(Refused):
                clock_settings.save(acme, settings(), actor=somebody, seen=2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"week": {}}, "mon"),
        ({"week": {"tue": "9 to 5"}}, "tue"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"country": "DE", "region": "ZZ"}, "region"),
        ({"days": {"2026-02-30": ""}}, "days"),
        ({"days": {"2026-02-20": "late"}}, "days"),
        ({"targets": {"normal": {"case": 0}}}, "normal_case"),
        ({"targets": {"normal": {"case": 60, "decision": 61}}}, "normal_case"),
        ({"ladder": [{"percent": 50, "plus": 0, "tell": []}]}, "ladder"),
        ({"ladder": [{"percent": 50, "plus": 10, "tell": ["worker"]}]}, "ladder"),
        ({"ladder": [{"percent": 50, "plus": 0, "tell": ["somebody"]}]}, "ladder"),
        ({"ladder": [{"percent": 50, "plus": 0, "tell": ["worker"]}] * 2}, "ladder"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_at_their_field(acme, administrator, wrong, field):
    with scopes_disabled(), pytest.raises(Invalid) as refused:
        clock_settings.save(acme, settings(**wrong), actor=administrator, seen=0)
    assert refused.value.field == field


def form_of(page):
    form = page.context["form"]
    return {name: field.value() for name in form.fields if (field := form[name]).value() not in (None, "", [])}


@pytest.mark.requirement("R101")
def test_the_page_tries_hours_out_and_saves_them(client, acme, administrator):
    client.force_login(administrator)
    url = reverse("clock_settings", args=["acme"])
    sent = form_of(client.get(url)) | {"mon": "08:00-12:00, 13:00-18:30", "country": "DE", "region": "BY"}

    tried = client.post(url, sent | {"preview": "1", "days": "2026-12-24 09:00-12:00\n2026-12-31 closed"})
    assert tried.status_code == 200
    assert "not saved yet" in tried.content.decode()
    with scopes_disabled():
        assert not ClockSettings.objects.exists()

    saved = client.post(url, sent, follow=True)
    assert "Its open cases follow." in saved.content.decode()
    with scopes_disabled():
        row = ClockSettings.objects.get()
        assert (row.week["mon"], row.country, row.region) == ("08:00-12:00, 13:00-18:30", "DE", "BY")
        assert row.ladder == clock_settings.USUAL_LADDER
        assert row.targets == clock_settings.USUAL_TARGETS

    wrong = client.post(url, sent | {"seen": "1", "tue": "late"})
    assert wrong.status_code == 400
    assert "Write hours like" in wrong.content.decode()


def test_the_preview_says_when_a_case_of_friday_afternoon_is_due():
    wanted = settings()
    rows = list(clock_settings.preview(wanted, datetime(2026, 11, 25, 11, tzinfo=UTC)))
    friday = datetime(2026, 11, 27, 15, 50, tzinfo=UTC)
    assert (friday, timedelta(minutes=10), friday + timedelta(minutes=10)) in rows
    assert (friday, timedelta(minutes=60), datetime(2026, 11, 30, 8, 50, tzinfo=UTC)) in rows


def breach_codes(page):
    return [row["case"].code for row in page.context["rows"]]


@pytest.fixture
def three(acme, agent, supervisor):
    """An overdue case, one that waits for nobody, and one that was decided too late."""
    accounts = [factories.suspend(factories.make_account(acme, f"B-{n}", balance_minor=8420)) for n in range(3)]
    late, fine, ended = (factories.bring_to(account, "awaiting_approval", agent) for account in accounts)
    with scope(client=[acme.pk]):
        services.decline(ended, actor=supervisor, reason="not_proven", note="No.", seen=factories.seen(ended))
        past = timezone.now() - timedelta(hours=1)
        ReinstatementRequest.objects.filter(pk=late.pk).update(due_at=past, step_due_at=past)
        ReinstatementRequest.objects.filter(pk=ended.pk).update(due_at=past)
    return late, fine, ended


@pytest.mark.requirement("R101")
def test_the_list_of_breaches_is_that_of_its_export(client, three, auditor):
    client.force_login(auditor)
    url = reverse("breach_list")
    queries = [{}, {"what": "step"}, {"status": "awaiting_approval"}, {"priority": "high"}, {"what": "ended"}]
    queries += [{"what": "ended", "status": "declined"}, {"held": "nobody"}]
    for query in queries:
        page = client.get(url, query)
        taken = rows_of(download(client, auditor, query, code="breaches"))
        assert [row["Case"] for row in taken] == breach_codes(page), query
    assert breach_codes(client.get(url, {"what": "step"})) == [three[0].code]
    assert breach_codes(client.get(url, {"what": "ended", "status": "declined"})) == [three[2].code]
    # Nothing is offered that changes neither the list nor the file.
    offered = {field.name for field in client.get(url).context["form"]}
    assert offered == {"what", "client", "status", "priority", "kind", "held", "q"}


def test_the_list_of_breaches_costs_the_same_whatever_stands_in_it(client, three, auditor):
    client.force_login(auditor)
    client.get(reverse("breach_list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("breach_list"), {"what": "step"})
    with scopes_disabled():
        past = timezone.now() - timedelta(hours=1)
        ReinstatementRequest.objects.update(due_at=past, step_due_at=past)
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("breach_list"), {"what": "step"})
    assert len(breach_codes(page)) == 2
    assert len(few) == len(many)


def test_a_case_that_waits_for_the_member_is_not_overdue(three):
    late = fresh(three[0])
    assert standing(late) == "breached"
    ReinstatementRequest._meta.get_field("status").set_state(late, "awaiting_member")
    assert standing(late) == "paused"


def test_the_page_of_a_case_shows_its_time_and_changes_its_priority(client, acme, in_verification, agent):
    give(acme, week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00"))
    client.force_login(agent)
    page = client.get(in_verification.get_absolute_url()).content.decode()
    assert "left of 8 h" in page
    assert "Europe/Berlin" in page

    changed = client.post(
        reverse("case_priority", args=[in_verification.code]), {"priority": "urgent", "note": ""}, follow=True
    )
    assert f"Case {in_verification.code} is urgent now." in changed.content.decode()
    assert fresh(in_verification).priority == "urgent"


@pytest.mark.requirement("R102")
def test_the_page_of_a_case_that_has_ended_says_how_long_after_it_the_member_was_told(
    client, acme, awaiting_approval, supervisor
):
    with scope(client=[acme.pk]):
        seen = factories.seen(awaiting_approval)
        services.decline(awaiting_approval, actor=supervisor, reason="not_proven", note="No.", seen=seen)
    tasks.relay()
    ended = fresh(awaiting_approval)
    with scope(client=[acme.pk]):
        Delivery.objects.filter(case=ended.pk).update(status="sent", sent_at=ended.decided_at + timedelta(seconds=42))
    client.force_login(supervisor)
    page = client.get(ended.get_absolute_url()).content.decode()
    assert "sent 42 seconds after the change" in page
    assert "in time" in page
