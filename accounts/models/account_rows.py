"""Accounts as they are found: by number, by how they stand now, and by how they stood at a moment."""

from django.apps import apps
from django.db import models
from django.db.models.functions import Upper

from accounts.models.base import TenantQuerySet
from accounts.models.standing import column_as_of, open_at, plan_as_of

LAST_SIGN = "\U0010ffff"


class NumberKey(Upper):
    """An account number as it is searched and sorted: in capitals, compared code by code, so that an index serves both.

    Only the code order keeps numbers with one beginning together, whatever the database's own collation is.
    """

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template='(%(function)s(%(expressions)s) COLLATE "C")', **extra)


class AccountQuerySet(TenantQuerySet):
    def by_number(self, number):
        """Return the accounts with this number, in capitals or not."""
        return self.with_number_key().filter(number_key=NumberKey(models.Value(number)))

    def beginning_with(self, beginning):
        """Return the accounts whose number begins with these signs, in capitals or not."""
        return self.with_number_key().filter(
            number_key__gte=NumberKey(models.Value(beginning)),
            number_key__lt=NumberKey(models.Value(beginning + LAST_SIGN)),
        )

    def with_number_key(self):
        return self.alias(number_key=NumberKey("number"))

    def out_of_service(self):
        return self.filter(status__in=self.model.STOPPED)

    def as_of(self, moment):
        """Annotate ``status_then``: the status at ``moment``, as ``asof.standing`` says it; NULL before the opening."""
        return self.annotate(status_then=column_as_of(moment, self.model, "status"))

    def told_as_of(self, moment):
        """Annotate beside ``status_then`` since when, the entry that proves it and the plan, for accounts open then."""
        return self.as_of(moment).annotate(
            since_then=column_as_of(moment, self.model, "since"),
            entry_then=column_as_of(moment, self.model, "uid"),
            plan_then=plan_as_of(moment),
        )

    def ended_by(self, moment):
        """Return the suspended accounts that read active by then, though no entry says so yet."""
        return self.filter(status=self.model.Status.SUSPENDED, next_change_at__lte=moment)

    def reviewed_by(self, moment, status):
        """Return the accounts whose review is over by then, though no entry says so yet, and that read ``status``."""
        return self.filter(standing_before=status, review_ends_at__lte=moment)

    def restricted(self, kind, now):
        """Return the accounts that a restriction of this kind keeps out of service."""
        rows = apps.get_model("accounts", "Restriction").objects.filter(membership=None, lifted_at=None, kind=kind)
        return self.filter(pk__in=rows.filter(open_at("ends_at", now)).values("account"))

    def with_status_now(self, status, now):
        """Return the accounts that have this status now but those of ``ended_by`` and ``reviewed_by``."""
        rows = self.filter(status=status)
        if status == self.model.Status.SUSPENDED:
            rows = rows.filter(open_at("next_change_at", now))
        if status == self.model.Status.UNDER_REVIEW:
            rows = rows.filter(open_at("review_ends_at", now))
        return rows


INDEXES = [
    models.Index("client", NumberKey("number"), name="account_by_number"),
    models.Index("client", "status", NumberKey("number"), name="account_by_status"),
    models.Index(
        "client",
        NumberKey("number"),
        condition=models.Q(overdue_since__isnull=False),
        name="account_overdue_by_number",
    ),
    models.Index(
        fields=["next_change_at"],
        condition=models.Q(next_change_at__isnull=False),
        name="account_by_next_change",
    ),
    models.Index(
        fields=["next_step_at"],
        condition=models.Q(next_step_at__isnull=False),
        name="account_by_next_step",
    ),
    models.Index(
        fields=["review_ends_at"],
        condition=models.Q(review_ends_at__isnull=False),
        name="account_by_review_end",
    ),
]
