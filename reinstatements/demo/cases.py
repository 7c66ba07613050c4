"""Cases of the demo, brought as far as a scene says by its people's own hands: the services."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts import personal
from accounts.models import Account
from accounts.services import accounts
from reinstatements import services
from reinstatements.demo import evidence
from reinstatements.demo.holders import address_of, rng_for
from reinstatements.demo.people import Cast
from reinstatements.facts import case_facts, digest
from reinstatements.models import ReinstatementRequest

SENT_BACK = {
    "wrong_amount": "The receipt shows less than is owed. Ask for the rest, or correct the amount.",
    "evidence_unclear": "I cannot read the ticket. Which device was it, and who changed the password?",
    "evidence_missing": "Nothing here says what the member did about it. Please add it.",
}
AGAIN = {"reason": "excessive_use", "note": "Bulk messages again today, from a second SIM of the same contract."}
FAILED = {
    # check: (facts, evidence) of an attempt that proved nothing
    "identity": ({"method": "call_back"}, {"reference": "No answer at the first attempt; asked to call back."}),
    "payment_received": ({}, {"reference": "Nothing has arrived yet; the member looks for the receipt."}),
}
DECLINED = {
    "not_proven": "The caller could not answer two of three questions and hung up when asked for a document.",
    "repeated_breach": "Third breach within a year, after two warnings in writing.",
    "kyc_failed": "The document's check digit is wrong, and the photo is of another person.",
}


@dataclass(frozen=True)
class Words:
    """What is said at a client: reason codes and statements by kind or reason, and the words of decisions by reason."""

    resume: dict[str, tuple[str, tuple[str, ...]]]
    sent_back: dict[str, str]
    declined: dict[str, str]


@dataclass(frozen=True)
class Appealed:
    """The member appeals, which ``by`` puts down; ``decider`` grants it, or nobody has decided it yet."""

    by: str
    channel: str
    words: str
    decider: str = ""
    note: str = ""


@dataclass(frozen=True)
class Scene:
    """A case that ``maker`` took up ``hours`` ago, brought ``until`` a point and there decided ``by`` somebody.

    Points: draft, submitted, withdrawn, in_verification (``done`` checks met), awaiting_approval, second_level,
    sent_back, completed, declined. Twists: failed_identity (met at the second attempt), check_failed (the payment,
    and left so), short (less was paid than is owed), mended (sent back, and sent for approval again), again (back in
    service once, and suspended anew today). The kind "double" has a missed payment beside what it is about.
    ``appeal`` is what became of an appeal against a declined case, which somebody else decides.
    """

    kind: str
    maker: str
    until: str
    hours: float
    by: str = ""
    reason: str = ""
    done: int = 0
    twist: str = ""
    appeal: "Appealed | None" = None


def asked(maker, until, hours, **more):
    """Return a scene that is told together with what stopped the account, which says its kind."""
    return Scene("", maker, until, hours, **more)


@dataclass(frozen=True)
class Desk:
    cast: Cast
    now: datetime
    words: Words = Words(evidence.RESUME, SENT_BACK, DECLINED)

    def saying(self, words):
        return replace(self, words=words)

    def play(self, scene, account, kind, about=""):
        """Open a case for an account that was stopped for ``kind`` and bring it as far as ``scene`` says.

        ``about`` is what its statement is looked up by, where a client's words go by the reason and not by the kind.
        """
        rng = rng_for(account.number, "case")
        if scene.twist == "again":
            self.work(Scene(kind, "ben", "completed", 30, by="david"), account, kind, rng, kind)
            accounts.suspend(account, actor=self.cast["clara"], kind=kind, **AGAIN)
        self.work(scene, account, kind, rng, about or kind)

    def work(self, scene, account, kind, rng, about):
        maker, decider = self.cast[scene.maker], self.cast[scene.by] if scene.by else None
        reason, statement = evidence.resume(rng, about, self.words.resume)
        asked_at = self.now - timedelta(hours=scene.hours)
        case = services.open_case(
            account,
            actor=maker,
            resume_reason=reason,
            statement=statement,
            occurred_at=asked_at if scene.hours else None,
        )
        if scene.until == "draft":
            return
        services.submit(case, actor=maker)
        if scene.until == "withdrawn":
            services.withdraw(case, actor=maker, reason=scene.reason, note="The member called again and took it back.")
        if scene.until in ("submitted", "withdrawn"):
            return
        services.start(case, actor=maker)
        if kind == "data":
            correct(account, maker)
        checks = list(case.checks.all())
        if scene.until == "in_verification":
            self.meet(case, checks[: scene.done], maker, rng)
            if scene.twist == "check_failed":
                self.fail(case, next(check for check in checks if check.code == "payment_received"), maker)
            return
        if scene.twist == "failed_identity":
            self.fail(case, checks[0], maker)
        self.meet(case, checks, maker, rng, paid_in_part=scene.twist == "short" or scene.reason == "wrong_amount")
        services.send_for_approval(case, actor=maker, note="All of it is there." if rng.random() < 0.2 else "")
        self.decide(scene, case, checks, maker, decider, reason, rng)

    def decide(self, scene, case, checks, maker, decider, reason, rng):
        if scene.until == "sent_back" or scene.twist == "mended":
            sent_back = {"reason": scene.reason, "note": self.words.sent_back[scene.reason]}
            services.send_back(case, actor=decider, seen=seen(case), **sent_back)
        if scene.twist == "mended":
            last = checks[-1:]
            services.reopen_check(case, last[0].code, actor=maker)
            self.meet(case, last, maker, rng)
            services.send_for_approval(case, actor=maker, note="Mended, see the last check.")
        if scene.until == "declined":
            declined = {"reason": scene.reason, "note": self.words.declined[scene.reason]}
            services.decline(case, actor=decider, seen=seen(case), **declined)
            if scene.appeal:
                self.appeal(scene.appeal, case)
        if scene.until == "completed":
            case = services.approve(case, actor=decider, reason=reason, seen=seen(case))
            if case.level_role == "compliance":
                services.approve(case, actor=self.cast["kira"], reason=reason, seen=seen(case))
        if scene.until == "second_level":
            services.approve(case, actor=decider, reason=reason, seen=seen(case))

    def appeal(self, told, case):
        declined = ReinstatementRequest.objects.select_related("account__client", "policy").get(pk=case.pk)
        made = services.appeal(declined, actor=self.cast[told.by], channel=told.channel, statement=told.words)
        if told.decider:
            why = {"reason": case.resume_reason, "note": told.note, "seen": seen(made)}
            services.approve(made, actor=self.cast[told.decider], **why)

    def meet(self, case, checks, actor, rng, paid_in_part=False):
        today = self.now.astimezone(ZoneInfo(case.account.client.time_zone)).date()
        for check in checks:
            facts, words = evidence.of(check.code, rng, case.account, today, case)
            if paid_in_part and check.code == "payment_received":
                facts["amount"] = facts["amount"] * 2 // 3
            services.record_check(case, check.code, actor=actor, outcome="met", facts=facts, evidence=words)

    def fail(self, case, check, actor):
        facts, words = FAILED[check.code]
        services.record_check(case, check.code, actor=actor, outcome="failed", facts=facts, evidence=words)


def correct(account, actor):
    """Put down where the member can be reached now: elsewhere, and at a new mail address."""
    account = Account.objects.select_related("subject_key").get(pk=account.pk)
    before = personal.holder(account, whole=True)
    changes = {"address": address_of(account.country, rng_for(account.number, "moved"))}
    if before.email:
        name, _at, domain = before.email.partition("@")
        changes["email"] = f"{name.rstrip('0123456789')}.new@{domain}"
    accounts.set_holder(account, changes, actor=actor, reason="contact_corrected", note="Told on the phone.")


def seen(case, *, tells=True):
    """Return the digest of the facts that a decider's page would show now."""
    fresh = ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
    return digest(case_facts(fresh, tells=tells))
