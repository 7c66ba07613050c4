"""All memberships of one locked account: they stop with it, end with it and come back with it."""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import canonical, terms
from accounts.ledger import reading
from accounts.models import Account, Membership, Plan, ScheduledChange, StatusChange
from accounts.services.memberships.changing import Life
from accounts.services.memberships.starting import put_activation, put_trial
from accounts.services.memberships.stopping import put_cancellation, put_suspension

OWN = "SELECT id FROM accounts_membership WHERE account_id = %s"
STOPPED = ", ".join(f"'{status}'" for status in Membership.STOPPED)
ACCOUNT_STOPPED = ", ".join(f"'{status}'" for status in Account.STOPPED)
MEMBERSHIPS = reading.Select(Membership, "account_id = %s", order="id")
PLANS = reading.Select(Plan, "id IN (SELECT plan_id FROM accounts_membership WHERE account_id = %s)")
SCHEDULED = reading.Select(
    ScheduledChange, f"membership_id IN ({OWN}) AND settled_entry IS NULL", order="created_at, id"
)
# What set the status of a stopped membership, where an entry about the account led to it, or it was opened as over.
WITH_ACCOUNT = reading.Select(
    StatusChange,
    f"""account_id = %s AND number IN (SELECT status_number FROM accounts_membership
        WHERE account_id = %s AND status IN ({STOPPED})) AND (from_status = '' OR EXISTS (SELECT 1
        FROM accounts_statuschange cause WHERE cause.uid = accounts_statuschange.caused_by
        AND cause.account_id = accounts_statuschange.account_id AND cause.subject_type = 'account'
        AND cause.to_status IN ({ACCOUNT_STOPPED})))""",  # noqa: S608 - statuses are ours
)


class Household:
    """The memberships of one account, with what is scheduled for them and which of them stopped because it did.

    Those were suspended or cancelled by an entry about the account, or opened as over together with an account that was
    opened as closed. What had ended by itself, or was ended alone, stays ended.
    """

    def __init__(self, account, rows, plans, scheduled, with_account):
        plans = {plan.pk: plan for plan in plans}
        self.rows, self.waiting = rows, {row.pk: [] for row in rows}
        for row in rows:
            row.account, row.plan = account, plans[row.plan_id]
        for change in scheduled:
            if change.plan_id in plans:
                change.plan = plans[change.plan_id]
            self.waiting[change.membership_id].append(change)
        opened_over = account.status_number == 1
        self.with_account = {entry.subject_id for entry in with_account if entry.from_status != "" or opened_over}

    @staticmethod
    def questions(account_id):
        """Return what is asked for a household, in the order in which it is made of the answers."""
        return [
            MEMBERSHIPS.of(account_id),
            PLANS.of(account_id),
            SCHEDULED.of(account_id),
            WITH_ACCOUNT.of(account_id, account_id),
        ]

    def plan(self):
        """Return the plan of the newest membership as it was agreed, or ``None``."""
        return self.rows[-1].snapshot if self.rows else None

    def row(self, membership_id):
        """Return one of the memberships."""
        return next(row for row in self.rows if row.pk == membership_id)

    def returning_alone(self, membership_id):
        """Say how one membership comes back by a case of its own: into which status, in which term until when."""
        row, now = self.row(membership_id), timezone.now()
        facts = terms.facts_at(row.facts(change.as_rule() for change in self.waiting[row.pk]), now)
        if facts.status not in Membership.STOPPED:
            return []
        after = terms.reinstated(facts, terms.local_day(now, facts.zone))
        is_new = after.term_starts_on != facts.term_starts_on
        ends_on = after.trial_ends_on if after.status == Membership.Status.TRIAL else after.ends_on
        dated = {"ends_on": ends_on.isoformat()} if ends_on and not is_new else {}
        return [told(row) | {"from": facts.status, "to": after.status, "new_term": is_new} | dated]

    def returning(self):
        """Say which memberships come back with the account: their keys, plans and statuses."""
        now = timezone.now()
        return [
            told(row)
            for row in self.rows
            if row.pk in self.with_account
            and terms.status_at(row.facts(change.as_rule() for change in self.waiting[row.pk]), now) == row.status
        ]


def told(membership):
    """Say which membership it is, and what was agreed: its plan, its price and what that holds."""
    plan = membership.snapshot
    agreed = {name: plan[name] for name in ("price_minor", "currency", "cycle", "entitlements")}
    return {"id": str(membership.pk), "plan": plan["name"], "from": membership.status, **agreed}


