"""What a version of a policy would have asked of real cases. Reads only."""

from accounts import canonical, grants
from accounts.models import StatusChange
from reinstatements import facts, policies, policy_words, presentation
from reinstatements.models import ReinstatementRequest

CASES = 20


def last_cases(policy, rules, user):
    """Return what ``rules`` would have asked of the last cases of a policy's client and kind, beside what was asked.

    Only cases whose opening says what their policy looked at are told of. Who may not see cases, such as an
    administrator, is told when one was opened and nothing by which it could be found.
    """
    found = list(
        ReinstatementRequest.objects.filter(client=policy.client_id, kind=policy.kind, is_automatic=False)
        .select_related("policy")
        .prefetch_related("approvals")
        .order_by("-opened_at", "-id")[:CASES]
    )
    opened = StatusChange.objects.filter(uid__in=[case.opened_entry for case in found]).values_list("uid", "body")
    first = {uid: canonical.decode(bytes(body))["data"].get("chosen_on") for uid, body in opened}
    sees = grants.allows(user, policy.client_id, "see")
    rows = []
    for case in found:
        profile = first.get(case.opened_entry)
        if profile is None:
            continue
        approvals = case.approvals.all()
        later = facts.profile(list(approvals)[-1].facts) if approvals else profile
        then, now = asked(case.policy.rules, profile, later), asked(rules, profile, later)
        rows.append(
            {
                "case": case if sees else None,
                "opened_at": case.opened_at,
                "then": then,
                "now": now,
                "differs": then != now,
            }
        )
    return rows


def asked(rules, first, later):
    """Return the checks of a case when it was opened, and who decides it as it stood last, in words."""
    checks = [policy_words.check(code) for code in policies.choose(rules, first).codes]
    return {"checks": checks, "levels": presentation.levels(policies.choose(rules, later).levels)}
