"""Lines and events about memberships become memberships with a past: the takers of two kinds."""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import terms
from accounts.errors import Invalid
from accounts.models import Account, Client, ImportedRecord, Membership, Plan, StatusChange
from accounts.services import membership_history as history
from accounts.services.memberships.changing import Life
from accounts.services.memberships.due import trials_of, waiting_for
from accounts.services.taking_records import Plans, RecordsTaker
from accounts.zones import zone

AT_ONCE = 500


class SubscriptionsTaker(RecordsTaker):
    """Opens a membership for each line, with its beginning, its changes of plan and its end."""

    kind = "subscriptions"

    def __init__(self, context):
        super().__init__(context)
        self.plans = Plans(Plan.objects.filter(client=self.client))

    def put(self, cells, said, account):
        plan = self.plans.find(said.plan, said.cycle)
        if plan is None:
            cells.refuse("plan", _("is not the code or the name of one plan of this client with this cycle"))
            return None
        if said.monthly_minor and said.currency != plan.currency:
            cells.refuse("monthly_price", _("is in another currency than the plan"))
            return None
        work = self.work_for(account)
        reason = self.reasons.code("cancel", said.reason)
        snapshot = self.agreed(plan, said)
        life = history.tell(work, plan, snapshot, said, reason=reason, as_of=self.context.as_of, now=work.now)
        self.note(cells, said, account)
        if life.facts.status in Membership.LIVING:
            if account.status == Account.Status.CLOSED:
                self.end_with_account(cells, life, reason)
            else:
                history.carry_on(life, work.now)
        at = terms.start_of_day(said.starts_on, life.facts.zone)
        return self.keep(work, said, min(at, work.now), life.membership)

    def agreed(self, plan, said):
        """Return the plan as agreed with this one customer: its price where the line names one."""
        snapshot = plan.snapshot()
        if said.monthly_minor and not said.is_trial:
            snapshot["price_minor"] = said.monthly_minor * terms.MONTHS[plan.cycle]
        return snapshot

    def note(self, cells, said, account):
        if account.opened_on and said.starts_on < account.opened_on:
            cells.note("starts_on", _("lies before the day since which the account is a customer"))
        if said.ends_on and said.ends_on <= self.context.as_of and said.is_cancelled is False:
            cells.note("is_cancelled", _("says that it was not cancelled, though it has a last day: taken as expired"))

    def end_with_account(self, cells, life, reason):
        """Nothing about an account that is closed is in service: whatever still runs has ended by the file's day."""
        day = terms.start_of_day(self.context.as_of + terms.DAY, life.facts.zone)
        at = max(min(day, life.work.now), life.facts.since)
        history.ended(life, Membership.Status.CANCELLED, at, reason=reason)
        cells.note(
            "account", _("is closed here, yet the line says that this runs: taken to have ended with the file's day")
        )


