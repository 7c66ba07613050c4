import pytest
from django.urls import reverse
from django_scopes import scope

from accounts import personal
from accounts.errors import Invalid, Refused
from accounts.models import AccessRecord, ReasonCode, StatusChange
from accounts.services import drafts, words
from accounts.services import reveal as service

SECRETS = ("Maria Köhler", "maria.koehler@example.com", "+49 30 901820", "Lindenstraße 5, 10969 Berlin")


def reveal(client, user, account, **data):
    client.force_login(user)
    return client.post(reverse("account_reveal", args=[account.pk]), data)


def shown(response):
    page = response.content.decode()
    return [secret for secret in SECRETS if secret in page]


def test_a_reason_and_words_show_everything_once(client, agent, suspended):
    response = reveal(client, agent, suspended, reason="member_on_phone", words="Maria calls about her bill.")

    assert (response.status_code, shown(response)) == (200, list(SECRETS))
    assert "no-store" in response["Cache-Control"]
    assert shown(client.get(suspended.get_absolute_url())) == []


def test_showing_is_on_record_with_its_reason_and_the_words_are_sealed(client, agent, acme, suspended):
    reveal(client, agent, suspended, reason="member_on_phone", words="Maria calls; card 4111 1111 1111 1111.")

    with scope(client=acme.pk):
        record = AccessRecord.objects.get(kind="revealed")
        entry = StatusChange.objects.get(uid=record.related)
        written = words.read(suspended, [entry.uid])
    assert (record.user, record.account, record.reason, record.details) == (agent, suspended, "member_on_phone", {})
    assert (entry.action, entry.from_status, entry.to_status) == ("reveal", "suspended", "suspended")
    assert b"Maria" not in bytes(entry.body)
    assert written == {(entry.uid, "note"): "Maria calls; card ••••1111."}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "reason"),
        ({"reason": "member_on_phone"}, "words"),
        ({"reason": "member_on_phone", "words": "   "}, "words"),
        ({"reason": "member_on_phone", "words": "a\0b"}, "words"),
        ({"reason": "member_on_phone", "words": "a" * 10_000_000}, "words"),
        ({"reason": "non_payment", "words": "A reason for something else."}, "reason"),
        ({"reason": "made_up", "words": "Nobody knows this reason."}, "reason"),
    ],
)
def test_without_a_reason_of_the_list_and_words_nothing_is_shown(client, agent, acme, suspended, data, field):
    response = reveal(client, agent, suspended, **data)

    assert (response.status_code, shown(response)) == (400, [])
    assert field in response.context["form"].errors
    with scope(client=acme.pk):
        assert not AccessRecord.objects.filter(kind="revealed").exists()


def test_a_reason_that_is_not_offered_any_more_is_refused(client, agent, acme, suspended):
    with scope(client=acme.pk):
        ReasonCode.objects.filter(use="reveal").update(is_active=False)

    assert reveal(client, agent, suspended, reason="member_on_phone", words="x").status_code == 400


def test_what_was_typed_is_still_there_after_a_refusal(client, agent, suspended):
    response = reveal(client, agent, suspended, words="A long story <b>with signs</b>")

    assert "A long story &lt;b&gt;with signs&lt;/b&gt;" in response.content.decode()


def test_a_draft_comes_back_and_goes_once_it_was_sent(client, agent, acme, suspended):
    form_key = f"reveal:{suspended.pk}"
    with scope(client=acme.pk):
        drafts.save(agent, suspended, form_key, {"words": "She said that"})
    client.force_login(agent)

    page = client.get(reverse("account_reveal", args=[suspended.pk])).content.decode()
    reveal(client, agent, suspended, reason="member_on_phone", words="She said that she paid.")

    assert "She said that" in page
    with scope(client=acme.pk):
        assert drafts.load(agent, suspended, form_key) == {}


@pytest.mark.parametrize("name", ["auditor", "contact"])
def test_roles_that_do_not_reveal_are_refused(request, client, suspended, name):
    user = request.getfixturevalue(name)

    assert reveal(client, user, suspended, reason="member_on_phone", words="Let me see.").status_code == 403
    assert client.get(reverse("account_reveal", args=[suspended.pk])).status_code == 403
    assert "Show personal data" not in client.get(suspended.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["outsider", "administrator"])
def test_who_does_not_see_the_account_finds_no_such_page(request, client, suspended, name):
    user = request.getfixturevalue(name)

    assert reveal(client, user, suspended, reason="member_on_phone", words="Let me see.").status_code == 404


def test_the_service_asks_the_rule_whatever_the_door(auditor, outsider, suspended, scoped):
    for user in (auditor, outsider):
        with pytest.raises(Refused):
            service.reveal(suspended, actor=user, reason="member_on_phone", words="Let me see.")


def test_an_erased_person_cannot_be_shown(agent, suspended, scoped):
    suspended.erased_at = suspended.opened_on or "2026-01-01T00:00:00Z"

    with pytest.raises(Invalid, match="erased"):
        service.reveal(suspended, actor=agent, reason="member_on_phone", words="Let me see.")
    assert personal.holder(suspended, whole=True).is_masked
