"""The last weeks at a client: cases that were asked for and decided, so that the figures have a past to show."""

from datetime import timedelta
from itertools import islice

from accounts.services import accounts as account_services
from reinstatements import services
from reinstatements.demo import evidence
from reinstatements.demo.cases import seen
from reinstatements.demo.holders import rng_for
from reinstatements.models import ReinstatementRequest

CASES, DAYS = 24, 38
Status = ReinstatementRequest.Status

KINDS = (
    # kind and reason of the stop, reason of the return, what the customer says
    (
        "voluntary",
        "customer_request",
        "customer_returns",
        "Comes back sooner than planned and wants to go on as before.",
    ),
    ("security", "fraud_suspected", "identity_confirmed", "It was the customer, with a new telephone; asks to go on."),
    ("inactivity", "inactivity", "customer_returns", "Has been away for long and wants to use it again."),
)
DECLINED = "Two of three questions were answered wrongly, and no document followed within the day."
WITHDRAWN = "Called again the same day and does not need it any more."


class Weeks:
    """Plays cases of the last weeks, one account each, at the times at which they would have been worked."""

    def __init__(self, days, cast, now):
        self.days, self.cast, self.now = days, cast, now

    def pass_by(self, accounts):
        """Play a case on each of the next accounts, as far as there are any; return how many."""
        chosen = list(islice(accounts, CASES))
        for index, account in enumerate(chosen):
            self.play(account, index, rng_for(account.number, "weeks"))
        return len(chosen)

    def play(self, account, index, rng):
        kind, stopped, resumed, statement = KINDS[index % len(KINDS)]
        at = self.now - timedelta(days=2 + index * (DAYS - 2) / CASES, minutes=rng.randrange(600))
        account_services.suspend(
            account,
            actor=self.cast.system,
            kind=kind,
            reason=stopped,
            origin="import",
            occurred_at=at - timedelta(days=rng.randint(1, 20)),
            tell=False,
        )
        maker = self.step(at, self.cast[self.days.worker])
        case = services.open_case(account, resume_reason=resumed, statement=statement, **maker)
        services.submit(case, **maker)
        if index % 9 == 8:
            later = self.step(at + timedelta(hours=2), self.cast[self.days.worker])
            services.withdraw(case, reason="not_wanted", note=WITHDRAWN, tell=False, **later)
            return
        sent = self.verify(case, at + timedelta(minutes=rng.randint(5, 120)), maker["actor"], rng)
        self.decide(case, index, resumed, sent + timedelta(minutes=rng.randint(20, 900)))

    def step(self, at, actor):
        return {"actor": actor, "origin": "import", "occurred_at": at}

    def verify(self, case, at, worker, rng):
        """Collect what is asked for, one thing after the other, and send the case; return when that was."""
        services.start(case, **self.step(at, worker))
        for check in case.checks.all():
            at += timedelta(minutes=rng.randint(2, 40))
            facts, words = evidence.of(check.code, rng, case.account, at.date(), case)
            services.record_check(case, check.code, outcome="met", facts=facts, evidence=words, **self.step(at, worker))
        services.send_for_approval(case, **self.step(at, worker))
        return at

    def decide(self, case, index, reason, at):
        deciders = [
            self.step(at + timedelta(minutes=5 * place), self.cast[who]) for place, who in enumerate(self.days.deciders)
        ]
        if index % 7 == 6:
            declined = {"reason": "not_proven", "note": DECLINED}
            services.decline(case, seen=seen(case, tells=False), tell=False, **declined, **deciders[0])
            return
        for decider in deciders:
            if ReinstatementRequest.objects.get(pk=case.pk).status == Status.AWAITING_APPROVAL:
                services.approve(case, reason=reason, seen=seen(case, tells=False), tell=False, **decider)
