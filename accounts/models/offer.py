from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership


class OfferQuerySet(TenantQuerySet):
    def standing(self, which, today):
        """Return those that were redeemed, still can be, or cannot be any more."""
        if which == Offer.Standing.REDEEMED:
            return self.exclude(redeemed_entry=None)
        rows = self.filter(redeemed_entry=None)
        is_open = Q(valid_until__gte=today)
        return rows.filter(is_open if which == Offer.Standing.OPEN else ~is_open)


class Offer(Row):
    """That a member whose membership has expired was offered to come back, with a code of their own.

    Its key makes an offer come once for each period, however often and on how many workers the job runs. The code
    stands sealed beside the entry; what is kept here is its keyed digest.
    """

    class Standing(models.TextChoices):
        OPEN = "open", _("Can be redeemed")
        REDEEMED = "redeemed", _("Redeemed")
        OVER = "over", _("Not redeemed in time")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, verbose_name=_("account"))
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="offers", db_index=False, verbose_name=_("membership")
    )
    ended_on = models.DateField(_("expired on"))
    days = models.PositiveSmallIntegerField(_("days after"))
    code_digest = models.BinaryField(max_length=16)
    offered_at = models.DateTimeField(_("offered"), default=timezone.now)
    offered_entry = models.UUIDField(_("offered by entry"))
    valid_until = models.DateField(_("valid until"))
    redeemed_at = models.DateTimeField(_("redeemed"), null=True)
    redeemed_entry = models.UUIDField(_("redeemed by entry"), null=True)

    objects = tenant_manager(OfferQuerySet)

    class Meta:
        verbose_name = _("offer to come back")
        verbose_name_plural = _("offers to come back")
        ordering = ("-offered_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["membership", "ended_on", "days"], name="offer_once_a_period"),
            models.UniqueConstraint(fields=["client", "code_digest"], name="offer_code_once"),
            models.CheckConstraint(
                condition=Q(redeemed_at=None, redeemed_entry=None)
                | Q(redeemed_at__isnull=False, redeemed_entry__isnull=False),
                name="offer_redeemed_by_an_entry",
            ),
        ]
        indexes = [models.Index(fields=["client", "-offered_at", "-id"], name="offer_by_client")]

    def __str__(self):
        return str(self.membership)

    def get_absolute_url(self):
        return reverse("membership", args=[self.membership_id])

    def standing_on(self, today):
        """Return how it stands on a day where the customer is."""
        if self.redeemed_entry:
            return Offer.Standing.REDEEMED
        return Offer.Standing.OPEN if self.valid_until >= today else Offer.Standing.OVER
