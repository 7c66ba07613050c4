from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Client, Person
from accounts.models.base import Row, tenant_manager
from reinstatements.models.request import ReinstatementRequest


class Reversal(Row):
    """One person's decision to take a reinstatement back, once, by somebody who neither worked on nor approved it."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.OneToOneField(ReinstatementRequest, models.PROTECT, related_name="reversal")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=40)
    entry = models.UUIDField(_("entry"))
    reversed_at = models.DateTimeField(_("reversed"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="reversal_has_a_reason")]
