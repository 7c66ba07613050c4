from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import grants
from accounts.models import Account, Client
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from notifications.models.template import Channel, Event, Template


class DeliveryQuerySet(TenantQuerySet):
    def listed_for(self, user):
        """Return the messages of the clients that ``user`` watches over: ``rules.can_list``."""
        return self.filter(client__in=grants.client_ids(user, "see_log"))

    def due(self, now):
        """Return what is to be sent now, and what a worker took and never finished."""
        waiting = Q(status=Delivery.Status.PENDING, next_attempt_at__lte=now)
        return self.filter(waiting | Q(status=Delivery.Status.SENDING, claimed_until__lte=now))


class Delivery(Row):
    """One message to one member on one channel, sent or deliberately not. "Sent" means that a server took it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Returned")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Not sent")

    class Reason(models.TextChoices):
        """Why a message was not sent, or not yet."""

        NO_ADDRESS = "no_address", _("The account has no email address.")
        BAD_ADDRESS = "bad_address", _("The account's email address cannot be right.")
        ERASED = "erased", _("The member's personal data was erased.")
        SUPERSEDED = "superseded", _("The account's status had changed again before this was sent.")
        DUPLICATE = "duplicate", _("The member has this message already.")
        UNSAID = "unsaid", _("The client does not tell its members of this.")
        NO_TEMPLATE = "no_template", _("The client has no template for this message.")
        INCOMPLETE = "incomplete", _("The text would have had a gap, such as a missing reason or action.")
        NOT_PREPARED = "not_prepared", _("The message could not be prepared.")
        UNREACHABLE = "unreachable", _("The mail server does not answer. Tried again every minute.")
        TEMPORARY = "temporary", _("The mail server asked to try again later.")
        REFUSED = "refused", _("The mail server refused the message for good.")
        GAVE_UP = "gave_up", _("The mail server did not take it in eight attempts.")

    class Recipient(models.TextChoices):
        MEMBER = "member", _("Member")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="deliveries", verbose_name=_("account"))
    event = models.UUIDField(_("outbox event"))
    event_name = models.CharField(_("message"), max_length=40, choices=Event)
    entry = models.UUIDField(_("entry"), help_text=_("The ledger entry that the message tells of."))
    entry_number = models.BigIntegerField(_("number of the entry"), default=0)
    case = models.UUIDField(_("case"), null=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    recipient = models.CharField(_("recipient"), max_length=10, choices=Recipient, default=Recipient.MEMBER)
    language = models.CharField(_("language"), max_length=10)
    time_zone = models.CharField(_("time zone"), max_length=50)
    template = models.ForeignKey(Template, models.PROTECT, related_name="+", null=True, verbose_name=_("template"))
    template_version = models.PositiveIntegerField(_("template's version"), null=True)
    address = models.BinaryField(_("address"), null=True, editable=False)
    subject = models.BinaryField(_("subject"), null=True, editable=False)
    body = models.BinaryField(_("text"), null=True, editable=False)
    message_id = models.CharField(_("message id"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    reason = models.CharField(_("why not"), max_length=20, choices=Reason, blank=True)
    server_code = models.PositiveSmallIntegerField(_("server's answer"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = tenant_manager(DeliveryQuerySet)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["event", "channel", "recipient"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status__in=("pending", "sending", "sent", "delivered")) | ~Q(reason=""),
                name="delivery_says_why_not",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(next_attempt_at__isnull=False), name="delivery_pending_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(claimed_until__isnull=False), name="delivery_sending_is_claimed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=("pending", "sending")),
                name="delivery_to_do",
            ),
            models.Index(fields=["client", "-id"], name="delivery_by_client"),
        ]

    def __str__(self):
        return f"{self.get_event_name_display()} ({self.get_status_display()})"

    def get_absolute_url(self):
        return reverse("delivery", args=[self.pk])
