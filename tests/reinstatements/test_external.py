"""Somebody at the client decides where the policy asks for it: signed in, or by a link and then a code."""

import re

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Invalid, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import StatusChange
from accounts.services import outside
from notifications import tasks
from reinstatements import services
from reinstatements.models import Approval, Invitation, Policy, ReinstatementRequest
from reinstatements.policies import default_rules
from reinstatements.services import external
from tests import factories

LEVELS = [{"role": "supervisor", "count": 1}, {"role": "contact", "count": 1}]


@pytest.fixture
def asking(acme, suspended, agent, supervisor):
    """A case that a supervisor has approved and that waits for the client."""
    with scope(client=[acme.pk]):
        policy = Policy.objects.get(client=acme, kind="payment")
        factories.put_in_force(policy, default_rules("") | {"levels": LEVELS})
        case = factories.bring_to(suspended, "awaiting_approval", agent)
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        return factories.fresh(case)


@pytest.fixture
def approver(acme, administrator):
    with scope(client=[acme.pk]):
        return outside.name_approver(
            acme, name="Petra Lang", email="petra@acme.example", language="en", actor=administrator
        )


def send_mails():
    mail.outbox.clear()
    tasks.relay()
    tasks.notify_staff()
    return [(message.to, message.body) for message in mail.outbox]


def invite(asking, approver, supervisor):
    with scope(client=[asking.client_id]):
        row = external.invite(asking, approver, actor=supervisor)
    ((to, body),) = [found for found in send_mails() if "/external/" in found[1]]
    assert to == ["petra@acme.example"]
    assert re.search(r"is good until \d+ \w+ \d{4}, \d\d:\d\d \(UTC\), once", body)
    return row, re.search(r"/reinstatements/external/\S+/", body).group()


def code_of(link, browser):
    browser.post(f"{link}code/")
    ((to, body),) = send_mails()
    assert to == ["petra@acme.example"]
    return re.search(r"\d{8}", body).group()


def facts_in(page):
    return page.context["desk"].facts_text


@pytest.mark.requirement("R58")
def test_a_contact_decides_on_the_case_page_where_the_policy_asks_it(client, asking, contact):
    client.force_login(contact)
    page = client.get(asking.get_absolute_url())
    answer = client.post(
        reverse("case_approve", args=[asking.code]),
        {"facts": page.context["decide"].facts_text, "opened": page.context["decide"].page.opened_at, "reason": "paid"},
    )

    assert answer.status_code == 302
    with scope(client=[asking.client_id]):
        given = Approval.objects.filter(case=asking).order_by("level")
        assert [(row.role, row.user.username, row.is_external, row.invitation) for row in given] == [
            ("supervisor", "supervisor", False, None),
            ("contact", "contact", True, None),
        ]
        asking.account.refresh_from_db()
        assert asking.account.status == "active"
        assert "client contact, external, signed in" in client.get(asking.get_absolute_url()).content.decode()
        entry = StatusChange.objects.get(account=asking.account, action="approve")
        assert b'"external":"signed_in"' in bytes(entry.body)
    assert list(verify(Totals())) == []


def test_a_contact_decides_no_level_that_is_not_theirs(awaiting_approval, contact, client, scoped):
    with pytest.raises(Refused):
        services.approve(awaiting_approval, actor=contact, reason="paid", seen=factories.seen(awaiting_approval))
    client.force_login(contact)
    assert client.get(reverse("queue"), {"queue": "decide"}).context["page"].rows == []


def test_the_queue_shows_what_waits_for_the_client(asking, contact, supervisor, scoped):
    assert list(ReinstatementRequest.objects.decidable_by(contact)) == [asking]
    assert list(ReinstatementRequest.objects.decidable_by(supervisor)) == []


