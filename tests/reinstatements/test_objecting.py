"""The client's contact comments on a case of their own client, pauses it, lets it go on, has it climb."""

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import StatusChange
from notifications import tasks
from reinstatements import breaches, figures, services
from reinstatements.models import Approval, Policy, ReinstatementRequest
from reinstatements.queues import QUEUES
from reinstatements.services import objecting
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")
WHY = {"reason": "facts_disputed", "note": "We have the receipt here, it is of another member."}
HASTE = {"reason": "takes_too_long", "note": "She is without a phone for a week."}


@pytest.mark.requirement("R71")
def test_a_paused_case_is_decided_by_nobody_until_it_goes_on(awaiting_approval, contact, supervisor, client):
    client.force_login(contact)
    url = reverse("case_client_pause", args=[awaiting_approval.code])
    assert client.post(url, WHY).status_code == 302

    assert list(ReinstatementRequest.objects.decidable_by(supervisor)) == []
    decided = {"actor": supervisor, "reason": "paid", "seen": factories.seen(awaiting_approval)}
    for deed in (services.approve, services.decline, services.send_back):
        with pytest.raises(Refused, match="client has paused"):
            deed(awaiting_approval, **decided, note="Now.")
    given = Approval(client_id=awaiting_approval.client_id, case=awaiting_approval, level=0, role="supervisor")
    given.user, given.person, given.entry = supervisor, supervisor.person, awaiting_approval.pk
    given.decision, given.reason, given.case_hash, given.facts = "approved", "paid", "0" * 64, {}
    with pytest.raises(DatabaseError, match="client has paused"), transaction.atomic():
        given.save(force_insert=True)
    assert client.post(url, WHY).status_code == 409

    page = client.get(awaiting_approval.get_absolute_url()).content.decode()
    assert "The client has paused this case." in page
    assert WHY["note"] in page  # their own words
    assert client.post(reverse("case_client_lift", args=[awaiting_approval.code])).status_code == 302
    services.approve(awaiting_approval, **decided)
    entries = StatusChange.objects.filter(account=awaiting_approval.account, subject_type="handling")
    assert [(row.action, row.reason, row.origin, row.actor) for row in entries.order_by("number")][-2:] == [
        ("client_pause", "facts_disputed", "client_system", contact),
        ("client_lift", "client_agrees", "client_system", contact),
    ]
    assert list(verify(Totals())) == []


def test_the_clock_rests_while_the_client_has_paused(awaiting_approval, contact, supervisor, time_machine):
    start = timezone.now()
    due = awaiting_approval.due_at
    objecting.pause(awaiting_approval, actor=contact, **WHY)
    time_machine.move_to(due + timezone.timedelta(hours=1))
    assert list(breaches.overdue(ReinstatementRequest.objects.all(), timezone.now())) == []
    supervisor.client_roles.update(starts_at=start)
    waiting = figures.waiting(supervisor, [awaiting_approval.client_id], timezone.now())
    assert [is_late for _client, _age, is_late in waiting] == [False]
    objecting.lift(factories.fresh(awaiting_approval), actor=contact)

    waited = due + timezone.timedelta(hours=1) - start
    assert abs(factories.fresh(awaiting_approval).due_at - due - waited) < timezone.timedelta(minutes=1)


@pytest.mark.requirement("R71")
def test_an_escalated_case_climbs_to_those_who_decide(
    awaiting_approval, contact, supervisor, compliance, agent, client
):
    client.force_login(contact)
    url = reverse("case_client_escalate", args=[awaiting_approval.code])
    assert client.post(url, HASTE).status_code == 302
    assert client.post(url, HASTE).status_code == 409

    assert list(QUEUES["escalated"].cases(supervisor)) == [awaiting_approval]
    mail.outbox.clear()
    tasks.relay()
    tasks.notify_staff()
    told = [message for message in mail.outbox if "Escalated by the client" in message.subject]
    assert sorted(message.to[0] for message in told) == ["compliance@example.com", "supervisor@example.com"]
    assert HASTE["note"] not in "".join(message.body for message in told)
    client.force_login(supervisor)
    assert "The client asks for more haste." in client.get(awaiting_approval.get_absolute_url()).content.decode()


def test_whoever_works_on_a_case_reads_the_comment_of_the_client(awaiting_approval, contact, agent, auditor, client):
    client.force_login(contact)
    url = reverse("case_client_comment", args=[awaiting_approval.code])
    assert client.post(url, {"note": ""}).status_code == 400
    assert client.post(url, {"note": "She called us as well."}).status_code == 302

    seen = {}
    for user in (contact, agent, auditor):
        client.force_login(user)
        seen[user] = "She called us as well." in client.get(awaiting_approval.get_absolute_url()).content.decode()
    assert seen == {contact: True, agent: True, auditor: False}


@pytest.mark.requirement("R71")
def test_this_is_for_the_contact_of_the_case_s_own_client(
    awaiting_approval, globex, agent, supervisor, compliance, contact, client
):
    stranger = factories.make_user("stranger", (globex, "contact"))
    for name, sent in {"pause": WHY, "escalate": HASTE, "comment": {"note": "Hello."}, "lift": {}}.items():
        url = reverse(f"case_client_{name}", args=[awaiting_approval.code])
        for user, status in {agent: 403, supervisor: 403, compliance: 403, stranger: 404}.items():
            client.force_login(user)
            assert client.post(url, sent).status_code == status
    with scope(client=[globex.pk]), pytest.raises(Refused):
        objecting.pause(awaiting_approval, actor=stranger, **WHY)
    for wrong in ({"reason": "", "note": "x"}, {"reason": "facts_disputed", "note": " "}):
        with pytest.raises(Invalid):
            objecting.pause(awaiting_approval, actor=contact, **wrong)
    with pytest.raises(Moved):
        objecting.lift(awaiting_approval, actor=contact)


@pytest.mark.requirement("R71", "R73")
def test_a_case_that_is_approved_already_is_not_paused(acme, suspended, agent, contact, supervisor, client):
    """It would come back all the same once its system confirms: nobody is told that it does not."""
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"confirmations": [{"system": "network"}]})
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    client.force_login(supervisor)
    facts = client.get(case.get_absolute_url()).context["decide"].facts_text
    sent = {"facts": facts, "reason": "paid"}
    said = client.post(reverse("case_approve", args=[case.code]), sent, follow=True).content.decode()
    assert f"Nothing changes on account {case.account.number} before this has confirmed: Network." in said
    assert "What comes with the confirmation" in said

    client.force_login(contact)
    page = client.get(case.get_absolute_url()).content.decode()
    urls = [reverse(f"case_client_{name}", args=[case.code]) for name in ("pause", "comment", "escalate")]
    assert [url in page for url in urls] == [False, True, True]
    assert client.post(urls[0], WHY).status_code == 409
    assert factories.fresh(case).paused_at is None


def test_nothing_is_paused_after_it_has_ended(awaiting_approval, contact, supervisor):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    for deed, sent in ((objecting.pause, WHY), (objecting.escalate, HASTE), (objecting.comment, {"note": "Late."})):
        with pytest.raises(Moved):
            deed(factories.fresh(awaiting_approval), actor=contact, **sent)
