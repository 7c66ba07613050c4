"""Who may do what to a case. Each rule stands beside its queryset twin in ``models/request.py``."""

from accounts import delegated, grants
from accounts.grants import Role

RULES = ("suspension_ended", "imported_history", "paid_in_full")
"""The rules that decide a case without a person, by name; the database takes no other."""
ALWAYS_ALLOWED = ("suspension_ended", "imported_history")
"""Of these a policy has no say: what ends by its own date has ended, and what was decided elsewhere was."""

CONFIRMED = "system_confirmed"
"""The rule that does what was approved once the linked system has confirmed."""

CONFIRMATION = "confirmation_awaited"
"""The rule that tells people of a linked system that has not confirmed in time; it decides nothing."""

LADDER = "escalation_ladder"
"""The rule that tells people as the time of a case runs out; it works on no case and decides none."""


def can_see(case, user):
    return grants.allows(user, case.client_id, "see")


def can_work(case, user):
    """Agents and supervisors of the client work its cases; a named rule does so as the system."""
    return user.is_system or grants.allows(user, case.client_id, "work")


def can_assign(row, user):
    """Supervisors say who works on a case, and what somebody is given."""
    return user.is_system or grants.allows(user, row.client_id, "assign")


def can_note(case, user):
    """Whoever works cases or decides them keeps notes on them."""
    return can_work(case, user) or has_deciding_role(case, user)


def can_object(case, user):
    """The client's own contact pauses a case, has it climb, and comments on it."""
    return grants.allows(user, case.client_id, "object")


def is_held_by_other(case, user, now):
    """Whether somebody else works on a case, and has not let go of it."""
    return case.worker_id not in (None, user.pk) and (case.claim_until is None or case.claim_until > now)


def took_part(case, user):
    """Whoever asked, worked on or changed a case, with this login or another of the same person."""
    return any(took.person_id == user.person_id for took in case.participations.all())


def has_deciding_role(case, user):
    return grants.allows(user, case.client_id, "decide")


def has_approving_role(case, user):
    """Deciding roles approve for their clients; somebody at the client does where a level asks from outside."""
    is_external = case.level_role == Role.CONTACT and grants.allows(user, case.client_id, "approve")
    return has_deciding_role(case, user) or is_external or stands_in(case, user, case.level_role) is not None


def can_decide(case, user):
    """Whoever approves for a client decides its cases, and never one that they took part in."""
    return has_approving_role(case, user) and not took_part(case, user)


def can_withdraw(case, user):
    """Whoever works a case; an appeal is for good, so withdrawing one is for whoever may decide it. Rules may, too."""
    return can_work(case, user) and (user.is_system or not case.appeals_id or can_decide(case, user))


def has_approved(case, user):
    """Whoever approved a case since it was last sent for approval leaves what is still due to somebody else."""
    return any(user.person_id in approvers_of(approval) for approval in approvals_given(case))


def approvers_of(approval):
    """Return the people whose approval it is: who gave it, and in whose place."""
    giver = {approval.delegation.giver.person_id} if approval.delegation_id else set()
    return {approval.person_id} | giver


def approvals_given(case):
    """Return the approvals of a case since it was last sent for approval."""
    given = [approval for approval in case.approvals.all() if approval.decision == "approved"]
    return [approval for approval in given if approval.decided_at >= case.sent_for_approval_at]


def can_decide_level(case, user, role):
    """The level that is due names a role; holding another deciding role is not enough, nor is it to decide twice."""
    return holds_level(case, user, role) and can_decide(case, user) and not has_approved(case, user)


def holds_level(case, user, role):
    """Whether somebody holds the role of a level, or stands in for one who does.

    The client's own approver holds no role at the provider.
    """
    held = grants.roles(user, case.client_id)
    if Role(role) in held:
        return role != Role.CONTACT or held == {Role.CONTACT}
    return stands_in(case, user, role) is not None


def stands_in(case, user, role):
    """Return the delegation by which somebody decides a case in a role, ``None`` for none.

    It is never back to the maker: whoever took part in the case, or has approved it, is not stood in for either.
    """
    if role not in grants.DECIDING_ROLES or role in grants.roles(user, case.client_id):
        return None
    rows = delegated.at(user, case.client_id, role)
    return next((row for row in rows if not (took_part(case, row.giver) or has_approved(case, row.giver))), None)


def is_rule(case, user):
    """Rules act as one login, which nobody signs in with; a person never takes this way."""
    return user.is_system


def can_review(case, user):
    """Whoever decides at this client looks again at what a rule has decided, or at what somebody else has."""
    return has_deciding_role(case, user) and not any(
        given.person_id == user.person_id for given in case.approvals.all() if given.person_id
    )


def can_reverse(case, user):
    """Whoever decides at this client takes a reinstatement back, but who worked on the case or approved it."""
    approved = any(given.person_id == user.person_id for given in case.approvals.all() if given.decision == "approved")
    return has_deciding_role(case, user) and not took_part(case, user) and not approved


def can_complete(case, user):
    """Completing follows from the approval; whoever gave the last one, or the rule that did, completes.

    Where a linked system must confirm, it follows from the confirmation, by a rule.
    """
    return (
        user.is_system
        or grants.allows(user, case.client_id, "approve")
        or delegated.allows(user, case.client_id, "approve")
    )


def can_confirm(case, user):
    """Whoever works the client's cases puts down what a linked system has answered; a program does so as the system."""
    return can_work(case, user)


def can_propose(row, user):
    """Administrators of the client write its policies."""
    return grants.allows(user, row.client_id, "configure")


def can_put_in_force(policy, user):
    """Another administrator, or a compliance officer, puts in force what somebody else has proposed."""
    return grants.allows(user, policy.client_id, "put_in_force") and not is_own_proposal(policy, user)


def can_turn_down(policy, user):
    """Whoever may put it in force turns it down, and who proposed it takes it back."""
    return can_put_in_force(policy, user) or (is_own_proposal(policy, user) and can_propose(policy, user))


def is_own_proposal(policy, user):
    """Whether this person proposed it, with this login or another."""
    return policy.proposed_by is not None and policy.proposed_by.person_id == user.person_id
