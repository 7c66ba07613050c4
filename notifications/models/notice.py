from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Client, User
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from notifications.models.delivery import Delivery


class StaffNoticeQuerySet(TenantQuerySet):
    def due(self, now):
        """Return what is to be sent now, and what a worker took and never finished."""
        waiting = Q(status=Delivery.Status.PENDING, next_attempt_at__lte=now)
        return self.filter(waiting | Q(status=Delivery.Status.SENDING, claimed_until__lte=now))


class StaffNotice(Row):
    """One mail to one person on the staff about one event, sent in their working hours or deliberately not at all.

    It holds codes only: the words are made when it is sent.
    """

    Status = Delivery.Status

    class Reason(models.TextChoices):
        """Why a notice was not sent, or not yet."""

        NO_ADDRESS = "no_address", _("The login has no email address.")
        OVERTAKEN = "overtaken", _("It was settled before this was sent.")
        OFF_SHIFT = "off_shift", _("They are not on shift. It is sent when they are.")
        NEVER_ON_SHIFT = "never_on_shift", _("They are not on shift any more.")
        NOT_PREPARED = "not_prepared", _("The message could not be prepared.")
        UNREACHABLE = "unreachable", _("The mail server does not answer. Tried again every minute.")
        TEMPORARY = "temporary", _("The mail server asked to try again later.")
        REFUSED = "refused", _("The mail server refused the message for good.")
        GAVE_UP = "gave_up", _("The mail server did not take it in eight attempts.")

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False, verbose_name=_("client"))
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("who"))
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="+", null=True, db_index=False, verbose_name=_("account")
    )
    about_case = models.UUIDField(_("case"), null=True)
    event = models.UUIDField(_("outbox event"))
    event_name = models.CharField(_("message"), max_length=60)
    entry = models.UUIDField(_("entry"), db_index=True)
    payload = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Delivery.Status, default=Delivery.Status.PENDING)
    reason = models.CharField(_("why not"), max_length=20, choices=Reason, blank=True)
    server_code = models.PositiveSmallIntegerField(_("server's answer"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = tenant_manager(StaffNoticeQuerySet)

    class Meta:
        verbose_name = _("notice to staff")
        verbose_name_plural = _("notices to staff")
        constraints = [models.UniqueConstraint(fields=["event", "user"], name="staff_notice_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=("pending", "sending")),
                name="staff_notice_to_do",
            ),
            models.Index(fields=["account", "-id"], name="staff_notice_of_account"),
            models.Index(fields=["client", "-id"], name="staff_notice_by_client"),
        ]
