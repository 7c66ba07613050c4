"""When people on the staff work, and when they are away."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.base import Row
from accounts.models.staff import User


class StaffHours(Row):
    """The weekly hours of one login, in its own time zone. Whoever has none counts as always on shift."""

    user = models.OneToOneField(User, models.CASCADE, related_name="staff_hours", verbose_name=_("login"))
    week = models.JSONField(_("weekly hours"), default=dict)

    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["user"])

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")


class AbsenceQuerySet(models.QuerySet):
    def after(self, at):
        """Return what is not over by then."""
        return self.filter(ends_at__gt=at)


class Absence(Row):
    """A time in which somebody does not work, whatever their weekly hours say. It is the person's, at all clients."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("who"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    marked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("marked by"), db_index=False)
    marked_at = models.DateTimeField(_("marked"), default=timezone.now)
    handed_over_at = models.DateTimeField(_("cases handed over"), null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("starts_at", "id")
        indexes = [
            models.Index(fields=["starts_at"], condition=Q(handed_over_at=None), name="absence_to_hand_over"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_it_begins"),
        ]

    def __str__(self):
        return str(self.user)
