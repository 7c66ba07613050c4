from django.db import models
from django.db.models import Exists, F, Max, Min, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Client, User
from accounts.models.base import TenantQuerySet, tenant_manager


class PastStepQuerySet(TenantQuerySet):
    capability = "audit"

    def checks(self):
        return self.filter(is_check=True)

    def of_request(self, step):
        """Return the steps of the request that this step belongs to, in the order in which they were begun."""
        same = {name: getattr(step, name) for name in ("client_id", "source", "request")}
        return self.filter(**same).order_by("started_at", "id")

    def with_own_work(self):
        """Annotate ``is_own_work``: whether the same person had worked on the request before this check of it.

        The same person is the same name at the source, in capitals or not, or another login of who holds it here.
        """
        name = Lower(OuterRef("agent"))
        before = (
            PastStep.objects.annotate(name=Lower("agent"))
            .filter(client=OuterRef("client"), source=OuterRef("source"), request=OuterRef("request"))
            .filter(Q(name=name) | Q(user__person=OuterRef("user__person")), started_at__lte=OuterRef("started_at"))
            .exclude(pk=OuterRef("pk"))
        )
        return self.annotate(is_own_work=Q(is_check=True) & Exists(before))

    def own_work(self):
        """Return the checks in which somebody checked work of their own."""
        return self.checks().with_own_work().filter(is_own_work=True)

    def requests(self):
        """Return a row for each request: when it began, and when the last check of it ended, if there was one."""
        rows = self.order_by().values("client_id", "source", "request")
        return rows.annotate(began=Min("started_at"), decided=Max("ended_at", filter=Q(is_check=True)))


class PastStep(models.Model):
    """One step of a request that was worked on before Reinstate, as another system's log tells it. Append-only.

    ``agent`` is what the log calls who did it, ``user`` the login of that name among the client's staff. Steps are no
    cases: what was against the rules elsewhere stands here as it was.
    """

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    source = models.CharField(_("source"), max_length=40)
    request = models.CharField(_("request at the source"), max_length=60)
    step = models.CharField(_("step"), max_length=60)
    agent = models.CharField(_("who"), max_length=60)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("login"))
    role = models.CharField(_("role"), max_length=60, blank=True)
    is_check = models.BooleanField(_("checks the work of others"))
    started_at = models.DateTimeField(_("begun"))
    ended_at = models.DateTimeField(_("ended"))
    seconds = models.PositiveIntegerField(_("seconds"))
    digest = models.BinaryField(max_length=16)

    objects = tenant_manager(PastStepQuerySet)

    class Meta:
        verbose_name = _("step of the past")
        verbose_name_plural = _("steps of the past")
        ordering = ("-started_at", "-id")
        indexes = [
            models.Index(fields=["client", "-started_at", "-id"], name="past_step_by_client"),
            models.Index(fields=["client", "-started_at", "-id"], condition=Q(is_check=True), name="past_checks"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "source", "request", "started_at", "step"], name="past_step_once"
            ),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="past_step_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(agent=""), name="past_step_by_somebody"),
        ]

    def __str__(self):
        return f"{self.request} {self.step}"
