from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.staff import Person, User


class TrainingRecordQuerySet(TenantQuerySet):
    capability = "train"

    def standing(self):
        return self.filter(ended_entry=None)


class TrainingRecord(Row):
    """That a person was trained to work for a client, and until when that holds. Somebody else has recorded it.

    It stands as it was recorded; what was recorded in error, or does not hold any more, is ended by an entry.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="trainings", db_index=False, verbose_name=_("who"))
    subject = models.CharField(_("training"), max_length=120)
    completed_on = models.DateField(_("completed"))
    valid_until = models.DateField(_("valid until"))
    ends_at = models.DateTimeField(_("end of that day at the client"))
    recorded_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    recorded_entry = models.UUIDField(_("recorded by entry"))
    ended_entry = models.UUIDField(_("ended by entry"), null=True)
    warned_entry = models.UUIDField(_("warned of by entry"), null=True)

    objects = tenant_manager(TrainingRecordQuerySet)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ("-ends_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("completed_on")), name="training_holds_from_its_day"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "client", "ends_at"], name="training_of_person"),
            models.Index(
                fields=["client", "ends_at"],
                condition=models.Q(ended_entry=None, warned_entry=None),
                name="training_to_warn_of",
            ),
        ]

    def __str__(self):
        return self.subject
