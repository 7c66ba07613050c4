"""What else happens at a client, beside today's cases: trials, pauses, points, payments, queries, reviews, merges."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts import merge_facts
from accounts.facts import digest
from accounts.models import Account, AccountSettings, Client, Plan, SignalSettings
from accounts.services import calls, contacting, contacts, memberships, merges, payments, queries, reviews, signals
from reinstatements.demo import linked
from reinstatements.demo.people import Cast
from reinstatements.demo.weeks import Weeks

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Extra:
    """A plan that is sold beside the others: it has a trial, terms of its own, and may have tiers with points."""

    name: str
    price_minor: int
    entitlements: tuple[str, ...]
    cycle: str = "month"
    trial_days: int = 30
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A customer's question; ``answer`` is empty where it still waits for one."""

    topic: str
    channel: str
    question: str
    answer: str = ""


@dataclass(frozen=True)
class Days:
    """A client's own words for what happens to each of them."""

    extra: Extra
    worker: str
    deciders: tuple[str, ...]
    """Who decides, in the order of the levels of approval."""
    pause: str
    cancel: str
    asked: tuple[Asked, ...]
    review: tuple[str, str]
    """The reason of a review, and its note."""
    moved: str
    """How it was made sure that a member has moved."""
    offers: tuple[int, ...] = ()
    """How many days after its end a membership is offered anew, where the client wants that."""
    shared: int = 5
    """On how many accounts a telephone number is a signal."""


