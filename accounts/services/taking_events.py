"""Lines of a history become entries: the taker of the kind "events"."""

import re
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.ledger import reading, sets
from accounts.models import Account, Client, ImportedEvent, Restriction, StatusChange, User
from accounts.services import accounts, memberships, merges
from accounts.services.history import ENDED, Chain
from accounts.services.reasons import Reasons
from accounts.services.standing import Standing

SOURCE = re.compile(r"[\w.-]{1,40}", re.ASCII)
IMPORTED = "imported"
OPENING = Q(action="open", subject_type__in=("account", "membership"))
JUST_BEFORE = timedelta(seconds=1)
AT_ONCE = 1000
NOTHING = (0, -1)
NO_PAST = (None, None, 0)
RETURNED = Q(subject_type="reinstatement", to_status="completed")


class EventsTaker:
    """Puts events on record for accounts that have no entry beyond their opening and what this source brought before.

    Options: ``source`` names where the history comes from. ``open_missing`` opens accounts that are not there, as of
    the day ``opened_on`` or, without one, just before their first event.
    """

    def __init__(self, context):
        self.context, self.client, options = context, context.client, context.options
        self.source = options.get("source") or "history"
        if not SOURCE.fullmatch(self.source):
            raise Invalid(_("A source is named by up to 40 letters, digits, points and dashes."), field="source")
        self.opens_missing = bool(options.get("open_missing"))
        self.opened_at = beginning_of(options.get("opened_on"), self.client)
        self.system = User.objects.system()
        self.on_behalf = None if context.actor.is_system else context.actor
        self.reasons = Reasons(self.client, context.is_dry_run)
        self.shared = {}

    def take(self, lines):
        with sets.nothing_is_garbage():
            return self.take_all(lines)

    def take_all(self, lines):
        self.now = timezone.now()
        by_number = defaultdict(list)
        for cells, event in lines:
            by_number[event.number].append((cells, event))
        found = reading.found(locked, client_ids=[self.client.pk], numbers=list(by_number))
        digests, reached = self.brought(found)
        chains = self.chains(found, reached)
        self.survivors = merges.survivors_of(found)
        taken = known = 0
        written = []
        for number, pairs in by_number.items():
            pairs.sort(key=lambda pair: pair[1].sequence)
            chain = chains.get(number)
            on_record = digests[chain.account.id] if chain else {}
            new = [pair for pair in pairs if not is_on_record(*pair, on_record)]
            known += sum(not cells.problems for cells, _event in pairs) - len(new)
            if new and chain is None:
                chain = self.opened(number, new)
            put = sum([self.put(chain, *pair, on_record) for pair in new])
            taken += put
            if chain and not chain.work.is_empty and (put or not chain.is_new):
                written.append(chain)
        self.write(written)
        return taken, known

    def put(self, chain, cells, event, on_record):
        """Put one event on record, or say why not; a line that stands twice is refused as one that came too late."""
        if chain is None:
            cells.refuse("account", _("is not the number of an account of this client"))
        elif survivor := self.survivors.get(chain.account.id):
            cells.refuse("account", _("was merged into account %s, which stands for it") % survivor.number)
        elif chain.is_foreign:
            cells.refuse("account", _("has a history here already, which this file did not bring"))
        elif self.opened_at and chain.is_new and event.occurred_at < self.opened_at:
            cells.refuse("occurred_at", _("lies before the day from which the accounts are opened"))
        else:
            try:
                note = chain.take(event, self.reasons.code(event.action, event.reason))
            except Invalid as error:
                cells.refuse(error.field or "", error.message)
            else:
                if note:
                    cells.note("action", note)
                digest = on_record[event.sequence] = event.digest
                number = chain.work.chain.head_number
                row = (self.client.id, self.source, chain.account.id, event.sequence, digest, number)
                chain.work.add_rows(ImportedEvent, [row])
                return True
        return False

    def finish(self):
        """End the suspensions whose end has come, once no further line can say that it was moved. May run twice."""
        if self.context.is_dry_run:
            return
        done = None
        while done is None or len(done) == AT_ONCE:
            with transaction.atomic():
                Client.objects.select_for_update().get(pk=self.client.pk)
                self.now = timezone.now()
                ours = ImportedEvent.objects.filter(client=self.client, source=self.source).values("account")
                due = {"next_change_at__lte": self.now, "pk__in": ours, "pk__gt": done[-1].pk if done else None}
                due = Account.objects.filter(**{name: value for name, value in due.items() if value})
                done = list(due.filter(client=self.client).select_for_update().order_by("pk")[:AT_ONCE])
                chains = [chain for chain in self.chains(done, self.brought(done)[1]).values() if not chain.is_foreign]
                for chain in chains:
                    chain.settle(chain.work.now)
                self.write([chain for chain in chains if not chain.work.is_empty])

    def write(self, chains):
        if not self.context.is_dry_run:
            sets.run([chain.work for chain in chains])

    def brought(self, found):
        """Return what this source brought of each account, ``{account id: {sequence: digest}}``, and how far.

        That is ``{account id: (number of the last entry, last sequence)}``.
        """
        digests, reached = defaultdict(dict), defaultdict(lambda: NOTHING)
        known = {"client_ids": [self.client.pk], "source": self.source, "accounts": [account.pk for account in found]}
        for _query, account, sequence, digest, number in reading.parts(events_of, **known):
            digests[account][sequence] = bytes(digest)
            last, latest = reached[account]
            reached[account] = max(last, number), max(latest, sequence)
        return digests, reached

    def opened(self, number, pairs):
        """Open an account that is not there, if that was asked for."""
        if not self.opens_missing:
            return None
        at = self.opened_at or pairs[0][1].occurred_at - JUST_BEFORE
        work, key, holder = self.new_account(number, at)
        if at > work.now:
            return None
        work.occurred_at = at
        accounts.record_opening(work, key, holder, Account.Status.ACTIVE, None, None, IMPORTED)
        chain = Chain(work, Standing(shared=self.shared))
        chain.is_new = True
        return chain

    def new_account(self, number, at):
        opened_on = at.astimezone(ZoneInfo(self.client.time_zone)).date()
        account, key = accounts.new_account(self.client, number, {}, {"opened_on": opened_on})
        return self.change(account), key, {}

    def change(self, account):
        account.client = self.client
        return sets.SetChange(account, actor=self.system, origin="import", on_behalf=self.on_behalf, now=self.now)

    def chains(self, found, reached):
        """Return a ``Chain`` for each of these locked accounts by its number, in a handful of queries."""
        pks = [account.pk for account in found]
        past = {account: told for _query, account, *told in reading.parts(entries_of, accounts=pks)}
        restrictions, households = defaultdict(list), memberships.households(found)
        for row in reading.found(open_restrictions_of, accounts=pks):
            restrictions[row.account_id].append(row)
        stopped = self.stopped(found)
        chains = {}
        for account in found:
            pk = account.pk
            (latest, last_at, times), plan = past.get(pk, NO_PAST), households[pk].plan()
            standing = Standing(restrictions[pk], stopped.get(pk), plan, times, self.shared)
            chain = Chain(
                self.change(account),
                standing,
                household=households[pk],
                last_at=last_at,
                last_sequence=reached[pk][1],
                has_history=last_at is not None,
            )
            chain.is_foreign = (latest or 0) > reached[pk][0]
            chains[account.number] = chain
        return chains

    def stopped(self, found):
        """Return the entries that took these accounts out of service."""
        out = [account.pk for account in found if account.status in Account.STOPPED]
        return {entry.account_id: entry for entry in reading.found(stopped_by, accounts=out)}


