"""What people do to a whole account: activate, hold, suspend, deactivate, close. Reviews have ``reviews.py``.

Each checks who may and why, writes first what has come by itself, and then makes one change with all that follows.
"""

import hashlib
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import canonical, completeness, ledger, personal, reasons, terms
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, Membership, ReasonCode, Restriction
from accounts.models.settings import Blocked, settings_of
from accounts.services import accounts, memberships, second_person
from accounts.services.blocking import require_free
from accounts.services.memberships.changing import INITIATORS
from accounts.services.reviews import catch_up, require_may
from accounts.zones import zone

Use, Kind = ReasonCode.Use, Restriction.Kind
CAUSES_OF_DEACTIVATION = (Kind.VOLUNTARY, Kind.INACTIVITY, Kind.POLICY)


class Incomplete(Refused):
    """What an account needs before it is activated is missing or wrong; ``problems`` say what."""

    def __init__(self, problems):
        super().__init__(
            _("The account cannot be activated yet. %s") % " ".join(problem.message for problem in problems)
        )
        self.problems = problems


def activate(account, *, actor, reason, note="", origin=None, occurred_at=None):
    """Enable an account whose data are complete and right, begin its memberships, and tell the member.

    Raises ``Incomplete`` where something is missing or wrong: then nothing is written and nobody is told.
    """
    require_may(account, actor)
    reasons.require(account.client_id, Use.ACTIVATE, reason)
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        account = work.account
        found = problems(account, work.key)
        if found and account.status == Account.Status.PENDING:
            raise Incomplete(found)
        required = settings_of(account.client).required
        entry = work.record(account.activate, reason=reason, note=note, data={"checked": sorted(required)})
        memberships.begin_with_account(work, entry, reason=reason)
        work.emit("account.active", entry)
    return entry


def problems(account, key=None):
    """Return what keeps an account from being activated; its words are opened for this and shown to nobody."""
    key = key or personal.key_of(account)
    holder = {field: personal.reveal(account, field, key) for field in Account.sealed_fields}
    living = account.memberships.filter(status__in=Membership.LIVING).select_related("plan")
    plans = [(row.plan.name, row.plan.is_active) for row in living]
    required = settings_of(account.client).required
    return completeness.problems(required, holder, country=account.country, plans=plans)


def hold(account, *, actor, reason, note="", origin=None, occurred_at=None):
    """Hold an account by hand because a payment is missing; payment brings it back."""
    prepare(account, actor, Use.HOLD, reason)
    return accounts.hold(account, actor=actor, reason=reason, note=note, origin=origin, occurred_at=occurred_at)


def suspend(account, *, actor, kind, reason, note="", ends_at=None, origin=None, occurred_at=None):
    """Suspend an account by hand, with its cause; it ends at ``ends_at`` by itself, else by a case."""
    prepare(account, actor, Use.STOP, reason)
    if kind not in Kind.values:
        raise Invalid(_("This cause is not known."), field="kind")
    if ends_at and ends_at <= timezone.now():
        raise Invalid(_("This end has passed already."), field="ends_at")
    told = {"origin": origin, "occurred_at": occurred_at, "ends_at": ends_at}
    return accounts.suspend(account, actor=actor, kind=kind, reason=reason, note=note, **told)


def change_suspension(account, *, actor, reason, ends_at, note="", origin=None):
    """Give a suspension another end, or none."""
    prepare(account, actor, Use.CHANGE_STOP, reason)
    if ends_at and ends_at <= timezone.now():
        raise Invalid(_("This end has passed already."), field="ends_at")
    return accounts.change_suspension(account, actor=actor, reason=reason, ends_at=ends_at, note=note, origin=origin)


def deactivate(account, *, actor, kind, reason, initiator, note="", origin=None, occurred_at=None):
    """Deactivate an account whose customer stopped, was away or broke the rules; it is kept for the client's time.

    Its memberships stop with it and come back with it. Raises ``Invalid`` for a cause that is none of these three.
    """
    prepare(account, actor, Use.DEACTIVATE, reason, initiator)
    if kind not in CAUSES_OF_DEACTIVATION:
        raise Invalid(_("This cause is not known."), field="kind")
    data = {"initiator": initiator, "retention": retention(account, occurred_at)}
    told = {"tell": True, "data": data}
    return accounts.restrict(account, "deactivate", actor, kind, reason, note, origin, occurred_at, **told)


def close(account, *, actor, reason, initiator, seen, note="", origin=None, occurred_at=None, proposal=None):
    """Close an account for good, with the consequences that were shown on record.

    ``seen`` is ``digest`` of those consequences; raises ``Moved`` where they are others by now.
    ``proposal`` is what another person has proposed, where the client wants two.
    """
    prepare(account, actor, Use.CLOSE, reason, initiator)
    require_free(account, Blocked.CLOSE, actor)
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        found = consequences(work.account)
        if digest(found) != seen:
            raise Moved(_("What closing brings about has changed meanwhile. Look again before you close the account."))
        data = {"initiator": initiator, "consequences": found}
        today = terms.local_day(work.occurred_at, zone(work.account.time_zone))
        second = second_person.require(work, proposal, today)
        entry = accounts.end_for_good(work, reason=reason, note=note, data=data, **second)
        work.emit("account.closed", entry)
    return entry


def prepare(account, actor, use, reason, initiator=None):
    require_may(account, actor)
    reasons.require(account.client_id, use, reason)
    if initiator is not None and initiator not in INITIATORS:
        raise Invalid(_("Say who wanted it: the member or the business."), field="initiator")
    catch_up(account)


def retention(account, moment=None):
    """Return how long a former customer's account is kept, counted from the day in the account's own time zone."""
    months = settings_of(account.client).retention_months
    today = terms.local_day(moment or timezone.now(), zone(account.time_zone))
    return {"months": months, "until": add_months(today, months).isoformat()}


def add_months(day, months):
    """Return the day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def consequences(account):
    """Return what closing an account brings about now: what ends with it, what stays owed, how long it is kept."""
    living = account.memberships.filter(status__in=Membership.LIVING).select_related("plan").order_by("pk")
    today = terms.local_day(timezone.now(), zone(account.time_zone))
    ends = [
        {
            "id": str(row.pk),
            "plan": row.snapshot["name"],
            "entitlements": row.snapshot["entitlements"],
            "paid_until": row.ends_on.isoformat() if row.ends_on and row.ends_on >= today else "",
        }
        for row in living
    ]
    owed = {"owed_minor": account.balance_minor, "currency": account.currency}
    return {"memberships": ends, **owed, "retention": retention(account)}


def digest(found):
    return hashlib.sha256(canonical.encode(found)).hexdigest()