def test_whoever_works_for_the_provider_is_no_approver_from_outside(asking, acme, agent, administrator, scoped):
    with pytest.raises(Invalid):
        outside.name_approver(acme, name="Agent", email="AGENT@example.com", language="en", actor=administrator)
    with pytest.raises(Invalid):
        outside.name_approver(acme, name="Me", email=administrator.email, language="en", actor=administrator)
    with pytest.raises(Refused):
        outside.name_approver(acme, name="Friend", email="friend@example.com", language="en", actor=agent)
    with pytest.raises(Invalid):
        factories.make_user("both", (acme, "supervisor"), (acme, "contact"))


@pytest.mark.requirement("R58")
def test_a_link_shows_nothing_until_its_code_is_given(asking, approver, supervisor):
    _row, link = invite(asking, approver, supervisor)
    browser = Browser()

    answer = browser.get(link)
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == (
        "same-origin",
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    page = answer.content.decode()
    assert asking.code not in page
    assert asking.account.number not in page
    # A scanner opens it, and opens what it leads to: no mail, no code, nothing changed.
    for address in (link, f"{link}code/", f"{link}check/", f"{link}decide/"):
        assert browser.get(address, follow=True).status_code == 200
    with scope(client=[asking.client_id]):
        assert list(Invitation.objects.values_list("codes_sent", "attempts", "verified_at")) == [(0, 0, None)]
    assert send_mails() == []

    code = code_of(link, browser)
    assert browser.post(f"{link}check/", {"code": code}).status_code == 302
    assert asking.account.number in browser.get(link).content.decode()
    # Another browser has the link and not the code, which is used up.
    assert asking.account.number not in Browser().get(link).content.decode()
    assert Browser().post(f"{link}check/", {"code": code}).status_code == 400


@pytest.mark.requirement("R58")
def test_somebody_named_by_mail_approves_by_link_and_code(asking, approver, supervisor):
    row, link = invite(asking, approver, supervisor)
    browser = Browser()
    browser.post(f"{link}check/", {"code": code_of(link, browser)})
    facts = facts_in(browser.get(link))

    answer = browser.post(f"{link}decide/", {"decision": "approve", "facts": facts, "reason": "paid"}, follow=True)

    assert "on record" in answer.content.decode()
    with scope(client=[asking.client_id]):
        given = Approval.objects.get(case=asking, role="contact")
        assert (given.user, given.invitation, given.case_hash) == (approver, row, asking.approvals.first().case_hash)
        asking.refresh_from_db()
        assert asking.status == "completed"
        assert b'"external":"link"' in bytes(StatusChange.objects.get(account=asking.account, action="approve").body)
    assert list(verify(Totals())) == []
    assert Browser().get(link).status_code == 404


def test_declining_by_link_needs_words(asking, approver, supervisor):
    _row, link = invite(asking, approver, supervisor)
    browser = Browser()
    browser.post(f"{link}check/", {"code": code_of(link, browser)})
    sent = {"decision": "decline", "facts": facts_in(browser.get(link)), "reason": "not_proven"}

    assert browser.post(f"{link}decide/", sent).status_code == 400
    assert browser.post(f"{link}decide/", sent | {"reason": "", "note": "No."}).status_code == 400
    assert browser.post(f"{link}decide/", sent | {"note": "The transfer was recalled."}).status_code == 302
    with scope(client=[asking.client_id]):
        asking.refresh_from_db()
        assert (asking.status, Approval.objects.get(decision="declined").user) == ("declined", approver)


def test_what_changed_since_the_link_was_read_is_not_approved(asking, approver, supervisor):
    _row, link = invite(asking, approver, supervisor)
    browser = Browser()
    browser.post(f"{link}check/", {"code": code_of(link, browser)})
    facts = facts_in(browser.get(link))
    with scope(client=[asking.client_id]):
        type(asking.account).objects.filter(pk=asking.account_id).update(balance_minor=8000)

    answer = browser.post(f"{link}decide/", {"decision": "approve", "facts": facts, "reason": "paid"})

    assert answer.status_code == 409
    assert [change.before for change in answer.context["changes"]][:1] == ["84.20 EUR"]
    with scope(client=[asking.client_id]):
        asking.refresh_from_db()
        assert (asking.status, asking.level_role) == ("awaiting_approval", "contact")
        assert Invitation.objects.filter(used_at=None).count() == 1


def test_five_wrong_codes_end_a_link_and_three_codes_are_sent(asking, approver, supervisor):
    _row, link = invite(asking, approver, supervisor)
    browser = Browser()
    code = code_of(link, browser)
    wrong = str((int(code) + 1) % 10**8).zfill(8)
    assert [browser.post(f"{link}check/", {"code": wrong}).status_code for _try in range(5)] == [400] * 5
    assert browser.post(f"{link}check/", {"code": code}).status_code == 404

    _row, link = invite(asking, approver, supervisor)
    codes = [code_of(link, browser) for _time in range(3)]
    assert browser.post(f"{link}code/").status_code == 403
    assert browser.post(f"{link}check/", {"code": codes[0]}).status_code == 400
    assert browser.post(f"{link}check/", {"code": codes[2]}).status_code == 302


@pytest.mark.requirement("R58")
def test_who_decides_after_the_half_hour_is_told_so_and_keeps_what_they_wrote(asking, approver, supervisor):
    _row, link = invite(asking, approver, supervisor)
    browser = Browser()
    browser.post(f"{link}check/", {"code": code_of(link, browser)})
    sent = {"decision": "decline", "facts": facts_in(browser.get(link)), "reason": "not_proven", "note": "Not ours."}
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=31)):
        answer = browser.post(f"{link}decide/", sent)
        page = answer.content.decode()
        assert (answer.status_code, "nothing was decided" in page, "Not ours." in page) == (403, True, True)
        assert asking.account.number not in page
        for _code in range(2):
            code_of(link, browser)
        # Three codes are sent, and the page offers no fourth.
        assert f"{link}code/" not in browser.get(link).content.decode()
    with scope(client=[asking.client_id]):
        asking.refresh_from_db()
        assert asking.status == "awaiting_approval"


