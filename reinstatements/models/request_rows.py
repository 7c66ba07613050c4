"""Which cases: open, done, about an account, and those that somebody may decide; and the indexes that find them."""

from django.db import models
from django.db.models.functions import Concat

from accounts import grants
from accounts.models import ClientRole, Delegation
from accounts.models.base import TenantQuerySet

# Named one by one: PostgreSQL proves that "awaiting_approval" is among these, and nothing from "is none of those".
IS_OPEN = models.Q(
    status__in=["draft", "submitted", "in_verification", "awaiting_member", "awaiting_approval", "approved"]
)
# Named as well, in place of "none of those": a list of what is done finds its index, and skips nothing that is open.
IS_DONE = models.Q(status__in=["completed", "declined", "withdrawn", "lapsed"])

# What was submitted, and what nobody works on any more.
IS_TO_START = models.Q(status="submitted") | models.Q(status="in_verification", worker=None)

CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["account"],
        condition=IS_OPEN & models.Q(membership=None),
        name="one_open_case_an_account",
    ),
    models.UniqueConstraint(
        fields=["membership"],
        condition=IS_OPEN & models.Q(membership__isnull=False),
        name="one_open_case_a_membership",
    ),
]

INDEXES = [
    # These two hold all that the figures of the home page count.
    models.Index(
        fields=["client", "status", "due_at", "id", "opened_at", "paused_at"],
        condition=IS_OPEN,
        name="case_queue",
    ),
    models.Index(fields=["client", "-opened_at", "-id", "status"], name="case_by_client"),
    models.Index(fields=["client", "due_at", "id"], condition=IS_OPEN, name="case_open_by_due"),
    models.Index(
        fields=["client", "due_at", "id"],
        condition=models.Q(status="in_verification", sent_back_count__gt=0),
        name="case_sent_back",
    ),
    models.Index(fields=["client", "due_at", "id"], condition=IS_TO_START, name="case_to_start"),
    # A level has a role only while a case waits for it, which no statistics of PostgreSQL's know.
    models.Index(
        fields=["client", "level_role", "due_at", "id"],
        condition=models.Q(status="awaiting_approval", paused_at=None),
        name="case_to_decide",
    ),
    models.Index(fields=["client", "step_due_at", "id"], condition=IS_OPEN, name="case_open_by_step_due"),
    models.Index(
        fields=["next_alert_at"],
        condition=IS_OPEN & models.Q(next_alert_at__isnull=False),
        name="case_to_escalate",
    ),
    models.Index(fields=["worker", "due_at", "id"], condition=IS_OPEN, name="case_of_worker"),
    models.Index(fields=["maker", "due_at", "id"], condition=IS_OPEN & models.Q(worker=None), name="case_of_maker"),
    models.Index(fields=["client", "-opened_at", "-id"], condition=IS_DONE, name="case_done"),
    models.Index(fields=["client", "due_at", "id"], condition=models.Q(review_wanted=True), name="case_to_review"),
    models.Index(fields=["client", "-opened_at", "-id"], condition=IS_OPEN, name="case_open_newest"),
    models.Index(
        fields=["client", "lapses_at"],
        condition=models.Q(status="awaiting_member"),
        name="case_lapsing",
    ),
    models.Index(
        fields=["client", "remind_at"],
        condition=models.Q(status="awaiting_member", remind_at__isnull=False),
        name="case_to_remind",
    ),
    models.Index(
        fields=["client", "claim_until"],
        condition=models.Q(status__in=["submitted", "in_verification"], claim_until__isnull=False),
        name="case_claimed",
    ),
    models.Index(
        fields=["client", "due_at", "id"],
        condition=IS_OPEN & models.Q(undecidable_since__isnull=False),
        name="case_undecidable",
    ),
    models.Index(
        fields=["client", "due_at", "id"],
        condition=models.Q(status="approved", unconfirmed_since__isnull=False),
        name="case_unconfirmed",
    ),
    models.Index(
        fields=["confirm_by"],
        condition=models.Q(status="approved", confirm_by__isnull=False, unconfirmed_since=None),
        name="case_to_confirm",
    ),
    models.Index(
        fields=["client", "due_at", "id"],
        condition=IS_OPEN & models.Q(escalated_at__isnull=False),
        name="case_escalated",
    ),
    models.Index(
        fields=["client", "due_at", "id"],
        condition=IS_OPEN & models.Q(appeals__isnull=False),
        name="case_appeals",
    ),
    models.Index(
        fields=["client", "decided_at", "opened_at", "id"],
        condition=models.Q(decided_at__isnull=False, is_automatic=False),
        name="case_by_decision",
    ),
]
"""One for each question that a list, a job or the menu asks."""


class RequestQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(status__in=self.model.OPEN)

    def done(self):
        return self.filter(IS_DONE)

    def awaiting_payment(self):
        """Return the cases that wait for the member and whose payment nobody has looked at: payment is pending."""
        checks = self.model._meta.get_field("checks").related_model.objects
        unmet = checks.filter(case=models.OuterRef("pk"), code="payment_received", outcome="open")
        return self.filter(models.Exists(unmet), status=self.model.Status.AWAITING_MEMBER)

    def about(self, account, membership=None):
        """Return the cases of an account itself, or those of one of its memberships."""
        return self.filter(account=account, membership=membership)

    def decidable_by(self, user):
        """Return what ``rules.can_decide_level`` allows: cases that wait for a role of ``user``, who took no part."""
        clients: dict = {}
        for client_id, roles in grants.of(user).items():
            clients.setdefault(roles & grants.APPROVING_ROLES, []).append(client_id)
        due = models.Q(pk__in=[])
        for roles, client_ids in clients.items():
            due |= models.Q(client__in=client_ids, level_role__in=roles)
        given = self.model._meta.get_field("approvals").related_model.objects.filter(
            case=models.OuterRef("pk"),
            decision="approved",
            decided_at__gte=models.OuterRef("sent_for_approval_at"),
        )
        return (
            self.filter(due, status=self.model.Status.AWAITING_APPROVAL, paused_at=None)
            .exclude(participations__person=user.person_id)
            .exclude(models.Exists(given.filter(person=user.person_id)))
            .exclude(models.Exists(given.filter(delegation__giver__person=user.person_id)))
        )

    def decidable_for_others(self, user, now):
        """Return what somebody decides in the place of somebody else, as ``rules.stands_in`` allows."""
        approvals = self.model._meta.get_field("approvals").related_model.objects
        took_part = self.model._meta.get_field("participations").related_model.objects
        case, giver = models.OuterRef(models.OuterRef("pk")), models.OuterRef("giver__person")
        sent = models.OuterRef("sent_for_approval_at")
        before = approvals.filter(case=case, decision="approved", decided_at__gte=models.OuterRef(sent))
        held = ClientRole.objects.filter(
            models.Q(ends_at=None) | models.Q(ends_at__gt=now),
            user=models.OuterRef("giver"),
            content_object=models.OuterRef("client"),
            permission__codename=Concat(models.Value(grants.PERMISSION_PREFIX), models.OuterRef("role")),
            starts_at__lte=now,
        )
        standing_in = (
            Delegation.objects.in_force(now)
            .filter(models.Exists(grants.open_now(held, now)), taker=user.pk, giver__is_active=True)
            .filter(client=models.OuterRef("client"), role=models.OuterRef("level_role"))
            .exclude(models.Exists(took_part.filter(case=case, person=giver)))
            .exclude(models.Exists(before.filter(person=giver)))
            .exclude(models.Exists(before.filter(delegation__giver__person=giver)))
        )
        given = approvals.filter(case=models.OuterRef("pk"), decision="approved", decided_at__gte=sent)
        return (
            self.filter(status=self.model.Status.AWAITING_APPROVAL, paused_at=None)
            .filter(models.Exists(standing_in))
            .exclude(participations__person=user.person_id)
            .exclude(models.Exists(given.filter(person=user.person_id)))
            .exclude(models.Exists(given.filter(delegation__giver__person=user.person_id)))
        )