def returning(lives):
    """Say which of these lives come back with their account, as ``Household.returning`` does."""
    return [
        told(life.membership)
        for life in lives
        if life.stopped_with_account and terms.status_at(life.facts, life.work.occurred_at) == life.facts.status
    ]


def households(accounts):
    """Return ``{account id: household}`` of many locked accounts, in up to four questions for all of them."""
    rows, scheduled, with_account = defaultdict(list), defaultdict(list), defaultdict(list)
    pks = [account.pk for account in accounts]
    memberships = reading.found(memberships_of, accounts=pks)
    if not memberships:
        return {account.pk: Household(account, [], [], [], []) for account in accounts}
    plans = Plan.objects.in_bulk({row.plan_id for row in memberships})
    for row in memberships:
        rows[row.account_id].append(row)
    for change in ScheduledChange.objects.filter(membership__account__in=pks, settled_entry=None).order_by(
        "created_at", "id"
    ):
        scheduled[change.account_id].append(change)
    stopped = {
        (row.account_id, row.status_number) for found in rows.values() for row in found if row.status in row.STOPPED
    }
    causes = StatusChange.objects.filter(
        uid=OuterRef("caused_by"), account=OuterRef("account"), subject_type="account", to_status__in=Account.STOPPED
    )
    entries = StatusChange.objects.filter(subject_type="membership", account__in={pk for pk, _number in stopped})
    for entry in entries.filter(Q(from_status="") | Exists(causes)).defer("body"):
        if (entry.account_id, entry.number) in stopped:
            with_account[entry.account_id].append(entry)
    return {
        account.pk: Household(
            account,
            rows[account.pk],
            [plans[row.plan_id] for row in rows[account.pk]],
            scheduled[account.pk],
            with_account[account.pk],
        )
        for account in accounts
    }


def memberships_of(accounts):
    return Membership.objects.filter(account__in=accounts).order_by("id")


def keep(work, household):
    """Let a change go on with a household that was read under its lock."""
    work.kept["household"] = [life_in(work, household, row) for row in household.rows]


def life_in(work, household, row):
    life = Life(work, row, waiting=household.waiting[row.pk])
    life.tells, life.stopped_with_account = False, row.pk in household.with_account
    return life


def household(work):
    """Return the lives of an account's memberships, read once in a change and kept up to date while it goes on."""
    if "household" not in work.kept:
        keep(work, Household(work.account, *reading.fetch(Household.questions(work.account.pk))))
    return work.kept["household"]


def begin_with_account(work, entry, *, reason):
    """Begin every pending membership of an account that was just activated: its trial, where the plan has one."""
    for life in household(work):
        if life.facts.status == Membership.Status.PENDING:
            # Billing has to hear of it; the member hears of the account.
            life.tells, life.initiator = True, "business"
            if life.membership.snapshot.get("terms", {}).get("trial_days"):
                put_trial(life, None, None, reason, "", caused_by=entry)
            else:
                put_activation(life, reason, "", caused_by=entry)


def stop_with_account(work, entry, *, reason):
    """Suspend every membership in service with its account; the account's restriction stands for them all."""
    for life in household(work):
        life.catch_up()
        if life.facts.status in (*terms.IN_SERVICE, Membership.Status.PAUSED):
            put_suspension(life, reason=reason, caused_by=entry)
            life.stopped_with_account = True


def end_with_account(work, entry, *, reason):
    """Cancel every membership that is not over with its account."""
    for life in household(work):
        life.catch_up()
        if life.facts.status in Membership.LIVING:
            put_cancellation(life, reason=reason, caused_by=entry)
            life.stopped_with_account = True


def bring_back_with_account(work, *, reason, caused_by):
    """Bring back what stopped with the account, by the same approved case."""
    for life in household(work):
        before = life.facts.status
        life.catch_up()
        if life.stopped_with_account and life.facts.status == before:
            put_return(life, reason=reason, caused_by=caused_by)


def put_return(life, *, reason, caused_by, lifted=()):
    """Write that a membership is back: which plan had stopped, since when, and what has changed in terms and price."""
    facts = life.facts
    after = terms.reinstated(facts, life.today)
    data = {
        "stopped": {
            "status": facts.status,
            "number": life.membership.status_number,
            "at": canonical.timestamp(facts.since) if facts.since else "",
        },
        "reactivated_on": life.today.isoformat(),
        "price_delta_minor": 0,
        "restrictions_lifted": [str(row.pk) for row in lifted],
    }
    action = "reinstate_trial" if after.status == Membership.Status.TRIAL else "reinstate"
    entry = life.put(action, after, reason=reason, data=data, caused_by=caused_by)
    life.stopped_with_account = False
    return entry
