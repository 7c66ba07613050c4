"""Whoever asks is found by statements that are kept, and is who Django's own would find."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sessions import SessionStore, StaffBackend

pytestmark = pytest.mark.django_db


def test_a_session_that_is_over_signs_out(client, agent):
    client.force_login(agent)
    assert client.get(reverse("home")).status_code == 200

    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert client.get(reverse("home")).status_code == 302


def test_a_login_that_is_switched_off_is_signed_out(client, agent):
    client.force_login(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)

    assert client.get(reverse("home")).status_code == 302


def test_what_was_kept_in_a_session_is_read_and_an_unknown_key_is_forgotten(agent):
    store = SessionStore()
    store["chosen"] = "acme"
    store.save()

    assert SessionStore(store.session_key).load() == {"chosen": "acme"}
    unknown = SessionStore("k" * 32)
    assert (unknown.load(), unknown.session_key) == ({}, None)


def test_a_login_is_read_as_it_stands(agent):
    found = StaffBackend().get_user(agent.pk)

    expected = User.objects.filter(pk=agent.pk).values().get()
    assert {name: getattr(found, name) for name in expected} == expected
    assert StaffBackend().get_user(uuid4()) is None
