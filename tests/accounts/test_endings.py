"""Two people to close an account or cancel a membership, where the client wants it: one proposes, another confirms."""

import json
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django_scopes import scope

from accounts import ledger
from accounts.errors import Moved, Refused
from accounts.facts import digest
from accounts.ledger.verify import Totals, verify
from accounts.models import AccountSettings, EndingDecision, EndingProposal, Membership, Plan, StatusChange, User
from accounts.services import lifecycle, memberships, parting, second_person
from accounts.services.staff import ensure_system_user
from tests import factories
from tests.house.doors.forging import forge

pytestmark = [pytest.mark.usefixtures("scoped"), pytest.mark.requirement("R5", "R10", "R72")]
CANCEL = {"reason": "too_expensive", "initiator": "member"}


@pytest.fixture
def account(acme, time_machine):
    time_machine.move_to(datetime(2027, 1, 31, 9, tzinfo=UTC), tick=False)
    AccountSettings.objects.filter(client=acme).update(ends_need_two=True)
    return factories.make_account(acme, time_zone="Europe/Berlin")


@pytest.fixture
def membership(account, acme, agent):
    plan = Plan.objects.create(client=acme, code="gym", name="Gym", price_minor=3100, currency="EUR")
    return memberships.add(account, plan, actor=agent, begins="active", reason="agreed", initiator="member")


def confirm(proposal, actor, **more):
    found = EndingProposal.objects.select_related("account__client", "membership").get(pk=proposal.pk)
    return parting.confirm(found, actor=actor, **({"seen": digest(parting.brought_about(found))} | more))


def propose_cancel(membership, actor, when="now"):
    return parting.propose_cancel(membership, actor=actor, when=when, **CANCEL)


def statuses(account):
    return factories.fresh(account).status, [row.status for row in Membership.objects.filter(account=account)]


def test_an_account_is_closed_by_the_second_person_and_both_are_on_record(account, agent, supervisor):
    proposal = factories.propose_closing(account, agent)
    assert statuses(account) == ("active", ["active"])

    entry = confirm(proposal, supervisor, note="Checked with the member.")

    assert statuses(account) == ("closed", ["cancelled"])
    proposed = StatusChange.objects.get(uid=proposal.entry)
    assert (proposed.action, proposed.actor, entry.action, entry.actor_id) == (
        *("propose_close", agent),
        *("close", supervisor.pk),
    )
    assert (entry.caused_by, entry.reason) == (proposed.uid, "customer_request")
    decided = EndingDecision.objects.get()
    assert (decided.decision, decided.person, str(decided.effective_on)) == (
        *("confirmed", supervisor.person),
        "2027-01-31",
    )
    assert list(verify(Totals())) == []


def test_a_membership_ends_at_the_end_of_its_term_on_the_day_that_two_people_have_seen(
    account, membership, agent, supervisor, time_machine
):
    proposal = propose_cancel(membership, agent, "term_end")
    assert parting.brought_about(proposal)["effective_on"] == "2027-02-28"

    entry = confirm(proposal, supervisor)

    assert json.loads(bytes(entry.body))["data"]["effective_on"] == "2027-02-28"
    assert str(EndingDecision.objects.get().effective_on) == "2027-02-28"
    time_machine.move_to(datetime(2027, 3, 2, tzinfo=UTC), tick=False)
    memberships.apply_due_membership_changes()
    membership.refresh_from_db()
    assert membership.status == "cancelled"
    assert list(verify(Totals())) == []


def test_a_membership_is_cancelled_at_once_when_the_second_person_says_so(account, membership, agent, supervisor):
    proposal = propose_cancel(membership, agent)
    confirm(proposal, supervisor)

    membership.refresh_from_db()
    assert (membership.status, factories.fresh(account).status) == ("cancelled", "active")


def test_nobody_ends_anything_alone_there(account, membership, agent, supervisor):
    for somebody in (agent, supervisor):
        with pytest.raises(Refused, match="wants two people"):
            factories.close(account, somebody)
        for when in ("now", "term_end"):
            with pytest.raises(Refused, match="wants two people"):
                memberships.cancel(membership, actor=somebody, when=when, **CANCEL)
    assert statuses(account)[0] == "active"


def test_the_clients_own_system_ends_it_by_itself_and_elsewhere_one_is_enough(account, globex, outsider):
    factories.close(account, ensure_system_user())
    other = factories.make_account(globex, "B-1")
    with scope(client=[globex.pk]):
        factories.close(other, outsider)
        assert factories.fresh(other).status == "closed"
    assert statuses(account)[0] == "closed"


def test_neither_the_proposer_with_any_login_nor_an_outsider_confirms(
    account, acme, agent, outsider, auditor, compliance
):
    proposal = factories.propose_closing(account, agent)
    twin = factories.make_user("twin", (acme, "supervisor"), person=agent.person)
    for somebody in (agent, twin, outsider, auditor, compliance):
        with pytest.raises(Refused):
            confirm(proposal, somebody)
    assert statuses(account)[0] == "active"


