"""How a membership begins, becomes a paid one, and goes on."""

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts import ledger, rules, terms
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Membership, ReasonCode
from accounts.services.memberships.changing import WRITERS, Life, changing, last_entry, require_reason

LONGEST_TRIAL = 366
Use = ReasonCode.Use


def open_membership(work, plan, agreed, *, reason, status, starts_on=None):
    """Open a membership in the change of its account; ``agreed`` are terms of this one customer, kept in the entry."""
    snapshot = plan.snapshot()
    membership = Membership(
        client_id=work.client_id,
        account=work.account,
        plan=plan,
        agreed=snapshot,
        starts_on=starts_on,
        changed_at=work.occurred_at,
    )
    work.open(membership, status, reason=reason, data={"plan": snapshot} | ({"terms": agreed} if agreed else {}))
    return membership


def add(account, plan, *, actor, reason, initiator, begins="pending", note="", origin=None, occurred_at=None):
    """Give an active account a membership on ``plan``, which ``begins`` as pending, trial or active.

    Raises ``Invalid`` for a plan that is another client's or not sold, ``Refused`` where the account is not in service.
    """
    if not rules.can_change_service(account, actor):
        raise Refused(_("You do not work this client's accounts."))
    require_reason(account.client_id, Use.START, reason)
    if plan.client_id != account.client_id or not plan.is_active:
        raise Invalid(_("This plan is not sold here."), field="plan")
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        membership = open_membership(work, plan, None, reason=reason, status=Membership.Status.PENDING)
        life = Life(work, membership, is_new=True)
        life.initiator = initiator
        life.require_service()
        if begins == Membership.Status.TRIAL:
            put_trial(life, None, None, reason, note)
        elif begins == Membership.Status.ACTIVE:
            put_activation(life, reason, note)
    return membership


def start_trial(membership, *, actor, reason, initiator, until=None, converts=None, note="", **kwargs):
    """Start the trial of a pending membership. Its last day and what follows are the plan's unless they are given."""
    with changing(membership, actor=actor, use=Use.START, reason=reason, initiator=initiator, **kwargs) as life:
        life.require_service()
        return put_trial(life, until, converts, reason, note)


def put_trial(life, until, converts, reason, note, caused_by=None):
    kept, today = life.membership.snapshot.get("terms", {}), life.today
    days = kept.get("trial_days", 0)
    if until is None and not days:
        raise Invalid(_("This plan has no trial. Name its last day, or activate the membership."), field="until")
    until = until or today + timedelta(days=days - 1)
    if not today <= until <= today + timedelta(days=LONGEST_TRIAL):
        raise Invalid(_("The last day of a trial lies between today and a year from now."), field="until")
    converts = kept.get("trial_converts", True) if converts is None else converts
    after = terms.on_trial(life.facts, today, until, converts)
    life.membership.starts_on = life.membership.starts_on or today
    return life.put("start_trial", after, reason=reason, note=note, caused_by=caused_by)


def activate(membership, *, actor, reason, initiator, note="", **kwargs):
    """Begin the first paid term of a pending membership."""
    with changing(membership, actor=actor, use=Use.START, reason=reason, initiator=initiator, **kwargs) as life:
        life.require_service()
        return put_activation(life, reason, note)


def put_activation(life, reason, note, caused_by=None):
    life.membership.starts_on = life.membership.starts_on or life.today
    after = terms.begun(life.facts, life.today)
    return life.put("activate", after, reason=reason, note=note, caused_by=caused_by)


def convert(membership, *, actor, reason, initiator, note="", **kwargs):
    """End a trial early with its first paid term; the entry names the trial and the plan."""
    with changing(membership, actor=actor, use=Use.START, reason=reason, initiator=initiator, **kwargs) as life:
        life.require_service()
        return put_conversion(life, terms.converted(life.facts, life.today), reason, note=note)


def put_conversion(life, after, reason, *, data=None, note="", caused_by=None):
    trial = life.trial_entry
    if trial is None:
        began = last_entry(life.membership, to_status=Membership.Status.TRIAL, action__in=("start_trial", "open"))
        trial = began.uid if began else ""
    told = {"trial": {"id": str(trial), "ends_on": str(life.facts.trial_ends_on or "")}}
    return life.put("convert", after, reason=reason, data=(data or {}) | told, note=note, caused_by=caused_by)


def write_conversion(life, step, change, **entry):
    return put_conversion(life, step.after, entry.pop("reason"), **entry)


WRITERS["convert"] = write_conversion


def renew(membership, *, actor, reason, initiator, note="", **kwargs):
    """Renew a term that is over while its days of grace last: the next one follows without a gap.

    Raises ``Refused`` while the term runs (``set_renewal`` decides what happens at its end) and where it has no end.
    """
    with changing(membership, actor=actor, use=Use.START, reason=reason, initiator=initiator, **kwargs) as life:
        life.require_service()
        if life.facts.status != Membership.Status.ACTIVE:
            raise Moved(_("Only an active membership is renewed."))
        if not life.facts.ends_on or life.facts.ends_on >= life.today:
            raise Refused(_("The term still runs. Say that it renews by itself at its end instead."))
        return life.put("renew", terms.renewed(life.facts), reason=reason, note=note)


def set_renewal(membership, *, actor, reason, initiator, auto_renew, note="", **kwargs):
    """Say whether the term renews by itself at its end, or ends with it."""
    with changing(membership, actor=actor, use=Use.START, reason=reason, initiator=initiator, **kwargs) as life:
        if life.facts.status not in Membership.LIVING or not life.facts.ends_on:
            raise Refused(_("This membership has no term that could end or renew."))
        if life.facts.auto_renew == auto_renew:
            raise Moved(_("It is set like this already."))
        after = replace(life.facts, auto_renew=auto_renew)
        return life.put("set_renewal", after, reason=reason, note=note)
