"""Cases, brought to the status in which a test begins."""

from django.utils import timezone
from django_scopes import scope

from accounts import personal, sealing
from accounts.models import Account
from reinstatements import services
from reinstatements.facts import case_facts, digest
from reinstatements.models import EvidenceFile, PastStep
from tests.factories.accounts import fresh


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
