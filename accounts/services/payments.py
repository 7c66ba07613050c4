"""What an account owes and what was paid: each recorded once, whoever tells of it, however late, in whatever order.

What is owed is a sum, so the order of arrival does not matter. What follows from it, the overdue ladder and the way
back from a hold, is worked out again after each change, in the same transaction.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, masking, money, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Charge, Origin, Payment
from accounts.models.settings import Blocked
from accounts.services import blocking, merges, overdue

Kind = Payment.Kind
TRUSTED = frozenset({Origin.CLIENT_SYSTEM, Origin.IMPORT})
ACTIONS = {
    Kind.PAYMENT: ("payment", "payment_received"),
    Kind.REFUND: ("refund", "payment_refunded"),
    Kind.CHARGEBACK: ("chargeback", "payment_charged_back"),
    Kind.REVERSAL: ("reversal", "chargeback_won"),
}
MOST_MINOR = 10**15


@transaction.atomic
def charge(
    account, *, actor, external_id, amount_minor, currency, due_on, origin=None, occurred_at=None, on_behalf=None
):
    """Record what an account owes, once for each ``external_id`` of the client; return the ``Charge``.

    What is told of an account that was absorbed counts for the one that stands for it. The same charge again changes
    nothing. Raises ``Moved`` where that number stands for something else, ``Invalid`` for
    an amount or currency that cannot be, and ``Refused`` for whoever is neither a rule nor the client's own system.
    """
    if not actor.is_system:
        raise Refused(_("Charges come from the client's own system; nobody types them in."))
    account = merges.survivor_of(account)
    checked(account, external_id, amount_minor, currency)
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at, on_behalf=on_behalf) as work:
        account = standing(work.account)
        found = Charge.objects.filter(client=account.client_id, external_id=external_id).first()
        if found:
            return same(found, account=account, amount_minor=amount_minor, due_on=due_on)
        before, account.balance_minor = account.balance_minor, account.balance_minor + amount_minor
        data = {"charge": external_id, "amount_minor": amount_minor, "due_on": due_on.isoformat()}
        entry = work.log(account, "charge", reason="charged", data=data | moved(account, before))
        made = Charge(
            client_id=work.client_id,
            account=account,
            external_id=external_id,
            amount_minor=amount_minor,
            currency=currency,
            due_on=due_on,
            entry=entry.uid,
        )
        add_once(work, made)
        overdue.settle(work, entry, "charge")
    return made


@transaction.atomic
def record(
    account,
    *,
    actor,
    kind,
    external_id,
    amount_minor,
    currency,
    paid_at,
    refers_to="",
    reference="",
    origin=None,
    on_behalf=None,
):
    """Record money that moved, once for each ``external_id`` of the client; return the ``Payment``.

    ``reference`` is what the bank or the payer wrote: personal, sealed, card numbers in it masked. What a client's
    system tells of clears a payment hold at once, when everything is paid; what somebody types in lowers the balance,
    and the way back leads over a case, which somebody else decides, unless the client's system tells of it too. Raises
    ``Moved`` where the number stands for another payment, ``Invalid`` for what cannot be, and ``Refused`` for whoever
    does not work this client's accounts.
    """
    if kind not in Kind.values:
        raise Invalid(_("This kind of payment is not known."), field="kind")
    checked(account, external_id, amount_minor, currency)
    account = merges.survivor_of(account)
    if paid_at > timezone.now():
        raise Invalid(_("This payment lies in the future."), field="paid_at")
    with ledger.change(account, actor=actor, origin=origin, on_behalf=on_behalf) as work:
        account = standing(work.account)
        if not rules.can_change_service(account, actor):
            raise Refused(_("You do not work this client's accounts."))
        if kind == Kind.REFUND:
            blocking.require_free(account, Blocked.REFUND, actor)
        found = Payment.objects.filter(client=account.client_id, external_id=external_id).first()
        if found:
            found = same(found, account=account, kind=kind, amount_minor=amount_minor, refers_to=refers_to)
            is_known = found.is_confirmed or work.origin not in TRUSTED or found.account_id != account.pk
            return found if is_known else confirm(work, found)
        made = Payment(
            client_id=work.client_id,
            account=account,
            kind=kind,
            external_id=external_id,
            refers_to=refers_to,
            amount_minor=amount_minor,
            currency=currency,
            paid_at=paid_at,
            recorded_at=work.now,
        )
        before, account.balance_minor = account.balance_minor, account.balance_minor + made.effect_minor
        action, reason = ACTIONS[kind]
        words, cards = masking.mask_card_numbers(reference.strip())
        entry = work.log(
            account,
            action,
            reason=reason,
            words={"reference": words} if words else None,
            data={"payment": external_id, "amount_minor": amount_minor, "cards_masked": cards} | moved(account, before),
        )
        made.entry = entry.uid
        made.confirmed_entry = entry.uid if work.origin in TRUSTED else None
        add_once(work, made)
        overdue.settle(work, entry, action, is_trusted=made.is_confirmed)
    return made


def confirm(work, payment):
    """Keep that the client's system has told of a payment that somebody typed in before."""
    work.track(payment)
    data = {"payment": payment.external_id, "amount_minor": payment.amount_minor, "currency": payment.currency}
    entry = work.log(work.account, "confirm_payment", reason="payment_received", data=data)
    payment.confirmed_entry = entry.uid
    work.save(payment, "confirm_payment")
    overdue.settle(work, entry, "confirm_payment")
    return payment


