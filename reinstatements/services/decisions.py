"""Deciding a case: approve exactly what was reviewed, decline it, or send it back."""

from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts import canonical
from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from accounts.models import User
from accounts.services import memberships
from reinstatements import facts, levels, rules
from reinstatements.models import Approval, Invitation
from reinstatements.services import appealing, confirming
from reinstatements.services.attention import sample_streak
from reinstatements.services.cases import changing
from reinstatements.services.executing import bring_back, tell_of_return
from reinstatements.services.handling import lasts_until


class FactsChanged(Moved):
    """The case is not the one that was reviewed. ``current`` are its facts now."""

    def __init__(self, current):
        super().__init__(_("This case has changed since you opened it, so nothing was decided. See what is different."))
        self.current = current


class AnotherRole(Refused):
    """The level that is due under the facts of now is for another role."""


def approve(case, *, actor, reason, seen, note="", tell=True, **history):
    """Approve a case whose facts have the SHA-256 ``seen``; at the last level, reinstate the account.

    Where the policy waits for a linked system the account stays as it is, until ``confirming.confirm``.

    ``tell=False`` is for what happened before Reinstate knew of it, whose ``origin`` and ``occurred_at`` stand in
    ``history``. One transaction: approval, entries, account, restrictions, outbox. Raises ``Moved`` where somebody else
    decided, ``FactsChanged`` where the facts are not those that were shown, ``Refused`` where a rule says no.
    """
    with deciding(case, actor, **history) as (work, case, rows):
        now, digest, asked = reviewed(work, case, seen, rows, tells=tell)
        following = levels.following(case, asked, digest)
        given = approval(case, actor, Approval.Decision.APPROVED, reason, now, digest)
        if following is not None:
            said = {"reason": reason, "note": note, "case_hash": digest, "data": from_outside(case)}
            work.log(case, "approve_level", before=given, **said)
            case.ask_level(following, asked[following].role)
            work.save(case, "approve_level")
            return case
        life = memberships.prepare_return(work, case.membership_id, tells=tell) if case.membership_id else None
        system = facts.linked_system(now)
        waits = {"system": system, "confirm_by": confirming.until(case, work.now)} if system else {}
        approved = work.record(
            case.approve,
            reason=reason,
            note=note,
            case_hash=digest,
            data=from_outside(case),
            before=given,
            arguments={"at": work.occurred_at, **waits},
        )
        if system:
            confirming.wait(work, case, approved)
            return case
        bring_back(work, case, life, approved, rows)
        completed = work.record(case.complete, reason=reason, caused_by=approved, arguments={"at": work.occurred_at})
        if tell:
            tell_of_return(work, case, completed)
    return case


def decline(case, *, actor, reason, seen, note, tell=True, **history):
    """Decline a case for a reason and in words; the account stays as it is and the member is told.

    It may be appealed for as long as its policy says. Of an appeal this is the end: what was declined stays declined.
    """
    if not note.strip():
        raise Invalid(_("Say in words why the case is declined."), field="note")
    with deciding(case, actor, **history) as (work, case, rows):
        now, digest, _asked = reviewed(work, case, seen, rows, tells=tell)
        given = approval(case, actor, Approval.Decision.DECLINED, reason, now, digest)
        until = appealing.until(case, work.occurred_at)
        told = {"appeal_until": canonical.timestamp(until)} if until else {}
        declined = work.record(
            case.decline,
            reason=reason,
            note=note,
            case_hash=digest,
            data=(from_outside(case) or {}) | told,
            before=given,
            arguments={"at": work.occurred_at, "appeal_until": until},
        )
        if tell:
            event = appealing.NOT_GRANTED if case.appeals_id else "reinstatement.declined"
            work.emit(event, declined, case=str(case.pk))
    return case


def send_back(case, *, actor, reason, seen, note, **history):
    """Send a case back to verification with what to mend; it comes back to ``actor`` when it is mended.

    What was found stays, the clock goes on, approvals are void, and the member hears nothing.
    """
    if case.appeals_id:
        raise Refused(_("An appeal is decided on the evidence as it stood; nothing of it is mended."))
    if not note.strip():
        raise Invalid(_("Say what to mend."), field="note")
    with deciding(case, actor, **history) as (work, case, rows):
        now, digest, _asked = reviewed(work, case, seen, rows)
        given = approval(case, actor, Approval.Decision.SENT_BACK, reason, now, digest)
        back = {"until": lasts_until(case, work.now), "returns_to": actor}
        said = {"reason": reason, "note": note, "case_hash": digest, "data": from_outside(case)}
        work.record(case.send_back, before=given, arguments=back, **said)
    return case


