"""How the cases of somebody's clients go: three questions to the database, whatever there is to see.

Each reads a window of time through an index, never the whole history: opened in 30 days (``case_by_client``), decided
in eight weeks (``case_by_decision``), open now (``case_queue``). Days and weeks begin in the time zone of whoever asks.
"""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

from django.db.models import BooleanField, Case, Count, DurationField, ExpressionWrapper, F, Q, Value, When, Window
from django.db.models.functions import RowNumber, TruncDate, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reinstatements.models import ReinstatementRequest
from reinstatements.sla import UNDECIDED

DAYS, WEEKS = 30, 8
Status = ReinstatementRequest.Status
OUTCOMES = {
    "completed": (Status.APPROVED, Status.COMPLETED),
    "open": (Status.DRAFT, Status.SUBMITTED, Status.IN_VERIFICATION, Status.AWAITING_MEMBER, Status.AWAITING_APPROVAL),
    "declined": (Status.DECLINED,),
    "withdrawn": (Status.WITHDRAWN, Status.LAPSED),
}
OUTCOME_OF = {status: outcome for outcome, statuses in OUTCOMES.items() for status in statuses}
OUTCOME_LABELS = {
    "completed": _("Back in service"),
    "open": _("Still open"),
    "declined": _("Declined"),
    "withdrawn": _("Withdrawn or lapsed"),
}
AGES = (
    # up to, in words
    (timedelta(hours=4), _("under 4 hours")),
    (timedelta(hours=24), _("4 to 24 hours")),
    (timedelta(days=3), _("1 to 3 days")),
    (timedelta(days=7), _("3 to 7 days")),
    (None, _("over 7 days")),
)


def midnight(day):
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def days(today):
    """Return the last thirty days, the oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def weeks(today):
    """Return the Mondays of the last eight weeks, this one among them, the oldest first."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def opened(user, client_ids, today):
    """Return ``{(client id, day, outcome): number}`` of the cases opened in the last thirty days, as they are now."""
    return tally(opened_rows(user, client_ids, today))


def opened_rows(user, client_ids, today):
    return (
        ReinstatementRequest.objects.for_user(user)
        .filter(client__in=client_ids, opened_at__gte=midnight(days(today)[0]))
        .annotate(day=TruncDate("opened_at"))
        .values_list("client_id", "day", "status")
        .annotate(number=Count("pk"))
        .order_by()
    )


def tally(rows):
    found: Counter = Counter()
    for client_id, day, status, number in rows:
        found[client_id, day, OUTCOME_OF[status]] += number
    return found


def decided(user, client_ids, today):
    """Return ``{Monday: (median, 90th percentile)}`` of the time from opening to decision, by week of the decision.

    Both are the nearest rank: of ten decisions the fifth and the ninth by time. What a rule decided by itself took no
    time and is left out, and so is a week without a decision.
    """
    return medians(decided_rows(user, client_ids, today))


def decided_rows(user, client_ids, today):
    took = ExpressionWrapper(F("decided_at") - F("opened_at"), output_field=DurationField())
    return (
        ReinstatementRequest.objects.for_user(user)
        .filter(client__in=client_ids, decided_at__gte=midnight(weeks(today)[0]), is_automatic=False)
        .annotate(week=TruncWeek("decided_at"), took=took)
        .annotate(
            rank=Window(RowNumber(), partition_by="week", order_by=["took", "pk"]),
            number=Window(Count("pk"), partition_by="week"),
        )
        .filter(Q(rank=(F("number") + 1) / 2) | Q(rank=(F("number") * 9 + 9) / 10))
        .order_by("week", "rank")
        .values_list("week", "took")
    )


def medians(rows):
    found = defaultdict(list)
    for week, duration in rows:
        # PostgreSQL cuts weeks in the time of whoever asks; the ORM says that it is theirs, the driver does not.
        day = week if timezone.is_naive(week) else timezone.localtime(week)
        found[day.date()].append(duration)
    # The median and the 90th percentile of a single decision are one row.
    return {week: (durations[0], durations[-1]) for week, durations in found.items()}


def waiting(user, client_ids, now):
    """Return ``{(client id, age, is late): number}`` of the open cases; ``age`` is an index of ``AGES``."""
    return ages(waiting_rows(user, client_ids, now))


def waiting_rows(user, client_ids, now):
    young = [When(opened_at__gt=now - until, then=Value(index)) for index, (until, _label) in enumerate(AGES) if until]
    late = Case(
        When(due_at__lt=now, status__in=sorted(UNDECIDED), paused_at=None, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return (
        ReinstatementRequest.objects.for_user(user)
        .open()
        .filter(client__in=client_ids)
        .annotate(age=Case(*young, default=Value(len(AGES) - 1)), late=late)
        .values_list("client_id", "age", "late")
        .annotate(number=Count("pk"))
        .order_by()
    )


def ages(rows):
    return Counter({(client_id, age, bool(late)): number for client_id, age, late, number in rows})
