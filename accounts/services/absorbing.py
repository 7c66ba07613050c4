"""What happens to two locked accounts when one absorbs the other, and when that is undone."""

import json
from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Account, Charge, Membership, StatusChange
from accounts.models.membership import DATED
from accounts.services import assets, memberships, overdue
from accounts.services.memberships.stopping import put_cancellation
from accounts.zones import zone

# A membership that is ended by a merge begins anew when that is undone, but only where it was in service or to be.
ENDED = {Membership.Status.PENDING, Membership.Status.TRIAL, Membership.Status.ACTIVE, Membership.Status.PAUSED}
RESTORED = {Account.Status.PENDING, Account.Status.ACTIVE}


def absorb(merge, goes, stays, *, decided, note):
    """End the account of ``goes`` in that of ``stays``; return the entry that says so on the first one's chain.

    What is owed becomes owed by the survivor, each unpaid charge with the day it was due, and what the customer uses
    is put down there.
    """
    absorbed, survivor = goes.account, stays.account
    today = goes.now.astimezone(zone(absorbed.time_zone)).date()
    owed, charges = absorbed.balance_minor, moving(absorbed, today)
    ladder_days = absorbed.ladder_days
    overdue.settle_all(absorbed)
    entry = goes.record(
        absorbed.merge,
        reason=merge.reason,
        note=note,
        case_hash=merge.facts_hash,
        caused_by=StatusChange(uid=merge.entry),
        before=decided,
        data={
            "merge": str(merge.pk),
            "survivor": str(survivor.pk),
            "survivor_head": head(survivor),
            "ladder_days": ladder_days,
            **balance(absorbed, owed),
        },
    )
    end_memberships(goes, entry, reason=merge.reason)
    goes.emit("account.merged", entry, survivor=survivor.number)
    goes.flush()
    before, survivor.balance_minor = survivor.balance_minor, survivor.balance_minor + owed
    taken = stays.log(
        survivor,
        "absorb",
        reason=merge.reason,
        caused_by=entry,
        case_hash=merge.facts_hash,
        data=link(merge, absorbed, entry) | {"amount_minor": owed, **balance(survivor, before)},
    )
    for number, (due_on, minor) in enumerate(charges, start=1):
        stays.add(
            Charge(
                client_id=stays.client_id,
                account=survivor,
                external_id=f"merge-{merge.pk.hex}-{number}",
                amount_minor=minor,
                currency=survivor.currency,
                due_on=due_on,
                entry=taken.uid,
            )
        )
    # Nobody comes back to service because of a merge, so nothing here counts as paid.
    assets.carry_over(goes, stays, gone=entry, come=taken, reason=merge.reason)
    goes.flush()
    stays.flush()
    overdue.settle(stays, taken, "absorb", is_trusted=False)
    return entry


def bring_back(merge, goes, stays, *, decided, note):
    """Give the absorbed account the status back that it had, and no better one; what is owed goes back with it."""
    absorbed, survivor = goes.account, stays.account
    merged = StatusChange.objects.get(account=absorbed, number=absorbed.status_number)
    taken = StatusChange.objects.filter(account=survivor, action="absorb", caused_by=merged.uid).first()
    if taken is None:
        raise Refused(_("The record does not hold what was absorbed. Check the ledger before anything else."))
    charges = list(Charge.objects.select_for_update().filter(account=survivor, entry=taken.uid))
    credit = said(taken)["amount_minor"] - sum(charge.amount_minor for charge in charges)
    back = credit + sum(charge.counted_minor for charge in charges)
    absorbed.balance_minor, before = absorbed.balance_minor + back, absorbed.balance_minor
    absorbed.ladder_days = said(merged)["ladder_days"]
    entry = goes.record(
        getattr(absorbed, f"unmerge_to_{merged.from_status}"),
        reason=merge.reason,
        note=note,
        case_hash=merge.facts_hash,
        caused_by=StatusChange(uid=merge.entry),
        before=decided,
        data={
            "merge": str(merge.pk),
            "survivor": str(survivor.pk),
            "survivor_head": head(survivor),
            **balance(absorbed, before),
        },
    )
    restore_memberships(goes, merged, entry, reason=merge.reason)
    goes.emit("account.unmerged", entry, survivor=survivor.number)
    goes.flush()
    before, survivor.balance_minor = survivor.balance_minor, survivor.balance_minor - back
    released = stays.log(
        survivor,
        "release",
        reason=merge.reason,
        caused_by=entry,
        case_hash=merge.facts_hash,
        data=link(merge, absorbed, entry) | {"amount_minor": back, **balance(survivor, before)},
    )
    for charge in charges:
        if charge.counted_minor:
            stays.track(charge)
            charge.written_off_minor, charge.written_off_at = charge.amount_minor, stays.now
            stays.save(charge, "release")
    own = {"gone": released, "come": entry, "merged": merged, "taken": taken}
    assets.carry_back(goes, stays, **own, reason=merge.reason)
    stays.flush()
    goes.flush()
    overdue.settle(stays, released, "release", is_trusted=False)
    overdue.settle(goes, entry, "unmerge", is_trusted=False)
    return entry


def moving(account, today):
    """Return ``[(due_on, minor units), ...]`` of what is owed; what has no day is due on that of the merge."""
    dated = [(charge.due_on, minor) for charge, minor in overdue.unpaid_charges(account)]
    undated = account.balance_minor - sum(minor for _due_on, minor in dated)
    return [*dated, (today, undated)] if undated > 0 else dated


def end_memberships(work, entry, *, reason):
    """Cancel what is in service or waits for it; what is suspended with its account stays so, as the account does."""
    for life in memberships.household(work):
        life.catch_up()
        if life.facts.status in ENDED:
            put_cancellation(life, reason=reason, caused_by=entry)


def restore_memberships(work, merged, entry, *, reason):
    """Open anew, as it was agreed, what the merge had ended, for an account that comes back to service or to wait."""
    if entry.to_status not in RESTORED:
        return
    ended = StatusChange.objects.filter(account=work.account, subject_type="membership", caused_by=merged.uid)
    for was in ended.filter(from_status__in=Membership.opening_statuses).order_by("number"):
        old = Membership.objects.select_related("plan").get(pk=was.subject_id)
        opened = StatusChange.objects.get(account=work.account, subject_id=old.pk, from_status="")
        agreed = {name: value for name, value in said(opened).items() if name in ("plan", "terms")}
        kept = {name: getattr(old, name) for name in ("agreed", "starts_on", "auto_renew", *DATED)}
        new = Membership(client_id=work.client_id, account=work.account, plan=old.plan, **kept)
        new.take(replace(new.facts(), status=was.from_status, since=work.occurred_at))
        data = agreed | {"restores": str(old.pk)}
        work.open(new, was.from_status, reason=reason, caused_by=entry, data=data)


def link(merge, absorbed, entry):
    return {
        "merge": str(merge.pk),
        "absorbed": str(absorbed.pk),
        "absorbed_head": {"number": entry.number, "hash": bytes(entry.hash).hex()},
    }


def head(account):
    return {"number": account.head_number, "hash": bytes(account.head_hash).hex()}


def balance(account, before):
    return {"balance_before": before, "balance_after": account.balance_minor, "currency": account.currency}


def said(entry):
    return json.loads(bytes(entry.body))["data"]
