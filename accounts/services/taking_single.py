"""Lines that each do what a person could do on a page: by the same service, one after the other, all of a set or none.

What follows from a payment, such as the way back from a hold, is worked out from the account as the line before left
it; there is nothing that could be written as one set.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Invalid, ServiceError
from accounts.imports.payments import CHARGE
from accounts.models import Account, Charge, Origin, Payment, User
from accounts.services import accounts, contacts, merges, payments


class SingleTaker:
    """Takes each line by ``put(account, said)``, which returns whether anything was new. A dry run takes it back."""

    names: dict[str, str] = {}
    """What the fields of the service are called in the file."""

    def __init__(self, context):
        self.context, self.client = context, context.client
        on_behalf = None if context.actor.is_system else context.actor
        self.by = {"actor": User.objects.system(), "origin": Origin.IMPORT, "on_behalf": on_behalf}

    def take(self, lines):
        with transaction.atomic():
            found = self.accounts({said.number for _cells, said in lines if said})
            self.look([said for _cells, said in lines if said])
            results = [self.one(cells, said, found) for cells, said in lines if said]
            if self.context.is_dry_run:
                transaction.set_rollback(True)
        return results.count(True), results.count(False)

    def finish(self):
        """Nothing waits for the end of the file."""

    def look(self, said):
        """Read at once what is asked of each line of a set."""

    def accounts(self, numbers):
        rows = Account.objects.filter(client=self.client, number__in=numbers).select_related("client", "subject_key")
        return {row.number: row for row in rows}

    def one(self, cells, said, found):
        """Take one line; return whether it was new, ``None`` where it was refused."""
        account = found.get(said.number)
        if account is None:
            cells.refuse("account", _("is not the number of an account of this client"))
            return None
        if account.erased_at:
            cells.refuse("account", _("is of a person whose data were erased"))
            return None
        try:
            with transaction.atomic():
                return self.put(account, said)
        except ServiceError as error:
            field = error.field if isinstance(error, Invalid) else ""
            cells.refuse(self.names.get(field, field or ""), str(error.message))
            return None


class PaymentsTaker(SingleTaker):
    """Records what is owed and what was paid, once for each number of the client's system."""

    names = {"external_id": "number", "amount_minor": "amount"}

    def look(self, said):
        numbers = [each.external_id for each in said]
        rows = (model.objects.filter(client=self.client, external_id__in=numbers) for model in (Charge, Payment))
        self.known = [set(found.values_list("external_id", flat=True)) for found in rows]

    def put(self, account, said):
        known = self.known[said.kind != CHARGE]
        is_new = said.external_id not in known
        money = {"external_id": said.external_id, "amount_minor": said.amount, "currency": said.currency}
        if said.kind == CHARGE:
            payments.charge(account, due_on=said.due_on, **money, **self.by)
        else:
            more = {"paid_at": said.paid_at, "refers_to": said.refers_to, "reference": said.reference}
            payments.record(account, kind=said.kind, **money, **more, **self.by)
        known.add(said.external_id)
        return is_new


class ContactsTaker(SingleTaker):
    """Puts right how customers are reached, as a page does; the member hears of it unless the file is quiet."""

    names = {"holder_name": "name"}

    def __init__(self, context):
        super().__init__(context)
        self.tells = not context.options.get("quiet")

    def put(self, account, said):
        account = merges.survivor_of(account)
        country = contacts.country_of(said.country)
        right = {
            field: contacts.checked(field, words, country or account.country) for field, words in said.changes.items()
        }
        entry = accounts.set_holder(account, right, reason="imported", country=country, tell=self.tells, **self.by)
        return entry is not None