class MembershipEventsTaker(RecordsTaker):
    """Brings memberships to where a billing system's events say that they stood, event by event."""

    kind = "membership_events"

    def __init__(self, context):
        super().__init__(context)
        self.plans = Plans(Plan.objects.filter(client=self.client))

    def ordered(self, lines):
        return sorted(lines, key=lambda line: (line[1].occurred_at, line[0].line))

    def prepare(self, accounts, rows):
        """Read the memberships that these records brought before, and the moment of the last one of each."""
        self.last, self.lives = {}, {}
        for row in rows:
            self.last[row.reference] = max(row, self.last.get(row.reference, row), key=lambda row: row.occurred_at)
        self.references = {row.membership_id: reference for reference, row in self.last.items()}
        found = list(Membership.objects.select_related("plan").filter(pk__in=self.references))
        self.waiting, self.trials = waiting_for(found), trials_of(found)
        self.rows = {self.references[row.pk]: row for row in found}

    def put(self, cells, said, account):
        plan = self.plans.find(said.plan) if said.plan else None
        if said.plan and plan is None:
            cells.refuse("plan", _("is not the code or the name of one plan of this client"))
            return None
        work, before = self.work_for(account), self.last.get(said.reference)
        try:
            self.refuse(said, account, before, work)
            reason = self.reasons.code("cancel", said.reason)
            life = self.life(work, said)
            if life is None:
                life = self.lives[said.reference] = self.begin(work, plan, said, reason)
            else:
                history.apply(life, plan, said, reason=reason)
        except Invalid as error:
            cells.refuse(error.field or "", error.message)
            return None
        self.last[said.reference] = row = self.keep(work, said, said.occurred_at, life.membership)
        return row

    def refuse(self, said, account, before, work):
        if said.occurred_at > work.now:
            raise Invalid(_("lies in the future"), field="occurred_at")
        if before and said.occurred_at < before.occurred_at:
            raise Invalid(_("lies before the event that comes before it"), field="occurred_at")
        if before and before.account_id != account.pk:
            raise Invalid(_("belongs to another account by what is on record"), field="account")
        is_over = said.status in Membership.STOPPED
        if account.status == Account.Status.CLOSED and not is_over:
            raise Invalid(_("is not possible: the account is closed here"), field="status")

    def life(self, work, said):
        if said.reference not in self.lives and said.reference in self.rows:
            row = self.rows[said.reference]
            life = Life(work, row, waiting=self.waiting[row.pk])
            life.tells, life.trial_entry = False, self.trials.get(row.pk)
            self.lives[said.reference] = life
        return self.lives.get(said.reference)

    def begin(self, work, plan, said, reason):
        if plan is None:
            raise Invalid(_("is missing; the first event of a membership names its plan"), field="plan")
        return history.opened_by(work, plan, said, reason=reason)

    def finish(self):
        """Write what has come by itself since the last event, once no further event can say otherwise. May run twice.

        Nobody is told, and nothing is billed: it came at the billing system that the events are from.
        """
        if self.context.is_dry_run:
            return
        ours = ImportedRecord.objects.filter(client=self.client, source=self.source, kind=self.kind)
        done = AT_ONCE
        while done == AT_ONCE:
            with transaction.atomic():
                Client.objects.select_for_update().get(pk=self.client.pk)
                due = Membership.objects.due(timezone.now()).filter(pk__in=ours.values("membership"))
                rows = list(due.filter(account__status=Account.Status.ACTIVE).select_related("plan")[:AT_ONCE])
                done = self.carry_on(rows)

    def carry_on(self, rows):
        accounts = Account.objects.select_for_update().in_bulk({row.account_id for row in rows})
        foreign, self.works = self.touched(accounts.values()), {}
        waiting, trials = waiting_for(rows), trials_of(rows)
        for row in rows:
            if row.account_id not in foreign:
                life = Life(self.work_for(accounts[row.account_id]), row, waiting=waiting[row.pk])
                life.tells, life.trial_entry = False, trials.get(row.pk)
                history.carry_on(life, life.work.now)
        self.write()
        return len(rows) if self.works else 0


class DeparturesTaker(RecordsTaker):
    """Keeps that customers left and came back, and why, beside the status that they have here.

    It changes no status: an account is closed by an event, and comes back by a reinstatement. What contradicts the
    account or its memberships is told line by line.
    """

    kind = "departures"
    leaving: frozenset[str] = frozenset()
    """The numbers of all accounts of which any line of the file says that they left."""

    def survey(self, items):
        self.leaving = frozenset(said.number for said in items if not said.is_return)

    def put(self, cells, said, account):
        work = self.work_for(account)
        place = zone(account.time_zone)
        at = min(terms.start_of_day(said.on, place), work.now)
        work.occurred_at = at
        reason = self.reasons.code("reinstate" if said.is_return else "cancel", said.reason)
        data = {"on": said.on.isoformat(), "file_sha256": self.context.source}
        work.log(account, "told_return" if said.is_return else "told_departure", reason=reason, data=data)
        self.note(cells, said, account, terms.start_of_day(said.on + terms.DAY, place))
        return self.keep(work, said, at)

    def prepare(self, accounts, rows):
        """Read from when until when each membership of these accounts ran: until ``None`` where it still does."""
        self.left, self.spans = self.left_before(accounts), defaultdict(list)
        memberships = Membership.objects.filter(account__in=[account.pk for account in accounts])
        for row in memberships.values("account", "starts_on", "status", "changed_at"):
            is_over = row["status"] not in Membership.LIVING
            self.spans[row["account"]].append((row["starts_on"], row["changed_at"] if is_over else None))

    def left_before(self, accounts):
        """Return the keys of the accounts of which it is on record that they left, or that they are closed."""
        told = StatusChange.objects.filter(account__in=[account.pk for account in accounts], action="told_departure")
        closed = {account.pk for account in accounts if account.status == Account.Status.CLOSED}
        return closed | set(told.values_list("account", flat=True))

    def note(self, cells, said, account, over_at):
        is_closed = account.status == Account.Status.CLOSED
        if said.is_return and account.pk not in self.left and account.number not in self.leaving:
            cells.note("is_return", _("says that the customer came back, yet nothing says that they had left"))
        if said.is_return and is_closed:
            cells.note("is_return", _("says that the customer came back, yet the account is closed here"))
        elif not said.is_return and not is_closed:
            spans = self.spans[account.pk]
            ran = sum(bool(start and start <= said.on and (not end or end > over_at)) for start, end in spans)
            words = ngettext(
                "says that the customer left, yet the account is active here, and %d membership ran on after it",
                "says that the customer left, yet the account is active here, and %d memberships ran on after it",
                ran,
            )
            cells.note("on", words % ran)
