"""What stands out on an open case beside its facts, and keeps it from being approved among many."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import digests, personal
from accounts.models import SearchDigest, Signal
from reinstatements import freshness, presentation
from reinstatements.models import ReinstatementRequest


def of(case, user):
    """Return, a line each, what stands out on a case for somebody who decides it."""
    ends = freshness.run_out_of(case, case.checks.all(), timezone.now())
    twins = [row.code for row in related(case, user) if row.account_id != case.account_id]
    return lines(ends, twins, waiting_signals(case, user).count())


def lines(run_out, twins, signals):
    """Say it: ``run_out`` are checks with their last day, ``twins`` codes of cases, ``signals`` how many wait."""
    found = [presentation.run_out(check, last) for check, last in run_out]
    if twins:
        found.append(_("The same mail address or number asks in another case, too: %s") % ", ".join(twins))
    if signals:
        found.append(ngettext("%d signal waits to be looked at", "%d signals wait to be looked at", signals) % signals)
    return found


def waiting_signals(case, user):
    """Return the signals of the account that nobody has judged yet, for those who may see them."""
    return Signal.objects.for_user(user).waiting().filter(account=case.account_id)


def related(case, user):
    """Return other cases of the account, and open ones of accounts with the same mail address or telephone number."""
    return related_to(case.account, user).exclude(pk=case.pk)


def related_to(account, user):
    """Return the cases of an account, and open ones of accounts with the same mail address or telephone number."""
    same = Q(account=account)
    twins = contact_digests(account)
    if twins:
        found = SearchDigest.objects.filter(client=account.client_id, digest__in=twins).values("account")
        same |= Q(account__in=found, status__in=ReinstatementRequest.OPEN)
    cases = ReinstatementRequest.objects.for_user(user).filter(same, client=account.client_id)
    return cases.select_related("account").order_by("-opened_at", "-id")


def beside(cases, account):
    """Return what a list of related cases says of each: whether it is of another account, and so perhaps a twin."""
    return [{"case": row, "is_twin": row.account_id != account.pk} for row in cases]


def contact_digests(account):
    key = personal.key_of(account)
    if key is None:
        return []
    email, phone = (personal.reveal(account, field, key) for field in ("email", "phone"))
    return list(digests.contact_digests(account.client_id, email, phone, account.country).values())
