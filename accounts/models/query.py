from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class CustomerQueryQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(answered_entry=None)


class CustomerQuery(Row):
    """Something a customer asked about their account. Question and answer are sealed words beside the entries."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("Email")
        LETTER = "letter", _("Letter")
        CHAT = "chat", _("Chat")
        IN_PERSON = "in_person", _("In person")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="queries", db_index=False, verbose_name=_("account")
    )
    topic = models.CharField(_("topic"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_entry = models.UUIDField(_("asked by entry"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_entry = models.UUIDField(_("answered by entry"), null=True)

    objects = tenant_manager(CustomerQueryQuerySet)

    class Meta:
        verbose_name = _("customer's query")
        verbose_name_plural = _("customers' queries")
        ordering = ("-asked_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_entry=None)
                | Q(answered_at__isnull=False, answered_entry__isnull=False),
                name="query_answered_by_an_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-asked_at", "-id"], name="query_by_account"),
            models.Index(fields=["client", "asked_at", "id"], condition=Q(answered_entry=None), name="query_open"),
        ]

    def __str__(self):
        return self.topic

    def get_absolute_url(self):
        return reverse("query", args=[self.account_id, self.pk])
