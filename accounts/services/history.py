"""What happened to one account elsewhere, put on record event by event by the services that work every day.

Nothing is read or written here: a ``Chain`` has all that its events need, and what they record is written afterwards.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts import registries
from accounts.errors import Invalid
from accounts.models import Account, Restriction
from accounts.services import accounts, memberships

ENDED, ELSEWHERE = "suspension_ended", "imported_history"
RECORDED_AS = {"change": "change_suspension"}


class Chain:
    """One account with its ``Change``, its ``Standing`` and its memberships, none where it has just been opened.

    ``last_at`` and ``last_sequence`` are of the last event that is on record; ``None`` and -1 for none.
    """

    is_new = False
    """Whether the account is opened with its history."""
    is_foreign = False
    """Whether its chain has entries that no import of this source brought."""

    def __init__(self, work, standing, *, household=None, last_at=None, last_sequence=-1, has_history=False):
        self.work, self.standing = work, standing
        memberships.keep(work, household or memberships.Household(work.account, [], [], [], []))
        self.last_at, self.last_sequence, self.has_history = last_at, last_sequence, has_history

    @property
    def account(self):
        return self.work.account

    @property
    def suspension(self):
        """The restriction that the account is suspended with."""
        if self.account.status != Account.Status.SUSPENDED:
            return None
        return next(row for row in self.standing.restrictions if row.opened_entry == self.standing.stopped.uid)

    def take(self, event, reason):
        """Record an event for the reason code ``reason``; return a note on how it was understood, or "".

        Raises ``Invalid`` with the field of the event for one that is not possible; nothing of it is recorded then.
        """
        self.refuse_times(event)
        self.settle(event.occurred_at)
        action, note = event.action, ""
        if action == "change" and self.account.status == Account.Status.ACTIVE and not self.has_history:
            action = "suspend"
            note = _("changes a suspension whose beginning is not there; it is taken to begin here")
        self.refuse_status(action)
        self.work.occurred_at = event.occurred_at
        getattr(self, action)(event, reason)
        self.last_at, self.last_sequence, self.has_history = event.occurred_at, event.sequence, True
        return note

    def refuse_times(self, event):
        if event.occurred_at > self.work.now:
            raise Invalid(_("lies in the future"), field="occurred_at")
        if event.sequence <= self.last_sequence:
            raise Invalid(_("comes after an event with a higher number that is on record already"), field="sequence")
        if self.last_at and event.occurred_at < self.last_at:
            raise Invalid(_("lies before the event that comes before it"), field="occurred_at")
        if event.ends_at and event.ends_at <= event.occurred_at:
            raise Invalid(_("lies before the suspension begins, which is not possible"), field="ends_at")

    def refuse_status(self, action):
        account = self.account
        possible = self.suspension if action == "change" else can_proceed(getattr(account, action))
        if not possible:
            status = account.get_status_display().lower()
            raise Invalid(_("is not possible: the account is %s by then") % status, field="action")

    def settle(self, until: datetime):
        """End a suspension whose end came at ``until`` or before, unless something else keeps it out of service."""
        ends_at = self.account.next_change_at
        if ends_at and ends_at <= until:
            self.return_to_service(ENDED, ENDED, ends_at)
            self.last_at = ends_at

    def suspend(self, event, reason):
        self.stop("suspend", event.kind, event.ends_at, reason)

    def hold(self, event, reason):
        self.stop("hold", Restriction.Kind.PAYMENT, None, reason)

    def stop(self, action, kind, ends_at, reason):
        is_only = not self.standing.restrictions
        entry, restriction = accounts.stop(
            self.work, action, kind=kind, reason=reason, ends_at=ends_at, is_only=is_only, tell=False
        )
        self.standing.stopped = entry
        self.standing.restrictions.append(restriction)

    def change(self, event, reason):
        is_only = len(self.standing.restrictions) == 1
        accounts.move_end(self.work, self.suspension, reason=reason, ends_at=event.ends_at, is_only=is_only)

    def reinstate(self, event, reason):
        self.return_to_service(ELSEWHERE, reason, event.occurred_at)

    def return_to_service(self, rule, reason, at):
        registries.automatic["reinstate"](
            self.work,
            rule=rule,
            reason=reason,
            occurred_at=at,
            system=self.work.actor if self.work.actor.is_system else None,
            standing=self.standing,
            tell=False,
        )

    def close(self, event, reason):
        self.standing.stopped = accounts.end_for_good(self.work, reason=reason)
