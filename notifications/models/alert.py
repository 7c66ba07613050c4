from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Client
from accounts.models.base import Row, TenantQuerySet, tenant_manager


class AlertSettingsQuerySet(TenantQuerySet):
    capability = "configure"


class AlertSettings(Row):
    """Who hears of what at a client: events that members are not told of, and the groups of staff that are.

    ``unsaid`` are codes of events; ``staff`` is ``{code of an event: [codes of groups]}``. Without a row members hear
    of everything, and staff of nothing but what cases need.
    """

    client = models.OneToOneField(
        Client, models.PROTECT, related_name="alert_settings", editable=False, verbose_name=_("client")
    )
    unsaid = models.JSONField(_("members are not told of"), default=list)
    staff = models.JSONField(_("staff hear of"), default=dict)

    objects = tenant_manager(AlertSettingsQuerySet)

    class Meta:
        verbose_name = _("alert settings")
        verbose_name_plural = _("alert settings")

    def __str__(self):
        return str(self.client)
