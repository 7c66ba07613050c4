from functools import partial

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import transition
from simple_history.models import HistoricalRecords

from accounts import rules, terms
from accounts.models.account import Account
from accounts.models.base import StatusModel, TenantQuerySet, status_field, tenant_manager
from accounts.models.client import Client
from accounts.models.plan import Plan
from accounts.zones import zone


class MembershipQuerySet(TenantQuerySet):
    def due(self, moment):
        """Return the memberships with a change that has come by itself and is not written yet, the oldest first."""
        return self.filter(next_change_at__lte=moment).order_by("next_change_at", "id")


def stood_as(status):
    """The condition of going back from a pause: to the status that it was entered from, and to no other."""

    def condition(membership):
        return membership.standing_before == status

    return condition


class Membership(StatusModel):
    """The account's standing on one plan. ``accounts/terms.py`` says when it changes by itself."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        TRIAL = "trial", _("Trial")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        SUSPENDED = "suspended", _("Suspended")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    LIVING = (Status.PENDING, Status.TRIAL, Status.ACTIVE, Status.PAUSED, Status.SUSPENDED)
    STOPPED = (Status.SUSPENDED, Status.EXPIRED, Status.CANCELLED)

    subject_type = "membership"
    may_run_ahead = True
    opening_statuses = frozenset({Status.PENDING, Status.TRIAL, Status.ACTIVE, Status.EXPIRED, Status.CANCELLED})

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships", verbose_name=_("account"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="memberships", verbose_name=_("plan"))
    agreed = models.JSONField(
        _("as agreed"), default=dict, editable=False, help_text=_("The plan as it was when it was agreed.")
    )
    starts_on = models.DateField(_("from"), null=True)
    term_starts_on = models.DateField(_("term began"), null=True)
    ends_on = models.DateField(_("until"), null=True, help_text=_("The last day of the term."))
    anchor_day = models.PositiveSmallIntegerField(_("day of the month that terms begin on"), null=True)
    auto_renew = models.BooleanField(_("renews by itself"), default=False)
    trial_starts_on = models.DateField(_("trial began"), null=True)
    trial_ends_on = models.DateField(_("last day of the trial"), null=True)
    trial_converts = models.BooleanField(_("trial becomes a paid term by itself"), default=False)
    converted_on = models.DateField(_("trial converted"), null=True)
    standing_before = models.CharField(_("status before"), max_length=20, choices=Status, blank=True)
    pause_starts_on = models.DateField(_("paused from"), null=True)
    pause_ends_on = models.DateField(_("last day of the pause"), null=True)
    tier = models.CharField(_("tier"), max_length=40, blank=True)
    tier_ends_on = models.DateField(_("last day of the tier"), null=True)
    changed_at = models.DateTimeField(_("last change"), null=True, editable=False)
    next_change_at = models.DateTimeField(_("next change by itself"), null=True, editable=False)
    status = status_field(Status.choices)

    objects = tenant_manager(MembershipQuerySet)
    history = HistoricalRecords(
        history_id_field=models.BigAutoField(), user_db_constraint=False, no_db_index=["client", "account", "plan"]
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        indexes = [
            models.Index(
                fields=["next_change_at"], condition=models.Q(next_change_at__isnull=False), name="membership_due"
            ),
            # The list is read client by client, the newest first, whatever the status is.
            models.Index(fields=["client", "-id"], name="membership_by_client"),
        ]

    def __str__(self):
        return f"{self.plan} ({self.get_status_display()})"

    def get_absolute_url(self):
        return reverse("membership", args=[self.pk])

    @property
    def snapshot(self):
        """The plan as it was agreed; what was opened before that was kept has the plan as it is."""
        return self.agreed or self.plan.snapshot()

    @property
    def cycle_label(self):
        return dict(Plan.Cycle.choices).get(self.snapshot["cycle"], self.snapshot["cycle"])

    def facts(self, scheduled=()):
        """Return what the rules of dates need to know; ``scheduled`` are the changes still to come."""
        return terms.Facts(
            status=self.status,
            zone=zone(self.account.time_zone),
            terms=agreed_terms(self.snapshot),
            auto_renew=self.auto_renew,
            scheduled=tuple(scheduled),
            since=self.changed_at,
            **{name: getattr(self, name) for name in DATED},
        )

    def take(self, facts):
        """Set the columns, but the status, to what a rule of dates has made of the facts."""
        for name in DATED:
            setattr(self, name, getattr(facts, name))
        self.auto_renew, self.changed_at = facts.auto_renew, facts.since
        self.next_change_at = terms.next_change_at(facts)

    changes = partial(transition, field=status, permission=rules.can_change_service)

    @changes(source=Status.PENDING, target=Status.TRIAL, custom={"label": _("Start trial")})
    def start_trial(self, after):
        """Usable without payment until the trial's last day."""
        self.take(after)

    @changes(source=Status.PENDING, target=Status.ACTIVE, custom={"label": _("Activate")})
    def activate(self, after):
        """The plan's entitlements are usable from now on."""
        self.take(after)

    @changes(source=Status.TRIAL, target=Status.ACTIVE, custom={"label": _("Convert to paid")})
    def convert(self, after):
        """The trial is over and its first paid term begins."""
        self.take(after)

    @changes(source=[Status.TRIAL, Status.ACTIVE], target=Status.PAUSED, custom={"label": _("Pause")})
    def pause(self, after):
        """Frozen because the member asked for it."""
        self.take(after)

    @changes(
        source=Status.PAUSED,
        target=Status.ACTIVE,
        conditions=[stood_as(Status.ACTIVE)],
        custom={"label": _("Resume")},
    )
    def resume(self, after):
        """Back to the paid term that the pause was entered from."""
        self.take(after)

    @changes(
        source=Status.PAUSED,
        target=Status.TRIAL,
        conditions=[stood_as(Status.TRIAL)],
        custom={"label": _("Resume trial")},
    )
    def resume_trial(self, after):
        """Back to the trial that the pause was entered from."""
        self.take(after)

    @changes(
        source=[Status.TRIAL, Status.ACTIVE, Status.PAUSED],
        target=Status.SUSPENDED,
        permission=rules.can_suspend,
        custom={"label": _("Suspend")},
    )
    def suspend(self, after):
        """Out of service, with its account or alone; the restriction that is opened says why."""
        self.take(after)

    @changes(
        source=[Status.TRIAL, Status.ACTIVE, Status.PAUSED, Status.SUSPENDED],
        target=Status.EXPIRED,
        custom={"label": _("Expire")},
    )
    def expire(self, after):
        """The term and its grace, or the trial, are over and nothing followed."""
        self.take(after)

    @changes(source=list(LIVING), target=Status.CANCELLED, custom={"label": _("Cancel")})
    def cancel(self, after):
        """Permanent, but for a reinstatement."""
        self.take(after)

    @transition(
        field=status,
        source=list(STOPPED),
        target=Status.ACTIVE,
        permission=rules.can_reinstate,
        custom={"label": _("Reinstate")},
    )
    def reinstate(self, after):
        """Back in service by an approved case."""
        self.take(after)

    @transition(
        field=status,
        source=Status.SUSPENDED,
        target=Status.TRIAL,
        permission=rules.can_reinstate,
        conditions=[stood_as(Status.TRIAL)],
        custom={"label": _("Reinstate trial")},
    )
    def reinstate_trial(self, after):
        """Back to what is left of the trial, by an approved case."""
        self.take(after)

    del changes


DATED = (
    *("term_starts_on", "ends_on", "anchor_day", "trial_starts_on", "trial_ends_on", "trial_converts"),
    *("converted_on", "standing_before", "pause_starts_on", "pause_ends_on", "tier", "tier_ends_on"),
)
"""The columns that the rules of dates read and write, named alike in ``terms.Facts``."""


def agreed_terms(snapshot):
    """Return what a plan's snapshot says about time."""
    kept = snapshot.get("terms", {})
    return terms.Terms(
        cycle=snapshot["cycle"],
        basis=kept.get("basis", terms.ROLLING),
        auto_renew=kept.get("auto_renew", False),
        grace_days=kept.get("grace_days", 0),
        pause_extends=kept.get("pause_extends", True),
    )
