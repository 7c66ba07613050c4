"""An account under review: for a time, with what it stops, and back to where it stood."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import asof
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, AccountSettings, Membership, OutboxEvent, Restriction, StatusChange
from accounts.services import accounts, lifecycle, memberships, payments, reviews, staff
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")
DAY = timedelta(days=1)


@pytest.fixture
def account(acme):
    return factories.make_account(acme)


def fresh(account):
    return Account.objects.get(pk=account.pk)


def review(account, actor, **more):
    return reviews.put_under_review(account, actor=actor, reason="suspicious_activity", **more)


def end(account, actor):
    return reviews.end_review(account, actor=actor, reason="nothing_found")


def changes(account):
    entries = StatusChange.objects.filter(account=account, subject_type="account").order_by("number")
    return [(entry.from_status, entry.to_status) for entry in entries if entry.from_status != entry.to_status]


def stopped_as(status, account, actor):
    if status == "on_hold":
        lifecycle.hold(account, actor=actor, reason="non_payment")
    if status == "suspended":
        lifecycle.suspend(account, actor=actor, kind="security", reason="fraud_suspected")


@pytest.mark.requirement("R11")
def test_a_review_takes_as_long_as_the_client_says_and_the_member_is_told(account, agent):
    entry = review(account, agent, note="Three cards in one hour.")

    found = fresh(account)
    assert (found.status, found.standing_before) == ("under_review", "active")
    assert found.review_ends_at == entry.ends_at == entry.occurred_at + 14 * DAY
    assert list(OutboxEvent.objects.values_list("name", flat=True)) == ["account.under_review"]
    assert Membership.objects.get(account=account).status == "active"
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("before", ["active", "on_hold", "suspended"])
def test_a_review_leads_back_to_where_it_was_entered_from_and_launders_nothing(account, agent, before):
    stopped_as(before, account, agent)
    review(account, agent)
    end(account, agent)

    found = fresh(account)
    assert (found.status, found.standing_before, found.review_ends_at) == (before, "", None)
    assert changes(account)[-2:] == [(before, "under_review"), ("under_review", before)]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R11", "R13")
@pytest.mark.parametrize("before", ["on_hold", "suspended"])
def test_no_other_way_leads_out_of_a_review_into_service(account, agent, before):
    stopped_as(before, account, agent)
    review(account, agent)
    with pytest.raises(Refused), accounts.ledger.change(account, actor=agent) as work:
        work.record(work.account.end_review, reason="nothing_found")

    with (
        pytest.raises(DatabaseError, match="leaves under_review for the status that it was entered from"),
        transaction.atomic(),
        accounts.ledger.change(account, actor=agent) as work,
    ):
        work.log(work.account, "end_review", reason="nothing_found", from_status="under_review", to_status="active")


def test_the_database_keeps_the_end_and_the_way_back_of_a_review(account, agent):
    review(account, agent)
    for change in ({"review_ends_at": None}, {"standing_before": "suspended"}, {"standing_before": ""}):
        with pytest.raises(DatabaseError, match="A review has the end that its entry says"), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(**change)


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("before", ["active", "on_hold", "suspended"])
def test_a_review_that_runs_out_is_over_when_read_and_written_once(account, agent, before):
    stopped_as(before, account, agent)
    entry = review(account, agent, ends_at=timezone.now() + DAY)

    with time_machine.travel(timezone.now() + 2 * DAY):
        assert fresh(account).status_now == before
        entries = StatusChange.objects.filter(account=account, subject_type="account").order_by("-number")
        assert asof.standing(entries, Restriction.objects.filter(account=account), timezone.now()).status == before
        assert Account.objects.as_of(timezone.now()).get(pk=account.pk).status_then == before
        assert (reviews.end_due(), reviews.end_due()) == (1, 0)

    written = StatusChange.objects.get(account=account, number=fresh(account).status_number)
    assert (written.to_status, written.rule, written.reason, written.origin) == (
        before,
        "review_ended",
        "review_ended",
        "rule",
    )
    assert written.occurred_at == entry.ends_at
    assert written.caused_by == entry.uid
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("what", "act"),
    [
        (
            "change_plan",
            lambda account, agent: memberships.change_plan(
                account.memberships.get(),
                account.client.plans.get(),
                actor=agent,
                reason="needs_more",
                initiator="member",
            ),
        ),
        (
            "pause",
            lambda account, agent: memberships.pause(
                account.memberships.get(), actor=agent, reason="away", initiator="member"
            ),
        ),
        (
            "cancel",
            lambda account, agent: memberships.cancel(
                account.memberships.get(), actor=agent, reason="too_expensive", initiator="member"
            ),
        ),
        (
            "adjust",
            lambda account, agent: memberships.change_points(
                account.memberships.get(), 5, actor=agent, reason="earned", initiator="member"
            ),
        ),
        (
            "refund",
            lambda account, agent: payments.record(
                *(account,),
                actor=agent,
                kind="refund",
                external_id="R-1",
                amount_minor=100,
                currency="EUR",
                paid_at=timezone.now(),
            ),
        ),
        (
            "contact",
            lambda account, agent: accounts.set_holder(
                account, {"email": "new@example.com"}, actor=agent, reason="correct_data"
            ),
        ),
        (
            "close",
            lambda account, agent: lifecycle.close(
                *(account,),
                actor=agent,
                reason="customer_request",
                initiator="member",
                seen=lifecycle.digest(lifecycle.consequences(account)),
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_client_names_is_stopped_while_the_review_lasts_and_not_after(account, agent, what, act):
    AccountSettings.objects.filter(client=account.client).update(review_blocks=[what])
    review(account, agent)
    with pytest.raises(Refused, match="The account is under review until"):
        act(fresh(account), agent)

    end(account, agent)
    with suppress(Invalid):  # The plan is the one that it has; nothing but that keeps it from being changed.
        act(fresh(account), agent)


@pytest.mark.requirement("R11")
def test_pages_offer_nothing_that_is_stopped_and_say_why(client, account, agent):
    AccountSettings.objects.filter(client=account.client).update(review_blocks=["contact", "change_plan"])
    review(account, agent)
    client.force_login(agent)
    contact_url = reverse("account_contact", args=[account.pk])

    contact = client.get(contact_url)
    membership = client.get(account.memberships.get().get_absolute_url())

    why = "The account is under review until"
    assert (contact.context["form"], why in contact.content.decode()) == (None, True)
    sent = client.post(contact_url, {"email": "new@example.com", "reason": "member_moved", "note": "They called."})
    assert sent.status_code == 403
    refused = {deed.name: words for deed, words in membership.context["refused"]}
    assert refused["change_plan"].startswith(why)
    assert "Change contact data" not in client.get(account.get_absolute_url()).content.decode()
    end(account, agent)
    assert client.get(contact_url).context["form"] is not None
    offered = client.get(account.memberships.get().get_absolute_url()).context["deeds"]
    assert "change_plan" in {deed.name for deed in offered}


@pytest.mark.requirement("R11", "R13")
def test_nothing_is_reinstated_while_it_is_under_review(account, agent):
    from reinstatements import services

    stopped_as("suspended", account, agent)
    review(account, agent)
    with pytest.raises(Invalid, match="This account is under review; there is nothing to reinstate"):
        services.open_case(fresh(account), actor=agent, resume_reason="paid", statement="Paid.")


def test_a_suspension_that_ends_by_itself_is_not_put_under_review(account, agent):
    lifecycle.suspend(account, actor=agent, kind="policy", reason="policy_breach", ends_at=timezone.now() + DAY)
    with pytest.raises(Refused, match="Take its end away first"):
        review(account, agent)

    lifecycle.change_suspension(account, actor=agent, reason="more_time", ends_at=None)
    review(account, agent)
    end(account, agent)
    lifecycle.change_suspension(account, actor=agent, reason="more_time", ends_at=timezone.now() + DAY)
    with time_machine.travel(timezone.now() + 2 * DAY):
        assert fresh(account).status_now == "active"
        assert Account.objects.as_of(timezone.now()).get(pk=account.pk).status_then == "active"
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R14")
def test_what_is_paid_during_a_review_brings_the_account_back_when_it_ends(account, agent):
    system = staff.ensure_system_user()
    factories.charge(account, due_on=timezone.localdate() - 45 * DAY)
    assert fresh(account).status == "on_hold"
    review(account, agent)
    payments.record(
        *(account,),
        actor=system,
        kind="payment",
        external_id="P-1",
        amount_minor=3000,
        currency="EUR",
        paid_at=timezone.now(),
        origin="client_system",
    )
    assert fresh(account).status == "under_review"

    end(account, agent)

    assert changes(account)[-2:] == [("under_review", "on_hold"), ("on_hold", "active")]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R14")
def test_the_overdue_step_that_a_review_has_kept_off_is_taken_when_it_ends(account, agent):
    review(account, agent)
    factories.charge(account, due_on=timezone.localdate() - 45 * DAY)
    assert fresh(account).status == "under_review"

    end(account, agent)

    assert changes(account)[-2:] == [("under_review", "active"), ("active", "on_hold")]
    assert list(verify(Totals())) == []


def test_a_review_may_end_in_a_suspension(account, agent):
    review(account, agent)
    lifecycle.suspend(account, actor=agent, kind="security", reason="fraud_suspected")

    assert (fresh(account).status, fresh(account).standing_before) == ("suspended", "")
    assert list(verify(Totals())) == []


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_the_end_of_a_review_lies_ahead_and_within_a_year(account, agent, days):
    now = timezone.now()
    with pytest.raises(Invalid, match="A review ends after it begins"):
        review(account, agent, ends_at=now + days * DAY + timedelta(seconds=5 if days > 0 else -5))


def test_only_an_account_under_review_leaves_one_and_only_for_those_who_work_there(account, agent, outsider, auditor):
    with pytest.raises(Moved):
        end(account, agent)
    for somebody in (outsider, auditor):
        with pytest.raises(Refused):
            review(account, somebody)
    review(account, agent)
    for somebody in (outsider, auditor):
        with pytest.raises(Refused):
            end(account, somebody)
    with pytest.raises(Invalid, match="Choose a reason"):
        reviews.end_review(account, actor=agent, reason="because")
