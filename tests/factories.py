"""Rows for tests, made through the product's own services wherever a service makes them."""

import uuid
from datetime import date

from django.utils import timezone
from django_scopes import scope, scopes_disabled
from simple_history.utils import bulk_create_with_history

from accounts import personal, sealing
from accounts.merge_facts import merge_facts
from accounts.models import (
    Absence,
    Account,
    AccountSettings,
    BulkChange,
    Client,
    ExportRun,
    OverdueLadder,
    Person,
    Plan,
    ReasonCode,
    SavedView,
    Signal,
    SignalSettings,
    StatusChange,
    User,
)
from accounts.models.settings import usual
from accounts.services import (
    accounts,
    calls,
    contacting,
    delegations,
    lifecycle,
    merges,
    parting,
    payments,
    queries,
    roles,
    shifts,
    staff,
    training,
)
from notifications.models import WebhookDelivery
from notifications.services import linked
from reinstatements import policies, services
from reinstatements.facts import case_facts, digest
from reinstatements.models import CaseBulk, DeskSettings, EvidenceFile, PastStep, Policy, QueueDefinition
from reinstatements.models.request import Kind

PASSWORD = "correct horse battery"


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


def make_user(username, *grants, person=None, **fields):
    """Make a login; ``grants`` are (client, role) pairs."""
    person = person or Person.objects.create(name=username.title())
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD, person=person, **fields)
    for client, role in grants:
        with scope(client=client.pk):
            roles.grant(user, client, role, actor=staff.ensure_system_user())
    return user


HOLDER = {
    "holder_name": "Maria Köhler",
    "email": "maria.koehler@example.com",
    "phone": "+49 30 901820",
    "address": "Lindenstraße 5, 10969 Berlin",
}


def away(user, actor, starts_at=None, ends_at=None):
    """Put down that somebody is away from now on, for a day."""
    starts_at = starts_at or timezone.now()
    with scopes_disabled():
        return shifts.go_away(
            user, starts_at=starts_at, ends_at=ends_at or starts_at + timezone.timedelta(days=1), actor=actor
        )


def make_account(client, number="A-1001", holder=None, **fields):
    """Open an active account, as an import does."""
    with scope(client=client.pk):
        return accounts.open_account(
            client,
            number,
            holder=HOLDER if holder is None else holder,
            actor=staff.ensure_system_user(),
            origin="import",
            status=fields.pop("status", "active"),
            plan=Plan.objects.get(client=client, code="basic"),
            reason="imported",
            **fields,
        )


def suspend(account, kind="payment", reason="non_payment", note="The card was declined twice."):
    with scope(client=account.client_id):
        accounts.suspend(account, actor=staff.ensure_system_user(), kind=kind, reason=reason, note=note)
        account.refresh_from_db()
    return account


def raise_signal(account):
    """Put a signal down as the rules do."""
    with scope(client=account.client_id):
        row, _made = Signal.objects.get_or_create(
            client=account.client,
            account=account,
            rule="contact_changed",
            fingerprint=str(account.pk),
            defaults={"evidence": {"entries": []}},
        )
    return row


def ask(account, actor, question="Why is it stopped?"):
    """Take down what a customer asks."""
    with scope(client=account.client_id):
        return queries.ask(account, actor=actor, topic="ask_status", channel="phone", question=question)


def representative(account, actor, name="Jonas Köhler", scope_="requests", valid_until=date(2999, 1, 1)):
    """Record somebody who speaks for the holder."""
    with scope(client=account.client_id):
        return contacting.record_representative(account, actor=actor, name=name, scope=scope_, valid_until=valid_until)


RIGHT = {"email": "maria.koehler@example.com", "address": "10969, number 5"}


def call(account, actor, answers=None, **speaker):
    """Take a call about an account; whoever speaks knows the answers unless others are given."""
    with scope(client=account.client_id):
        now = calls.standing(account)
        given = {code: RIGHT.get(code, "") for code in now.asked} if answers is None else answers
        return calls.judge(account, actor=actor, answers=given, turn=now.turn, **speaker)


def call_back(account, actor, note="They are at work."):
    """Put down that nobody answered, and that they are called back in an hour."""
    later = timezone.now() + timezone.timedelta(hours=1)
    with scope(client=account.client_id):
        return contacting.record_attempt(
            account, actor=actor, direction="out", outcome="no_answer", call_back_at=later, note=note
        )


def train(user, client, actor, subject="How we work here", completed_on=None, valid_until=None):
    """Record that somebody was trained for a client, for a year unless told otherwise."""
    completed_on = completed_on or timezone.localdate() - timezone.timedelta(days=1)
    until = valid_until or completed_on + timezone.timedelta(days=365)
    with scope(client=client.pk):
        return training.record(
            user.person, client, actor=actor, subject=subject, completed_on=completed_on, valid_until=until
        )


