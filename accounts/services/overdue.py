"""The overdue ladder: what happens to an account by the age of its oldest unpaid debt, and how it comes back."""

from django.db.models import F
from django.utils import timezone

from accounts import debts, ledger, registries
from accounts.models import Account, Charge, DueFailure, OverdueLadder, Payment, Restriction, StatusChange, User
from accounts.services import memberships, retrying
from accounts.zones import zone

LADDER_RULE, PAID_RULE = "overdue_ladder", "paid_in_full"
Status = Account.Status
AT_ONCE = 100
HELD_FROM = {"hold": (Status.ACTIVE,), "suspend": (Status.ACTIVE, Status.ON_HOLD)}


def ladder_of(client_id):
    """Return the steps of a client's ladder, none where it has none in use."""
    found = OverdueLadder.objects.filter(client=client_id, is_active=True).first()
    return debts.steps_of(found.steps) if found else []


def open_debts(account, changed=None):
    """Return the debts that count. ``changed`` is a charge as it will be once this change is written."""
    rows = list(account.charges.filter(amount_minor__gt=F("written_off_minor")))
    rows = [changed if changed and row.pk == changed.pk else row for row in rows]
    return [debts.Debt(row.due_on, row.counted_minor) for row in rows if row.counted_minor > 0]


def unpaid_of(account, charge):
    """Return what is unpaid of one charge, in minor units: payments settle the oldest first."""
    newer = account.charges.filter(due_on__gt=charge.due_on) | account.charges.filter(
        due_on=charge.due_on, id__gt=charge.pk
    )
    after = sum(row.counted_minor for row in newer)
    return min(max(account.balance_minor - after, 0), charge.counted_minor)


def settle(work, entry, action, *, is_trusted=True, changed=None):
    """Work out anew since when the account is overdue; bring it back, or take the steps its age has reached.

    Paying everything clears a payment hold in this very change, whatever was due; money taken back puts the account
    where its unpaid age belongs, from then on: it was in service until it was told.
    """
    account = work.account
    since = debts.overdue_since(open_debts(account, changed), account.balance_minor)
    if account.balance_minor <= 0:
        since = None
    is_older = since is not None and (account.overdue_since is None or since < account.overdue_since)
    if since != account.overdue_since:
        if since is None or (account.overdue_since and since > account.overdue_since):
            account.ladder_days = 0
        account.overdue_since = since
    if account.balance_minor <= 0:
        is_back = is_trusted and come_back(work, entry)
        if not is_back and action != "charge":
            for wake in registries.paid.values():
                wake(work, entry)
    climb(work, ladder_of(work.client_id), action, not_before=entry.occurred_at if is_older else None)


def come_back(work, entry):
    """Lift what only payment lifts; return whether the account is back in service, as nothing else stands in the way.

    Where its policy leaves no such account to a rule, the payment is kept and people decide on a case.
    """
    account = work.account
    restrictions = list(Restriction.objects.select_for_update().of_account(account))
    payment = [row for row in restrictions if row.kind == Restriction.Kind.PAYMENT]
    if not payment or account.erased_at:
        return False
    if len(payment) == len(restrictions) and account.status in (Status.ON_HOLD, Status.SUSPENDED):
        if registries.automatic["may"](work, rule=PAID_RULE):
            registries.automatic["reinstate"](work, rule=PAID_RULE, reason="paid", occurred_at=work.occurred_at)
            return True
        work.log(account, "leave_to_people", reason="paid", caused_by=entry)
        return False
    with work.by_rule(PAID_RULE, actor=User.objects.system(), occurred_at=work.occurred_at):
        lifted = work.log(
            account,
            "lift",
            reason="paid",
            caused_by=entry,
            data={"restrictions_lifted": [str(row.pk) for row in payment]},
        )
        for row in payment:
            work.track(row)
            row.lifted_at, row.lifted_entry = lifted.occurred_at, lifted.uid
            work.save(row, "lift")
    return False


def settle_all(account):
    """Set an account's columns to what they are when nothing is owed any more."""
    account.balance_minor, account.overdue_since, account.ladder_days, account.next_step_at = 0, None, 0, None


