from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import grants, sealing, systems
from accounts.models import Account, Client, Membership, User
from accounts.models.base import Row, TenantQuerySet, tenant_manager

TRIES = 7
"""How often a message is tried before it is given up: at once, then after each of ``webhook_sending.WAITS``."""


class LinkedSystemQuerySet(TenantQuerySet):
    capability = "configure"


class LinkedSystem(Row):
    """A system of a client that is told of what happens here, and answers to what it is asked."""

    class Topic(models.TextChoices):
        RESTORING = "restoring", _("Restoring access")
        BILLING = "billing", _("Billing")
        STATUS = "status", _("Status changes")
        TEST = "test", _("Test")

    client = models.ForeignKey(
        Client, models.PROTECT, related_name="linked_systems", db_index=False, verbose_name=_("client")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=list(systems.KINDS.items()))
    name = models.CharField(_("name"), max_length=60)
    url = models.CharField(_("address"), max_length=500)
    takes_restoring = models.BooleanField(_("restoring access"), default=False)
    takes_billing = models.BooleanField(_("billing"), default=False)
    takes_status = models.BooleanField(_("status changes"), default=False)
    answer_hours = models.PositiveSmallIntegerField(_("hours to answer about billing"), default=24)
    paused_at = models.DateTimeField(_("paused"), null=True)
    created_at = models.DateTimeField(_("registered"), default=timezone.now)

    objects = tenant_manager(LinkedSystemQuerySet)

    class Meta:
        verbose_name = _("linked system")
        verbose_name_plural = _("linked systems")
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="linked_system_name_once"),
            models.UniqueConstraint(
                fields=["client", "kind"], condition=Q(takes_restoring=True), name="linked_system_asked_once"
            ),
            models.UniqueConstraint(
                fields=["client"], condition=Q(takes_billing=True), name="linked_system_bills_once"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("linked_system", args=[self.pk])

    @property
    def topics(self):
        """Return what it is told of, in words."""
        taken = ((topic, getattr(self, f"takes_{topic.value}", False)) for topic in self.Topic)
        return [topic.label for topic, is_taken in taken if is_taken]


class LinkedSecret(Row):
    """One secret that a linked system and we sign with; wrapped by the keys of the environment. It may have an end."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    system = models.ForeignKey(LinkedSystem, models.PROTECT, related_name="secrets")
    wrapped = models.BinaryField(editable=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("secret of a linked system")
        verbose_name_plural = _("secrets of linked systems")
        ordering = ("-created_at", "-id")

    @property
    def context(self):
        return f"linked secret:{self.pk}"

    @property
    def key(self):
        """The 32 bytes themselves; raises ``sealing.SealBroken`` or ``UnknownMasterKey``."""
        return sealing.unwrap(self.wrapped, context=self.context)


class WebhookQuerySet(TenantQuerySet):
    def listed_for(self, user):
        """Return the messages of the clients that ``user`` configures or watches over: ``rules.can_see_webhook``."""
        seen = {*grants.client_ids(user, "configure"), *grants.client_ids(user, "see_log")}
        return self.filter(client__in=list(seen))

    def due(self, now):
        """Return what is to be sent now to systems that are not paused, and what a worker took and never finished."""
        waiting = Q(status__in=("intended", "failed"), next_attempt_at__lte=now)
        taken = Q(status="sending", claimed_until__lte=now)
        return self.filter(waiting | taken, system__paused_at=None)

    def unsettled(self, now):
        """Return the billing instructions that were refused, or not answered in time, and that nobody has settled."""
        late = Q(answer="", answer_by__lte=now)
        return self.filter(Q(answer=WebhookDelivery.Answer.REFUSED) | late, topic="billing", settled_at=None)


class WebhookDelivery(Row):
    """One message to one linked system about one event: the same bytes and the same id however often it is tried."""

    class Status(models.TextChoices):
        INTENDED = "intended", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Taken")
        FAILED = "failed", _("Not taken, tried again")
        GIVEN_UP = "given_up", _("Given up")

    class Reason(models.TextChoices):
        """Why it was not taken."""

        ANSWER = "answer", _("It answered with an error.")
        REDIRECT = "redirect", _("It sent us elsewhere, where nothing is sent.")
        NO_ADDRESS = "no_address", _("Its host is not known.")
        NOT_PUBLIC = "not_public", _("Its host is not on the public internet.")
        UNREACHABLE = "unreachable", _("It cannot be reached.")
        TLS = "tls", _("Its certificate is not in order.")
        TOO_SLOW = "too_slow", _("It did not answer in time.")
        NOT_HTTP = "not_http", _("What it answered is not HTTP.")
        NOT_SIGNED = "not_signed", _("Its secret cannot be opened.")
        GONE = "gone", _("It says that it takes no messages any more.")
        WORKER_LOST = "worker_lost", _("The worker that sent it was lost.")

    class Answer(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        REFUSED = "refused", _("Refused")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    system = models.ForeignKey(
        LinkedSystem, models.PROTECT, related_name="deliveries", db_index=False, verbose_name=_("linked system")
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", null=True, verbose_name=_("account"))
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", null=True)
    about_case = models.UUIDField(_("case"), null=True, db_index=True)
    event = models.UUIDField(_("outbox event"))
    event_name = models.CharField(_("event"), max_length=60)
    topic = models.CharField(_("about"), max_length=10, choices=LinkedSystem.Topic)
    entry = models.UUIDField(_("entry"), null=True)
    body = models.TextField(_("what it says"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.INTENDED)
    reason = models.CharField(_("why not"), max_length=20, choices=Reason, blank=True)
    server_code = models.PositiveSmallIntegerField(_("its answer"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=TRIES)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    tried_at = models.DateTimeField(_("last tried"), null=True)
    sent_at = models.DateTimeField(_("taken"), null=True)
    answer = models.CharField(_("acknowledgement"), max_length=12, choices=Answer, blank=True)
    answer_by = models.DateTimeField(_("to be acknowledged by"), null=True)
    answered_at = models.DateTimeField(_("acknowledged"), null=True)
    told_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False)

    objects = tenant_manager(WebhookQuerySet)

    class Meta:
        verbose_name = _("message to a linked system")
        verbose_name_plural = _("messages to linked systems")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["event", "system"], name="webhook_once"),
            models.CheckConstraint(
                condition=~Q(status__in=("intended", "failed")) | Q(next_attempt_at__isnull=False),
                name="webhook_waiting_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(claimed_until__isnull=False), name="webhook_sending_is_claimed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=("intended", "failed", "sending")),
                name="webhook_to_do",
            ),
            models.Index(fields=["client", "-id"], name="webhook_by_client"),
            models.Index(fields=["system", "-id"], name="webhook_by_system"),
            models.Index(
                fields=["client", "answer_by"],
                condition=Q(topic="billing", settled_at=None) & ~Q(answer="acknowledged"),
                name="webhook_unsettled",
            ),
        ]

    def __str__(self):
        return f"{self.event_name} ({self.get_status_display()})"

    def get_absolute_url(self):
        return reverse("webhook", args=[self.pk])

    @property
    def message_id(self):
        """The id that Standard Webhooks asks for: the same at every try, so that it is taken once."""
        return f"msg_{self.pk.hex}"


class Acknowledgement(Row):
    """What a linked system has answered to a message, under the id of its own message. Append-only."""

    class Result(models.TextChoices):
        TAKEN = "taken", _("Taken")
        CHANGED = "changed", _("Not taken: something has changed since")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    system = models.ForeignKey(LinkedSystem, models.PROTECT, related_name="+", db_index=False)
    delivery = models.ForeignKey(WebhookDelivery, models.PROTECT, related_name="acknowledgements")
    message_id = models.CharField(_("id of its message"), max_length=120)
    digest = models.CharField(_("SHA-256 of its message"), max_length=64)
    outcome = models.CharField(_("answer"), max_length=12, choices=WebhookDelivery.Answer)
    reference = models.CharField(_("reference"), max_length=60)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    result = models.CharField(_("what came of it"), max_length=10, choices=Result)
    received_at = models.DateTimeField(_("received"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        ordering = ("received_at", "id")
        constraints = [models.UniqueConstraint(fields=["system", "message_id"], name="acknowledgement_once")]
