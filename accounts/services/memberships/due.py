"""Writing what time has brought: late, twice or on several machines, each change once and as of its own instant."""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from accounts import ledger
from accounts.ledger import sets
from accounts.models import Account, DueFailure, Membership, Plan, ScheduledChange, StatusChange, User
from accounts.services import retrying
from accounts.services.memberships.changing import Life, life_of

AT_ONCE = 500
JOB = DueFailure.Job.MEMBERSHIPS


def apply_due_membership_changes(now=None, until=None, at_once=AT_ONCE):
    """Write every due change of the clients in scope until nothing is due or the time is ``until``; return how many.

    In sets of up to ``at_once`` memberships, the longest due first, each set in a transaction of its own. What another
    worker holds is left to that one. A set that cannot be written is written account by account: what fails holds up no
    other and is tried again later.
    """
    now, total = now or timezone.now(), 0
    retrying.forget_settled(JOB, Account.objects.filter(pk__in=Membership.objects.due(now).values("account")))
    failed = set(retrying.waiting(JOB))
    while True:
        try:
            taken, written = write_set(now, at_once, failed)
        except Exception:  # noqa: BLE001 - the accounts one by one say which of them fails, and why
            taken, written = write_one_by_one(now, at_once, failed)
        total += written
        if not taken or (until and timezone.now() >= until):
            return total


def due_memberships(now, leaving=()):
    """Return what is due; a suspension that is over ends first, and only then go the memberships on."""
    due = Membership.objects.due(now).exclude(account__next_change_at__lte=now)
    return due.exclude(account__in=leaving) if leaving else due


def write_set(now, at_once, leaving):
    """Write one set; return how many memberships were taken and how many changes were written.

    The memberships are locked before their accounts, which nobody else does: it waits for neither, and writes no
    membership but those it has locked.
    """
    with transaction.atomic():
        free = due_memberships(now, leaving).select_for_update(skip_locked=True)
        works, written = [], 0
        for account, lives in lives_of(with_plans(list(free[:at_once])), now):
            written += sum([write_due(life) for life in lives])
            works.append(account)
        sets.run([work for work in works if not work.is_empty])
    return len(works), written


def with_plans(rows):
    """Give each membership its plan: a set has many memberships and few plans."""
    plans = Plan.objects.in_bulk({row.plan_id for row in rows})
    for row in rows:
        row.plan = plans[row.plan_id]
    return rows


def lives_of(rows, now):
    """Yield the ``Change`` of each account that is free, with the lives of these locked memberships of it."""
    by_account, system = defaultdict(list), User.objects.system()
    for row in rows:
        by_account[row.account_id].append(row)
    free = Account.objects.select_for_update(skip_locked=True).filter(pk__in=by_account).order_by("pk")
    accounts = list(free)
    waiting, trials = waiting_for(rows), trials_of(rows)
    for account in accounts:
        work = sets.SetChange(account, actor=system)
        work.now = work.occurred_at = now
        lives = [Life(work, row, waiting=waiting[row.pk]) for row in by_account[account.pk]]
        for life in lives:
            life.trial_entry = trials.get(life.membership.pk)
        yield work, lives


def waiting_for(rows):
    found = defaultdict(list)
    changes = ScheduledChange.objects.filter(membership__in=rows, settled_entry=None).select_related("plan")
    for change in changes.order_by("created_at", "id"):
        found[change.membership_id].append(change)
    return found


def trials_of(rows):
    """Return ``{membership id: uid}`` of the entries that began the trials which still go on."""
    trying = [row for row in rows if row.trial_ends_on and not row.converted_on]
    began = StatusChange.objects.filter(
        account__in={row.account_id for row in trying},
        subject_id__in=[row.pk for row in trying],
        to_status=Membership.Status.TRIAL,
        action__in=("start_trial", "open"),
    )
    return dict(began.order_by("number").values_list("subject_id", "uid")) if trying else {}


def write_one_by_one(now, at_once, failed):
    """Write the same set account by account, each in its own transaction; what cannot be written goes to ``failed``."""
    due = list(due_memberships(now, failed).values_list("account", "client")[:at_once])
    written = 0
    for pk, client_id in dict.fromkeys(due):
        try:
            written += catch_up_account(pk, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the others go on
            failed.add(pk)
            retrying.put_down(JOB, client_id, pk, error)
    return len(due), written


def catch_up_account(pk, now):
    """Write what has come by itself to the memberships of one account until ``now``; return how many changes."""
    with transaction.atomic():
        account = Account.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if account is None:
            return 0
        with ledger.change(account, actor=User.objects.system()) as work:
            work.now = work.occurred_at = now
            return sum(write_due(life_of(work, row)) for row in Membership.objects.due(now).filter(account=account))


def write_due(life):
    """Write every due change of one life; where none has come after all, work out anew when the next one will."""
    written = life.catch_up()
    if not written:
        life.refresh()
    return written
