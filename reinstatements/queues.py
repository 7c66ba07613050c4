"""The lists of cases people work from: what stands in each, in which order, and for whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts import grants, registries, standins
from accounts.registries import Counted
from reinstatements import breaches
from reinstatements.models import Approval, ReinstatementRequest, Skip
from reinstatements.models.request_rows import IS_TO_START
from reinstatements.sla import SOON

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

Status = ReinstatementRequest.Status

SKIPPED_FOR = timedelta(hours=4)
OLDEST_DUE = ("due_at", "id")
NEWEST = ("-opened_at", "-id")
EITHER = ("assign", "approve")


@dataclass(frozen=True)
class Queue:
    code: str
    label: "StrOrPromise"
    select: Callable
    """function(cases, user) that returns the cases of this queue; of the user it reads what ``Counted`` may"""
    icon: str
    empty_title: "StrOrPromise"
    empty: "StrOrPromise"
    """when something will stand here"""
    order: tuple[str, str] = OLDEST_DUE
    capability: str = "see"
    """what a role must be able to do, at any client, for the queue to be offered"""
    is_counted: bool = True
    deeds: tuple[str, ...] = ("assign",)
    """what can be done to many of its cases at once, as the stages of a case allow it"""
    halves: Callable | None = None
    """function like ``select`` that returns the same cases in several queries, none in two of them"""

    def cases(self, user):
        return self.select(ReinstatementRequest.objects.for_user(user), user)

    def in_halves(self, user):
        cases = ReinstatementRequest.objects.for_user(user)
        return [half.order_by(*self.order) for half in self.halves(cases, user)]


def waiting_for(cases, user):
    return cases.decidable_by(user).filter(Q(returns_to=None) | Q(returns_to=user))


def to_review(cases, user):
    """What a sample has chosen, but what this person decided."""
    own = Approval.objects.filter(case=OuterRef("pk"), person=user.person_id)
    return cases.filter(Q(review_wanted=True, decided_at__isnull=False) & ~Exists(own))


TO_DO = (Status.DRAFT, Status.SUBMITTED, Status.IN_VERIFICATION, Status.AWAITING_MEMBER)


def mine(cases, user):
    """What somebody claimed, and what they asked for and nobody has claimed, until it waits for a decision."""
    return cases.filter(Q(worker=user) | Q(worker=None, maker=user), status__in=TO_DO)


def halves_of_mine(cases, user):
    """The same in halves, each of which an index has by person and due time; together they have none."""
    return [cases.filter(status__in=TO_DO, **own) for own in ({"worker": user}, {"worker": None, "maker": user})]


def to_start(cases, user):
    return cases.filter(IS_TO_START)


def sent_back(cases, user):
    return cases.filter(status=Status.IN_VERIFICATION, sent_back_count__gt=0)


def due(cases, user):
    """Cases that wait for the member are not among them: their clock rests."""
    return breaches.overdue(cases, standins.now(user) + SOON)


def breached(cases, user):
    return breaches.overdue(cases, standins.now(user))


def near(cases, user):
    return due(cases, user).filter(due_at__gte=standins.now(user))


QUEUES = {
    queue.code: queue
    for queue in (
        Queue(
            "decide",
            gettext_lazy("To decide"),
            waiting_for,
            "gavel",
            gettext_lazy("Nothing waits for your decision."),
            gettext_lazy("Cases appear here when they are sent for approval. Those you took part in never do."),
            capability="approve",
            deeds=("approve",),
        ),
        Queue(
            "review",
            gettext_lazy("To review"),
            to_review,
            "scan-eye",
            gettext_lazy("Nothing is to be reviewed."),
            gettext_lazy("A sample of what rules decided comes here, and of what people decided in haste."),
            capability="decide",
            deeds=(),
        ),
        Queue(
            "mine",
            gettext_lazy("Mine"),
            mine,
            "folder-open",
            gettext_lazy("No case is yours."),
            gettext_lazy("Take a case from “To start”, or ask for a reinstatement on a customer's account."),
            capability="work",
            halves=halves_of_mine,
        ),
        Queue(
            "sent-back",
            gettext_lazy("Sent back"),
            sent_back,
            "undo-2",
            gettext_lazy("Nothing was sent back."),
            gettext_lazy("A case comes back here when whoever decides wants something mended first."),
            capability="work",
        ),
        Queue(
            "to-start",
            gettext_lazy("To start"),
            to_start,
            "inbox",
            gettext_lazy("Nothing waits to be started."),
            gettext_lazy("Cases wait here until somebody claims them or starts their verification."),
            capability="work",
        ),
        Queue(
            "in-verification",
            gettext_lazy("In verification"),
            lambda cases, user: cases.filter(status=Status.IN_VERIFICATION),
            "list-checks",
            gettext_lazy("No case is in verification."),
            gettext_lazy("Cases stand here while their evidence is collected."),
        ),
        Queue(
            "drafts",
            gettext_lazy("Drafts"),
            lambda cases, user: cases.filter(status=Status.DRAFT),
            "pencil-line",
            gettext_lazy("There are no drafts."),
            gettext_lazy("A case that was begun and not submitted is kept here."),
            capability="work",
            deeds=(),
        ),
        Queue(
            "due",
            gettext_lazy("Due and breached"),
            due,
            "alarm-clock",
            gettext_lazy("Nothing is due."),
            gettext_lazy("Cases stand here from two hours before they are due."),
            deeds=EITHER,
        ),
        Queue(
            "stuck",
            gettext_lazy("Nobody decides"),
            lambda cases, user: cases.open().filter(undecidable_since__isnull=False),
            "triangle-alert",
            gettext_lazy("Every case can be decided in time."),
            gettext_lazy("A case stands here while nobody who may decide it is there before it is due."),
            capability="decide",
            deeds=EITHER,
        ),
        Queue(
            "for-others",
            gettext_lazy("To decide for others"),
            lambda cases, user: cases.decidable_for_others(user, standins.now(user)),
            "user-round-check",
            gettext_lazy("You decide in nobody's place."),
            gettext_lazy("Cases stand here that you decide for a colleague who has let you stand in."),
            capability="reveal",
            deeds=("approve",),
        ),
        Queue(
            "payment-pending",
            gettext_lazy("Payment pending"),
            lambda cases, user: cases.awaiting_payment(),
            "wallet",
            gettext_lazy("No case waits for a payment."),
            gettext_lazy("A case whose member was asked to pay stands here until all is paid, or its time is over."),
            is_counted=False,
        ),
        Queue(
            "unconfirmed",
            gettext_lazy("Not confirmed"),
            lambda cases, user: cases.filter(status=Status.APPROVED, unconfirmed_since__isnull=False),
            "unplug",
            gettext_lazy("Every linked system has confirmed in time."),
            gettext_lazy("An approved case stands here once a linked system says no, or nothing in time."),
            deeds=(),
        ),
        Queue(
            "escalated",
            gettext_lazy("Escalated by the client"),
            lambda cases, user: cases.open().filter(escalated_at__isnull=False),
            "megaphone",
            gettext_lazy("No client asks for more haste."),
            gettext_lazy("A case that the client's contact escalates stands here until it has ended."),
            capability="decide",
            deeds=EITHER,
        ),
        Queue(
            "appeals",
            gettext_lazy("Appeals"),
            lambda cases, user: cases.open().filter(appeals__isnull=False),
            "scale",
            gettext_lazy("Nobody appeals."),
            gettext_lazy("An appeal is put down on the page of a declined case, and waits here for somebody else."),
            deeds=("approve",),
        ),
        Queue(
            "open",
            gettext_lazy("All open"),
            lambda cases, user: cases.open(),
            "folder-open",
            gettext_lazy("No case is open."),
            gettext_lazy("A case is opened from the page of an account that is out of service."),
            deeds=EITHER,
        ),
        Queue(
            "done",
            gettext_lazy("Done lately"),
            lambda cases, user: cases.done(),
            "circle-check",
            gettext_lazy("No case is done yet."),
            gettext_lazy("Cases that were completed, declined or withdrawn are listed here."),
            order=NEWEST,
            is_counted=False,
            deeds=(),
        ),
    )
}
# Halves of the queue "due", for whoever needs them apart.
BREACHED = Queue("breached", gettext_lazy("Breached"), breached, "circle-alert", "", "")
NEAR = Queue("near", gettext_lazy("Due in two hours"), near, "alarm-clock", "", "")


COUNTED = [queue for queue in (*QUEUES.values(), BREACHED, NEAR) if queue.is_counted]
NAME = "queue %s"
for queue in COUNTED:
    registries.counted.register(
        NAME % queue.code, Counted(queue.cases, queue.capability, queue.in_halves if queue.halves else None)
    )


def offered(user):
    """Return the queues that are of use to somebody, in the order of their tabs."""
    return [queue for queue in QUEUES.values() if grants.has_anywhere(user, queue.capability)]


def numbers(request):
    """Return ``{code: number or "50+"}`` of each queue, counted once for each HTTP request, with all of the menu."""
    found = standins.numbers(request)
    return {queue.code: found[NAME % queue.code] for queue in COUNTED if NAME % queue.code in found}


def next_to_decide(user, case):
    """Return the case that somebody decides after ``case``: the next by due time, else the first that is left."""
    left = not_skipped(QUEUES["decide"].cases(user), user).exclude(pk=case.pk).order_by(*OLDEST_DUE)
    later = left.filter(Q(due_at__gt=case.due_at) | Q(due_at=case.due_at, id__gt=case.pk))
    return later.first() or left.first()


def not_skipped(cases, user):
    """Leave out what somebody skipped in the last hours."""
    lately = Skip.objects.filter(user=user, skipped_at__gt=timezone.now() - SKIPPED_FOR)
    return cases.exclude(pk__in=lately.values("case"))


def most_urgent(user):
    """Return the case that somebody takes next: what they may decide, else what they have or may claim; or ``None``.

    Whoever decides is not sent to collect evidence: working on a case would keep them from deciding it.
    """
    cases = ReinstatementRequest.objects.for_user(user)
    if grants.has_anywhere(user, "approve"):
        found = waiting_for(cases, user)
    else:
        own = mine(cases, user).exclude(status=Status.AWAITING_MEMBER)
        at = grants.client_ids(user, "work")
        found = own | to_start(cases.filter(client__in=at), user).filter(Q(worker=None) | Q(worker=user))
    return not_skipped(found, user).order_by(*OLDEST_DUE).first()