def keep_proven(work, minor, *, entry, approved):
    """Keep the payment that an approved case has proven. It counts as certain: somebody else has decided on it."""
    work.add(
        Payment(
            client_id=work.client_id,
            account=work.account,
            kind=Payment.Kind.PAYMENT,
            external_id=f"case-{approved.uid}",
            amount_minor=minor,
            currency=work.account.currency,
            paid_at=entry.occurred_at,
            recorded_at=work.now,
            entry=entry.uid,
            confirmed_entry=entry.uid,
        )
    )


def climb(work, steps, action, not_before=None):
    """Take every step of the ladder that the age of the debt has reached and that was not taken, each at its moment.

    None lies before ``not_before``, when it became known that the debt is so old.
    """
    account = work.account
    where = zone(account.time_zone)
    due = debts.steps_due(steps, account.overdue_since, account.ladder_days, work.now, where)
    if due:
        system, changed_at = User.objects.system(), last_change(work)
        earliest = max(changed_at, not_before) if not_before else changed_at
        open_payment = Restriction.objects.of_account(account).filter(kind=Restriction.Kind.PAYMENT)
        is_held = open_payment.exists()
        for step in due:
            at = max(debts.moment_of(account.overdue_since, step.days, where), earliest)
            with work.by_rule(LADDER_RULE, actor=system, occurred_at=at):
                is_held = take(work, step, is_held=is_held, is_last=step == due[-1])
        account.ladder_days = due[-1].days
    account.next_step_at = debts.next_step_at(steps, account.overdue_since, account.ladder_days, where)
    work.save(account, action)


def take_what_was_passed(work, action):
    """Hold or suspend an account that was under review when its debt reached that step."""
    steps = ladder_of(work.client_id)
    passed = [step.days for step in steps if step.action in HELD_FROM and step.days <= work.account.ladder_days]
    if passed:
        work.account.ladder_days = min(passed) - 1
        climb(work, steps, action)


def last_change(work):
    """Return when the account's status was last set: a step that is taken late does not go behind what came since."""
    set_by = StatusChange.objects.filter(account=work.account, number=work.account.status_number)
    return set_by.values_list("occurred_at", flat=True).first() or work.now


def take(work, step, *, is_held, is_last):
    """Take one step; return whether a payment restriction is open then.

    Members are told of the last step only: reminders that a later step has overtaken are on record, and not sent.
    """
    account = work.account
    data = {"days": step.days, "overdue_since": account.overdue_since.isoformat(), "owed_minor": account.balance_minor}
    if step.action == "remind":
        entry = work.log(account, "remind", reason="payment_overdue", data=data)
        if is_last:
            work.emit("payment.overdue", entry, days=step.days)
        return is_held
    if account.status not in HELD_FROM[step.action]:
        work.log(account, "step_passed", reason="payment_overdue", data=data | {"step": step.action})
        return is_held
    data |= {"restriction": str(Restriction.Kind.PAYMENT)}
    entry = work.record(getattr(account, step.action), reason="non_payment", data=data)
    if not is_held:
        work.add(
            Restriction(
                client_id=work.client_id,
                account=account,
                kind=Restriction.Kind.PAYMENT,
                reason="non_payment",
                opened_at=entry.occurred_at,
                opened_entry=entry.uid,
            )
        )
    memberships.stop_with_account(work, entry, reason="non_payment")
    if is_last:
        work.emit(f"account.{entry.to_status}", entry)
    return True


def apply_due(now=None, limit=AT_ONCE):
    """Climb the ladder of the accounts of this scope whose next step is due; return how many have climbed.

    Each account in a transaction of its own, looked at again under its lock: it may run twice, late, on two machines.
    """
    due = Account.objects.filter(next_step_at__lte=now or timezone.now()).order_by("next_step_at")
    return retrying.each(DueFailure.Job.LADDERS, due, climb_one, limit=limit)


def climb_one(pk):
    with ledger.change(Account.objects.get(pk=pk), actor=User.objects.system()) as work:
        climb(work, ladder_of(work.client_id), "overdue")
    return True


def unpaid_charges(account: Account):
    """Return ``[(charge, unpaid minor units), ...]`` of an account, oldest first."""
    rows = list(Charge.objects.filter(account=account).order_by("due_on", "id"))
    left, found = account.balance_minor, []
    for row in reversed(rows):
        part = min(row.counted_minor, max(left, 0))
        left -= part
        if part:
            found.append((row, part))
    return found[::-1]
