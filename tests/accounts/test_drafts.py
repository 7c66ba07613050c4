import json

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django_scopes import scope

from accounts.models import Account, Draft
from accounts.services import drafts
from tests import factories


def send(client, user, account, body):
    client.force_login(user)
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(reverse("account_draft", args=[account.pk]), text, content_type="application/json")


def kept(user, account, form):
    with scope(client=account.client_id):
        return drafts.load(user, account, form)


def test_what_is_typed_is_kept_and_the_newest_counts(client, agent, suspended):
    answers = [
        send(client, agent, suspended, {"key": "open:1", "fields": {"statement": text, "note": ""}})
        for text in ("She p", "She paid.")
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert kept(agent, suspended, "open:1") == {"statement": "She paid.", "note": ""}
    assert kept(agent, suspended, "open:2") == {}


def test_a_draft_is_sealed_and_card_numbers_are_cut(client, agent, acme, suspended):
    send(client, agent, suspended, {"key": "open:1", "fields": {"statement": "Canary 4111 1111 1111 1111"}})

    with scope(client=acme.pk):
        sealed = bytes(Draft.objects.get().fields)
    assert b"Canary" not in sealed
    assert kept(agent, suspended, "open:1") == {"statement": "Canary ••••1111"}


def test_a_draft_is_its_writers_alone(client, agent, supervisor, suspended):
    send(client, agent, suspended, {"key": "open:1", "fields": {"statement": "Mine"}})

    assert kept(supervisor, suspended, "open:1") == {}


def test_a_draft_about_one_account_is_not_read_for_another(client, agent, acme, suspended):
    other = factories.make_account(acme, number="A-2")
    for account, text in ((suspended, "one"), (other, "two")):
        assert send(client, agent, account, {"key": "same", "fields": {"note": text}}).status_code == 204

    assert [kept(agent, account, "same") for account in (suspended, other)] == [{"note": "one"}, {"note": "two"}]


def test_a_discarded_draft_is_gone(client, agent, acme, suspended):
    send(client, agent, suspended, {"key": "open:1", "fields": {"statement": "Done"}})

    with scope(client=acme.pk):
        drafts.discard(agent, suspended, "open:1")
        assert list(Draft.objects.all()) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        b"\xff\xfe\xff",
        "[" * 100_000,
        "[]",
        "null",
        {},
        {"key": "k"},
        {"fields": {}},
        {"key": "", "fields": {}},
        {"key": 7, "fields": {}},
        {"key": "k" * 81, "fields": {}},
        {"key": "k", "fields": []},
        {"key": "k", "fields": {"a": 1}},
        {"key": "k", "fields": {"a": None}},
        {"key": "k", "fields": {"a" * 81: "x"}},
        {"key": "k", "fields": {"a": "x\0"}},
        {"key": "k\0", "fields": {"a": "x"}},
        {"key": "k", "fields": {"a": "\ud800"}},
        {"key": "\ud800", "fields": {"a": "x"}},
        {"key": "k", "fields": {"\ud800": "x"}},
        {"key": "k", "fields": {"a": "x" * (64 * 1024 + 1)}},
        {"key": "k", "fields": {"a": "ü" * (32 * 1024 + 1)}},
        {"key": "k", "fields": {str(number): "x" for number in range(21)}},
        "x" * 10_000_000,
    ],
    ids=lambda body: repr(body)[:30],
)
def test_what_is_no_draft_is_refused_and_nothing_is_kept(client, agent, acme, suspended, body):
    response = send(client, agent, suspended, body)

    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    with scope(client=acme.pk):
        assert list(Draft.objects.all()) == []


def test_as_much_as_is_allowed_is_kept(client, agent, suspended):
    fields = {str(number): "x" * 64 * 1024 for number in range(20)}

    assert send(client, agent, suspended, {"key": "k", "fields": fields}).status_code == 204
    assert kept(agent, suspended, "k") == fields


def test_a_draft_about_an_erased_person_is_not_kept(client, agent, acme, suspended):
    with scope(client=acme.pk):
        Account.objects.filter(pk=suspended.pk).update(erased_at="2026-01-01T00:00:00Z")

    assert send(client, agent, suspended, {"key": "k", "fields": {"a": "x"}}).status_code == 410
    with scope(client=acme.pk):
        assert list(Draft.objects.all()) == []


def test_roles_without_forms_keep_no_drafts(client, auditor, suspended):
    assert send(client, auditor, suspended, {"key": "k", "fields": {"a": "x"}}).status_code == 403


def test_who_does_not_see_the_account_finds_no_such_page(client, outsider, administrator, suspended):
    for user in (outsider, administrator):
        assert send(client, user, suspended, {"key": "k", "fields": {"a": "x"}}).status_code == 404


def test_a_draft_needs_the_forms_secret_and_a_signed_in_user(agent, suspended):
    browser = Browser(enforce_csrf_checks=True)
    url = reverse("account_draft", args=[suspended.pk])

    signed_out = browser.post(url, "{}", content_type="application/json")
    browser.force_login(agent)
    without_secret = browser.post(url, "{}", content_type="application/json")

    assert (signed_out.status_code, without_secret.status_code) == (403, 403)
    assert browser.get(url).status_code == 405
