"""Changing many accounts at once: each by the service that changes one, in a transaction of its own."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved, ServiceError
from accounts.models import Account, BulkChange
from accounts.services import lifecycle, reviews

MOST = 200
DEEDS = {
    "hold": lifecycle.hold,
    "suspend": lifecycle.suspend,
    "put_under_review": reviews.put_under_review,
    "deactivate": lifecycle.deactivate,
}


def run(key, deed, accounts, *, actor, reason, **wanted):
    """Do one thing to up to 200 accounts of one client; return the ``BulkChange`` with what became of each.

    ``key`` is the form's: sent twice, it runs once. What one account refuses stops no other. Raises ``Invalid`` for
    accounts of several clients, for none and for too many, ``Moved`` where the key is somebody else's.
    """
    clients = {account.client_id for account in accounts}
    if deed not in DEEDS:
        raise Invalid(_("This cannot be done to many accounts at once."))
    if len(clients) != 1 or len(accounts) > MOST:
        raise Invalid(_("Choose accounts of one client, 200 at the most."))
    reviews.require_may(accounts[0], actor)
    started = begin(key, deed, accounts, actor, reason)
    if started is None:
        found = BulkChange.objects.for_user(actor).filter(pk=key, user=actor).first()
        if found is None:
            raise Moved(_("This form was sent before. Begin again from the list."))
        return found
    for account in accounts:
        started.outcomes.append([str(account.pk), try_one(deed, account, actor=actor, reason=reason, **wanted)])
        started.save(update_fields=["outcomes"])
    started.finished_at = timezone.now()
    started.save(update_fields=["finished_at"])
    return started


def begin(key, deed, accounts, actor, reason):
    """Write down what is to be done; ``None`` where this key was written before."""
    made = BulkChange(
        id=key,
        client_id=accounts[0].client_id,
        user=actor,
        deed=deed,
        reason=reason,
        accounts=[str(account.pk) for account in accounts],
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return None
    return made


def try_one(deed, account, **wanted):
    """Return why it was refused, "" where it was done."""
    try:
        DEEDS[deed](account, **wanted)
    except ServiceError as problem:
        return problem.message
    return ""


def told(change, user):
    """Return ``[(account, why not or "", was it reached), ...]`` of a bulk change, in its order."""
    rows = {str(row.pk): row for row in Account.objects.for_user(user).filter(pk__in=change.accounts)}
    outcomes = dict(change.outcomes)
    return [(rows[pk], outcomes.get(pk, ""), pk in outcomes) for pk in change.accounts if pk in rows]
