from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Client, User
from accounts.models.base import Row, TenantQuerySet, tenant_manager


class Event(models.TextChoices):
    """What a member is told of."""

    SUSPENDED = "account.suspended", _("Account suspended")
    ON_HOLD = "account.on_hold", _("Account on hold")
    CLOSED = "account.closed", _("Account closed")
    DEACTIVATED = "account.deactivated", _("Account deactivated")
    ACTIVATED = "account.active", _("Account activated")
    UNDER_REVIEW = "account.under_review", _("Account under review")
    REVIEW_ENDED = "account.review_ended", _("Review ended")
    MERGED = "account.merged", _("Account merged into another")
    UNMERGED = "account.unmerged", _("Merge of the account undone")
    OVERDUE = "payment.overdue", _("Payment overdue")
    CONTACT_CHANGED = "contact.changed", _("Contact data changed")
    CONTACT_CHANGED_BEFORE = "contact.changed_before", _("Contact data changed, to the address before")
    REVERSED = "reinstatement.reversed", _("Reinstatement reversed")
    COMPLETED = "reinstatement.completed", _("Account reinstated")
    DECLINED = "reinstatement.declined", _("Reinstatement declined")
    EXPIRED = "membership.expire", _("Membership expired")
    OFFER = "membership.offer", _("Offer to come back")
    PLAN_CHANGED = "membership.plan_changed", _("Plan changed")
    PAUSED = "membership.pause", _("Membership paused")
    RESUMED = "membership.resume", _("Membership resumed")
    TRIAL_RESUMED = "membership.resume_trial", _("Trial resumed")
    MEMBERSHIP_REINSTATED = "membership.reinstate", _("Membership reinstated")
    TRIAL_REINSTATED = "membership.reinstate_trial", _("Trial reinstated")
    RENEWED = "membership.renew", _("Membership renewed")
    MEMBERSHIP_SUSPENDED = "membership.suspend", _("Membership suspended")
    CANCELLED = "membership.cancel", _("Membership cancelled")
    TIER_SET = "membership.set_tier", _("Tier reached")
    TIER_LAPSED = "membership.lapse_tier", _("Tier lapsed")
    RENEWAL_DUE = "membership.renewal_due", _("Renewal ahead")
    TRIAL_ENDING = "membership.trial_ending", _("Trial about to end")
    MEMBER_ASKED = "reinstatement.member_asked", _("Something is missing for a reinstatement")
    MEMBER_REMINDED = "reinstatement.member_reminded", _("Reminder: something is missing for a reinstatement")
    LAPSED = "reinstatement.lapsed", _("Reinstatement ended without an answer")
    WITHDRAWN = "reinstatement.withdrawn", _("Reinstatement withdrawn")
    APPEAL_RECEIVED = "reinstatement.appeal_received", _("Appeal received")
    APPEAL_DECLINED = "reinstatement.appeal_declined", _("Appeal declined")
    APPEAL_GRANTED = "reinstatement.appeal_granted", _("Appeal granted")


class Channel(models.TextChoices):
    EMAIL = "email", _("Email")


def languages():
    return settings.MESSAGE_LANGUAGES


class TemplateQuerySet(TenantQuerySet):
    def newest(self):
        """Return the versions in use: of each message, channel and language the last one."""
        same = {name: OuterRef(name) for name in ("client", "event", "channel", "language")}
        return self.exclude(Exists(Template.objects.filter(**same, version__gt=OuterRef("version"))))


class Template(Row):
    """The words of one message of a client, in one language. A version is never edited: a change is a new one."""

    client = models.ForeignKey(
        Client, models.PROTECT, related_name="templates", db_index=False, verbose_name=_("client")
    )
    event = models.CharField(_("message"), max_length=40, choices=Event)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(_("language"), max_length=10, choices=languages)
    version = models.PositiveIntegerField(_("version"), editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=10_000)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, db_index=False, editable=False, verbose_name=_("by")
    )

    objects = tenant_manager(TemplateQuerySet)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("client", "event", "language", "-version")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "event", "channel", "language", "version"], name="template_version_once"
            )
        ]

    def __str__(self):
        return f"{self.get_event_display()} ({self.language}, {self.version})"
