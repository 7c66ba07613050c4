"""Standing again as before: what a reversal asks for when a reinstatement is taken back."""

import json

from django.utils.translation import gettext as _

from accounts.errors import Moved
from accounts.models import OutboxEvent, Payment, Restriction
from accounts.services import memberships, overdue


def suspend_again(work, back, lifted, *, reason, caused_by):
    """Take an account out of service as it was before the entry ``back`` reinstated it: only a reversal may ask.

    ``lifted`` are the restrictions that were lifted then; each stands again, without an end, opened by an entry that
    names it. What was counted as paid is owed again.
    """
    account, first = work.account, lifted[0] if lifted else None
    said = json.loads(bytes(back.body))["data"]
    before, account.balance_minor = account.balance_minor, account.balance_minor + paid_by(said)
    kind = first.kind if first else Restriction.Kind.POLICY
    data = {
        "restriction": str(kind),
        "restores": str(first.pk) if first else None,
        "balance_before": before,
        "balance_after": account.balance_minor,
        "currency": account.currency,
    }
    entry = work.record(account.suspend, reason=first.reason if first else reason, caused_by=caused_by, data=data)
    open_again(work, entry, kind)
    for row in lifted[1:]:
        data = {"restriction": row.kind, "restores": str(row.pk)}
        open_again(work, work.log(account, "restrict", reason=row.reason, caused_by=caused_by, data=data), row.kind)
    memberships.stop_with_account(work, entry, reason=entry.reason)
    if paid_by(said) > 0:
        take_back_payment(work, back, paid_by(said), entry)
    work.flush()  # The ladder looks at restrictions and entries as they are now.
    overdue.settle(work, entry, "reverse", is_trusted=False)
    return entry


def suspend_membership_again(work, back, lifted, *, membership_id, reason, caused_by):
    """Take one membership out of service again that the entry ``back`` reinstated alone: only a reversal may ask.

    Each of the restrictions that were ``lifted`` then stands again, opened by an entry that names it. Billing and the
    member hear of it where they heard of the return. Raises ``Moved`` where its status was set anew since, also by
    what had come by itself and was not written yet.
    """
    life = next(life for life in memberships.household(work) if life.membership.pk == membership_id)
    life.tells, life.initiator = OutboxEvent.objects.filter(account=work.account, entry=back.uid).exists(), "business"
    life.catch_up()
    if life.membership.status_number != back.number:
        raise Moved(_("The membership's status was set anew since, so there is nothing left to take back."))
    first = lifted[0] if lifted else None
    kind = first.kind if first else Restriction.Kind.POLICY
    data = {"restriction": str(kind), "restores": str(first.pk) if first else None}
    entry = memberships.put_suspension(life, reason=first.reason if first else reason, caused_by=caused_by, data=data)
    open_again(work, entry, kind, life.membership)
    for row in lifted[1:]:
        data = {"restriction": row.kind, "restores": str(row.pk)}
        again = work.log(life.membership, "restrict", reason=row.reason, caused_by=caused_by, data=data)
        open_again(work, again, row.kind, life.membership)
    return entry


def paid_by(said):
    """Return what an entry that reinstated has counted as paid, in minor units."""
    return said["balance_before"] - said["balance_after"]


def take_back_payment(work, back, minor, entry):
    """Keep that the payment which the case had proven does not count, so that charges and payments add up."""
    work.add(
        Payment(
            client_id=work.client_id,
            account=work.account,
            kind=Payment.Kind.CHARGEBACK,
            external_id=f"reversal-{entry.uid}",
            refers_to=f"case-{back.caused_by}",
            amount_minor=minor,
            currency=work.account.currency,
            paid_at=entry.occurred_at,
            recorded_at=work.now,
            entry=entry.uid,
            confirmed_entry=entry.uid,
        )
    )


def open_again(work, entry, kind, membership=None):
    work.add(
        Restriction(
            client_id=work.client_id,
            account=work.account,
            membership=membership,
            kind=kind,
            reason=entry.reason,
            opened_at=entry.occurred_at,
            opened_entry=entry.uid,
        )
    )
