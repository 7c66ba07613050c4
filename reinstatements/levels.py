"""Whose approval is due: the levels that a policy asks of a case as it stands, and which of them are given. Pure."""

from collections import Counter

from reinstatements import facts, policies, rules


def asked(case, now):
    """Return the levels that the policy of a case asks of it under the facts ``now``, in the order they decide."""
    return policies.choose_levels(case.policy.rules, facts.profile(now))


def due(case, levels, digest):
    """Return the index of the level that is due under the facts with this digest.

    It is the one that the case was sent to while that one is still asked for and lacks somebody; else the first that
    does. Approvals of other facts do not count.
    """
    given = counted(case, digest)
    index = case.level
    if index < len(levels) and levels[index].role == case.level_role and given[index] < levels[index].count:
        return index
    found = lacking(levels, given)
    return len(levels) - 1 if found is None else found


def following(case, levels, digest):
    """Return the first level that lacks somebody once the one that is due has one more; ``None`` after the last."""
    given = counted(case, digest)
    given[case.level] += 1
    return lacking(levels, given)


def counted(case, digest):
    return Counter(approval.level for approval in rules.approvals_given(case) if approval.case_hash == digest)


def lacking(levels, given):
    return next((index for index, level in enumerate(levels) if given[index] < level.count), None)
