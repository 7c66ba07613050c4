"""Members hear beforehand that a term renews or a trial ends: so many days before, once for each period.

The days are the client's. Of several that come at once, after the job stood still, the member hears of the last one
only; a reminder that would come before the period has begun is left out. A day has come when it has begun everywhere.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import ledger
from accounts.models import Account, DueFailure, Membership, Reminder, ScheduledChange, User
from accounts.models.settings import settings_of
from accounts.services import retrying
from accounts.services.memberships.changing import life_of

AT_ONCE = 500
WEST, EAST = timedelta(hours=12), timedelta(hours=14)
"""How far the clocks of the world stand behind UTC, and before it."""
Kind = Reminder.Kind
ENDS = {Kind.RENEWAL: ("ends_on", "term_starts_on"), Kind.TRIAL: ("trial_ends_on", "trial_starts_on")}
RUNS = {
    Kind.RENEWAL: Q(status=Membership.Status.ACTIVE, auto_renew=True),
    Kind.TRIAL: Q(status=Membership.Status.TRIAL),
}
RULES = {Kind.RENEWAL: "renewal_ahead", Kind.TRIAL: "trial_ahead"}
EVENTS = {Kind.RENEWAL: "membership.renewal_due", Kind.TRIAL: "membership.trial_ending"}


def remind_due(client, now=None, limit=AT_ONCE):
    """Remind the members of a client, in scope, whose day has come; return how many accounts were looked at.

    Each account in a transaction of its own, looked at again under its lock: it may run twice, late, on two machines.
    """
    now, days = now or timezone.now(), days_of(client)
    rows = Membership.objects.filter(client=client).filter(due(days, now)).values("account")
    accounts = Account.objects.filter(pk__in=rows, status=Account.Status.ACTIVE, erased_at=None).order_by("pk")
    return retrying.each(DueFailure.Job.REMINDERS, accounts, lambda pk: remind_account(pk, days, now), limit=limit)


def days_of(client):
    own = settings_of(client)
    return {Kind.RENEWAL: own.renewal_reminders, Kind.TRIAL: own.trial_reminders}


def due(days, now):
    """Return the condition of memberships for which a reminder is to be written."""
    condition = Q(pk=None)
    for kind, each in days.items():
        ends, _begins = ENDS[kind]
        for number in each:
            first, last = span(number, now)
            kept = Reminder.objects.filter(membership=OuterRef("pk"), kind=kind, ends_on=OuterRef(ends), days=number)
            condition |= RUNS[kind] & Q(**{f"{ends}__range": (first, last)}) & ~Exists(kept)
    return condition


def span(number, now):
    """Return the first and the last of the days that are so many days away, or fewer, and still to come everywhere."""
    return (now + EAST).date(), (now - WEST).date() + timedelta(days=number)


def remind_account(pk, days, now):
    """Write what is to be told about the memberships of one account, and leave word of the last of each kind."""
    with ledger.change(Account.objects.get(pk=pk), actor=User.objects.system(), rule="reminders") as work:
        for row in Membership.objects.filter(account=pk).filter(due(days, now)).order_by("id"):
            life = life_of(work, row)
            for kind, each in days.items():
                remind(life, kind, each, now)
    return True


def remind(life, kind, days, now):
    ends, begins = (getattr(life.facts, name) for name in ENDS[kind])
    row = life.membership
    if not ends or not is_running(row, kind):
        return
    kept = set(Reminder.objects.filter(membership=row, kind=kind, ends_on=ends).values_list("days", flat=True))
    come = [number for number in days if span(number, now)[0] <= ends <= span(number, now)[1]]
    told = [number for number in come if not begins or ends - timedelta(days=number) >= begins]
    entry = None
    if told and min(told) not in kept and will_go_on(life, kind):
        entry = write(life, kind, ends, min(told))
    for number in set(come) - kept:
        is_told = entry is not None and number == min(told)
        life.work.add_rows(
            Reminder,
            [(life.work.client_id, life.work.account.pk, row.pk, kind, ends, number, entry.uid if is_told else None)],
        )


def is_running(row, kind):
    status = Membership.Status.ACTIVE if kind == Kind.RENEWAL else Membership.Status.TRIAL
    return row.status == status and (row.auto_renew or kind == Kind.TRIAL)


def will_go_on(life, kind):
    """Whether nobody has decided that it ends with this period."""
    return not any(change.kind == ScheduledChange.Kind.CANCEL for change in life.waiting.values())


def write(life, kind, ends, number):
    """Write the reminder with the plan that the next period has: another one where that is decided already."""
    row = life.membership
    data = {"plan": row.snapshot, "ends_on": ends.isoformat(), "days": number}
    for change in life.waiting.values():
        if change.snapshot and (change.effective_on is None or change.effective_on <= ends + timedelta(days=1)):
            data["plan_next"] = change.snapshot
    entry = life.work.log(row, f"remind_{kind}", reason=RULES[kind], data=data)
    life.work.emit(EVENTS[kind], entry, membership=str(row.pk))
    return entry
