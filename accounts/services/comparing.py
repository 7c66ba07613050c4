"""Comparing the client's own system with what stands here: the taker of the kind "statuses". It changes no status."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import moments
from accounts.models import Account, Difference
from accounts.zones import zone

SET = 5000
GONE = (Account.Status.CLOSED, Account.Status.MERGED)
"""What has ended here need not stand in the client's system any more."""
Kind = Difference.Kind


class StatusesTaker:
    """Keeps what differs: lines that say another status or name no account of ours, and accounts that no line names.

    Both sides are of the end of the day that the file speaks of, in the client's time zone, or of now if that is today.
    The same file again keeps nothing new, unless something here is different since.
    """

    def __init__(self, context):
        self.context, self.client = context, context.client
        end = moments.start_of(context.as_of + timedelta(days=1), zone(self.client.time_zone))
        self.moment = min(end - timedelta(microseconds=1), timezone.now())
        self.numbers = frozenset()

    def survey(self, items):
        self.numbers = frozenset(said.number for said in items)

    def take(self, lines):
        wanted = {said.number for _cells, said in lines if said}
        ours = self.ours(number__in=wanted)
        found, same, seen = [], 0, {}
        for cells, said in lines:
            if said is None:
                continue
            if seen.setdefault(said.number, said.status) != said.status:
                cells.refuse("account", _("stands in the file twice, with another status"))
                continue
            pk, status = ours.get(said.number, (None, ""))
            if status == said.status:
                same += 1
            elif pk is None:
                found.append(self.difference(Kind.NOT_HERE, said.number, theirs=said.status))
            else:
                found.append(self.difference(Kind.STATUS, said.number, pk, status, said.status))
        return self.keep(found), same

    def finish(self):
        """Keep the accounts that no line names, in order of their numbers, a few thousand at a time; count them."""
        last, count = "", 0
        while some := self.ours(number__gt=last, limit=SET):
            last = max(some)
            missing = [
                self.difference(Kind.NOT_THERE, number, pk, status)
                for number, (pk, status) in some.items()
                if number not in self.numbers and status not in GONE
            ]
            count += self.keep(missing)
        return count

    def ours(self, limit=None, **which):
        """Return ``{number: (key, status)}`` of accounts that were there at the moment, as they stood then."""
        rows = Account.objects.filter(client=self.client, **which).as_of(self.moment).order_by("number")
        found = rows.values_list("number", "pk", "status_then")[:limit]
        return {number: (pk, status or "") for number, pk, status in found}

    def difference(self, kind, number, account=None, ours="", theirs=""):
        return Difference(
            client=self.client,
            account_id=account,
            number=number,
            kind=kind,
            ours=ours,
            theirs=theirs,
            source=self.context.source,
            as_of=self.context.as_of,
        )

    def keep(self, found):
        """Write what is not kept yet of one set, unless this is a dry run; return how many differ."""
        if self.context.is_dry_run or not found:
            return len(found)
        numbers = [row.number for row in found]
        rows = Difference.objects.filter(
            client=self.client, source=self.context.source, as_of=self.context.as_of, number__in=numbers
        )
        known = set(rows.values_list("number", "ours", "theirs"))
        new = {(row.number, row.ours, row.theirs): row for row in found}
        Difference.objects.bulk_create([row for key, row in new.items() if key not in known])
        return len(found)
