"""Merging on pages: both sides masked, one proposes, another confirms, and the old number leads on."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.ledger import guards
from accounts.models import Account, AccountMerge, MergeDecision, Payment, StatusChange
from accounts.services import merges, payments, search, staff
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(acme):
    return factories.make_account(acme, "A-1")


@pytest.fixture
def absorbed(acme):
    holder = factories.HOLDER | {"email": "mkoehler@example.org"}
    return factories.make_account(acme, "A-2", holder=holder, balance_minor=8420)


@pytest.fixture
def proposed(absorbed, survivor, agent):
    return factories.propose_merge(absorbed, survivor, agent)


def page(client, user, url, status=200):
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == status
    return answer


def status_of(account):
    with scope(client=account.client_id):
        return Account.objects.get(pk=account.pk).status


@pytest.mark.requirement("R15")
def test_two_people_merge_two_accounts_on_pages(client, absorbed, survivor, agent, supervisor):
    shown = page(client, agent, reverse("account_merge", args=[absorbed.pk]) + "?into=a-1")
    assert "84.20 EUR" in shown.text
    assert "m••••@example.org" in shown.text
    assert "mkoehler" not in shown.text

    answer = client.post(
        reverse("account_merge", args=[absorbed.pk]),
        {"into": "A-1", "seen": shown.context["seen"], "reason": "same_customer", "note": "Same birthday."},
    )
    with scope(client=absorbed.client_id):
        proposed = AccountMerge.objects.get()
    assert answer["Location"] == proposed.get_absolute_url()
    own = page(client, agent, proposed.get_absolute_url())
    assert "You proposed this" in own.text
    assert "confirm_form" not in own.context
    assert client.post(reverse("merge_confirm", args=[proposed.pk])).status_code == 403

    page(client, supervisor, proposed.get_absolute_url())
    answer = client.post(reverse("merge_confirm", args=[proposed.pk]), {"note": ""}, follow=True)
    assert "A-2 is A-1 now" in answer.text
    assert status_of(absorbed) == "merged"


@pytest.mark.requirement("R15")
def test_the_old_number_leads_to_the_survivor_and_the_old_page_stays(client, absorbed, survivor, agent, supervisor):
    factories.merge(absorbed, survivor, agent, supervisor)

    answer = page(client, agent, absorbed.get_absolute_url(), 302)
    assert answer["Location"] == survivor.get_absolute_url()
    assert "A-2 was merged. This is A-1" in client.get(answer["Location"]).text
    own = page(client, agent, absorbed.get_absolute_url() + "?own=1")
    assert "Absorbed by another account" in own.text
    assert survivor.get_absolute_url() in own.text
    assert absorbed.get_absolute_url() + "?own=1" in page(client, agent, survivor.get_absolute_url()).text
    with scope(client=absorbed.client_id):
        assert search.find(agent, "a-2").exact == absorbed.get_absolute_url()
    found = client.get(reverse("search"), {"q": "A-2"}, follow=True)
    assert found.redirect_chain[-1][0] == survivor.get_absolute_url()


def test_what_changed_is_shown_with_a_409_and_nothing_is_merged(client, proposed, absorbed, supervisor):
    factories.charge(absorbed, minor=100)
    client.force_login(supervisor)

    answer = client.post(reverse("merge_confirm", args=[proposed.pk]))

    assert answer.status_code == 409
    rows = [(row["label"], row["before"], row["after"]) for row in answer.context["changes"]]
    assert rows[0] == ("Is absorbed: Balance owed", "84.20 EUR", "85.20 EUR")
    assert "confirm_form" not in answer.context
    assert status_of(absorbed) == "active"


def test_a_merge_is_declined_and_undone_on_pages(client, proposed, absorbed, supervisor, second_supervisor):
    client.force_login(supervisor)
    client.post(reverse("merge_confirm", args=[proposed.pk]))
    shown = client.get(proposed.get_absolute_url())
    assert "Ask to undo it" in shown.text
    form = {"reason": "merged_in_error", "note": ""}
    assert client.post(reverse("merge_undo", args=[proposed.pk]), {"reason": ""}).status_code == 400
    asked = client.post(reverse("merge_undo", args=[proposed.pk]), form)["Location"]
    assert client.post(asked + "decline/", form).status_code == 302
    asked = client.post(reverse("merge_undo", args=[proposed.pk]), form)["Location"]
    client.force_login(second_supervisor)

    assert client.post(asked + "confirm/").status_code == 302

    assert status_of(absorbed) == "active"
    assert client.get(absorbed.get_absolute_url()).status_code == 200


def test_an_unknown_number_another_clients_and_its_own_are_not_found(client, absorbed, agent, globex):
    factories.make_account(globex, "B-1")
    url = reverse("account_merge", args=[absorbed.pk])

    for number, said in (("B-1", "no account of this number"), ("?", "no account"), ("A-2", "not merged into itself")):
        assert said in page(client, agent, f"{url}?into={number}", 400).text


def test_an_outsider_sees_nothing_of_it(client, proposed, absorbed, outsider):
    client.force_login(outsider)

    for name, pk in (("account_merge", absorbed.pk), ("account_absorbed", absorbed.pk), ("merge", proposed.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    for name in ("merge_confirm", "merge_decline", "merge_undo"):
        assert client.post(reverse(name, args=[proposed.pk])).status_code == 404
    assert "A-2" not in page(client, outsider, reverse("merge_list")).text


@pytest.mark.requirement("R15")
def test_what_is_charged_and_paid_for_the_old_number_counts_for_the_survivor(
    acme, absorbed, survivor, agent, supervisor, scoped
):
    third = factories.make_account(acme, "A-3")
    told_before = factories.charge(absorbed, "I-1", 3000)
    factories.merge(absorbed, survivor, agent, supervisor)
    factories.merge(survivor, third, agent, supervisor)

    charged = factories.charge(absorbed, "I-2", 500)
    paid = payments.record(
        factories.fresh(absorbed), actor=staff.ensure_system_user(), origin="client_system", kind="payment",
        external_id="P-1", amount_minor=1000, currency="EUR", paid_at=timezone.now(),
    )  # fmt: skip

    assert {charged.account, paid.account} == {third}
    assert factories.charge(absorbed, "I-1", 3000) == told_before
    assert factories.fresh(third).balance_minor == 8420 + 3000 + 500 - 1000
    assert factories.fresh(absorbed).balance_minor == 0


@pytest.mark.requirement("R15")
def test_the_log_of_a_survivor_can_hold_the_entries_of_all_it_absorbed(
    client, acme, absorbed, survivor, agent, supervisor, scoped
):
    third = factories.make_account(acme, "A-3")
    factories.merge(absorbed, survivor, agent, supervisor)
    factories.merge(survivor, third, agent, supervisor)

    def lines(**query):
        answer = page(client, supervisor, reverse("log") + "?" + "&".join(f"{k}={v}" for k, v in query.items()))
        return {line.entry.account__number for line in answer.context["lines"]}, len(answer.context["lines"])

    assert lines(account="A-3")[0] == {"A-3"}
    numbers, count = lines(account="A-3", absorbed="with")
    assert numbers == {"A-1", "A-2", "A-3"}
    assert count == StatusChange.objects.filter(account__isnull=False).count()


def copy_of(row, **changes):
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    return type(row)(**values | changes)


def absorb_many(acme, survivor, merged, numbers):
    """Copy the rows of one merge, past the guards: a thousand by hand would take minutes."""
    connection.check_constraints()
    guards.remove(connection)
    accounts, copies, decisions = [], [], []
    for number in numbers:
        place = {"language": "de", "time_zone": "UTC", "country": "DE", "currency": "EUR"}
        accounts.append(Account(client=acme, number=f"M-{number}", **place))
        Account._meta.get_field("status").set_state(accounts[-1], "merged")
        copies.append(copy_of(merged, absorbed_id=accounts[-1].pk))
        decisions.append(copy_of(merged.decided, merge_id=copies[-1].pk))
    for model, rows in ((Account, accounts), (AccountMerge, copies), (MergeDecision, decisions)):
        model.objects.bulk_create(rows)
    connection.check_constraints()
    guards.install(connection)


@pytest.mark.requirement("R15")
def test_a_survivor_of_a_thousand_opens_with_as_many_queries_as_one_of_ten(
    client, acme, absorbed, survivor, agent, supervisor, scoped
):
    merged = factories.merge(absorbed, survivor, agent, supervisor)
    urls = [survivor.get_absolute_url(), reverse("account_absorbed", args=[survivor.pk]), reverse("merge_list")]
    client.force_login(agent)
    counts = []
    for numbers in (range(9), range(9, 999)):
        absorb_many(acme, survivor, merged, numbers)
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))

    assert counts[:3] == counts[3:]
    assert merges.absorbed_by(survivor).count() == 1000
    shown = client.get(urls[1])
    assert len(shown.context["rows"]) == 50
    assert len(client.get(urls[1] + shown.context["page"].older_url).context["rows"]) == 50
    assert len(merges.with_absorbed([survivor.pk])) == 1001


@pytest.mark.requirement("R15")
def test_the_payments_page_of_an_absorbed_account_leads_to_the_survivor_and_records_nothing(
    client, absorbed, survivor, agent, supervisor
):
    factories.merge(absorbed, survivor, agent, supervisor)
    url = reverse("account_payments", args=[absorbed.pk])

    shown = page(client, agent, url)
    sent = {"kind": "payment", "external_id": "P-1", "amount_minor": "1.00", "paid_at": "2026-11-01"}
    answer = client.post(url, sent)

    assert reverse("account_payments", args=[survivor.pk]) in shown.text
    assert 'name="external_id"' not in shown.text
    assert (answer.status_code, "was merged into A-1. Record the payment there." in answer.text) == (409, True)
    with scope(client=absorbed.client_id):
        assert not Payment.objects.exists()