@contextmanager
def deciding(case, actor, *, attention=None, invitation=None, **history):
    """Yield ``(work, case, rows)``: the case under its lock, and the rows of its facts as they are under that lock.

    ``attention`` is an ``Attention``: how long whoever decides had the case before them, where that is known.
    ``invitation`` is the one by whose link and code somebody at the client decides; it is used up.
    """
    then = facts.questions(case, lock=True)
    try:
        with changing(case, actor=actor, may=rules.has_approving_role, then=then, **history) as (work, locked):
            rows = facts.rows_of(locked, work.found)
            memberships.keep(work, rows.household)
            locked.attention = attention
            locked.invitation = use(invitation, locked, work)
            yield work, locked, rows
            if attention:
                sample_streak(work, locked, attention)
    except (AnotherRole, FactsChanged):
        ask_whose_it_is(case)
        raise


def use(invitation, case, work):
    """Return the invitation under its lock, used up; ``None`` for somebody who has signed in. Else ``Refused``."""
    if invitation is None:
        if case.level_role == Role.CONTACT and not work.actor.has_usable_password():
            raise Refused(_("Whoever does not sign in decides by link and code."))
        return None
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not row.is_verified(work.now) or (row.user_id, row.case_id) != (work.actor.pk, case.pk):
        raise Refused(_("This link cannot be used any more."))
    row.used_at = work.now
    row.save(update_fields=["used_at"])
    return row


def from_outside(case):
    """Return what the entry of a decision says of somebody at the client: that they are, and how they were known."""
    if case.level_role != Role.CONTACT:
        return None
    return {"external": "link" if case.invitation else "signed_in"}


def ask_whose_it_is(case):
    """Put a case into the queue of the role that is due, where what has changed asks for another than before."""
    if case.status != case.Status.AWAITING_APPROVAL:
        return
    with changing(case, actor=User.objects.system(), then=facts.questions(case)) as (work, locked):
        now = facts.case_facts(locked, facts.rows_of(locked, work.found))
        asked = levels.asked(locked, now)
        due = levels.due(locked, asked, facts.digest(now))
        waits = locked.status == locked.Status.AWAITING_APPROVAL
        if waits and (locked.level, locked.level_role) != (due, asked[due].role):
            locked.ask_level(due, asked[due].role)
            work.log(locked, "ask_level", reason="level_changed", data={"level": due, "role": asked[due].role})
            work.save(locked, "ask_level")


def reviewed(work, case, seen, rows, *, tells=True):
    """Return a locked case's facts, their digest and the levels they ask for, once the actor may decide and saw these.

    ``tells`` is whether the member hears of the decision, which is one of the facts.
    """
    actor = work.actor
    if case.status != case.Status.AWAITING_APPROVAL:
        raise Moved(what_happened(case))
    if case.paused_at:
        raise Refused(_("The client has paused this case. It is decided after they let it go on."))
    if not rules.can_decide(case, actor):
        raise Refused(_("Whoever took part in a case does not decide it; four eyes at the least."))
    if rules.has_approved(case, actor):
        raise Refused(_("You have approved this case already; what is still due is somebody else's."))
    now = facts.case_facts(case, rows, tells=tells)
    digest, asked = facts.digest(now), levels.asked(case, now)
    due = levels.due(case, asked, digest)
    case.ask_level(due, asked[due].role)
    if not rules.can_decide_level(case, actor, case.level_role):
        raise AnotherRole(_("This case waits for the decision of another role."))
    case.delegation = rules.stands_in(case, actor, case.level_role)
    work.on_behalf = case.delegation.giver if case.delegation else work.on_behalf
    if work.occurred_at < case.sent_for_approval_at:
        raise Invalid(_("A case is not decided before it was sent for approval."))
    if digest != seen:
        raise FactsChanged(now)
    return now, digest, asked


def what_happened(case):
    """Say who decided a case that is not waiting any more."""
    last = case.approvals.select_related("user").order_by("-decided_at").first()
    if last is None:
        return _("This case is %s now and does not wait for a decision.") % case.get_status_display().lower()
    return _("%(who)s decided this case first: %(decision)s.") % {
        "who": last.user or last.rule,
        "decision": last.get_decision_display().lower(),
    }


def approval(case, actor, decision, reason, now, digest):
    """Return the function that makes, from its entry, the row of this decision, at the level that is due now."""
    level, role, attention = case.level, case.level_role, getattr(case, "attention", None)
    return lambda entry: Approval(
        client_id=case.client_id,
        case=case,
        level=level,
        role=role,
        person_id=actor.person_id,
        user=actor,
        decision=decision,
        reason=reason,
        worker_id=case.worker_id,
        invitation=getattr(case, "invitation", None),
        delegation=getattr(case, "delegation", None),
        seconds_open=attention and attention.seconds,
        evidence_opened=attention and attention.files,
        case_hash=digest,
        facts=now,
        entry=entry.uid,
        decided_at=entry.occurred_at,
    )
