"""Looking at a member: each opening and each showing of whole personal data leaves a record."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, personal, reasons, rules
from accounts.errors import Invalid, Refused
from accounts.masking import mask_card_numbers
from accounts.models import AccessRecord, ReasonCode
from accounts.services import access

# Pages of one account that one person opens within this time count as one opening.
ONE_OPENING = timedelta(minutes=10)


def opened(account, *, user, related=None, **details):
    """Leave word that somebody opened an account's page, or that of something ``related`` of it, by its key.

    The same again within ten minutes adds nothing.
    """
    opening = {"kind": AccessRecord.Kind.OPENED, "user": user, "account": account, "related": related}
    lately = AccessRecord.objects.filter(**opening, details=details, created_at__gt=timezone.now() - ONE_OPENING)
    if not lately.exists():
        access.record(**opening, client_id=account.client_id, **details)


def reveal(account, *, actor, reason, words):
    """Return the holder's whole data, for a reason of the client's list and in words.

    The words are sealed beside an entry of the account's chain, and the access record belongs to that entry. Raises
    ``Refused`` where a role does not allow it and ``Invalid`` for a reason that is not offered, for no words, and where
    the person was erased.
    """
    if not rules.can_reveal(account, actor):
        raise Refused(_("Your role does not show personal data."))
    if account.erased_at:
        raise Invalid(_("The personal data of this account was erased."))
    if reason not in dict(reasons.choices(account.client_id, ReasonCode.Use.REVEAL)):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not words.strip():
        raise Invalid(_("Say in words why you need to see the data."), field="words")
    note, _found = mask_card_numbers(words.strip())
    with ledger.change(account, actor=actor) as work:
        entry = work.log(work.account, "reveal", reason=reason, note=note)
        access.record(
            AccessRecord.Kind.REVEALED,
            user=actor,
            client_id=account.client_id,
            account=account,
            reason=reason,
            related=entry.uid,
        )
    return personal.holder(account, whole=True)
