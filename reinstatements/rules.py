"""Who may do what to a case. Each rule stands beside its queryset twin in ``models/request.py``."""

from accounts import grants
from accounts.grants import Role


def can_see(case, user):
    return grants.allows(user, case.client_id, "see")


def can_work(case, user):
    """Agents and supervisors of the client work its cases; a named rule does so as the system."""
    return user.is_system or grants.allows(user, case.client_id, "work")


def took_part(case, user):
    """Whoever asked, worked on or changed a case, with this login or another of the same person."""
    return case.participations.filter(person=user.person_id).exists()


def can_decide(case, user):
    """Deciding roles decide for their own clients, and never on a case they took part in."""
    return grants.allows(user, case.client_id, "decide") and not took_part(case, user)


def can_decide_level(case, user, role):
    """The level that is due names a role; holding another deciding role is not enough."""
    return Role(role) in grants.roles(user, case.client_id) and can_decide(case, user)


def can_complete(case, user):
    """Completing follows from the approval; whoever gave the last one, or the rule that did, completes."""
    return user.is_system or grants.allows(user, case.client_id, "decide")
