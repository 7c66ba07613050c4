"""Suspensions that end by themselves: what the dates say becomes rows, through the automatic lane."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import ledger, registries
from accounts.models import Account, DueFailure, Origin, User
from accounts.services import retrying
from accounts.services.history import ENDED
from accounts.services.standing import stopped_by

# A later line of an import may say that an end was moved; until then the dates tell the status, and they tell it right.
IMPORT_GOES_ON = timedelta(minutes=10)
AT_ONCE = 100


def end_due(limit=AT_ONCE):
    """End up to ``limit`` suspensions whose end has come, each in its own transaction; return how many were ended.

    May run late, twice and on several workers at once: an account that another worker holds is left to that one, and
    each is looked at again under its lock. One that fails holds up no other.
    """
    due = Account.objects.filter(next_change_at__lte=timezone.now()).order_by("next_change_at")
    return retrying.each(DueFailure.Job.SUSPENSIONS, due, end_one, limit=limit)


def end_one(pk):
    with transaction.atomic():
        now = timezone.now()
        due = Account.objects.select_for_update(skip_locked=True, of=("self",)).select_related("client")
        account = due.filter(pk=pk, next_change_at__lte=now).first()
        if account is None:
            return False
        stopped = stopped_by(account)
        if stopped.origin == Origin.IMPORT and stopped.recorded_at > now - IMPORT_GOES_ON:
            return False
        system, ends_at = User.objects.system(), account.next_change_at
        # What was over before anybody here knew of it happened elsewhere, and whoever had to hear of it has heard.
        is_news = ends_at > stopped.recorded_at
        with ledger.change(account, actor=system, origin=Origin.RULE if is_news else Origin.IMPORT) as work:
            registries.automatic["reinstate"](
                work, rule=ENDED, reason=ENDED, occurred_at=ends_at, system=system, tell=is_news
            )
        return True
