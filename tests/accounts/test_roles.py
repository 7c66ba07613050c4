"""Granting and ending roles through the service and from the command line, and what it leaves on record."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import grants
from accounts.errors import Invalid, Refused
from accounts.grants import Role
from accounts.models import ClientRole, StatusChange
from accounts.services import roles, staff
from tests import factories


@pytest.fixture
def newcomer(db):
    return factories.make_user("newcomer", first_name="Nora", last_name="Newcomer")


def held(user, client):
    return grants.load(user).get(client.pk, frozenset())


def entries(client):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, account=None, subject_type="user").order_by("number")
        return [
            (row.action, str(row.subject_id), row.actor.username, json.loads(bytes(row.body))["data"]) for row in rows
        ]


def row_of(user):
    with scopes_disabled():
        return ClientRole.objects.get(user=user)


# Through the service, whichever door


def test_whoever_does_not_administer_the_client_cannot_grant_there(newcomer, supervisor, globex, acme):
    foreign = factories.make_user("foreign", (globex, "administrator"))

    for actor in (supervisor, foreign):
        with scope(client=[acme.pk]), pytest.raises(Refused):
            roles.grant(newcomer, acme, "agent", actor=actor)
    assert held(newcomer, acme) == set()


def test_a_superuser_without_a_role_grants_nothing(client, newcomer, acme):
    root = factories.make_user("root", is_superuser=True, is_staff=True)
    client.force_login(root)

    assert client.get(reverse("staff")).status_code == 404
    with scope(client=[acme.pk]), pytest.raises(Refused):
        roles.grant(newcomer, acme, "agent", actor=root)


def test_ending_what_is_not_held_is_refused(newcomer, acme):
    with scope(client=[acme.pk]), pytest.raises(Invalid, match="does not hold"):
        roles.end(newcomer, acme, "agent", actor=staff.ensure_system_user())


# From the command line


def test_the_first_administrator_is_made_with_a_command(newcomer, acme, capsys):
    call_command("grant_role", "newcomer", "acme", "administrator")

    assert held(newcomer, acme) == {Role.ADMINISTRATOR}
    assert capsys.readouterr().out == "newcomer is administrator at acme now.\n"
    assert entries(acme)[-1] == ("grant", str(newcomer.pk), "reinstate", {"role": "administrator", "until": None})


def test_a_command_ends_a_role(administrator, acme, capsys):
    call_command("end_role", "administrator", "acme", "administrator")

    assert held(administrator, acme) == set()
    assert capsys.readouterr().out == "administrator is not administrator at acme any more.\n"


def test_a_command_can_set_a_last_day(newcomer, acme):
    day = timezone.localdate() + timedelta(days=3)
    call_command("grant_role", "newcomer", "acme", "agent", "--until", day.isoformat())

    assert row_of(newcomer).ends_at == datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody", "acme", "agent"), "no login"),
        (("newcomer", "nowhere", "agent"), "no client"),
        (("newcomer", "acme", "king"), "invalid choice"),
        (("reinstate", "acme", "agent"), "own roles"),
        (("supervisor", "acme", "administrator"), "both administration and a deciding role"),
        (("supervisor", "acme", "supervisor"), "already"),
    ],
)
def test_a_command_says_what_is_wrong_and_changes_nothing(newcomer, supervisor, acme, arguments, message):
    before = entries(acme)

    with pytest.raises(CommandError, match=message):
        call_command("grant_role", *arguments)

    assert entries(acme) == before
