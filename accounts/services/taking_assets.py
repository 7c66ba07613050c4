"""Lines of a file become what customers use: the taker of the kind "assets"."""

from collections import defaultdict

from django.utils.translation import gettext as _

from accounts import digests
from accounts.errors import Invalid
from accounts.ledger import sets
from accounts.models import Account, Asset, User
from accounts.services import assets, merges


class AssetsTaker:
    """Puts down, for each line, something that its account does not have yet; what it has is known."""

    def __init__(self, context):
        self.context, self.client = context, context.client
        self.system = User.objects.system()
        self.on_behalf = None if context.actor.is_system else context.actor

    def take(self, lines):
        numbers = {said.number for _cells, said in lines if said}
        rows = Account.objects.filter(client=self.client, number__in=numbers).select_related("subject_key")
        found = {row.number: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
        survivors, held = merges.survivors_of(found.values()), self.held(found.values())
        works, taken, known = {}, 0, 0
        for cells, said in lines:
            if said is None or not (account := self.account_of(cells, said, found, survivors)):
                continue
            try:
                words = assets.checked(said.kind, said.identifier, account.country)
                digest = digests.asset_digest(self.client.pk, said.kind, words)
                if (said.kind, digest) in held[account.pk]:
                    known += 1
                    continue
                assets.put(self.work_for(works, account), said.kind, words, stays=said.stays, reason="imported")
            except Invalid as error:
                cells.refuse(error.field or "", error.message)
                continue
            held[account.pk].add((said.kind, digest))
            taken += 1
        if not self.context.is_dry_run:
            sets.run(list(works.values()))
        return taken, known

    def finish(self):
        """Nothing about what customers use waits for the end of the file."""

    def held(self, accounts):
        """Return ``{account id: {(kind, digest)}}`` of what these accounts have."""
        found = defaultdict(set)
        rows = Asset.objects.in_use().filter(account__in=[account.pk for account in accounts])
        for account, kind, digest in rows.values_list("account", "kind", "digest"):
            found[account].add((kind, bytes(digest)))
        return found

    def account_of(self, cells, said, found, survivors):
        account = found.get(said.number)
        if account is None:
            cells.refuse("account", _("is not the number of an account of this client"))
        elif survivor := survivors.get(account.pk):
            cells.refuse("account", _("was merged into account %s, which stands for it") % survivor.number)
        elif account.erased_at:
            cells.refuse("account", _("is of a person whose data were erased"))
        else:
            return account
        return None

    def work_for(self, works, account):
        if account.pk not in works:
            account.client = self.client
            works[account.pk] = sets.SetChange(account, actor=self.system, origin="import", on_behalf=self.on_behalf)
        return works[account.pk]
