"""Ending something with two people: one proposes to close an account or cancel a membership, another one confirms."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, reasons, rules, terms
from accounts.errors import Invalid, Moved, Refused
from accounts.facts import digest
from accounts.models import Account, EndingDecision, EndingProposal, Membership, ReasonCode
from accounts.models.base import new_id
from accounts.models.settings import Blocked
from accounts.services import lifecycle, memberships, second_person
from accounts.services.blocking import require_free
from accounts.services.memberships import points, reading
from accounts.services.memberships.changing import life_of

Deed, When, Decision = EndingProposal.Deed, EndingProposal.When, EndingDecision.Decision
Use = ReasonCode.Use


def propose_close(account, *, actor, reason, initiator, seen, note=""):
    """Propose that an account be closed; return the proposal. Nothing ends before another person confirms it.

    ``seen`` is the digest of the consequences that were shown. Raises ``Refused`` and ``Invalid`` as closing does, and
    ``Moved`` where a proposal waits already, or the consequences are others by now.
    """
    lifecycle.prepare(account, actor, Use.CLOSE, reason, initiator)
    require_free(account, Blocked.CLOSE, actor)
    with ledger.change(account, actor=actor) as work:
        account = work.account
        if account.status in (Account.Status.CLOSED, Account.Status.MERGED):
            raise Moved(_("This account is over already."))
        if lifecycle.digest(lifecycle.consequences(account)) != seen:
            raise Moved(_("What closing brings about has changed meanwhile. Look again before you propose it."))
        return put_down(work, account, None, Deed.CLOSE, When.NOW, reason, initiator, note)


def propose_cancel(membership, *, actor, reason, initiator, when=When.NOW, note=""):
    """Propose that a membership be cancelled, now or when its term is over; return the proposal."""
    lifecycle.prepare(membership.account, actor, Use.CANCEL, reason, initiator)
    require_free(membership.account, Blocked.CANCEL, actor)
    with ledger.change(membership.account, actor=actor) as work:
        life = life_of(work, membership)
        life.catch_up()
        if life.facts.status not in Membership.LIVING:
            raise Moved(_("This membership is over already."))
        if when == When.TERM_END and terms.term_over_on(life.facts) is None:
            raise Refused(_("No term of this membership ends; choose to do it now."))
        return put_down(work, life.membership, life.membership, Deed.CANCEL, when, reason, initiator, note)


def put_down(work, subject, membership, deed, when, reason, initiator, note):
    """Write a proposal on the chain of its account."""
    second_person.require_none(work.account, membership)
    proposal_id = new_id()
    data = {"proposal": str(proposal_id), "initiator": initiator, "when": str(when)}
    entry = work.log(subject, f"propose_{deed}", reason=reason, note=note, data=data)
    made = EndingProposal(
        pk=proposal_id,
        client_id=work.client_id,
        account=work.account,
        membership=membership,
        deed=deed,
        when=when,
        reason=reason,
        initiator=initiator,
        proposed_by=work.actor,
        proposed_person_id=work.actor.person_id,
        proposed_at=work.now,
        entry=entry.uid,
    )
    work.add(made)
    return made


def brought_about(proposal):
    """Return what confirming a proposal brings about now, and on which day it takes effect."""
    if proposal.membership is None:
        found = lifecycle.consequences(proposal.account)
        today = terms.local_day(timezone.now(), lifecycle.zone(proposal.account.time_zone))
        return found | {"effective_on": today.isoformat()}
    membership = proposal.membership
    facts = reading.at(membership).facts
    day = terms.local_day(timezone.now(), facts.zone)
    if proposal.when == When.TERM_END:
        day = terms.term_over_on(facts)
    ends = {
        "id": str(membership.pk),
        "plan": membership.snapshot["name"],
        "entitlements": membership.snapshot["entitlements"],
        "paid_until": facts.ends_on.isoformat() if facts.ends_on else "",
    }
    return {
        "memberships": [ends],
        "points": points.balance(membership),
        "effective_on": day.isoformat() if day else "",
    }


@transaction.atomic
def confirm(proposal, *, actor, seen, note=""):
    """Do what was proposed; return the entry that did it. ``seen`` is the digest of what the page has shown.

    Raises ``Refused`` for whoever proposed it, under any login, and for whoever does not work this client's accounts;
    ``Moved`` where somebody decided first, or where it brings about something else by now.
    """
    account = Account.objects.select_for_update(of=("self",)).select_related("client").get(pk=proposal.account_id)
    if not rules.can_work(account, actor):
        raise Refused(_("You do not work this client's accounts."))
    still_waits(proposal)
    if proposed(proposal, actor):
        raise Refused(_("You proposed this. Another person confirms it."))
    proposal.account = account
    if digest(brought_about(proposal)) != seen:
        raise Moved(_("What this brings about has changed since it was shown. Look again before you confirm it."))
    why = {"actor": actor, "reason": proposal.reason, "initiator": proposal.initiator, "note": note}
    if proposal.membership is None:
        shown = lifecycle.digest(lifecycle.consequences(account))
        return lifecycle.close(account, seen=shown, proposal=proposal, **why)
    return memberships.cancel(proposal.membership, when=proposal.when, proposal=proposal, **why)


def decline(proposal, *, actor, reason, note=""):
    """Keep that a proposal is not followed, and why. Whoever proposed it takes it back like this."""
    if reason not in dict(reasons.choices(proposal.client_id, Use.DECLINE)):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    with ledger.change(proposal.account, actor=actor) as work:
        if not rules.can_work(work.account, actor):
            raise Refused(_("You do not work this client's accounts."))
        still_waits(proposal)
        subject = proposal.membership or work.account
        return work.log(
            subject,
            f"decline_{proposal.deed}",
            reason=reason,
            note=note,
            data={"proposal": str(proposal.pk)},
            before=second_person.decision(work, proposal, Decision.DECLINED, reason),
        )


def proposed(proposal, user):
    return proposal.proposed_person_id == user.person_id


def still_waits(proposal):
    found = EndingDecision.objects.filter(proposal=proposal).select_related("user").first()
    if found:
        words = {"who": found.user, "decision": str(found.get_decision_display()).lower()}
        raise Moved(_("%(who)s decided this first: %(decision)s.") % words)
