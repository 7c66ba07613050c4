from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Row, TenantQuerySet
from accounts.models.client import Client


class BackgroundRunQuerySet(TenantQuerySet):
    def due(self, now):
        """Return what a worker may take: asked for, not at an end, and held by nobody."""
        return self.filter(
            models.Q(claimed_until=None) | models.Q(claimed_until__lte=now), finished_at=None, wanted_at__lte=now
        )

    def unfinished(self):
        return self.filter(finished_at=None)


class BackgroundRun(Row):
    """Something that takes longer than a page may: somebody asks for it, a worker does it, its row tells how far it is.

    The row is the queue. A worker holds it until ``claimed_until`` and says so again with every step that it commits;
    one that dies leaves the run to the next. ``attempts`` counts the workers that took it since it last moved on.
    """

    class Stage(models.TextChoices):
        PREPARED = "prepared", _("Not started")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("who"))
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    wanted_at = models.DateTimeField(_("to be started"), null=True, default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    claimed_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), null=True)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def stage(self):
        if self.cancelled_at:
            return self.Stage.CANCELLED
        if self.finished_at:
            return self.Stage.FAILED if self.failure else self.Stage.DONE
        if self.wanted_at is None:
            return self.Stage.PREPARED
        return self.Stage.RUNNING if self.started_at else self.Stage.WAITING

    @property
    def is_unfinished(self):
        return self.finished_at is None

    @property
    def percent(self):
        """Return how much is done, 0 to 100, or ``None`` where nobody knows yet of how much."""
        return min(100, self.done * 100 // self.total) if self.total else None
