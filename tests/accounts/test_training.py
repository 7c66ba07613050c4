"""A role for which the client asks for a training is closed without a valid one, at once, and says so."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import grants, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from accounts.models import AccountSettings, Client, OutboxEvent, StatusChange, TrainingRecord, User
from accounts.services import roles, shifts, training
from notifications import tasks
from notifications.models import StaffNotice
from reinstatements import availability
from tests import factories

pytestmark = pytest.mark.requirement("R129")


@pytest.fixture
def asked(acme, scoped):
    factories.ask_for_training(acme, "agent", "supervisor")
    return acme


def again(user):
    """Return the login as the next request has it."""
    return User.objects.get(pk=user.pk)


def held(user, client):
    return sorted(grants.roles(again(user), client.pk))


def test_a_role_is_closed_without_a_training_and_opens_with_one(asked, agent, compliance):
    assert held(agent, asked) == []
    assert grants.of(again(agent)).closed == {asked.pk: frozenset({Role.AGENT})}

    factories.train(agent, asked, compliance)

    assert held(agent, asked) == ["agent"]
    assert grants.of(again(agent)).closed == {}


def test_other_roles_and_other_clients_stay_open(asked, globex, compliance, outsider, administrator):
    assert held(compliance, asked) == ["compliance"]
    assert held(administrator, asked) == ["administrator"]
    assert held(outsider, globex) == ["supervisor"]


def test_it_closes_at_the_end_of_its_last_day_at_the_client_without_any_job(asked, agent, compliance):
    Client.objects.filter(pk=asked.pk).update(time_zone="Europe/Berlin")
    asked.refresh_from_db()
    with time_machine.travel(datetime(2026, 12, 1, 9, 0, tzinfo=UTC)):
        last = date(2026, 12, 31)
        factories.train(agent, asked, compliance, completed_on=date(2026, 12, 1), valid_until=last)
    with time_machine.travel(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)):
        assert held(agent, asked) == ["agent"]
    with time_machine.travel(datetime(2026, 12, 31, 23, 0, 1, tzinfo=UTC)):
        assert held(agent, asked) == []


def test_a_training_that_was_taken_back_or_is_for_another_client_does_not_count(asked, globex, agent, compliance):
    row = factories.train(agent, asked, compliance)
    there = factories.make_user("there", (globex, "compliance"))
    factories.train(agent, globex, there)
    training.end(row, actor=compliance)

    assert held(agent, asked) == []
    with pytest.raises(Moved):
        training.end(row, actor=compliance)


def test_a_superuser_has_no_other_way(asked, agent):
    User.objects.filter(pk=agent.pk).update(is_superuser=True, is_staff=True)
    suspended = factories.suspend(factories.make_account(asked, "A-5"))

    assert held(agent, asked) == []
    assert not rules.can_work(suspended, again(agent))


def test_who_is_there_is_the_same_in_every_list(asked, agent, supervisor, second_supervisor, compliance):
    factories.train(supervisor, asked, compliance)
    everybody = (agent, supervisor, second_supervisor, compliance)

    by_rule = {user.username for user in everybody if grants.roles(again(user), asked.pk)}
    assert by_rule == {"supervisor", "compliance"}
    assert {user.username for user in shifts.holders(asked.pk, list(Role))} & {
        user.username for user in everybody
    } == by_rule
    assert {user.username for user in availability.staff_of(asked.pk)} & {
        user.username for user in everybody
    } == by_rule


def test_reading_the_roles_is_one_query_however_many_there_are(asked, globex, agent, compliance):
    for _each in range(2):
        with CaptureQueriesContext(connection) as queries:
            grants.load(agent)
        assert len(queries) == 1
        factories.train(agent, asked, compliance)
        with scope(client=[globex.pk]):
            roles.grant(agent, globex, ("agent", "auditor")[_each], actor=User.objects.system())


def test_a_closed_role_is_held_and_not_granted_twice(asked, agent, administrator):
    with pytest.raises(Invalid, match="already"):
        roles.grant(again(agent), asked, "agent", actor=administrator)


@pytest.mark.parametrize("who", ["agent", "supervisor", "auditor", "contact", "outsider"])
def test_only_who_keeps_trainings_records_one(acme, scoped, second_supervisor, who, request):
    with pytest.raises(Refused):
        factories.train(second_supervisor, acme, request.getfixturevalue(who))


def test_nobody_records_their_own_with_this_login_or_another(acme, scoped, compliance):
    second = factories.make_user("second_login", (acme, "administrator"), person=None)
    User.objects.filter(pk=second.pk).update(person=compliance.person)
    for login in (compliance, again(second)):
        with pytest.raises(Refused):
            factories.train(compliance, acme, login)
    row = factories.train(factories.make_user("other"), acme, compliance)
    row.id, row.person, row.ends_at = TrainingRecord().id, compliance.person, timezone.now()
    with pytest.raises(DatabaseError, match=r"own training|recorded by an entry"), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_keeps_what_was_recorded(acme, scoped, agent, compliance):
    row = factories.train(agent, acme, compliance)
    later = {"valid_until": date(2999, 1, 1)}, {"ends_at": timezone.now() + timedelta(days=9999)}
    for change in (*later, {"ended_entry": row.recorded_entry}, {"warned_entry": row.recorded_entry}):
        with pytest.raises(DatabaseError, match="as it was recorded"), transaction.atomic():
            TrainingRecord.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        TrainingRecord.objects.all()._raw_delete(using="default")
    training.end(row, actor=compliance)
    made = StatusChange.objects.filter(subject_type="training").order_by("number")
    assert list(made.values_list("action", "reason")) == [("record", "training_recorded"), ("end", "training_ended")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": " "},
        {"subject": "x" * 121},
        {"completed_on": date(2999, 1, 1)},
        {"valid_until": date(2020, 1, 1)},
        {"valid_until": date(2999, 1, 1)},
    ],
)
def test_a_training_that_cannot_be_is_refused(acme, scoped, agent, compliance, wrong):
    with pytest.raises(Invalid):
        factories.train(agent, acme, compliance, **wrong)


def test_whom_it_concerns_is_told_once_a_month_before_it_ends(acme, scoped, agent, compliance, administrator):
    today = timezone.localdate()
    factories.train(agent, acme, compliance, valid_until=today + timedelta(days=20))
    factories.train(agent, acme, compliance, valid_until=today + timedelta(days=300))
    other = factories.make_user("other", (acme, "agent"))
    factories.train(other, acme, compliance, valid_until=today + timedelta(days=20))

    assert [training.warn_due(acme), training.warn_due(acme)] == [2, 0]
    (event,) = OutboxEvent.objects.filter(name="training.ending")
    assert sorted(event.payload["people"]) == sorted(str(user.pk) for user in (other, compliance, administrator))
    tasks.relay()
    told = StaffNotice.objects.filter(event_name="training.ending").values_list("user__username", flat=True)
    assert sorted(told) == ["administrator", "compliance", "other"]


def test_the_mail_is_written_in_one_language_its_dates_with_it(acme, scoped, compliance):
    reader = factories.make_user("leser", (acme, "agent"), language="de")
    with time_machine.travel("2026-05-01T09:00:00Z"):
        for user in (reader, compliance):
            user.client_roles.update(starts_at=timezone.now())
        factories.train(reader, acme, compliance, completed_on=date(2026, 4, 1), valid_until=date(2026, 5, 20))
        training.warn_due(acme)
        tasks.relay()
        tasks.notify_staff()
    [message] = [message for message in mail.outbox if message.to == [reader.email]]
    assert message.subject == "Your training for Acme Mobile ends on 20 May 2026"
    assert message.message()["Content-Language"] == "en"


def test_the_page_says_why_and_until_when(client, asked, agent, supervisor, compliance):
    factories.train(supervisor, asked, compliance, valid_until=timezone.localdate() + timedelta(days=9))
    client.force_login(agent)

    home = client.get(reverse("home")).text
    assert "Acme Mobile asks for a training, and yours is missing or over. Your role Agent is closed" in home
    assert client.get(reverse("account_list")).status_code == 404
    client.force_login(supervisor)
    home = client.get(reverse("account_list"))
    assert home.status_code == 200
    assert "Your training for Acme Mobile ends on" in home.text


def test_the_list_records_and_takes_back(client, asked, agent, compliance, administrator):
    client.force_login(administrator)
    page = client.get(reverse("training_list")).text
    assert page.count("None: role closed") == 1
    url = reverse("training", args=[asked.pk, agent.person_id])
    assert client.post(url, {"subject": "X"}).status_code == 400
    sent = {"subject": "How we work", "completed_on": "2026-11-01", "valid_until": "2027-11-01"}
    assert client.post(url, sent)["Location"] == reverse("training_list")
    assert held(agent, asked) == ["agent"]
    assert "trained until 1 Nov 2027" in client.get(reverse("staff")).text
    end = reverse("training_end", args=[TrainingRecord.objects.get().pk])
    assert client.get(end).status_code == 200
    client.post(end)
    assert held(agent, asked) == []
    own = reverse("training", args=[asked.pk, administrator.person_id])
    assert client.post(own, sent).status_code == 403


def test_an_administrator_says_which_roles_ask_for_it(client, acme, scoped, administrator):
    User.objects.filter(pk=administrator.pk).update(is_staff=True)
    client.force_login(again(administrator))
    row = AccountSettings.objects.get(client=acme)
    url = reverse("admin:accounts_accountsettings_change", args=[row.pk])
    form = client.get(url).context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: form[name].value() for name in sent if form[name].value() not in (None, False)}

    answer = client.post(url, sent | {"training_roles": ["agent", "supervisor"]})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert row.training_roles == "agent,supervisor"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("log", "A line is one entry."),
        ("decisions", "A line is one decision of one person"),
        ("access", "is whole data, for a reason."),
        ("delivery_list", "a decision without its line has told nobody."),
    ],
)
def test_each_log_says_how_it_is_read(client, acme, compliance, name, said):
    client.force_login(compliance)

    page = client.get(reverse(name)).text

    assert page.count("How to read this") == 1
    assert said in page