@transaction.atomic
def write_off(debt, *, actor, reason, note=""):
    """Give up what is unpaid of a charge: it counts no more, neither as owed nor for the overdue ladder.

    Raises ``Moved`` where nothing of it is unpaid, ``Refused`` for whoever does not decide at this client.
    """
    with ledger.change(debt.account, actor=actor) as work:
        account = work.account
        if not rules.can_write_off(account, actor):
            raise Refused(_("Only who decides at this client writes off what a customer owes."))
        debt = work.track(Charge.objects.select_for_update().get(pk=debt.pk, account=account))
        left = overdue.unpaid_of(account, debt)
        if not left:
            raise Moved(_("Nothing of this charge is unpaid any more."))
        before, account.balance_minor = account.balance_minor, account.balance_minor - left
        data = {"charge": debt.external_id, "amount_minor": left} | moved(account, before)
        entry = work.log(account, "write_off", reason=reason, note=note, data=data)
        debt.written_off_minor, debt.written_off_at = debt.written_off_minor + left, work.now
        work.save(debt, "write_off")
        overdue.settle(work, entry, "write_off", changed=debt)
    return entry


def checked(account, external_id, amount_minor, currency):
    if not external_id.strip() or len(external_id) > 80 or "\0" in external_id:
        raise Invalid(_("Give the number that the client's system knows it by, at most 80 characters."), "external_id")
    if masking.mask_card_numbers(external_id, is_name=True)[1]:
        raise Invalid(_("This looks like a card number, and none is ever kept here."), field="external_id")
    if not 0 < amount_minor <= MOST_MINOR:
        raise Invalid(_("The amount must be more than nothing, and less than a quadrillion."), field="amount_minor")
    if currency != account.currency:
        raise Invalid(_("This account is kept in %s.") % account.currency, field="currency")


def standing(account):
    """Return a locked account; what is told of one that was absorbed counts for the account that stands for it."""
    if account.status == account.Status.MERGED:
        raise Moved(
            _("%s was merged at this moment. Record it again: it counts for the account that stands.") % account
        )
    return account


def moved(account, before):
    return {"balance_before": before, "balance_after": account.balance_minor, "currency": account.currency}


def same(found, *, account, **values):
    """Return what was recorded before, if it is the very same; else say that the number is taken."""
    known = {name: getattr(found, name) for name in values}
    if merges.survivor_of(found.account) != account or known != values:
        raise Moved(
            _("%(number)s was recorded before, as %(amount)s; two different things cannot have one number.")
            % {"number": found.external_id, "amount": money.words(found.amount_minor, found.currency)}
        )
    return found


def add_once(work, row):
    """Write everything so far, so that a race for one number is told here and by nobody's stack trace."""
    work.add(row)
    try:
        with transaction.atomic():
            work.flush()
    except IntegrityError as error:
        raise Moved(_("Somebody else recorded %s at the same moment. Look again.") % row.external_id) from error
