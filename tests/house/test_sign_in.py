"""Sign-in by password: one door, closed after too many wrong tries by name and address together."""

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client

from tests.factories import PASSWORD


def sign_in(client, login, password, address="192.0.2.1"):
    return client.post("/sign-in/", {"login": login, "password": password}, REMOTE_ADDR=address)


@pytest.mark.parametrize("login", ["agent", "AGENT", "agent@example.com", "Agent@Example.com"])
def test_staff_sign_in_by_name_or_mail_address(client, agent, login):
    response = sign_in(client, login, PASSWORD)

    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(agent.pk)


def test_five_wrong_passwords_lock_this_login_from_this_address_only(client, agent, supervisor):
    answers = [sign_in(client, "agent", "wrong").status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 429]
    assert sign_in(client, "agent", PASSWORD).status_code == 429
    assert sign_in(client, " Agent ", PASSWORD).status_code == 429
    assert sign_in(Client(), "supervisor", PASSWORD).status_code == 302
    assert sign_in(Client(), "agent", PASSWORD, address="192.0.2.2").status_code == 302


def test_the_record_of_a_wrong_password_does_not_hold_it(client, agent):
    sign_in(client, "agent", "a secret mistyped")

    assert "mistyped" not in "".join(map(str, AccessAttempt.objects.values_list().get()))


def test_a_login_that_is_switched_off_stays_outside(client, agent):
    agent.is_active = False
    agent.save()

    sign_in(client, "agent", PASSWORD)

    assert "_auth_user_id" not in client.session
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("login", ["nobody", "nobody@example.com", "agent\0", "a" * 5000, "\u202egent"])
def test_an_impossible_login_is_an_ordinary_refusal(client, agent, login):
    response = sign_in(client, login, PASSWORD)

    assert (response.status_code, mail.outbox) == (200, [])
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["sign-up/", "sign-in/signup/", "signup/", "password/reset/", "email/", "inactive/"])
def test_nobody_signs_up_or_asks_for_a_password(client, agent, path):
    client.force_login(agent)

    assert client.get(f"/{path}").status_code == 404


@pytest.mark.django_db
def test_the_admin_sends_people_to_the_one_sign_in_page(client):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1] == ("/sign-in/?next=/admin/", 302)


def test_sign_out_asks_first_and_then_leads_to_sign_in(client, agent):
    client.force_login(agent)

    assert client.get("/sign-out/").status_code == 200
    assert client.post("/sign-out/").url == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_a_new_password_needs_the_old_one(client, agent):
    client.force_login(agent)
    new = "another horse, another staple"

    refused = client.post("/password/", {"oldpassword": "wrong", "password1": new, "password2": new})
    changed = client.post("/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert (refused.status_code, changed.status_code) == (200, 302)
    agent.refresh_from_db()
    assert agent.check_password(new)


def test_a_form_without_its_secret_is_refused_in_plain_words(agent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)

    response = client.post("/sign-out/")

    assert response.status_code == 403
    assert "open for too long" in response.text
    assert "_auth_user_id" in client.session