def ask_for_training(client, *roles):
    """Let a client ask for a training before these roles open."""
    with scope(client=client.pk):
        row = AccountSettings.objects.get(client=client)
        row.training_roles = ",".join(roles)
        row.save()


def charge(account, number="I-1001", minor=3000, due_on=date(2026, 11, 1)):
    """Record what the client's own system says is owed."""
    with scope(client=account.client_id):
        return payments.charge(
            account,
            actor=staff.ensure_system_user(),
            origin="client_system",
            external_id=number,
            amount_minor=minor,
            currency=account.currency,
            due_on=due_on,
        )


class Evidence(dict):
    """What meets each check, dated on the day on which it is read: service has stopped by then."""

    def __getitem__(self, code):
        facts, evidence = super().__getitem__(code)
        today = timezone.localdate().isoformat()
        return {name: today if value == "today" else value for name, value in facts.items()}, evidence


EVIDENCE = Evidence(
    {
        "identity": ({"method": "call_back"}, {"reference": "Call 4711"}),
        "payment_received": ({"amount": 8420, "received_on": "today"}, {"reference": "RF18 5390 0754 7034"}),
        "policy_reviewed": ({"finding": "settled"}, {"reference": "Removed the listing"}),
        "security_cleared": ({"measure": "credentials"}, {"reference": "T-88"}),
        "contact_confirmed": ({"channel": "phone", "confirmed_on": "today"}, {}),
        "data_corrected": (
            {"defect": "address", "verified_by": "document", "corrected_on": "today"},
            {"before": "Lindenstraße 5", "after": "Lindenstraße 7"},
        ),
        "kyc": ({"document": "passport", "valid_until": "2031-01-01"}, {"reference": "C01X00T47"}),
        "return_confirmed": ({"wish": "back", "confirmed_on": "today"}, {"reference": "Call 4712"}),
    }
)


def bring_to(account, status, agent):
    """Open a case for a suspended account and bring it to ``status``, worked by ``agent``."""
    with scope(client=account.client_id):
        case = services.open_case(account, actor=agent, resume_reason="paid", statement="Paid by transfer on Friday.")
        steps = ["draft", "submitted", "in_verification", "awaiting_approval"]
        for step in steps[1 : steps.index(status) + 1]:
            if step == "submitted":
                services.submit(case, actor=agent)
            elif step == "in_verification":
                services.start(case, actor=agent)
            else:
                meet_all(case, agent)
                services.send_for_approval(case, actor=agent)
        case.refresh_from_db()
    return case


def meet_all(case, agent):
    for check in case.checks.all():
        facts, evidence = EVIDENCE[check.code]
        services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=evidence)


def decline(case, actor, note="The receipt is of another month."):
    """Decline a case that waits; return it as it is then."""
    with scope(client=case.client_id):
        services.decline(fresh(case), actor=actor, reason="not_proven", note=note, seen=seen(case))
        return fresh(case)


def appeal(declined, actor, statement="The transfer slip is of this month, look again.", **fields):
    """Put down that the member appeals against a declined case."""
    with scope(client=declined.client_id):
        made = services.appeal(fresh(declined), actor=actor, statement=statement, **{"channel": "letter", **fields})
        return fresh(made)


def seen(case, *, tells=True):
    """The hash of the facts that a page would show now."""
    case = type(case).objects.select_related("account", "policy").get(pk=case.pk)
    return digest(case_facts(case, tells=tells))


def propose_merge(absorbed, survivor, user):
    with scope(client=absorbed.client_id):
        seen = digest(merge_facts(fresh(survivor), fresh(absorbed)))
        return merges.propose(absorbed, survivor, actor=user, reason="same_customer", seen=seen)


def merge(absorbed, survivor, maker, decider):
    """Merge two accounts as two people do; the accounts are read again."""
    proposed = propose_merge(absorbed, survivor, maker)
    with scope(client=absorbed.client_id):
        merges.confirm(proposed, actor=decider)
        for account in (absorbed, survivor):
            account.refresh_from_db()
    return proposed


def close(account, actor, **more):
    """Close an account as somebody does who has read what it brings about."""
    with scope(client=[account.client_id]):
        shown = lifecycle.digest(lifecycle.consequences(fresh(account)))
        wanted = {"reason": "customer_request", "initiator": "member", "seen": shown}
        return lifecycle.close(account, actor=actor, **wanted, **more)


