from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, tenant_manager


class Draft(Row):
    """What somebody has typed into a form and not sent, sealed under the key of the account it is about."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    form = models.CharField(_("form"), max_length=80)
    fields = models.BinaryField(editable=False)
    saved_at = models.DateTimeField(_("saved"), auto_now=True)

    objects = tenant_manager(client="account__client")

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["user", "account", "form"], name="draft_once")]
