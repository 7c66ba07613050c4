from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.grants import Role
from accounts.models import Client, Person
from accounts.models.base import Row, tenant_manager
from reinstatements.models.request import ReinstatementRequest


class Waiver(Row):
    """One person's decision that a case goes without a check, by the role that its policy names. Append-only."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="waivers")
    code = models.CharField(_("check"), max_length=40)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    entry = models.UUIDField(_("entry"))
    granted_at = models.DateTimeField(_("granted"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        indexes = [models.Index(fields=["client", "-granted_at", "-id"], name="waiver_by_client")]
        constraints = [models.UniqueConstraint(fields=["entry"], name="waiver_has_an_entry_of_its_own")]

    def __str__(self):
        return self.code