@dataclass
class Calendar:
    """Lets a client's days pass, each time on the next account that has been left in peace so far."""

    client: Client
    days: Days
    cast: Cast
    now: Any

    def __post_init__(self):
        in_peace = {"status": "active", "next_change_at": None, "balance_minor": 0, "restrictions": None}
        quiet = Account.objects.filter(client=self.client, currency=self.client.currency, **in_peace)
        self.quiet = quiet.exclude(memberships=None).select_related("client").order_by("number").iterator()
        self.worker = self.cast[self.days.worker]
        self.today = self.now.date()

    def pass_by(self):
        """Return how many things have happened."""
        happened = (self.trials, self.pauses, self.points, self.plans, self.asks, self.pays, self.reviews, self.moves)
        made = sum(happen() for happen in happened) + self.merges() + self.offers()
        if self.client.industry == "telecom":
            made += linked.play(self)
        made += Weeks(self.days, self.cast, self.now).pass_by(self.quiet)
        limits = {"shared_accounts": self.days.shared}
        SignalSettings.objects.update_or_create(client=self.client, defaults={"limits": limits})
        signals.look(self.client)
        return made

    def agreed(self, reason, days_ago=0):
        at = {"occurred_at": self.now - days_ago * DAY} if days_ago else {}
        return {"actor": self.worker, "reason": reason, "initiator": "member", **at}

    def extra(self):
        offer = self.days.extra
        return Plan.objects.get_or_create(
            client=self.client,
            code="extra",
            defaults={
                "name": offer.name,
                "price_minor": offer.price_minor,
                "currency": self.client.currency,
                "cycle": offer.cycle,
                "entitlements": list(offer.entitlements),
                "tiers": list(offer.tiers),
                "trial_days": offer.trial_days,
                "grace_days": 7,
            },
        )[0]

    def add(self, begins, days_ago):
        how = self.agreed("ordered", days_ago)
        return memberships.add(next(self.quiet), self.extra(), begins=begins, **how)

    def trials(self):
        """One has just begun, one ends in some days, one has become a paid term."""
        begun = (1, self.days.extra.trial_days - 3, self.days.extra.trial_days + 5)
        return len([self.add("trial", days_ago) for days_ago in begun])

    def pauses(self):
        paused = self.add("active", 70)
        memberships.pause(paused, ends_on=self.today + 20 * DAY, note=self.days.pause, **self.agreed("away"))
        waiting = self.add("active", 45)
        first = self.today + 4 * DAY
        memberships.pause(waiting, starts_on=first, ends_on=first + 30 * DAY, **self.agreed("away"))
        return 2

    def points(self):
        if not self.days.extra.tiers:
            return 0
        loyal = self.add("active", 200)
        for change, reason, days_ago in ((1200, "earned", 150), (650, "earned", 60), (-400, "redeemed", 12)):
            memberships.change_points(loyal, change, **self.agreed(reason, days_ago))
        tier = self.days.extra.tiers[-1]
        memberships.set_tier(loyal, tier, ends_on=self.today + 25 * DAY, **self.agreed("tier_reached"))
        return 1

    def plans(self):
        """One changes plan today, one leaves with the end of the term, one has left."""
        held = next(self.quiet).memberships.select_related("plan").first()
        others = Plan.objects.filter(client=self.client, currency=held.plan.currency, is_active=True)
        other = others.exclude(code__in=["extra", held.plan.code]).order_by("-price_minor")[0]
        grows = other.price_minor > held.plan.price_minor
        memberships.change_plan(held, other, **self.agreed("needs_more" if grows else "needs_less"))
        leaving = self.add("active", 40)
        memberships.cancel(leaving, when="term_end", note=self.days.cancel, **self.agreed("not_used"))
        gone = self.add("active", 90)
        memberships.cancel(gone, **self.agreed("too_expensive", 2))
        return 3

    def offers(self):
        """One membership ran out some days ago, and its member has been offered to come back."""
        if not self.days.offers:
            return 0
        settings = AccountSettings.objects.get(client=self.client)
        settings.offer_days = list(self.days.offers)
        settings.save()
        over = self.add("active", 43)
        memberships.set_renewal(over, auto_renew=False, **self.agreed("ordered", 40))
        memberships.catch_up_account(over.account_id, self.now)
        return memberships.offer_due(self.client, self.now)

    def asks(self):
        for each in self.days.asked:
            account = next(self.quiet)
            self.calls(account, each)
            queries.ask(
                account,
                actor=self.worker,
                topic=each.topic,
                channel=each.channel,
                question=each.question,
                answer=each.answer,
            )
        return len(self.days.asked)

    def calls(self, account, asked):
        """Who asked by phone was not known by the answers; a sister speaks for them, and they are called back."""
        if asked.channel != "phone" or asked.answer:
            return
        contacting.record_representative(
            account,
            actor=self.worker,
            name="Imani Okafor",
            scope="information",
            valid_until=self.today + 200 * DAY,
        )
        due = calls.standing(account)
        if due.asked:
            calls.judge(account, actor=self.worker, answers=dict.fromkeys(due.asked, "not sure"), turn=due.turn)
        later = self.now + timedelta(hours=2)
        said = {"direction": "out", "outcome": "no_answer", "note": "At work until the afternoon."}
        contacting.record_attempt(account, actor=self.worker, call_back_at=later, **said)

    def pays(self):
        """One invoice is unpaid long enough for a reminder, one paid in part, one paid and the money taken back."""
        late, partly, back = (next(self.quiet) for _each in range(3))
        for account, days_late in ((late, 33), (partly, 9), (back, 20)):
            self.charge(account, self.today - days_late * DAY)
        self.pay(partly, "payment", 1500, 2)
        self.pay(back, "payment", 4900, 15)
        self.pay(back, "chargeback", 4900, 1)
        return 3

    def charge(self, account, due_on: date):
        payments.charge(
            account,
            actor=self.cast.system,
            external_id=f"INV-{account.number}",
            amount_minor=4900,
            currency=account.currency,
            due_on=due_on,
        )

    def pay(self, account, kind, amount_minor, days_ago):
        number = {"payment": "PAY", "chargeback": "CB"}[kind]
        payments.record(
            account,
            actor=self.cast.system,
            kind=kind,
            external_id=f"{number}-{account.number}",
            amount_minor=amount_minor,
            currency=account.currency,
            paid_at=self.now - days_ago * DAY,
            refers_to=f"PAY-{account.number}" if kind == "chargeback" else "",
            origin="client_system",
        )

    def reviews(self):
        reason, note = self.days.review
        ends_at = self.now + 9 * DAY
        reviews.put_under_review(next(self.quiet), actor=self.worker, reason=reason, note=note, ends_at=ends_at)
        return 1

    def moves(self):
        """A member has moved, and a telephone number that several have already is written down once more."""
        moved = {"reason": "member_moved", "note": self.days.moved, "actor": self.worker}
        contacts.change(next(self.quiet), {"address": "Rue du Port 14, 2800 Harbourtown"}, **moved)
        asked = {"reason": "member_asked", "note": self.days.moved, "actor": self.worker}
        several = [next(self.quiet) for _each in range(self.days.shared)]
        for account in several:
            contacts.change(account, {"phone": "+44 20 7946 0461"}, country="GB", **asked)
        return 1 + len(several)

    def merges(self):
        """One customer stands in the books twice: somebody proposes to make one of it, and another has to agree."""
        stays, goes = next(self.quiet), next(self.quiet)
        seen = digest(merge_facts.merge_facts(stays, goes))
        merges.propose(goes, stays, actor=self.worker, reason="opened_twice", seen=seen)
        return 1
