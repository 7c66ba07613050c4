"""The pages of signals: who sees which, what one rests on, and judging it there."""

import pytest
from django.urls import reverse
from django.utils.html import escape
from django_scopes import scope

from accounts.models import Signal
from accounts.services import accounts, reveal, signals
from tests import factories


@pytest.fixture
def raised(acme, suspended, agent):
    with scope(client=acme.pk):
        accounts.set_holder(suspended, {"phone": "+49 30 1111111"}, actor=agent, reason="member_moved")
        case = factories.bring_to(suspended, "awaiting_approval", agent)
        signals.look(acme)
        return Signal.objects.select_related("account").get(), case


def page_of(client, user, url, **fields):
    client.force_login(user)
    response = client.post(url, fields) if fields else client.get(url)
    return response, response.content.decode()


@pytest.mark.requirement("R70")
def test_the_queue_has_what_waits_with_its_number_in_the_menu(client, raised, compliance):
    response, page = page_of(client, compliance, reverse("signal_list"))

    assert [row.pk for row in response.context["page"].rows] == [raised[0].pk]
    assert [
        item["count"]
        for group in response.context["navigation"]
        for item in group["items"]
        if item["url"] == reverse("signal_list")
    ] == [1]
    assert "Contact data changed shortly before a request" in page


def test_the_outsider_sees_no_signal_of_others(client, raised, outsider):
    response, page = page_of(client, outsider, reverse("signal_list"))

    assert response.context["page"].rows == []
    assert client.get(raised[0].get_absolute_url()).status_code == 404
    assert client.get(reverse("signal_list"), {"client": "acme"}).status_code == 404
    assert "A-1001" not in page


def test_the_page_names_the_entries_that_raised_it(client, raised, supervisor):
    response, _page = page_of(client, supervisor, raised[0].get_absolute_url())

    assert [line.action for line in response.context["lines"]] == ["Reinstatement asked for", "Contact data changed"]


@pytest.mark.requirement("R70")
def test_a_signal_is_confirmed_on_its_page_and_stands_on_case_and_account(client, raised, compliance):
    signal, case = raised
    _response, before = page_of(client, compliance, case.get_absolute_url())
    assert "Signals on this account that nobody has looked at" in before
    response, _page = page_of(
        client, compliance, signal.get_absolute_url(), reason="confirm:fraud_likely", note="A shop's number."
    )
    assert (response.status_code, response["Location"]) == (302, reverse("signal_list"))

    _response, after = page_of(client, compliance, case.get_absolute_url())
    assert "Confirmed: contact data changed shortly before a request" in after
    assert "Signals on this account that nobody has looked at" not in after
    _response, account = page_of(client, compliance, case.account.get_absolute_url())
    assert "Signal confirmed" in account
    assert escape("A shop's number.") in account


def test_nothing_chosen_is_told_and_nothing_is_judged(client, raised, compliance):
    response, _page = page_of(client, compliance, raised[0].get_absolute_url(), reason="", note="Why?")

    assert response.status_code == 400
    raised[0].refresh_from_db()
    assert raised[0].status == "raised"


def test_a_signal_that_somebody_else_has_judged_is_told_as_such(client, acme, raised, compliance, supervisor):
    with scope(client=acme.pk):
        signals.judge(raised[0], actor=supervisor, is_confirmed=False, reason="explained")

    response, page = page_of(client, compliance, raised[0].get_absolute_url(), reason="confirm:fraud_likely")

    assert response.status_code == 409
    assert "Somebody else has looked at this signal" in page


def test_who_it_is_about_finds_no_form(client, acme, suspended, supervisor, agent):
    with scope(client=acme.pk):
        acme.signal_settings.limits = {"reveals": 1, "reveals_times": 1}
        acme.signal_settings.save()
        for _time in range(2):
            reveal.reveal(suspended, actor=supervisor, reason="member_on_phone", words="On the line.")
        signals.look(acme)
        signal = Signal.objects.get()

    _response, page = page_of(client, supervisor, signal.get_absolute_url())
    assert "This signal is about what you did" in page
    assert "Put on record" not in page


def test_an_administrator_sets_hours_and_limits(client, acme, administrator):
    administrator.is_staff = True
    administrator.save()
    url = reverse("admin:accounts_signalsettings_change", args=[acme.signal_settings.pk])
    bad, _page = page_of(client, administrator, url, limits="requests many", hours="mon-fri 18:00-08:00")
    assert bad.context["adminform"].form.errors.keys() == {"limits", "hours"}

    page_of(client, administrator, url, limits="requests 5\nroles supervisor", hours="mon-tue 08:00-12:00 13:00-18:00")

    with scope(client=acme.pk):
        acme.signal_settings.refresh_from_db()
        day = [["08:00", "12:00"], ["13:00", "18:00"]]
        assert acme.signal_settings.hours == [day, day, [], [], [], [], []]
        assert acme.signal_settings.limits == {"requests": 5, "roles": ["supervisor"]}
