"""What happens to an account. Every door calls these."""

from django.utils.translation import gettext as _

from accounts import digests, ledger, personal, sealing
from accounts.errors import Refused
from accounts.models import Account, Membership, Restriction, SearchDigest, SubjectKey


def open_account(client, number, *, holder, actor, status=Account.Status.PENDING, plan=None, reason, **details):
    """Open an account for ``holder`` (a dict of the sealed fields) and, where ``plan`` is given, its membership.

    ``details`` are columns (language, time_zone, country, currency, opened_on, balance_minor) and ``origin``.
    """
    origin = details.pop("origin", None)
    account = Account(client=client, number=number, **{**defaults(client), **details})
    key = sealing.new_subject_key()
    seal_holder(account, key, holder)
    with ledger.change(account, actor=actor, origin=origin) as work:
        work.key = key
        work.open(account, status, reason=reason)
        work.add(SubjectKey(account=account, wrapped=sealing.wrap(key, context=str(account.pk)), created_at=work.now))
        for digest in digests_of(account, holder):
            work.add(SearchDigest(client=client, account=account, digest=digest))
        if plan:
            open_membership(work, plan, reason=reason)
    return account


def defaults(client):
    return {
        "language": client.language,
        "time_zone": client.time_zone,
        "country": client.country,
        "currency": client.currency,
    }


def open_membership(work, plan, *, reason):
    status = Membership.Status.CANCELLED if work.account.status == Account.Status.CLOSED else Membership.Status.ACTIVE
    membership = Membership(client_id=work.client_id, account=work.account, plan=plan, starts_on=work.account.opened_on)
    work.open(membership, status, reason=reason, data={"plan": plan.snapshot()})
    return membership


def seal_holder(account, key, holder):
    for field in Account.sealed_fields:
        setattr(account, field, personal.seal(key, account, field, holder.get(field, "")))


def digests_of(account, holder):
    """Return the keyed digests under which the holder can be found."""
    client_id, region = str(account.client_id), account.country
    found = digests.name_digests(client_id, holder.get("holder_name", ""))
    found |= digests.email_digests(client_id, holder.get("email", ""))
    found |= digests.phone_digests(client_id, holder.get("phone", ""), region)
    return sorted(found)


def suspend(account, *, actor, kind, reason, note="", origin=None, occurred_at=None):
    """Take an account out of service and open the restriction that must be lifted before it comes back."""
    return restrict(account, "suspend", actor, kind, reason, note, origin, occurred_at)


def hold(account, *, actor, reason, note="", origin=None, occurred_at=None):
    """Hold an account because a payment is missing; only payment lifts that restriction."""
    return restrict(account, "hold", actor, Restriction.Kind.PAYMENT, reason, note, origin, occurred_at)


def restrict(account, action, actor, kind, reason, note, origin, occurred_at):
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        entry = work.record(getattr(work.account, action), reason=reason, note=note, data={"restriction": str(kind)})
        work.add(
            Restriction(
                client_id=work.client_id,
                account=work.account,
                kind=kind,
                reason=reason,
                opened_at=entry.occurred_at,
                opened_entry=entry.uid,
            )
        )
        work.emit(f"account.{entry.to_status}", entry)
    return entry


def close(account, *, actor, reason, note="", origin=None, occurred_at=None):
    """Close an account and cancel its memberships; nothing but a reinstatement opens it again."""
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        entry = work.record(work.account.close, reason=reason, note=note)
        for membership in Membership.objects.select_for_update().filter(
            account=work.account, status=Membership.Status.ACTIVE
        ):
            work.track(membership)
            work.record(membership.cancel, reason=reason, caused_by=entry)
        work.emit("account.closed", entry)
    return entry


def reinstate(work, *, reason, caused_by, lifted, paid_minor=0):
    """Bring the account of ``work`` back to service. Only an approved case may ask, and its service does.

    ``lifted`` are the kinds of restriction that the case has proven to be settled; ``paid_minor`` is what was paid.
    Raises ``Refused`` while a restriction of another kind is open, or less was paid than is owed.
    """
    account = work.account
    restrictions = list(Restriction.objects.select_for_update().filter(account=account, lifted_at=None))
    left = [restriction for restriction in restrictions if restriction.kind not in lifted]
    if left:
        names = ", ".join(str(restriction) for restriction in left)
        raise Refused(_("The account cannot be reinstated while these restrictions are open: %s.") % names)
    owed = account.balance_minor
    if owed > paid_minor:
        raise Refused(_("The account cannot be reinstated while the balance is open; record the payment first."))
    account.balance_minor = 0
    entry = work.record(
        account.reinstate,
        reason=reason,
        caused_by=caused_by,
        data={
            "restrictions_lifted": [str(restriction.pk) for restriction in restrictions],
            "balance_before": owed,
            "balance_after": account.balance_minor,
            "currency": account.currency,
        },
    )
    for restriction in restrictions:
        work.track(restriction)
        restriction.lifted_at, restriction.lifted_entry = work.now, entry.uid
        work.save(restriction, "lift")
    return entry
