"""The pages on which an account is changed, and what its own page says of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Account, AccountSettings, Disclosure, Draft, StatusChange
from accounts.services import drafts, lifecycle, reviews
from tests import factories

DEEDS = ("activate", "hold", "suspend", "change_suspension", "put_under_review", "end_review", "deactivate", "close")


@pytest.fixture
def account(acme):
    return factories.make_account(acme)


def url(account, deed):
    return reverse("account_deed", args=[account.pk, deed])


def fresh(account):
    with scopes_disabled():
        return Account.objects.select_related("client").get(pk=account.pk)


def last(account):
    with scopes_disabled():
        return StatusChange.objects.filter(account=account, subject_type="account").order_by("-number").first()


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def seen(account):
    with scope(client=[account.client_id]):
        return lifecycle.digest(lifecycle.consequences(fresh(account)))


def bring_to(account, status, agent):
    with scope(client=[account.client_id]):
        if status == "on_hold":
            lifecycle.hold(account, actor=agent, reason="non_payment")
        if status == "suspended":
            lifecycle.suspend(account, actor=agent, kind="policy", reason="policy_breach")
        if status == "under_review":
            reviews.put_under_review(account, actor=agent, reason="suspicious_activity")
        if status == "deactivated":
            lifecycle.deactivate(account, actor=agent, kind="policy", reason="member_left", initiator="member")
        if status == "closed":
            found = lifecycle.digest(lifecycle.consequences(account))
            lifecycle.close(account, actor=agent, reason="customer_request", initiator="member", seen=found)


@pytest.mark.requirement("R3", "R9", "R10", "R11", "R14")
@pytest.mark.parametrize(
    ("before", "deed", "sent", "after"),
    [
        ("active", "hold", {"reason": "non_payment"}, "on_hold"),
        ("active", "suspend", {"reason": "policy_breach", "kind": "policy"}, "suspended"),
        ("on_hold", "suspend", {"reason": "policy_breach", "kind": "security"}, "suspended"),
        ("active", "put_under_review", {"reason": "suspicious_activity"}, "under_review"),
        ("under_review", "end_review", {"reason": "nothing_found"}, "active"),
        ("active", "deactivate", {"reason": "member_left", "kind": "voluntary", "initiator": "member"}, "deactivated"),
        ("deactivated", "close", {"reason": "customer_request", "initiator": "member", "confirmed": "on"}, "closed"),
    ],
)
def test_an_account_is_changed_on_a_page_of_its_own(client, account, agent, before, deed, sent, after):
    bring_to(account, before, agent)
    client.force_login(agent)
    page = client.get(url(account, deed))
    assert page.status_code == 200

    answer = client.post(url(account, deed), {**sent, "note": "As agreed.", "seen": page.context.get("seen", "")})

    assert answer.status_code == 302
    entry = last(account)
    assert (entry.from_status, entry.to_status, entry.reason, entry.actor) == (before, after, sent["reason"], agent)
    with scopes_disabled():
        assert Disclosure.objects.filter(entry_id=entry.uid, field="note").count() == 1


@pytest.mark.requirement("R8")
def test_a_pending_account_says_what_is_missing_and_is_activated_when_it_is_there(client, acme, agent):
    account = factories.make_account(acme, holder=factories.HOLDER | {"address": ""}, status="pending")
    client.force_login(agent)

    page = client.get(account.get_absolute_url()).content.decode()
    assert "The postal address is missing." in page
    assert url(account, "activate") not in page
    assert client.get(url(account, "activate")).status_code == 403
    assert client.post(url(account, "activate"), {"reason": "data_complete"}).status_code == 403

    with scopes_disabled():
        AccountSettings.objects.filter(client=acme).update(required=["holder_name"])
    assert client.post(url(account, "activate"), {"reason": "data_complete"}).status_code == 302
    assert fresh(account).status == "active"


@pytest.mark.parametrize(
    ("status", "can"),
    [
        ("active", {"hold", "suspend", "put_under_review", "deactivate", "close"}),
        ("on_hold", {"suspend", "put_under_review", "deactivate", "close"}),
        ("suspended", {"change_suspension", "put_under_review", "deactivate", "close"}),
        ("under_review", {"suspend", "end_review", "deactivate"}),
        ("deactivated", {"close"}),
        ("closed", set()),
    ],
)
def test_the_page_has_a_button_for_what_can_be_done_and_a_reason_for_the_rest(client, account, agent, status, can):
    bring_to(account, status, agent)
    client.force_login(agent)

    page = client.get(account.get_absolute_url())

    assert {deed.name for deed in page.context["deeds"]} == can
    assert {deed.name for deed, _why in page.context["refused"]} == set(DEEDS) - can
    assert all(why for _deed, why in page.context["refused"])
    text = page.content.decode()
    assert {deed for deed in DEEDS if url(account, deed) in text} == can
    for deed in DEEDS:
        assert (client.get(url(account, deed)).status_code == 200) == (deed in can), deed


def test_who_does_not_work_there_sees_no_buttons_and_changes_nothing(client, account, auditor, contact, outsider):
    for user, status in ((auditor, 403), (contact, 403), (outsider, 404)):
        client.force_login(user)
        for deed in DEEDS:
            assert client.get(url(account, deed)).status_code == status
            assert client.post(url(account, deed), {"reason": "non_payment"}).status_code == status
    client.force_login(auditor)
    page = client.get(account.get_absolute_url())
    assert (page.context["deeds"], page.context["refused"]) == ([], [])
    assert last(account).action == "open"


def test_a_deed_that_there_is_not_is_not_found(client, account, agent):
    client.force_login(agent)
    assert client.get(url(account, "reinstate")).status_code == 404
    assert client.get(url(account, "merge")).status_code == 404


@pytest.mark.parametrize(
    ("deed", "sent", "field"),
    [
        ("hold", {"reason": ""}, "reason"),
        ("hold", {"reason": "because"}, "reason"),
        ("hold", {"reason": "non_payment", "note": "x" * 5001}, "note"),
        ("suspend", {"reason": "policy_breach", "kind": "weather"}, "kind"),
        ("suspend", {"reason": "policy_breach", "kind": "policy", "ends_at": "2020-01-01"}, "ends_at"),
        ("suspend", {"reason": "policy_breach", "kind": "policy", "ends_at": "soon"}, "ends_at"),
        ("put_under_review", {"reason": "suspicious_activity", "ends_at": "2999-12-30"}, "ends_at"),
        ("deactivate", {"reason": "member_left", "kind": "payment", "initiator": "member"}, "kind"),
        ("deactivate", {"reason": "member_left", "kind": "policy", "initiator": "rain"}, "initiator"),
        ("close", {"reason": "customer_request", "initiator": "member"}, "confirmed"),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field_and_nothing_is_done(client, account, agent, deed, sent, field):
    client.force_login(agent)

    answer = client.post(url(account, deed), {"seen": seen(account), **sent})

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert last(account).action == "open"


@pytest.mark.requirement("R10", "R72")
def test_closing_shows_what_it_brings_about_and_asks_again_where_that_has_changed(client, account, agent):
    client.force_login(agent)
    page = client.get(url(account, "close"))
    assert "“Basic” ends now." in page.content.decode()
    factories.charge(account)

    sent = {"reason": "customer_request", "initiator": "member", "confirmed": "on", "seen": page.context["seen"]}
    answer = client.post(url(account, "close"), sent)

    assert answer.status_code == 409
    assert "has changed meanwhile" in answer.content.decode()
    assert fresh(account).status == "active"
    assert "30.00" in client.get(url(account, "close")).content.decode()


def test_a_last_day_is_a_day_of_the_client(client, account, agent):
    client.force_login(agent)
    sent = {"reason": "policy_breach", "kind": "policy", "ends_at": day(3)}
    assert client.post(url(account, "suspend"), sent).status_code == 302

    midnight = timezone.localtime(fresh(account).next_change_at, timezone.get_fixed_timezone(0))
    assert (midnight.hour, midnight.minute) == (0, 0)  # acme keeps UTC
    assert midnight.date().isoformat() == day(4)


@pytest.mark.requirement("R21")
def test_a_stopped_account_says_who_can_clear_what_stands_in_the_way(client, account, agent):
    bring_to(account, "on_hold", agent)
    bring_to(account, "suspended", agent)
    client.force_login(agent)

    rows = client.get(account.get_absolute_url()).context["restrictions"]

    case = "a case that is decided by: supervisor"
    assert [(row.kind, clearing) for row, _reason, _who, clearing in rows] == [
        ("payment", f"By payment, as soon as the client's system tells that all is paid; else by {case}"),
        ("policy", f"By {case}"),
    ]


@pytest.mark.requirement("R11")
def test_a_page_under_review_says_until_when_and_what_is_stopped(client, account, agent):
    bring_to(account, "under_review", agent)
    client.force_login(agent)

    page = client.get(account.get_absolute_url())

    assert page.context["blocks"] == [
        "Changing the plan",
        "Changing tier or points",
        "Paying money back",
        "Changing contact data",
        "Closing the account",
    ]
    assert "then it is active again, as before" in page.content.decode()


@pytest.mark.requirement("R9")
def test_a_former_customers_account_says_how_long_it_is_kept(client, account, agent):
    bring_to(account, "deactivated", agent)
    client.force_login(agent)
    kept = client.get(account.get_absolute_url()).context["kept_until"]
    assert kept == lifecycle.add_months(timezone.localdate(), 36).isoformat()


def test_what_was_typed_and_not_sent_is_there_again_and_gone_once_it_is_sent(client, account, agent):
    key = f"account:{account.pk}:hold"
    with scope(client=[account.client_id]):
        drafts.save(agent, account, key, {"note": "They will pay on Friday."})
    client.force_login(agent)
    assert "They will pay on Friday." in client.get(url(account, "hold")).content.decode()

    client.post(url(account, "hold"), {"reason": "non_payment", "note": "They will pay on Friday."})

    with scopes_disabled():
        assert not Draft.objects.filter(form=key).exists()


def test_a_client_without_reasons_says_who_sets_them_up(client, account, agent):
    with scopes_disabled():
        account.client.reason_codes.filter(use="close").delete()
    client.force_login(agent)
    assert "This client has no reasons for this yet." in client.get(url(account, "close")).content.decode()


def test_a_card_number_in_a_note_is_cut(client, account, agent):
    client.force_login(agent)
    answer = client.post(
        url(account, "hold"), {"reason": "non_payment", "note": "Card 4111 1111 1111 1111"}, follow=True
    )
    assert "Only its last four digits were kept" in answer.content.decode()
