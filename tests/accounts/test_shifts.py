"""Who is on shift, now and next, and who says so."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.errors import Invalid, Refused
from accounts.models import Absence, StaffHours, StatusChange
from accounts.services import shifts
from tests import factories

MANILA = {"mon": "21:00-06:00", "tue": "21:00-06:00", "wed": "21:00-06:00", "thu": "21:00-06:00", "fri": "21:00-06:00"}
# Monday 23 November 2026, 21:30 in Manila.
NIGHT = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def everywhere():
    """Whoever sets hours does so at every client that the login works for."""
    with scopes_disabled():
        yield


@pytest.fixture
def night_agent(agent, administrator):
    shifts.set_hours(agent, MANILA, "Asia/Manila", actor=administrator)
    return agent


def told(client, action):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, subject_type="user", action=action).order_by("number")
        return [json.loads(bytes(row.body))["data"] for row in rows]


def roles_since_long_ago(*people):
    with scopes_disabled():
        for user in people:
            user.client_roles.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.requirement("R115")
def test_whoever_has_no_hours_is_always_on_shift_where_they_hold_a_role(agent, outsider, acme, globex):
    roles_since_long_ago(agent, outsider)
    assert shifts.on_shift(agent, acme, NIGHT)
    assert shifts.next_shift_start(agent, acme, NIGHT) == NIGHT
    assert not shifts.on_shift(agent, globex, NIGHT)
    assert shifts.next_shift_start(agent, globex, NIGHT) is None


@pytest.mark.requirement("R115")
def test_a_night_shift_counts_in_the_time_zone_of_whoever_works_it(night_agent, acme):
    roles_since_long_ago(night_agent)
    assert shifts.on_shift(night_agent, acme, NIGHT)
    assert shifts.on_shift(night_agent, acme, datetime(2026, 11, 27, 21, 59, tzinfo=UTC))  # Saturday, 5:59
    assert not shifts.on_shift(night_agent, acme, datetime(2026, 11, 27, 22, tzinfo=UTC))
    weekend = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert shifts.next_shift_start(night_agent, acme, weekend) == datetime(2026, 11, 30, 13, tzinfo=UTC)


def test_an_absence_goes_before_the_hours_and_the_next_shift_lies_behind_it(night_agent, acme, administrator):
    roles_since_long_ago(night_agent)
    until = datetime(2030, 11, 28, tzinfo=UTC)
    shifts.go_away(night_agent, starts_at=datetime(2030, 11, 25, 16, tzinfo=UTC), ends_at=until, actor=administrator)
    in_it = datetime(2030, 11, 26, 15, tzinfo=UTC)

    assert not shifts.on_shift(night_agent, acme, in_it)
    assert shifts.next_shift_start(night_agent, acme, in_it) == datetime(2030, 11, 28, 13, tzinfo=UTC)
    assert shifts.on_shift(night_agent, acme, datetime(2030, 11, 25, 15, tzinfo=UTC))


def test_who_is_on_and_who_is_next_are_asked_of_all_who_hold_a_role(acme, supervisor, second_supervisor, administrator):
    roles_since_long_ago(supervisor, second_supervisor)
    shifts.set_hours(supervisor, {"mon": "09:00-17:00"}, "Europe/Berlin", actor=administrator)
    shifts.set_hours(second_supervisor, {"tue": "09:00-17:00"}, "Europe/Berlin", actor=administrator)

    assert shifts.who_is_on(acme, ["supervisor"], datetime(2026, 11, 23, 9, tzinfo=UTC)) == [supervisor]
    assert shifts.who_is_on(acme, ["supervisor"], NIGHT.replace(hour=20)) == []
    assert shifts.who_is_next(acme, ["supervisor"], NIGHT.replace(hour=20)) == (
        second_supervisor,
        datetime(2026, 11, 24, 8, tzinfo=UTC),
    )
    assert shifts.who_is_next(acme, ["compliance"], NIGHT) is None


def test_a_role_that_has_ended_by_then_gives_no_next_shift(agent, acme, administrator):
    roles_since_long_ago(agent)
    shifts.set_hours(agent, {"mon": "09:00-17:00"}, "UTC", actor=administrator)
    with scopes_disabled():
        agent.client_roles.update(ends_at=datetime(2026, 11, 29, tzinfo=UTC))
    assert shifts.next_shift_start(agent, acme, datetime(2026, 11, 24, tzinfo=UTC)) is None


def test_hours_are_on_record_at_each_client_and_only_an_administrator_of_all_sets_them(
    acme, globex, agent, administrator, outsider
):
    shifts.set_hours(agent, {"mon": "9:00-17:00"}, "Europe/Berlin", actor=administrator)
    assert told(acme, "change_hours") == [{"week": [{}, {"mon": "09:00-17:00"}], "time_zone": ["UTC", "Europe/Berlin"]}]
    with pytest.raises(Refused):
        shifts.set_hours(agent, {}, "UTC", actor=outsider)
    with pytest.raises(Refused):
        shifts.set_hours(administrator, {}, "UTC", actor=administrator)
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    with pytest.raises(Refused):
        shifts.set_hours(both, {"mon": "09:00-17:00"}, "UTC", actor=administrator)


@pytest.mark.parametrize(
    ("week", "day"),
    [
        ({"tue": "nine"}, "tue"),
        ({"sat": "22:00-06:00", "sun": "05:00-09:00"}, "sat"),
        ({"fri": "9:00-12:00,11:00-13:00"}, "fri"),
    ],
)
def test_what_are_no_hours_is_refused_on_its_day(agent, administrator, week, day):
    with pytest.raises(Invalid) as refused:
        shifts.set_hours(agent, week, "UTC", actor=administrator)
    assert refused.value.field == day


def test_somebody_may_say_of_themselves_that_they_are_away_and_back(agent, acme):
    row = factories.away(agent, agent)
    roles_since_long_ago(agent)
    assert not shifts.on_shift(agent, acme)
    shifts.come_back(row, actor=agent)
    assert shifts.on_shift(agent, acme)
    with pytest.raises(Invalid):
        shifts.come_back(row, actor=agent)


def test_the_page_sets_the_hours_and_shows_what_is_wrong(client, administrator, agent):
    client.force_login(administrator)
    url = reverse("staff_hours", args=[agent.pk])

    wrong = client.post(url, {"mon": "late", "time_zone": "Europe/Paris"})
    assert wrong.status_code == 400
    assert "Write hours like 09:00-13:00" in wrong.content.decode()
    assert not StaffHours.objects.exists()

    saved = client.post(url, {"mon": "09:00-13:00, 14:00-18:00", "time_zone": "Europe/Paris"}, follow=True)
    assert "The working hours of agent are saved." in saved.content.decode()
    assert StaffHours.objects.get().week == {"mon": "09:00-13:00, 14:00-18:00"}
    agent.refresh_from_db()
    assert agent.time_zone == "Europe/Paris"


def test_an_absence_is_put_down_in_the_days_of_whoever_is_away_and_ended(client, administrator, agent):
    shifts.set_hours(agent, {"mon": "09:00-17:00"}, "Asia/Tokyo", actor=administrator)
    client.force_login(administrator)

    client.post(reverse("staff_away", args=[agent.pk]), {"starts_on": "2030-01-01", "ends_on": "2030-01-02"})
    row = Absence.objects.get()
    assert (row.starts_at, row.ends_at) == (
        datetime(2029, 12, 31, 15, tzinfo=UTC),
        datetime(2030, 1, 2, 15, tzinfo=UTC),
    )
    assert "Take back" in client.get(reverse("staff_hours", args=[agent.pk])).content.decode()
    client.post(reverse("absence_end", args=[row.pk]))
    assert not Absence.objects.exists()


def test_staff_of_another_client_are_not_found(client, administrator, outsider):
    client.force_login(administrator)
    assert client.get(reverse("staff_hours", args=[outsider.pk])).status_code == 404
    assert client.post(reverse("staff_away", args=[outsider.pk]), {"starts_on": "2030-01-01"}).status_code == 404


def test_the_list_of_staff_says_who_is_on_shift_with_the_same_queries_however_many_they_are(
    client, administrator, agent, acme
):
    client.force_login(administrator)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("staff"))
    for number in range(5):
        one = factories.make_user(f"more{number}", (acme, "agent"))
        shifts.set_hours(one, {"mon": "09:00-17:00"}, "UTC", actor=administrator)
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("staff")).content.decode()
    assert len(few) == len(many)
    assert "on shift" in page
