"""Members whose membership has expired are offered to come back: so many days after, once for each period, with a code.

Days and validity are the client's. An offer that is more than a week late is left out: nobody is written to of what
ended long before the client wanted offers. A code opens no service by itself: what is expired comes back by a case.
"""

import secrets
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import digests, ledger, rules, terms
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, DueFailure, Membership, Offer, User
from accounts.models.settings import settings_of
from accounts.services import retrying
from accounts.zones import zone

AT_ONCE = 500
LATE = timedelta(days=7)
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that is taken for a digit, and no digit that is taken for a letter."""
LENGTH, GROUP = 12, 4
"""Twelve of 32 signs: 60 bits, which nobody finds by trying."""


def offer_due(client, now=None, limit=AT_ONCE):
    """Make the offers of a client, in scope, whose day has come; return how many accounts were looked at.

    Each account in a transaction of its own, looked at again under its lock: it may run twice, late, on two machines.
    """
    now, own = now or timezone.now(), settings_of(client)
    if not own.offer_days:
        return 0
    rows = Membership.objects.filter(client=client).filter(due(own.offer_days, now)).values("account")
    accounts = Account.objects.filter(pk__in=rows, status=Account.Status.ACTIVE, erased_at=None).order_by("pk")
    return retrying.each(DueFailure.Job.OFFERS, accounts, lambda pk: offer_to(pk, own, now), limit=limit)


def due(days, now):
    """Return the condition of memberships whose offer is to come; one that was made since stands for those before."""
    condition = Q(pk=None)
    for number in days:
        last = now - timedelta(days=number)
        made = Offer.objects.filter(membership=OuterRef("pk"), days__gte=number, offered_at__gte=OuterRef("changed_at"))
        condition |= Q(changed_at__range=(last - LATE, last)) & ~Exists(made)
    return condition & Q(status=Membership.Status.EXPIRED)


def offer_to(pk, own, now):
    """Make what offers have come for the memberships of one account."""
    with ledger.change(Account.objects.get(pk=pk), actor=User.objects.system(), rule="offers") as work:
        today = terms.local_day(now, zone(work.account.time_zone))
        rows = Membership.objects.filter(account=pk).filter(due(own.offer_days, now))
        for row in rows.select_related("plan").order_by("id"):
            offer(work, row, own, today)
    return True


def offer(work, row, own, today):
    """Make the last of the offers that have come for one membership, and leave word of it; others are passed over."""
    row.account = work.account
    ended_on = terms.local_day(row.changed_at, zone(work.account.time_zone))
    made = Offer.objects.filter(membership=row, ended_on=ended_on).values_list("days", flat=True)
    late = (today - ended_on).days
    come = [number for number in own.offer_days if number <= late <= number + LATE.days]
    if not come or any(number >= max(come) for number in made):
        return
    code, valid_until = new_code(), today + timedelta(days=own.offer_valid_days)
    data = {"plan": row.snapshot, "days": max(come), "ended_on": ended_on.isoformat(), "valid_until": str(valid_until)}
    entry = work.log(row, "offer", reason="offer_after_expiry", words={"code": code}, data=data)
    work.add(
        Offer(
            client_id=work.client_id,
            account=work.account,
            membership=row,
            ended_on=ended_on,
            days=max(come),
            code_digest=digests.code_digest(work.client_id, code),
            offered_at=entry.occurred_at,
            offered_entry=entry.uid,
            valid_until=valid_until,
        )
    )
    work.emit("membership.offer", entry, membership=str(row.pk))


def new_code():
    signs = [secrets.choice(ALPHABET) for _each in range(LENGTH)]
    return "-".join("".join(signs[start : start + GROUP]) for start in range(0, LENGTH, GROUP))


def redeem(membership, code, *, actor, note="", origin=None):
    """Put on record that a member came with the code of an offer; return the entry.

    Raises ``Invalid`` for a code that this client did not give to this membership, or whose time is over where the
    customer is, ``Moved`` where it was redeemed before, and ``Refused`` for whoever does not work this client's
    accounts.
    """
    if not rules.can_change_service(membership, actor):
        raise Refused(_("You do not work this client's accounts."))
    with ledger.change(membership.account, actor=actor, origin=origin) as work:
        digest = digests.code_digest(work.client_id, code)
        mine = Offer.objects.select_for_update().filter(membership=membership.pk, account=work.account)
        found = mine.filter(code_digest=digest).first()
        if found is None:
            raise Invalid(_("This is not the code of an offer of this membership."), field="code")
        found = work.track(found)
        if found.redeemed_entry:
            raise Moved(_("This offer was redeemed already."))
        if terms.local_day(work.now, zone(work.account.time_zone)) > found.valid_until:
            raise Invalid(_("The time of this offer is over."), field="code")
        row = Membership.objects.get(pk=membership.pk, account=work.account)
        data = {"offer": str(found.pk), "days": found.days, "valid_until": found.valid_until.isoformat()}
        entry = work.log(row, "redeem_offer", reason="offer_redeemed", note=note, data=data)
        found.redeemed_at, found.redeemed_entry = entry.occurred_at, entry.uid
        work.save(found, "redeem")
    return entry
