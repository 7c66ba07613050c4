"""Clients, with all that one begins with, and the rules in force at them."""

from django.utils import timezone
from django_scopes import scope, scopes_disabled
from simple_history.utils import bulk_create_with_history

from accounts.models import AccountSettings, Client, OverdueLadder, Plan, ReasonCode, SignalSettings
from accounts.models.settings import usual
from reinstatements import policies, services
from reinstatements.models import DeskSettings, Policy
from reinstatements.models.request import Kind
from tests.factories.people import make_user

# Tests that are not about what an industry demands stand on rules that do not change with it.
PLAIN_RULES = {
    "bank": policies.default_rules("bank") | {"checks": ["identity", "kyc", "contact_confirmed"]},
}
PLAIN = policies.default_rules("") | {"levels": [{"role": "supervisor", "count": 1}]}


REASONS = {
    "stop": ("non_payment", "policy_breach", "fraud_suspected"),
    "hold": ("non_payment",),
    "resume": ("paid", "identity_confirmed"),
    "decline": ("not_proven",),
    "send_back": ("evidence_unclear",),
    "withdraw": ("not_wanted",),
    "reveal": ("member_on_phone",),
    "write_off": ("goodwill",),
    "confirm_signal": ("fraud_likely",),
    "clear_signal": ("explained",),
    "reverse": ("decided_in_error",),
    "contact": ("member_moved",),
    "query": ("ask_status",),
    "start": ("agreed",),
    "pause": ("away",),
    "cancel": ("too_expensive",),
    "change_plan": ("needs_more",),
    "adjust": ("earned",),
    "own_status": ("goodwill",),
    "merge": ("same_customer",),
    "unmerge": ("merged_in_error",),
    "activate": ("data_complete",),
    "change_stop": ("more_time",),
    "review": ("suspicious_activity",),
    "end_review": ("nothing_found",),
    "deactivate": ("member_left",),
    "close": ("customer_request",),
}


def make_client(code, without=(), **fields):
    """Make a client with all that one begins with, but a policy for the kinds of case in ``without``."""
    with scopes_disabled():
        client = Client.objects.create(code=code, **{"name": code.title(), "industry": "telecom", **fields})
        for kind in Kind:
            if kind not in without:
                first_policy(client, kind)
        AccountSettings.objects.create(client=client, **usual(client.industry) | {"review_guidelines": []})
        OverdueLadder.objects.create(client=client, steps=[[30, "remind"], [40, "hold"], [50, "suspend"]])
        SignalSettings.objects.create(client=client)
        DeskSettings.objects.create(client=client)
        Plan.objects.create(client=client, code="basic", name="Basic", price_minor=2985, currency=client.currency)
        codes = (
            ReasonCode(client=client, use=use, code=code, label=code.replace("_", " ").title())
            for use, codes in REASONS.items()
            for code in codes
        )
        bulk_create_with_history(codes, ReasonCode)
    return client


def put_in_force(policy, rules):
    """Put other rules in force in the place of a policy, as two administrators do; return the new version."""
    client = policy.client
    maker, second = (make_user(f"{client.code}_{name}", (client, "administrator")) for name in ("writes", "checks"))
    with scope(client=client.pk):
        proposed = services.propose(client, policy.kind, rules, actor=maker, note="Asked for by the client.")
        return services.put_in_force(proposed, actor=second)


def first_policy(client, kind):
    return Policy.objects.create(
        client=client,
        kind=kind,
        version=1,
        rules=PLAIN_RULES.get(client.industry, PLAIN),
        in_force_from=timezone.now() - timezone.timedelta(days=1),
    )


def ask_for_training(client, *roles):
    """Let a client ask for a training before these roles open."""
    with scope(client=client.pk):
        row = AccountSettings.objects.get(client=client)
        row.training_roles = ",".join(roles)
        row.save()