def test_it_is_proposed_once_and_decided_once(account, agent, supervisor, second_supervisor):
    proposal = factories.propose_closing(account, agent)
    with pytest.raises(Moved, match="proposed already"):
        factories.propose_closing(account, supervisor)
    parting.decline(proposal, actor=supervisor, reason="not_proven", note="They want to stay.")
    with pytest.raises(Moved, match="decided this first"):
        confirm(proposal, second_supervisor)
    again = factories.propose_closing(account, supervisor)
    confirm(again, agent)
    assert statuses(account)[0] == "closed"
    assert list(verify(Totals())) == []


def test_what_brings_about_something_else_by_now_is_looked_at_again(account, agent, supervisor):
    proposal = factories.propose_closing(account, agent)
    seen = digest(parting.brought_about(proposal))
    factories.charge(account, due_on=date(2027, 2, 20))

    with pytest.raises(Moved, match="has changed since it was shown"):
        confirm(proposal, supervisor, seen=seen)
    assert statuses(account)[0] == "active"


def test_an_account_about_which_something_is_proposed_is_not_absorbed(account, acme, agent):
    factories.propose_closing(account, agent)
    other = factories.make_account(acme, "A-2")
    with pytest.raises(Refused):
        factories.propose_merge(account, other, agent)


def test_the_database_holds_two_people(account, agent, supervisor, monkeypatch):
    proposal = factories.propose_closing(account, agent)
    monkeypatch.setattr("accounts.services.parting.proposed", lambda proposal, user: False)
    with pytest.raises(DatabaseError, match="does not confirm it"), transaction.atomic():
        confirm(proposal, agent)

    monkeypatch.setattr("accounts.services.second_person.wanted", lambda client_id: False)
    with pytest.raises(DatabaseError, match="wants two people"), transaction.atomic():
        factories.close(account, supervisor)
    with pytest.raises(DatabaseError, match="wants two people"), transaction.atomic():
        forge(factories.fresh(account), supervisor, "active", "closed")
    with pytest.raises(DatabaseError), transaction.atomic():
        EndingProposal.objects.update(initiator="business")
    with pytest.raises(DatabaseError, match="the login stays theirs"), transaction.atomic():
        User.objects.filter(pk=agent.pk).update(person=supervisor.person)


def test_a_confirmation_of_one_thing_ends_no_other(account, membership, agent, supervisor):
    """The decision about the membership is used for the account: the entry is another one's."""
    proposal = propose_cancel(membership, agent)

    def close():
        with ledger.change(account, actor=supervisor) as work:
            given = second_person.decision(work, proposal, "confirmed", "customer_request")
            work.record(work.account.close, reason="customer_request", before=given)

    with pytest.raises(DatabaseError, match="wants two people"), transaction.atomic():
        close()


def test_the_pages_propose_list_confirm_and_decline(client, account, membership, agent, supervisor, outsider):
    client.force_login(agent)
    url = reverse("account_deed", args=[account.pk, "close"])
    page = client.get(url)
    assert "This client wants two people for it" in page.content.decode()
    sent = {"reason": "customer_request", "initiator": "member", "confirmed": "on"}
    client.post(url, sent | {"seen": lifecycle.digest(lifecycle.consequences(factories.fresh(account)))})
    client.post(
        reverse("membership_deed", args=[membership.pk, "cancel"]), CANCEL | {"when": "now", "understood": "on"}
    )
    closing, cancelling = (EndingProposal.objects.get(deed=deed) for deed in ("close", "cancel"))
    assert "waits for a second person" in client.get(account.get_absolute_url()).content.decode()
    own = client.get(closing.get_absolute_url()).content.decode()
    assert ("You proposed this" in own, 'name="seen"' in own) == (True, False)

    client.force_login(supervisor)
    assert client.get(reverse("ending_list")).content.decode().count("Waits for a second person") == 2
    shown = client.get(cancelling.get_absolute_url())
    assert "today, 2027-01-31" in shown.content.decode()
    stale = client.post(reverse("ending_confirm", args=[cancelling.pk]), {"seen": "0" * 64})
    done = client.post(reverse("ending_confirm", args=[cancelling.pk]), {"seen": shown.context["seen"]})
    declined = client.post(reverse("ending_decline", args=[closing.pk]), {"reason": "not_proven", "note": "They stay."})
    assert (stale.status_code, done.status_code, declined.status_code) == (409, 302, 302)
    membership.refresh_from_db()
    assert (membership.status, factories.fresh(account).status) == ("cancelled", "active")
    assert "31 Jan 2027" in client.get(cancelling.get_absolute_url()).content.decode()

    client.force_login(outsider)
    assert client.get(closing.get_absolute_url()).status_code == 404
