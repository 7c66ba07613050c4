"""A passed call proves who asks: it is the evidence of an open case's identity check."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import StatusChange
from accounts.services.calls import may_prove
from reinstatements.models import Check, ReinstatementRequest
from reinstatements.services.checks import record_check

CHECK = "identity"
GOOD_FOR = timedelta(hours=24)
"""How long a passed call proves who asks: the day of the call, and no promise kept for later."""


def is_good(call, now=None):
    return may_prove(call) and call.called_at > (now or timezone.now()) - GOOD_FOR


def to_prove(call, user):
    """Return the open cases of the account whose identity check this call can meet now."""
    if not is_good(call):
        return []
    cases = ReinstatementRequest.objects.for_user(user).open().filter(account=call.account_id)
    waiting = cases.filter(status=ReinstatementRequest.Status.IN_VERIFICATION, checks__code=CHECK)
    return list(waiting.exclude(checks__code=CHECK, checks__outcome=Check.Outcome.MET).order_by("opened_at"))


def prove_identity(case, call, *, actor):
    """Meet the identity check of a case by a call that was passed; return the ``Check``.

    Raises ``Invalid`` for a call about another account, one that was not passed by somebody who may ask for service
    back, and one that is over a day old.
    """
    if call.account_id != case.account_id or not is_good(call):
        raise Invalid(_("This call does not prove who asks: it was not passed, or it is more than a day ago."))
    number = StatusChange.objects.filter(uid=call.entry).values_list("number", flat=True).get()
    evidence = {"reference": _("Call of %(at)s, entry %(number)d of the account") % described(call, number)}
    return record_check(case, CHECK, actor=actor, outcome="met", facts={"method": "questions"}, evidence=evidence)


def described(call, number):
    return {"at": call.called_at.strftime("%Y-%m-%d %H:%M UTC"), "number": number}
