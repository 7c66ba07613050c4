"""Accounts, what stops and charges them, and how two become one."""

from datetime import date

from django_scopes import scope

from accounts.merge_facts import merge_facts
from accounts.models import Plan, Signal
from accounts.services import accounts, lifecycle, merges, parting, payments, staff
from reinstatements.facts import digest

HOLDER = {
    "holder_name": "Maria Köhler",
    "email": "maria.koehler@example.com",
    "phone": "+49 30 901820",
    "address": "Lindenstraße 5, 10969 Berlin",
}


def make_account(client, number="A-1001", holder=None, **fields):
    """Open an active account, as an import does."""
    with scope(client=client.pk):
        return accounts.open_account(
            client,
            number,
            holder=HOLDER if holder is None else holder,
            actor=staff.ensure_system_user(),
            origin="import",
            status=fields.pop("status", "active"),
            plan=Plan.objects.get(client=client, code="basic"),
            reason="imported",
            **fields,
        )


def suspend(account, kind="payment", reason="non_payment", note="The card was declined twice."):
    with scope(client=account.client_id):
        accounts.suspend(account, actor=staff.ensure_system_user(), kind=kind, reason=reason, note=note)
        account.refresh_from_db()
    return account


def raise_signal(account):
    """Put a signal down as the rules do."""
    with scope(client=account.client_id):
        row, _made = Signal.objects.get_or_create(
            client=account.client,
            account=account,
            rule="contact_changed",
            fingerprint=str(account.pk),
            defaults={"evidence": {"entries": []}},
        )
    return row


def charge(account, number="I-1001", minor=3000, due_on=date(2026, 11, 1)):
    """Record what the client's own system says is owed."""
    with scope(client=account.client_id):
        return payments.charge(
            account,
            actor=staff.ensure_system_user(),
            origin="client_system",
            external_id=number,
            amount_minor=minor,
            currency=account.currency,
            due_on=due_on,
        )


def propose_merge(absorbed, survivor, user):
    with scope(client=absorbed.client_id):
        seen = digest(merge_facts(fresh(survivor), fresh(absorbed)))
        return merges.propose(absorbed, survivor, actor=user, reason="same_customer", seen=seen)


def merge(absorbed, survivor, maker, decider):
    """Merge two accounts as two people do; the accounts are read again."""
    proposed = propose_merge(absorbed, survivor, maker)
    with scope(client=absorbed.client_id):
        merges.confirm(proposed, actor=decider)
        for account in (absorbed, survivor):
            account.refresh_from_db()
    return proposed


def close(account, actor, **more):
    """Close an account as somebody does who has read what it brings about."""
    with scope(client=[account.client_id]):
        shown = lifecycle.digest(lifecycle.consequences(fresh(account)))
        wanted = {"reason": "customer_request", "initiator": "member", "seen": shown}
        return lifecycle.close(account, actor=actor, **wanted, **more)


def propose_closing(account, user):
    with scope(client=[account.client_id]):
        shown = lifecycle.digest(lifecycle.consequences(fresh(account)))
        wanted = {"reason": "customer_request", "initiator": "member", "seen": shown}
        return parting.propose_close(account, actor=user, **wanted)


def fresh(row):
    return type(row).objects.get(pk=row.pk)
