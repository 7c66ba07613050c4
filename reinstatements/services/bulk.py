"""Many cases at once: each by the service that does it to one, in a transaction of its own, with its own result."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved, Refused, ServiceError
from reinstatements import facts, rules, standing_out
from reinstatements.models import CaseBulk, ReinstatementRequest
from reinstatements.services import decisions, handling

MOST = 50


def allows_approval(policy):
    """Tell whether a policy lets many cases be approved at once. No policy does that does not say so."""
    return policy.rules.get("bulk_approval") is True


def assign(case, *, actor, worker, note=""):
    handling.assign(case, worker, actor=actor, note=note)


def approve(case, *, actor, seen, reason, note=""):
    """Approve one of many, on the facts that were shown in the list: only where it is routine and the policy allows."""
    if not allows_approval(case.policy):
        raise Refused(_("The policy of this case does not allow many to be approved at once."))
    if case.status != case.Status.AWAITING_APPROVAL:
        raise Moved(decisions.what_happened(case))
    if not rules.can_decide(case, actor):
        raise Refused(_("You do not decide this case."))
    if facts.case_facts(case)["risk"]["level"] != "routine":
        raise Refused(_("This case is not routine. Open it and decide it by itself."))
    if beside := standing_out.of(case, actor):
        raise Refused(_("%s. Open the case and decide it by itself.") % "; ".join(beside))
    decisions.approve(case, actor=actor, seen=seen.get(str(case.pk), ""), reason=reason, note=note)


DEEDS = {"assign": assign, "approve": approve}


def run(key, deed, cases, *, actor, **wanted):
    """Do one thing to up to fifty cases of one client; return the ``CaseBulk`` with what became of each.

    ``key`` is the form's: sent twice, it runs once. What one case refuses stops no other. Raises ``Invalid`` for cases
    of several clients, for none and for too many, ``Moved`` where the key is somebody else's.
    """
    if deed not in DEEDS or len({case.client_id for case in cases}) != 1 or len(cases) > MOST:
        raise Invalid(_("Choose cases of one client, %d at the most.") % MOST)
    started = begin(key, deed, cases, actor)
    if started is None:
        found = CaseBulk.objects.for_user(actor).filter(pk=key, user=actor).first()
        if found is None:
            raise Moved(_("This form was sent before. Begin again from the list."))
        return found
    for case in cases:
        started.outcomes.append([str(case.pk), try_one(deed, case, actor=actor, **wanted)])
        started.save(update_fields=["outcomes"])
    started.finished_at = timezone.now()
    started.save(update_fields=["finished_at"])
    return started


def begin(key, deed, cases, actor):
    """Write down what is to be done; ``None`` where this key was written before."""
    made = CaseBulk(id=key, client_id=cases[0].client_id, user=actor, deed=deed, cases=[str(case.pk) for case in cases])
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return None
    return made


def try_one(deed, case, **wanted):
    """Return why it was refused, "" where it was done."""
    try:
        DEEDS[deed](case, **wanted)
    except ServiceError as problem:
        return problem.message
    return ""


def told(bulk, user):
    """Return ``[(case, why not or "", was it reached), ...]`` in its order, without what one may not see any more."""
    found = ReinstatementRequest.objects.for_user(user).filter(pk__in=bulk.cases).select_related("account", "worker")
    rows, outcomes = {str(row.pk): row for row in found}, dict(bulk.outcomes)
    return [(rows[pk], outcomes.get(pk, ""), pk in outcomes) for pk in bulk.cases if pk in rows]