def propose_closing(account, user):
    with scope(client=[account.client_id]):
        shown = lifecycle.digest(lifecycle.consequences(fresh(account)))
        wanted = {"reason": "customer_request", "initiator": "member", "seen": shown}
        return parting.propose_close(account, actor=user, **wanted)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def ask_export(client, user, export="status_log"):
    """Put the whole log of a client down to be made in the background."""
    fields = {"export": export, "form": "csv", "time_zone": "UTC", "language": "en", "filters": {"client": client.code}}
    with scopes_disabled():
        return ExportRun.objects.create(client=client, user=user, **fields)


def bulk_change(account, user):
    with scope(client=account.client_id):
        return BulkChange.objects.create(
            client=account.client, user=user, deed="hold", reason="non_payment", accounts=[str(account.pk)]
        )


def saved_view(client, owner, name="Held", is_shared=False):
    with scope(client=client.pk):
        return SavedView.objects.create(
            client=client, owner=owner, name=name, query="status=on_hold", is_shared=is_shared
        )


def evidence_file(case, name="proof.png"):
    """Keep a picture with a case, whatever its status."""
    with scope(client=case.client_id):
        account = Account.objects.get(pk=case.account_id)
        key = personal.key_of(account)
        row = EvidenceFile(client=account.client, account=account, case=case, content_type="image/png", size=8)
        row.entry, row.added_by = case.opened_entry, case.maker
        row.name = personal.seal(key, row, "name", name)
        row.content = sealing.seal_bytes(key, b"\x89PNG\r\n\x1a\n", context=personal.context(row, "content"))
        row.save()
    return row


def queue_definition(client, owner, name="My queue", roles=()):
    with scope(client=client.pk):
        return QueueDefinition.objects.create(
            client=client,
            owner=owner,
            name=name,
            query=f"queue=open&client={client.code}",
            roles=list(roles),
            is_shared=bool(roles),
        )


def case_bulk(case, user):
    with scope(client=case.client_id):
        return CaseBulk.objects.create(client=case.client, user=user, deed="assign", cases=[str(case.pk)])


def past_step(client, request="R-1", step="Four-eyes Check", agent="user-8", *, started_at=None, seconds=600, **fields):
    """Keep one step of a request that was worked on elsewhere, begun a year ago unless it is said when."""
    started_at = started_at or timezone.now() - timezone.timedelta(days=365)
    with scope(client=[client.pk]):
        return PastStep.objects.create(
            client=client,
            source="workflow",
            request=request,
            step=step,
            agent=agent,
            is_check=step == "Four-eyes Check",
            started_at=started_at,
            ended_at=started_at + timezone.timedelta(seconds=seconds),
            seconds=seconds,
            digest=b"0" * 16,
            **fields,
        )


def absence(user, starts_at=None):
    """Put down that somebody is away from now on, or later, for a day."""
    starts_at = starts_at or timezone.now()
    ends_at = starts_at + timezone.timedelta(days=1)
    return Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, marked_by=user)


def delegation(client, giver, taker, role="supervisor", starts_at=None, ends_at=None):
    """Let somebody decide in the place of somebody else, from now on for a day."""
    starts_at = starts_at or timezone.now()
    ends_at = ends_at or starts_at + timezone.timedelta(days=1)
    with scope(client=client.pk):
        return delegations.delegate(client, role, taker, actor=giver, starts_at=starts_at, ends_at=ends_at)


def linked_system(client, actor, name="Core", kind="network", **more):
    """Register a system of a client that is told of changes of status unless it is said of what."""
    is_said = any(name.startswith("takes_") for name in more)
    wanted = {"takes_restoring": False, "takes_billing": False, "takes_status": not is_said, "answer_hours": 24} | more
    with scope(client=client.pk):
        system, _secret = linked.register(
            client, actor=actor, name=name, kind=kind, url="https://core.example.com/reinstate", **wanted
        )
    return system


def webhook(system, membership, **more):
    """Put down a billing instruction that a linked system was told of and has not acknowledged in time."""
    now = timezone.now()
    entry = StatusChange.objects.filter(account=membership.account_id).order_by("number").last()
    with scope(client=system.client_id):
        return WebhookDelivery.objects.create(
            **{
                "client_id": system.client_id,
                "system": system,
                "account_id": membership.account_id,
                "membership": membership,
                "event": uuid.uuid4(),
                "event_name": "billing.instruction",
                "topic": "billing",
                "entry": entry.uid,
                "body": "{}",
                "status": "given_up",
                "reason": "unreachable",
                "next_attempt_at": None,
                "answer_by": now - timezone.timedelta(minutes=1),
            }
            | more
        )
