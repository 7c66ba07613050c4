"""Keys for programs: who issues them, what they open, and when they close."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.models import ApiKey, StatusChange, User
from accounts.models.base import new_id
from accounts.services import api_keys, roles, staff
from tests import factories
from tests.programs import API, Program, key_of

PAGE = "/api-keys/"


def wanted(**fields):
    last_day = timezone.localdate() + timedelta(days=30)
    return {"client": "acme", "name": "Ledger robot", "scope": "read", "ends_on": last_day.isoformat()} | fields


def again(user):
    return User.objects.get(pk=user.pk)


def secret_in(response):
    return re.search(r"reinstate_[A-Za-z0-9_-]{43}", response.content.decode()).group()


def test_the_secret_is_shown_once_and_only_its_digest_is_kept(client, agent):
    client.force_login(agent)

    response = client.post(PAGE, wanted())

    secret = secret_in(response)
    assert response["Cache-Control"].startswith("max-age=0")
    with scopes_disabled():
        (row,) = ApiKey.objects.values()
    assert row["sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    listed = client.get(PAGE).content.decode()
    assert secret not in listed
    assert "Ledger robot" in listed
    assert client.get(f"{API}/key", headers={"Authorization": f"Bearer {secret}"}).json() == {
        "login": "agent",
        "client": "acme",
        "roles": ["agent"],
        "scope": "read",
        "ends_at": row["ends_at"].isoformat(),
    }


def test_issuing_and_ending_stand_on_the_clients_chain_without_the_secret(scoped, agent, acme):
    key, secret = key_of(agent, acme)
    api_keys.end(key, actor=again(agent))

    entries = StatusChange.objects.filter(client=acme, subject_id=agent.pk, action__endswith="_key").order_by("id")
    assert [(entry.action, entry.actor_id, entry.account_id) for entry in entries] == [
        ("issue_key", agent.pk, None),
        ("end_key", agent.pk, None),
    ]
    assert all(secret.encode() not in bytes(entry.body) for entry in entries)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ends_on": (timezone.localdate() + timedelta(days=400)).isoformat()}, "ends_on"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"scope": "everything"}, "scope"),
        ({"client": "globex"}, "client"),
    ],
)
def test_a_key_that_cannot_be_is_said_on_the_page(client, agent, globex, change, field):
    client.force_login(agent)

    response = client.post(PAGE, wanted(**change))

    assert response.status_code == 400
    assert set(response.context["form"].errors) == {field}
    with scopes_disabled():
        assert not ApiKey.objects.exists()


def test_one_login_holds_ten_keys_at_a_client_at_most(scoped, agent, acme):
    keys = [key_of(agent, acme)[0] for _number in range(10)]
    with pytest.raises(Invalid, match="10 keys"):
        key_of(agent, acme)

    api_keys.end(keys[0], actor=again(agent))
    key_of(agent, acme)


def test_whoever_holds_no_role_at_a_client_issues_no_key_there(agent, globex):
    with pytest.raises(Refused):
        key_of(agent, globex)


def test_a_key_opens_nothing_once_it_is_ended(scoped, agent, acme):
    program = Program(agent, acme)
    assert program.get("/key")[0] == 200

    api_keys.end(program.key, actor=again(agent))

    assert program.get("/key")[0] == 401
    with pytest.raises(Moved):
        api_keys.end(program.key, actor=again(agent))


def test_a_key_closes_on_its_day(time_machine, agent, acme):
    program = Program(agent, acme)

    time_machine.move_to(timezone.now() + timedelta(days=30, seconds=1))

    assert program.get("/key")[0] == 401


def test_a_key_closes_with_the_login_of_its_owner(agent, acme):
    program = Program(agent, acme)

    User.objects.filter(pk=agent.pk).update(is_active=False)

    assert program.get("/key")[0] == 401


def test_a_key_can_do_no_more_once_the_role_of_its_owner_has_ended(scoped, suspended, agent, acme):
    program = Program(agent, acme)
    assert program.get(f"/accounts/{suspended.pk}")[0] == 200

    roles.end(agent, acme, "agent", actor=staff.ensure_system_user())

    assert program.get(f"/accounts/{suspended.pk}")[0] == 404
    assert program.get("/key")[1]["roles"] == []


def test_a_key_of_one_client_opens_nothing_at_another_where_its_owner_works_too(acme, globex):
    both = factories.make_user("both", (acme, "supervisor"), (globex, "supervisor"))
    theirs = factories.make_account(globex)

    assert Program(both, acme).get(f"/accounts/{theirs.pk}")[0] == 404
    assert Program(both, globex).get(f"/accounts/{theirs.pk}")[0] == 200


def test_the_day_of_its_last_use_is_kept(agent, acme):
    program = Program(agent, acme)
    program.get("/key")
    program.get("/key")

    with scopes_disabled():
        assert ApiKey.objects.get().used_on == timezone.now().date()


def test_an_administrator_sees_the_keys_of_their_client_and_ends_them(client, agent, administrator, outsider, acme):
    program = Program(agent, acme)
    end = reverse("api_key_end", args=[program.key.pk])

    client.force_login(outsider)
    assert "Ledger robot" not in client.get(PAGE).content.decode()
    assert client.post(end).status_code == 404
    client.force_login(administrator)
    assert "Ledger robot" in client.get(PAGE).content.decode()
    assert client.post(end).status_code == 302

    assert program.get("/key")[0] == 401


def test_a_colleague_neither_sees_nor_ends_a_key(client, agent, supervisor, acme):
    key, _secret = key_of(agent, acme)
    client.force_login(supervisor)

    assert "Ledger robot" not in client.get(PAGE).content.decode()
    assert client.post(reverse("api_key_end", args=[key.pk])).status_code == 404


def forged(key, **fields):
    made = {field.attname: getattr(key, field.attname) for field in ApiKey._meta.concrete_fields}
    return ApiKey(**made | {"id": new_id(), "sha256": "0" * 64} | fields)


def refused_by_database(attempt, words):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        attempt()


def test_the_database_refuses_a_key_that_its_owner_did_not_issue(scoped, agent, supervisor, acme):
    key, _secret = key_of(agent, acme)

    # Issued for somebody else, by an entry of another, or without one.
    refused_by_database(forged(key, user_id=supervisor.pk).save, "issued by its owner")
    refused_by_database(forged(key, entry=new_id()).save, "issued by its owner")


@pytest.mark.parametrize(
    "change", ["scope = 'decide'", "sha256 = '00'", "ends_at = '2999-01-01'", "ended_at = NULL", "name = 'Other'"]
)
def test_the_database_refuses_to_change_a_key_that_was_ended(scoped, agent, acme, change):
    key, _secret = key_of(agent, acme, "read")
    api_keys.end(key, actor=again(agent))

    with connection.cursor() as cursor:
        sql = f"UPDATE accounts_apikey SET {change} WHERE id = %s"
        refused_by_database(lambda: cursor.execute(sql, [as_key(key)]), "stays as it was issued")
        refused_by_database(
            lambda: cursor.execute("DELETE FROM accounts_apikey WHERE id = %s", [as_key(key)]), "never deleted"
        )


def as_key(row):
    return models.UUIDField().get_db_prep_value(row.pk, connection)


def test_the_key_of_a_second_login_ends_by_its_person(scoped, agent, acme):
    second = factories.make_user("agent2", (acme, "agent"), person=agent.person)
    key, _secret = key_of(second, acme)

    assert api_keys.end(key, actor=again(agent)).ended_by_id == agent.pk


def test_a_key_is_found_in_no_other_scope(agent, acme, globex):
    key, _secret = key_of(agent, acme)

    with scope(client=[globex.pk]):
        assert not ApiKey.objects.filter(pk=key.pk).exists()
