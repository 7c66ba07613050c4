"""Where a client wants two people to end something: who may do it alone, and the row that lets it happen."""

from django.utils.translation import gettext as _

from accounts.errors import Moved, Refused
from accounts.models import AccountSettings, EndingDecision, EndingProposal, StatusChange

Decision = EndingDecision.Decision


def wanted(client_id):
    """Whether this client wants that one person proposes a closing or cancellation and another one confirms it."""
    return AccountSettings.objects.filter(client=client_id, ends_need_two=True).exists()


def require(work, proposal, effective_on):
    """Return what the entry that ends something has more: its cause, and the row of the second person's decision.

    Raises ``Refused`` where the client wants two people and nothing was proposed. Rules and the client's own system end
    things by themselves; so does the day that two people have decided on.
    """
    if proposal is not None:
        return {
            "caused_by": StatusChange.objects.get(uid=proposal.entry),
            "decided": decision(work, proposal, Decision.CONFIRMED, proposal.reason, effective_on),
        }
    if not work.actor.is_system and wanted(work.client_id):
        raise Refused(_("This client wants two people for this: one proposes it, another confirms it."))
    return {}


def decision(work, proposal, outcome, reason, effective_on=None):
    """Return what makes the row of a decision from its entry."""
    return lambda entry: EndingDecision(
        client_id=work.client_id,
        proposal=proposal,
        decision=outcome,
        user=work.actor,
        person_id=work.actor.person_id,
        reason=reason,
        entry=entry.uid,
        effective_on=effective_on,
        decided_at=entry.recorded_at,
    )


def waiting(account, membership=None):
    """Return the proposal about an account, or about one membership of it, that waits for a second person."""
    return EndingProposal.objects.waiting().filter(account=account, membership=membership).first()


def why_waiting(account, membership=None):
    """Say that a proposal waits, "" where none does."""
    if waiting(account, membership):
        return _("It is proposed already, and waits for a second person.")
    return ""


def require_none(account, membership=None):
    if said := why_waiting(account, membership):
        raise Moved(said)
