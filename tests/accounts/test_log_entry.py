"""One entry of the log: its bytes, its place in the chain, and the words beside it for those who may read them."""

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.ledger import guards
from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts, erasure, staff
from tests import factories
from tests.accounts.logreading import LOG, entry, shown


def test_an_entry_shows_its_bytes_and_its_place_in_the_chain(client, compliance, decided):
    approved = entry(decided.account, "approve")
    client.force_login(compliance)

    response = client.get(reverse("log_entry", args=[approved.uid]))

    page = response.content.decode()
    assert bytes(approved.hash).hex() in page
    assert [is_right for _told, is_right in response.context["checks"]] == [True, True, True]
    assert response.context["before"].number == approved.number - 1
    assert response.context["after"].number == approved.number + 1
    assert "&quot;case_hash&quot;: &quot;" + approved.case_hash in page


def test_an_entry_whose_bytes_were_altered_says_so(client, compliance, suspended):
    opened = entry(suspended, "suspend")
    guards.remove(connection)  # until this test's transaction is rolled back
    with scopes_disabled():
        body = bytes(opened.body).replace(b"non_payment", b"policy_breach")
        StatusChange.objects.filter(pk=opened.pk).update(body=body)
    client.force_login(compliance)

    response = client.get(reverse("log_entry", args=[opened.uid]))

    assert [is_right for _told, is_right in response.context["checks"]] == [False, True, False]
    assert "Wrong" in response.content.decode()


def test_words_are_shown_to_those_who_decide_and_the_reading_is_on_record(client, compliance, decided):
    approved = entry(decided.account, "approve")
    client.force_login(compliance)

    page = client.get(reverse("log_entry", args=[approved.uid])).content.decode()

    assert "Maria Köhler paid at the counter." in page
    with scopes_disabled():
        record = AccessRecord.objects.get()
    assert (record.kind, record.user, record.account, record.related) == (
        "opened",
        compliance,
        decided.account,
        approved.uid,
    )


def test_for_an_auditor_words_are_withheld(client, auditor, decided):
    approved = entry(decided.account, "approve")
    client.force_login(auditor)

    page = client.get(reverse("log_entry", args=[approved.uid])).content.decode()

    assert "Withheld" in page
    assert "counter" not in page
    with scopes_disabled():
        assert not AccessRecord.objects.exists()


def test_after_erasure_the_entry_stands_with_its_commitment_and_says_that_the_words_are_gone(
    client, compliance, decided, acme
):
    approved = entry(decided.account, "approve")
    with scope(client=[acme.pk]):
        erasure.erase(decided.account, actor=compliance, reason="erasure_asked")
    client.force_login(compliance)

    response = client.get(reverse("log_entry", args=[approved.uid]))

    page = response.content.decode()
    assert "Erased with the person's key." in page
    assert response.context["words"][0]["commitment"] in page
    assert [is_right for _told, is_right in response.context["checks"]] == [True, True, True]
    assert "counter" not in page
    with scopes_disabled():
        assert not AccessRecord.objects.exists()


def test_the_entry_of_another_client_is_not_there(client, compliance, foreign):
    client.force_login(compliance)

    assert client.get(reverse("log_entry", args=[entry(foreign, "open").uid])).status_code == 404


def test_an_entry_about_a_role_stands_in_the_log_of_its_client(client, compliance, agent):
    assert (None, "grant") in shown(client, compliance)
    with scopes_disabled():
        granted = StatusChange.objects.filter(subject_type="user").first()
    client.force_login(compliance)

    assert client.get(reverse("log_entry", args=[granted.uid])).status_code == 200


def test_typed_text_is_shown_as_text(client, compliance, acme):
    with scope(client=[acme.pk]):
        accounts.open_account(
            acme,
            "<script>alert(1)</script>",
            holder=factories.HOLDER,
            actor=staff.ensure_system_user(),
            origin="import",
            status="active",
            reason="imported",
            opened_on=timezone.localdate(),
        )
    client.force_login(compliance)

    assert b"<script>alert" not in client.get(LOG, {"account": "<script>alert(1)</script>"}).content
