from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.grants import Role
from accounts.models import Client, Delegation, Person
from accounts.models.base import Row, tenant_manager
from reinstatements.models.external import Invitation
from reinstatements.models.request import ReinstatementRequest


class Participation(Row):
    """Who asked, worked on or changed a case, and so may not approve it. Append-only."""

    class Part(models.TextChoices):
        ASKED = "asked", _("Asked for it")
        WORKED = "worked", _("Worked on it")
        CHANGED = "changed", _("Changed it")
        BEFORE = "before", _("Took part in what is appealed")
        DECIDED = "decided", _("Decided what is appealed")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="participations", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    part = models.CharField(_("part"), max_length=10, choices=Part)
    created_at = models.DateTimeField(default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("participation")
        constraints = [models.UniqueConstraint(fields=["case", "person", "user", "part"], name="participation_once")]


class Approval(Row):
    """One person's, or one named rule's, decision at one level, bound to the facts that were shown. Append-only."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        SENT_BACK = "sent_back", _("Sent back")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="approvals")
    level = models.PositiveSmallIntegerField(_("level"))
    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, db_index=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", null=True, db_index=False)
    rule = models.CharField(_("rule"), max_length=60, blank=True)
    invitation = models.OneToOneField(
        Invitation, models.PROTECT, related_name="approval", null=True, verbose_name=_("by link and code")
    )
    delegation = models.ForeignKey(
        Delegation, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("in the place of")
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    reason = models.CharField(_("reason"), max_length=40)
    worker = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("worked on by")
    )
    seconds_open = models.PositiveIntegerField(_("seconds the case was open"), null=True)
    evidence_opened = models.PositiveSmallIntegerField(_("files opened"), null=True)
    case_hash = models.CharField(_("SHA-256 of the facts"), max_length=64)
    facts = models.JSONField(_("facts"))
    entry = models.UUIDField(_("entry"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ("decided_at",)
        indexes = [
            models.Index(fields=["client", "-decided_at", "-id"], name="approval_by_client"),
            # The decisions of all one's clients in one list, which the other index would have to sort.
            models.Index(fields=["-decided_at", "-id"], name="approval_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, user__isnull=False, rule="")
                | (Q(person=None, user=None) & ~Q(rule="")),
                name="approval_by_a_person_or_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(invitation=None) | Q(role=Role.CONTACT), name="approval_by_link_is_external"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="approval_has_a_reason"),
            models.CheckConstraint(condition=~Q(case_hash=""), name="approval_has_facts"),
        ]

    @property
    def is_external(self):
        """Whether somebody at the client gave it, who is not on the provider's staff."""
        return self.role == Role.CONTACT
