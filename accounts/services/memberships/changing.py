"""One membership under the lock of its account: brought up to date first, then changed through the ledger."""

from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import ledger, reasons, rules, terms
from accounts.errors import Invalid, Refused
from accounts.models import Account, Membership, Origin, ScheduledChange, StatusChange, User
from accounts.models.settings import Blocked
from accounts.services import blocking

RULE = "membership_terms"
INITIATORS = ("member", "business")
BILLED = {
    **dict.fromkeys(("activate", "convert"), "begin"),
    "renew": "renew",
    "change_plan": "change_plan",
    **dict.fromkeys(("pause", "suspend"), "stop"),
    **dict.fromkeys(("resume", "reinstate"), "resume"),
    **dict.fromkeys(("cancel", "expire"), "end"),
}
"""What an action asks of the client's billing."""

TOLD = ("set_tier", "lapse_tier", "renew")
"""What the member hears of though the status stays as it is."""

WRITERS: dict = {}
"""action -> function(life, step, change, *, reason, data, caused_by) for steps whose entry says more than dates."""


def write_plainly(life, step, change, **entry):
    return life.put(step.action, step.after, **entry)


class Cause(NamedTuple):
    """The entry that led to another, where only its name is at hand."""

    uid: UUID


@contextmanager
def changing(membership, *, actor, use, reason, initiator, origin=None, occurred_at=None):
    """Lock the account, then the membership, write what has come by itself, and yield its ``Life``.

    Raises ``Refused`` for whoever does not work this client's accounts, ``Invalid`` for a reason that the client does
    not offer for this ``use`` and for an initiator that is neither the member nor the business.
    """
    if not rules.can_change_service(membership, actor):
        raise Refused(_("You do not work this client's accounts."))
    require_reason(membership.client_id, use, reason)
    if initiator not in INITIATORS:
        raise Invalid(_("Say who wanted it: the member or the business."), field="initiator")
    with ledger.change(membership.account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        if use in Blocked.values:
            blocking.require_free(work.account, use, actor)
        life = life_of(work, membership)
        life.initiator = initiator
        life.catch_up()
        yield life


def life_of(work, membership):
    """Return the life of a membership as it is now, under the lock of its account."""
    return Life(work, Membership.objects.select_related("plan").get(pk=membership.pk, account=work.account))


def require_reason(client_id, use, reason):
    if reason not in dict(reasons.choices(client_id, use)):
        raise Invalid(_("Choose a reason that this client has for it."), field="reason")


class Life:
    """A locked membership, the facts that its dates rest on, and the changes that are scheduled for it.

    ``tells`` is false where the account's own event says it all: it stopped or came back with its memberships.
    """

    initiator = ""
    tells = True
    told_by = ""
    """The event by which the member hears of it, where it is not that of the membership."""
    stopped_with_account = False
    trial_entry: UUID | None = None
    """The uid of the entry that began the trial, where it was read for many at once."""

    def __init__(self, work, membership, *, waiting=None, is_new=False):
        """``membership`` was read, or opened, under the lock of its account, which stands for its own."""
        membership.account = work.account
        self.work, self.membership = work, membership if is_new else work.track(membership)
        found = [] if is_new else waiting if waiting is not None else ScheduledChange.objects.waiting(membership)
        self.waiting = {change.pk: work.track(change) for change in found}
        self.facts = membership.facts(change.as_rule() for change in self.waiting.values())

    @property
    def today(self):
        return terms.local_day(self.work.occurred_at, self.facts.zone)

    def require_service(self):
        """A membership comes into service only while its account is."""
        if self.work.account.status != Account.Status.ACTIVE:
            raise Refused(
                _("The account is %s; its memberships are used only while it is active.")
                % self.work.account.get_status_display().lower()
            )

    def catch_up(self):
        """Write every change that has come by itself before this one, each as of its own instant; return how many."""
        due = terms.steps(self.facts, self.work.occurred_at)
        for step in due:
            self.take_step(step)
        return len(due)

    def take_step(self, step):
        """Write one change that came by itself, in the name of the rule or by the decision that scheduled it."""
        change = self.waiting.get(step.scheduled.key) if step.scheduled else None
        told = {"cause": step.cause, "effective_on": step.on.isoformat()}
        reason, cause = step.cause, None
        if change:
            reason, cause, told = change.reason, Cause(change.entry), told | {"initiator": change.initiator}
        write = WRITERS.get(step.action, write_plainly)
        system = self.work.actor if self.work.actor.is_system else User.objects.system()
        with self.work.by_rule(RULE, actor=system, occurred_at=step.at, origin=Origin.RULE):
            return write(self, step, change, reason=reason, data=told, caused_by=cause)

    def put(self, action, after, *, reason, data=None, note="", caused_by=None, amounts=None, decided=None):
        """Write one change: its transition where it has one, its entry, its row, and what it settles.

        The entry holds the plan as agreed and every date before and after. ``after`` is what a rule of dates made of
        the facts; it takes effect when the change occurs. ``decided`` makes, from the entry, the
        row that lets it happen.
        """
        before, work, membership = self.facts, self.work, self.membership
        after = replace(after, since=max(work.occurred_at, before.since or work.occurred_at))
        data = {"plan": membership.snapshot} | moved(before, after) | (data or {})
        if self.initiator and not work.rule:
            data["initiator"] = self.initiator
        transition = getattr(membership, action, None) if after.status != before.status else None
        if transition is not None:
            entry = work.record(
                transition,
                reason=reason,
                note=note,
                data=data,
                caused_by=caused_by,
                arguments={"after": after},
                before=decided,
            )
        else:
            membership.take(after)
            entry = work.log(
                membership, action, reason=reason, note=note, data=data, caused_by=caused_by, before=decided
            )
            work.save(membership, action)
        self.facts = after
        self.settle(entry)
        if self.tells and (after.status != before.status or action in TOLD):
            told_by = {"told_by": self.told_by} if self.told_by else {}
            work.emit(f"membership.{action}", entry, membership=str(membership.pk), **told_by)
        if self.tells and action in BILLED:
            self.bill(entry, BILLED[action], **(amounts or {}))
        return entry

    def refresh(self):
        """Work out anew when the next change is due, as after the account has moved to another time zone."""
        self.membership.take(self.facts)
        self.work.save(self.membership, "refresh")

    def settle(self, entry):
        """Note on every scheduled change that the facts do not hold any more which entry has settled it."""
        left = {change.key for change in self.facts.scheduled}
        for key in [key for key in self.waiting if key not in left]:
            change = self.waiting.pop(key)
            change.settled_entry = entry.uid
            self.work.save(change, "settle")

    def bill(self, entry, instruction, **amounts):
        """Leave word for the client's billing: what to charge from when on, in minor units, as the plan was agreed."""
        plan = self.membership.snapshot
        self.work.emit(
            "billing.instruction",
            entry,
            membership=str(self.membership.pk),
            instruction=instruction,
            plan=plan["code"],
            price_minor=plan["price_minor"],
            currency=plan["currency"],
            cycle=plan["cycle"],
            entitlements=plan["entitlements"],
            term_starts_on=day_text(self.facts.term_starts_on),
            ends_on=day_text(self.facts.ends_on),
            **amounts,
        )


def moved(before, after):
    """Return every date and setting that a change moves, as it was and as it is: ``{"moved": {name: [old, new]}}``."""
    names = ("term_starts_on", "ends_on", "auto_renew", "trial_starts_on", "trial_ends_on", "trial_converts")
    names += ("converted_on", "pause_starts_on", "pause_ends_on", "tier", "tier_ends_on", "standing_before")
    pairs = {name: [plain(getattr(before, name)), plain(getattr(after, name))] for name in names}
    return {"moved": {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}}


def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def day_text(day):
    return day.isoformat() if day else ""


def last_entry(membership, **wanted):
    entries = StatusChange.objects.filter(account=membership.account_id, subject_id=membership.pk, **wanted)
    return entries.order_by("-number").first()
