"""What takers of memberships and departures have in common: accounts, and what is on record already."""

from collections import defaultdict

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.ledger import sets
from accounts.models import Account, ImportedRecord, Origin, StatusChange, User
from accounts.services import merges
from accounts.services.reasons import Reasons
from accounts.services.taking_events import OPENING, SOURCE

BY_ITSELF = Q(origin=Origin.RULE, rule__in=("membership_terms", "suspension_ended"))
WHILE = (Account.Status.ACTIVE, Account.Status.CLOSED)


class RecordsTaker:
    """Takes records one by one for accounts in which people have changed nothing since they were opened.

    Option: ``source`` names where the records come from.
    """

    kind = ""

    def __init__(self, context):
        self.context, self.client = context, context.client
        self.source = context.options.get("source") or "history"
        if not SOURCE.fullmatch(self.source):
            raise Invalid(_("A source is named by up to 40 letters, digits, points and dashes."), field="source")
        self.system = User.objects.system()
        self.on_behalf = None if context.actor.is_system else context.actor
        self.reasons = Reasons(self.client, context.is_dry_run)

    def take(self, lines):
        lines = [(cells, said) for cells, said in lines if said is not None]
        rows = Account.objects.select_for_update().filter(
            client=self.client, number__in={said.number for _cells, said in lines}
        )
        found = {account.number: account for account in rows.order_by("pk")}
        self.foreign, self.survivors = self.touched(found.values()), merges.survivors_of(found.values())
        on_record = self.on_record(lines)
        self.prepare(found.values(), on_record.values())
        self.works = {}
        taken = known = 0
        for cells, said in self.ordered(lines):
            key = said.reference, getattr(said, "event", "")
            if key in on_record:
                known += self.is_known(cells, said, on_record[key])
                continue
            account = found.get(said.number)
            if self.may_take(cells, account) and (row := self.put(cells, said, account)):
                on_record[key] = row
                taken += 1
        self.write()
        return taken, known

    def ordered(self, lines):
        return lines

    def prepare(self, accounts, rows):
        """Read what the records of a set need, for all of them at once."""

    def finish(self):
        """Nothing waits for the end of the file, unless a kind says so."""

    def put(self, cells, said, account):
        """Put one record on record and return its row, or refuse it in ``cells``."""
        raise NotImplementedError

    def touched(self, accounts):
        """Return the keys of the accounts that people, or other rules than those of dates, have changed."""
        entries = StatusChange.objects.filter(account__in=[account.pk for account in accounts])
        entries = entries.exclude(OPENING).exclude(origin=Origin.IMPORT).exclude(BY_ITSELF)
        return set(entries.values_list("account", flat=True).distinct())

    def on_record(self, lines):
        """Return ``{(reference, event): row}`` of what is on record of these references."""
        references = {said.reference for _cells, said in lines}
        rows = ImportedRecord.objects.filter(
            client=self.client, source=self.source, kind=self.kind, reference__in=references
        )
        return {(row.reference, row.event): row for row in rows.order_by("id")}

    def is_known(self, cells, said, row):
        if bytes(row.digest) == said.digest:
            return True
        cells.refuse("reference", _("is on record already, and says something else there"))
        return False

    def may_take(self, cells, account):
        if account is None:
            cells.refuse("account", _("is not the number of an account of this client"))
        elif survivor := self.survivors.get(account.pk):
            cells.refuse("account", _("was merged into account %s, which stands for it") % survivor.number)
        elif account.pk in self.foreign:
            cells.refuse("account", _("has a history here already, which this file did not bring"))
        elif account.status not in WHILE:
            status = account.get_status_display().lower()
            cells.refuse("account", _("is %s here; a past is taken over while it is active or closed") % status)
        else:
            return True
        return False

    def work_for(self, account):
        """Return the ``Change`` of an account, one for the whole set."""
        if account.pk not in self.works:
            account.client = self.client
            self.works[account.pk] = sets.SetChange(
                account, actor=self.system, origin="import", on_behalf=self.on_behalf
            )
        return self.works[account.pk]

    def keep(self, work, said, occurred_at, membership=None):
        """Note that a record is on record, and return its row."""
        row = ImportedRecord(
            client_id=self.client.pk,
            source=self.source,
            kind=self.kind,
            reference=said.reference,
            event=getattr(said, "event", ""),
            account=work.account,
            membership=membership,
            digest=said.digest,
            occurred_at=occurred_at,
            number=work.chain.head_number,
        )
        work.add(row)
        return row

    def write(self):
        if not self.context.is_dry_run:
            sets.run([work for work in self.works.values() if not work.is_empty])


class Plans:
    """Finds a client's plan by what a file calls it: code or name, and the cycle where several have that name."""

    def __init__(self, plans):
        self.by_name = defaultdict(list)
        for plan in plans:
            for name in {plan.code.casefold(), plan.name.casefold()}:
                self.by_name[name].append(plan)

    def find(self, name, cycle=""):
        """Return the only plan of this name and cycle, else ``None``."""
        name = name.casefold()
        found = self.by_name[f"{name}-{cycle}"] if cycle else []
        found = found or [plan for plan in self.by_name[name] if cycle in ("", plan.cycle)]
        return found[0] if len(found) == 1 else None
