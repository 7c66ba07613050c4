"""What the reports over requests of the past are filtered by, and the two questions that they ask."""

from datetime import timedelta

from django.db.models import Avg, BigIntegerField, Count, Exists, F, Max, OuterRef, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter

from accounts import grants
from accounts.filters import UNKNOWN, RecordFilter, midnight
from reinstatements.models import Approval, Participation, PastStep

CHECKS, STEPS = "checks", "steps"
WHATS = [(CHECKS, _("Every check")), (STEPS, _("Every step"))]


def steps(user):
    """Return the steps of the past that ``user`` may audit, the newest first."""
    return PastStep.objects.filter(client__in=grants.client_ids(user, "audit")).order_by("-started_at", "-id")


class PastFilter(RecordFilter):
    """Steps by client, request, who did them and when they were begun."""

    moment = "started_at"
    who = "agent"
    account = None

    request_number = CharFilter(label=_("Request"), max_length=60, field_name="request")
    by = CharFilter(label=_("Who"), max_length=60, field_name="agent", lookup_expr="iexact")

    def on_record(self):
        kept = super().on_record() | {
            name: self.form.cleaned_data[name] for name in ("by", "request_number") if self.form.cleaned_data[name]
        }
        typed = kept.keys() & {"by", "request_number"}
        if typed and not self.qs.exists():
            kept |= dict.fromkeys(typed, UNKNOWN)
        return kept


class SeparationFilter(PastFilter):
    """Without a choice: the checks of work of one's own."""

    what = ChoiceFilter(label=_("What"), empty_label=_("Own work checked"), choices=WHATS, method="left_to_the_end")

    def left_to_the_end(self, rows, name, what):
        """Narrow nothing yet: what all steps are is counted too."""
        return rows

    def filter_queryset(self, queryset):
        self.all_steps = super().filter_queryset(queryset)
        what = self.form.cleaned_data["what"]
        if not what:
            return self.all_steps.own_work()
        return (self.all_steps if what == STEPS else self.all_steps.checks()).with_own_work()

    def figures(self):
        """Return how many checks a valid filter finds and how many of them are of own work, there and on cases here.

        The database refuses the decision of somebody who took part in a case; it is counted all the same, for whoever
        trusts nobody.
        """
        shown, days = self.qs, self.form.cleaned_data
        decided = Approval.objects.filter(client__in=[client.pk for client in self.chosen()], user__isnull=False)
        if days["since"]:
            decided = decided.filter(decided_at__gte=midnight(days["since"]))
        if days["until"]:
            decided = decided.filter(decided_at__lt=midnight(days["until"] + timedelta(days=1)))
        took_part = Participation.objects.filter(case=OuterRef("case"), person=OuterRef("person"))
        return {
            "checked": self.all_steps.checks().order_by().count(),
            "own": (self.all_steps.own_work() if days["what"] else shown).order_by().count(),
            "decided_here": decided.count(),
            "own_here": decided.filter(Exists(took_part)).count(),
        }


def by_step_and_agent(rows):
    """Return, for each step and who did it at a client, how often, and the seconds: in all, on average, at most."""
    return (
        rows.order_by()
        .values("client_id", "source", "step", "agent")
        .annotate(
            times=Count("pk"),
            total=Cast(Sum("seconds"), BigIntegerField()),
            mean=Cast(Sum("seconds") / Count("pk"), BigIntegerField()),
            longest=Max("seconds"),
        )
        .order_by("client_id", "source", "step", "agent")
    )


def to_decision(rows):
    """Return how many requests have a step among ``rows``, how many were decided, and the mean time that took."""
    return rows.requests().aggregate(
        requests=Count("request"), decided_requests=Count("decided"), mean=Avg(F("decided") - F("began"))
    )
