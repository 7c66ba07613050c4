"""Whether a named rule may bring an account back by itself: the policy in force for its case says so."""

from accounts.services.standing import open_restrictions, stopped_by
from reinstatements import facts, policies, rules
from reinstatements.services.cases import new_case


def may_reinstate(work, *, rule):
    """Tell whether the policy leaves a locked account to ``rule``; where it does not, people decide on a case.

    What has ended by its own date, and what was decided elsewhere, no policy has a say in. The past of the account is
    read only where the lane has conditions.
    """
    if rule in rules.ALWAYS_ALLOWED:
        return True
    account = work.account
    restrictions = open_restrictions(account)
    case = new_case(account, None, restrictions, stopped_by(account), at=work.occurred_at)
    lane = case.policy.rules.get("automatic") or {}
    profile = facts.first_profile(case, restrictions) if lane.get("when") else {}
    return policies.automatic(case.policy.rules, rule, profile)