def locked(client_ids, numbers):
    return Account.objects.select_for_update().filter(client__in=client_ids, number__in=numbers).order_by("pk")


def events_of(client_ids, source, accounts):
    """Return the query of what a source brought of these accounts."""
    rows = ImportedEvent.objects.filter(client__in=client_ids, source=source, account__in=accounts)
    return [rows.values_list("account", "sequence", "digest", "number")]


def entries_of(accounts):
    """Return the query of what the entries of each account say: the last that is no opening, when, and returns."""
    entries = StatusChange.objects.filter(account__in=accounts).values_list("account")
    return [
        entries.annotate(
            latest=Max("number", filter=~OPENING & ~Q(rule=ENDED)),
            last=Max("occurred_at", filter=~OPENING),
            times=Count("number", filter=RETURNED),
        )
    ]


def open_restrictions_of(accounts):
    """Return the query that locks what keeps these accounts themselves out of service."""
    rows = Restriction.objects.select_for_update().filter(account__in=accounts, membership=None, lifted_at=None)
    return rows.order_by("opened_at", "id")


def stopped_by(accounts):
    """Return the query of the entries that set the statuses of these accounts."""
    return StatusChange.objects.filter(account__in=accounts, number=F("account__status_number"))


def is_on_record(cells, event, digests):
    """Whether an event is there already; it is told where it came with another content before."""
    before = digests.get(event.sequence)
    if before is None:
        return False
    if before != event.digest:
        cells.refuse("sequence", _("is on record already, and says something else there"))
    return True


def beginning_of(day, client):
    """Return the first moment of a day, written YYYY-MM-DD, where the client is; ``None`` without one."""
    if not day:
        return None
    try:
        found = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(client.time_zone))
    except ValueError:
        raise Invalid(_("This is not a day such as 2012-01-31."), field="opened_on") from None
    return found
