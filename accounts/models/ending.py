from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership
from accounts.models.staff import Person


class EndingQuerySet(TenantQuerySet):
    def waiting(self):
        """Return the proposals that nobody has decided yet."""
        return self.filter(decided=None)


class EndingProposal(Row):
    """A proposal that an account be closed, or one membership cancelled; another person confirms it. Append-only.

    Only at a client that wants two people for it (``AccountSettings.ends_need_two``).
    """

    class Deed(models.TextChoices):
        CLOSE = "close", _("Close the account")
        CANCEL = "cancel", _("Cancel the membership")

    class When(models.TextChoices):
        NOW = "now", _("At once")
        TERM_END = "term_end", _("When the term is over")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="ending_proposals", verbose_name=_("account"))
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="ending_proposals", null=True)
    deed = models.CharField(_("what"), max_length=10, choices=Deed)
    when = models.CharField(_("when"), max_length=10, choices=When, default=When.NOW)
    reason = models.CharField(_("reason"), max_length=40)
    initiator = models.CharField(_("wanted by"), max_length=20)
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    proposed_person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    entry = models.UUIDField(_("entry"))

    objects = tenant_manager(EndingQuerySet)

    class Meta:
        verbose_name = _("proposal to end something")
        verbose_name_plural = _("proposals to end something")
        constraints = [
            models.CheckConstraint(
                condition=Q(deed="close", membership=None, when="now") | Q(deed="cancel", membership__isnull=False),
                name="ending_of_one_thing",
            )
        ]
        indexes = [models.Index(fields=["client", "-proposed_at", "-id"], name="ending_by_client")]

    def __str__(self):
        what = self.membership.snapshot["name"] if self.membership else self.account.number
        return f"{self.get_deed_display()}: {what}"

    def get_absolute_url(self):
        return reverse("ending", args=[self.pk])

    @property
    def decision(self):
        """The ``EndingDecision``, or ``None`` while it waits for one."""
        return getattr(self, "decided", None)


class EndingDecision(Row):
    """What a second person decided of a proposal; ``entry`` is the one that ended it, or that declined. Append-only."""

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    proposal = models.OneToOneField(EndingProposal, models.PROTECT, related_name="decided")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=40)
    entry = models.UUIDField(_("entry"))
    effective_on = models.DateField(_("takes effect"), null=True)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("decision about an ending")
        verbose_name_plural = _("decisions about endings")
