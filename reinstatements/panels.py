"""What an account's page shows of its cases, and the way to a new one."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import reasons, registries
from accounts.errors import Invalid
from accounts.models import Membership
from accounts.registries import AccountAction
from reinstatements import policies, presentation, rules
from reinstatements.models import ReinstatementRequest
from reinstatements.models.request import Kind
from reinstatements.services.calls import to_prove

SHOWN = 10
BY_CASE = gettext_lazy("By a case that is decided by: %s")
HOW_CLEARED = {
    "payment": gettext_lazy(
        "By payment, as soon as the client's system tells that all is paid; else by a case that is decided by: %s"
    )
}

AUTOMATIC = {"rules": rules.RULES}
"""The lane of a version from before policies had one."""


@registries.panels.register("cases")
def cases(account, user):
    """Show the newest cases of an account, the open one first."""
    found = ReinstatementRequest.objects.for_user(user).filter(account=account).select_related("maker", "appeals")
    rows = list(found.order_by("-opened_at", "-id")[:SHOWN])
    labels = reasons.labels_for([account.client_id])
    context = {
        "rows": [
            {
                "case": case,
                "reason": reasons.label(case.client_id, case.resume_reason, labels),
                "standing": presentation.standing(case),
            }
            for case in rows
        ],
        "is_stopped": account.is_stopped,
        "open_url": reverse("case_open", args=[account.pk]) if may_open(account, user, rows) else "",
    }
    return "reinstatements/account_panel.html", context


@registries.account_actions.register("cases")
def actions(account, user):
    """Offer to go to the open case, or to ask for a reinstatement where there is none."""
    found = ReinstatementRequest.objects.for_user(user).about(account).open().first()
    if found:
        url = found.get_absolute_url()
        return [AccountAction(_("Open case %s") % found.code, url, "folder-open", is_primary=True, position=10)]
    if not may_open(account, user):
        return []
    url = reverse("case_open", args=[account.pk])
    return [AccountAction(_("Request reinstatement"), url, "plus", is_primary=True, position=10)]


@registries.passed_calls.register("cases")
def passed_calls(call, user):
    """Offer a passed call as the evidence of who asks in an open case of the account."""
    return [
        AccountAction(
            _("Take this call as proof of identity in %s") % case.code,
            reverse("case_prove_identity", args=[case.code, call.pk]),
            "badge-check",
            is_primary=True,
        )
        for case in to_prove(call, user)
        if rules.can_work(case, user)
    ]


@registries.membership_actions.register("cases")
def membership_actions(membership, standing, user):
    """Offer the open case of a membership, or to ask for a reinstatement where it is out of service alone."""
    found = ReinstatementRequest.objects.for_user(user).about(membership.account, membership).open().first()
    if found:
        url = found.get_absolute_url()
        return [AccountAction(_("Open case %s") % found.code, url, "folder-open", is_primary=True, position=10)]
    account = membership.account
    is_alone = account.status_now == account.Status.ACTIVE and not account.erased_at
    if not is_alone or standing.status not in Membership.STOPPED or not rules.can_work(account, user):
        return []
    url = reverse("membership_case_open", args=[membership.pk])
    return [AccountAction(_("Request reinstatement"), url, "plus", is_primary=True, position=10)]


def may_open(account, user, cases=()):
    """Whoever works the client's cases may ask for one, while none is open and there is somebody to bring back."""
    has_open = any(case.is_open and case.membership_id is None for case in cases)
    can_return = account.is_stopped and not account.erased_at
    return can_return and not has_open and rules.can_work(account, user)


@registries.open_work.register("cases")
def open_cases(account):
    return list(
        ReinstatementRequest.objects.filter(account=account).open().order_by("code").values_list("code", flat=True)
    )


@registries.clearing.register("cases")
def clearing(account, kinds):
    """Say which checks a case would ask for, and who decides it, for each kind of restriction alone."""
    found = {}
    for kind in kinds:
        try:
            policy = policies.in_force(account.client_id, policies.KIND_BY_RESTRICTION.get(kind, Kind.ACCOUNT_STATUS))
        except Invalid as nothing:
            found[kind] = nothing.message
        else:
            levels = policies.levels_of_every_case(policy.rules)
            is_left = kind != "payment" or "paid_in_full" in policy.rules.get("automatic", AUTOMATIC)["rules"]
            words = HOW_CLEARED.get(kind, BY_CASE) if is_left else BY_CASE
            found[kind] = words % presentation.levels(levels)
    return found
