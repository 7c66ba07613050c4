from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import tenant_manager
from accounts.models.client import Client


class SubjectKey(models.Model):
    """The key that one person's data is sealed under, itself wrapped. Without this row the data cannot be read."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="subject_key")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = tenant_manager(client="account__client")

    class Meta:
        verbose_name = _("subject key")


class SearchDigest(models.Model):
    """One keyed digest under which an account can be found. It tells nothing without the search key."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="search_digests")
    digest = models.BinaryField(max_length=16)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("search digest")
        constraints = [
            models.UniqueConstraint(fields=["client", "digest", "account"], name="search_digest_once"),
        ]
