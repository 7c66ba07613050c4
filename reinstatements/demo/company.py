"""A client whose accounts are invented: members, plans and stories, and the three steps in which they are loaded."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from accounts.models import Account, Plan, StatusRule
from accounts.services import accounts
from reinstatements.demo.cases import Scene, Words
from reinstatements.demo.holders import Members, one_of, rng_for


@dataclass(frozen=True)
class Offer:
    """A plan; ``countries`` are where it is sold, everywhere where there are none."""

    code: str
    name: str
    price_minor: int
    entitlements: tuple[str, ...]
    weight: int = 1
    cycle: str = "month"
    currency: str = ""
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """What took an account out of service; ``scene`` is what came of it, or ``None`` where nobody has asked yet."""

    reason: str
    hours: float
    scene: Scene | None = None


@dataclass(frozen=True)
class Cause:
    """Why accounts of a client stop: the kind of restriction, what is written down, and who does it."""

    kind: str
    notes: tuple[str, ...]
    by: str = "system"
    """system (the client's own), agent or member"""
    holds: bool = False


@dataclass(frozen=True)
class Company:
    client: dict[str, Any]
    numbers: list[str]
    closed: int
    pending: int
    """How many accounts, from the end, are closed and have just been opened."""
    offers: tuple[Offer, ...]
    members: tuple[Members, ...]
    causes: dict[str, Cause]
    stories: tuple[Story, ...]
    words: Words
    agents: tuple[str, ...]
    statuses: tuple[dict[str, Any], ...] = ()
    """The client's own statuses of its memberships, the lightest first."""
    since: date = field(default=date(2026, 6, 1))

    @cached_property
    def told(self):
        """Return ``{number: story}`` of accounts here and there, none of which is closed or new."""
        in_service = self.numbers[: -self.closed - self.pending]
        chosen = rng_for(self.client["code"], "stories").sample(in_service, len(self.stories))
        return dict(zip(sorted(chosen), self.stories, strict=True))

    def open_accounts(self, client, cast):
        """Take over the client's accounts from its books; the last few were just opened at the desk."""
        plans = {offer.code: self.plan(client, offer) for offer in self.offers}
        for weight, rule in enumerate(self.statuses, start=1):
            StatusRule.objects.create(client=client, weight=weight, **rule)
        openings = [self.opening(number, plans) for number in self.numbers]
        new = openings[len(openings) - self.pending :]
        accounts.open_accounts(client, openings[: -self.pending], actor=cast.system, origin="import", reason="imported")
        for row in new:
            details = row.pop("details")
            accounts.open_account(client, actor=cast[self.agents[0]], reason="customer_request", **row | details)
        return len(openings)

    def plan(self, client, offer):
        return Plan.objects.create(
            client=client,
            code=offer.code,
            name=offer.name,
            price_minor=offer.price_minor,
            currency=offer.currency or client.currency,
            cycle=offer.cycle,
            entitlements=list(offer.entitlements),
        )

    def opening(self, number, plans):
        rng, index = rng_for(number, "opening"), self.numbers.index(number)
        holder, columns = one_of(number, self.members)
        sold = [offer for offer in self.offers if not offer.countries or columns["country"] in offer.countries]
        plan = plans[rng.choices(sold, [offer.weight for offer in sold])[0].code]
        left = len(self.numbers) - index
        status = "pending" if left <= self.pending else "closed" if left <= self.pending + self.closed else "active"
        story = self.told.get(number)
        owes = story and self.causes[story.reason].kind == "payment"
        return {
            "number": number,
            "holder": holder,
            "status": status,
            "plan": plan,
            "terms": None,
            "details": columns
            | {
                "currency": plan.currency,
                "opened_on": None if status == "pending" else self.since - timedelta(days=rng.randrange(2500)),
                "balance_minor": plan.price_minor * (rng.randint(1, 2) if plan.cycle == "month" else 1) if owes else 0,
            },
        }

    def stop_accounts(self, client, cast, now):
        """Take out of service whom it happened to, oldest first, before Reinstate was asked; so nobody is told."""
        stories = sorted(self.told.items(), key=lambda pair: -pair[1].hours)
        known = {account.number: account for account in Account.objects.filter(client=client, number__in=self.told)}
        for number, story in stories:
            rng, cause = rng_for(number, "stop"), self.causes[story.reason]
            what = {
                "reason": story.reason,
                "note": rng.choice(cause.notes),
                "actor": cast.system if cause.by == "system" else cast[rng.choice(self.agents)],
                "origin": {"system": "client_system", "member": "member"}.get(cause.by),
                "occurred_at": now - timedelta(hours=story.hours),
                "tell": False,
            }
            if cause.holds:
                accounts.hold(known[number], **what)
            else:
                accounts.suspend(known[number], kind=cause.kind, **what)
        return len(stories)

    def play(self, client, desk):
        """Play every scene: in it somebody asks to come back, and the desk takes it on from there."""
        scenes = [(number, story) for number, story in self.told.items() if story.scene]
        desk = desk.saying(self.words)
        for number, story in scenes:
            kind = self.causes[story.reason].kind
            account = Account.objects.get(client=client, number=number)
            desk.play(replace(story.scene, kind=kind), account, kind, about=story.reason)
        return len(scenes)
