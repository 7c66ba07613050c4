from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership


class ImportedEventQuerySet(TenantQuerySet):
    capability = "see_log"


class ImportedEvent(models.Model):
    """One event of a history that happened elsewhere, and how far it brought the chain of its account.

    Its key is what makes the same file change nothing the second time. ``digest`` is of what the file said, so that an
    event that comes again with another content is told and not passed over.
    """

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(_("source"), max_length=40)
    account = models.ForeignKey(Account, models.PROTECT, related_name="imported_events", db_index=False)
    sequence = models.BigIntegerField(_("number at the source"))
    digest = models.BinaryField(max_length=16)
    number = models.BigIntegerField(_("number of its last entry"))

    objects = tenant_manager(ImportedEventQuerySet)

    class Meta:
        verbose_name = _("imported event")
        verbose_name_plural = _("imported events")
        constraints = [
            # The account first: it is what is asked by.
            models.UniqueConstraint(fields=["account", "source", "sequence", "client"], name="imported_event_once")
        ]


class ImportedRecord(models.Model):
    """One record of a file about memberships, or about customers who left, that was put on record.

    ``reference`` is what the client's system calls the membership, ``event`` what it calls the event; "" for a line
    that tells a membership as a whole. Their key is what makes the same file change nothing the second time, and
    ``digest`` tells a record that comes again with another content.
    """

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(_("reference at the source"), max_length=60)
    event = models.CharField(_("event at the source"), max_length=60, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", null=True)
    digest = models.BinaryField(max_length=16)
    occurred_at = models.DateTimeField(_("happened"))
    number = models.BigIntegerField(_("number of its last entry"))

    objects = tenant_manager(ImportedEventQuerySet)

    class Meta:
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "source", "kind", "reference", "event"], name="imported_record_once"
            )
        ]
