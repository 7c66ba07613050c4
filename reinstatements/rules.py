"""Who may do what to a case. Each rule stands beside its queryset twin in ``models/request.py``."""

from accounts import grants
from accounts.grants import Role

RULES = ("suspension_ended", "imported_history", "paid_in_full")
"""The rules that decide a case without a person, by name; the database takes no other."""


def can_see(case, user):
    return grants.allows(user, case.client_id, "see")


def can_work(case, user):
    """Agents and supervisors of the client work its cases; a named rule does so as the system."""
    return user.is_system or grants.allows(user, case.client_id, "work")


def took_part(case, user):
    """Whoever asked, worked on or changed a case, with this login or another of the same person."""
    return any(took.person_id == user.person_id for took in case.participations.all())


def has_deciding_role(case, user):
    return grants.allows(user, case.client_id, "decide")


def can_decide(case, user):
    """Deciding roles decide for their own clients, and never on a case they took part in."""
    return has_deciding_role(case, user) and not took_part(case, user)


def has_approved(case, user):
    """Whoever approved a case since it was last sent for approval leaves what is still due to somebody else."""
    return any(approval.person_id == user.person_id for approval in approvals_given(case))


def approvals_given(case):
    """Return the approvals of a case since it was last sent for approval."""
    given = [approval for approval in case.approvals.all() if approval.decision == "approved"]
    return [approval for approval in given if approval.decided_at >= case.sent_for_approval_at]


def can_decide_level(case, user, role):
    """The level that is due names a role; holding another deciding role is not enough, nor is it to decide twice."""
    return Role(role) in grants.roles(user, case.client_id) and can_decide(case, user) and not has_approved(case, user)


def is_rule(case, user):
    """Rules act as one login, which nobody signs in with; a person never takes this way."""
    return user.is_system


def can_review(case, user):
    """Whoever decides at this client looks again at what a rule has decided."""
    return has_deciding_role(case, user)


def can_reverse(case, user):
    """Whoever decides at this client takes a reinstatement back, but who worked on the case or approved it."""
    approved = any(given.person_id == user.person_id for given in case.approvals.all() if given.decision == "approved")
    return can_decide(case, user) and not approved


def can_complete(case, user):
    """Completing follows from the approval; whoever gave the last one, or the rule that did, completes."""
    return user.is_system or has_deciding_role(case, user)