def test_a_link_ends_with_its_time_and_with_the_next_one(asking, approver, supervisor):
    _row, first = invite(asking, approver, supervisor)
    _row, second = invite(asking, approver, supervisor)
    assert (Browser().get(first).status_code, Browser().get(second).status_code) == (404, 200)
    with time_machine.travel(timezone.now() + timezone.timedelta(days=3, minutes=1)):
        assert Browser().get(second).status_code == 404


def test_a_login_without_a_password_decides_by_link_alone(asking, approver, supervisor, scoped):
    with pytest.raises(Refused):
        services.approve(asking, actor=approver, reason="paid", seen=factories.seen(asking))
    given = Approval(
        client_id=asking.client_id,
        case=asking,
        level=1,
        role="contact",
        user=approver,
        person=approver.person,
        decision="approved",
        reason="paid",
        case_hash="0" * 64,
        facts={},
        entry=asking.pk,
    )
    with pytest.raises(DatabaseError, match="by link and code"), transaction.atomic():
        given.save(force_insert=True)
    row = external.invite(asking, approver, actor=supervisor)
    given.invitation = row
    with pytest.raises(DatabaseError, match="gave the code"), transaction.atomic():
        given.save(force_insert=True)
    with pytest.raises(DatabaseError, match="stays as it was sent"), transaction.atomic():
        Invitation.objects.filter(pk=row.pk).update(link_digest="1" * 64)


def test_a_second_login_of_whoever_took_part_is_not_asked(asking, acme, agent, supervisor, scoped):
    second = factories.make_user("elsewhere", person=agent.person)
    with pytest.raises(Invalid):
        factories.make_user("elsewhere2", (acme, "contact"), person=agent.person)
    with pytest.raises(Invalid):
        external.invite(asking, second, actor=supervisor)


def test_only_digests_of_link_and_code_are_stored(asking, approver, supervisor):
    row, link = invite(asking, approver, supervisor)
    browser = Browser()
    code = code_of(link, browser)
    secret = link.rstrip("/").rpartition("/")[2]
    with scope(client=[asking.client_id]):
        kept = " ".join(str(value) for value in Invitation.objects.filter(pk=row.pk).values_list().get())
    assert secret not in kept
    assert code not in kept
