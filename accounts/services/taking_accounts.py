"""Lines of a file become accounts: the taker of the kind "accounts"."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.errors import Moved
from accounts.models import Account, Plan
from accounts.services import accounts, merges


class AccountsTaker:
    """Opens an account for each line whose number the client does not have yet.

    ``brought`` are plans that come with the file, made where the client lacks them; ``enrich`` may add to each
    ``Opening`` what the file does not have.
    """

    def __init__(self, context, brought=(), enrich=None):
        self.context, self.enrich = context, enrich
        self.plans = {plan.code: plan for plan in Plan.objects.filter(client=context.client)}
        self.brought = {fields["code"]: fields for fields in brought}

    def take(self, lines):
        good, lines = [], list(lines)
        merged = self.merged_among([opening.number for _cells, opening in lines])
        for cells, opening in lines:
            if opening.number in merged:
                cells.refuse("number", _("was merged into account %s, which stands for it") % merged[opening.number])
            elif opening.plan and opening.plan not in (self.plans.keys() | self.brought.keys()):
                cells.refuse("plan", _("is not the code of a plan of this client"))
            else:
                good.append(opening)
        new = self.new_among(good)
        if new and not self.context.is_dry_run:
            self.write(new)
        return len(new), len(good) - len(new)

    def finish(self):
        """Nothing about an account waits for the end of the file."""

    def merged_among(self, numbers):
        """Return ``{number: the account that stands for it}`` of those that were absorbed by another account."""
        merged = Account.objects.filter(client=self.context.client, number__in=numbers, status=Account.Status.MERGED)
        survivors = merges.survivors_of(merged)
        return {account.number: survivors[account.pk].number for account in merged}

    def new_among(self, openings):
        """Return those whose number neither the client has nor an earlier line of the set."""
        by_number = {}
        for opening in openings:
            by_number.setdefault(opening.number, opening)
        rows = Account.objects.filter(client=self.context.client, number__in=by_number)
        for number in rows.values_list("number", flat=True):
            del by_number[number]
        return list(by_number.values())

    def write(self, openings):
        if self.enrich:
            openings = [self.enrich(opening) for opening in openings]
        try:
            accounts.open_accounts(
                self.context.client,
                [vars(opening) | {"plan": self.plan(opening.plan)} for opening in openings],
                actor=self.context.actor,
                origin="import",
                reason="imported",
            )
        except IntegrityError as error:
            raise Moved(_("Somebody else opened one of these accounts at the same moment. Run it again.")) from error

    def plan(self, code):
        """Return a plan of the client, made now if it comes with the file."""
        if code and code not in self.plans:
            client = self.context.client
            self.plans[code] = Plan.objects.create(client=client, currency=client.currency, **self.brought[code])
        return self.plans.get(code)
