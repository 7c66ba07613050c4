"""The twin of ``accounts.asof`` in SQL: one walk down the index of (account, number) for each row."""

from django.apps import apps
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, TextField, Value, When

from accounts.asof import CHANGES_THE_END, STANDS_AGAIN, UNDER_REVIEW

TELLS_OF_STATUS = ~Q(from_status=F("to_status")) | Q(action=CHANGES_THE_END)


def column_as_of(moment, model, column):
    """Return, as an expression over rows of a ``StatusModel``, a column of the entry that proves their status then.

    ``status`` is the status itself, with the dated rule, and ``since`` when it began; NULL where the row was not opened
    yet.
    """
    account = "pk" if model.subject_type == "account" else "account_id"
    told = entries(account=OuterRef(account), subject_type=model.subject_type, subject_id=OuterRef("pk"))
    told = told.filter(TELLS_OF_STATUS, occurred_at__lte=moment).order_by("-number")
    if column in DATED:
        own = Case(When(action=CHANGES_THE_END, then=F("caused_by")), default=F("uid"))
        told = told.alias(suspended_by=own).annotate(**{column: DATED[column](has_ended(moment))})
    return Subquery(told.values(column)[:1])


def has_ended(moment):
    return Q(ends_at__lte=moment) & (Q(to_status=UNDER_REVIEW) | ~Exists(other_restrictions(moment)))


def status_of_entry(ended):
    reviewed = Q(ended, to_status=UNDER_REVIEW)
    return Case(When(reviewed, then=F("from_status")), When(ended, then=Value(STANDS_AGAIN)), default=F("to_status"))


def since_of_entry(ended):
    suspended = Subquery(entries(uid=OuterRef("suspended_by")).values("occurred_at")[:1])
    return Case(When(ended, then=F("ends_at")), When(action=CHANGES_THE_END, then=suspended), default=F("occurred_at"))


DATED = {"status": status_of_entry, "since": since_of_entry}


class PlanName(Func):
    """The name of the plan in the bytes of an entry, as it was then; NULL where they name none."""

    output_field = TextField()

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template=IN_POSTGRESQL, **extra)

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template=IN_SQLITE, **extra)


IN_POSTGRESQL = "(convert_from(%(expressions)s, 'UTF8')::jsonb #>> '{data,plan,name}')"
IN_SQLITE = "json_extract(CAST(%(expressions)s AS TEXT), '$.data.plan.name')"


def plan_as_of(moment):
    """Return, as an expression over accounts, the name of the plan that the account was put on last by then."""
    told = entries(account=OuterRef("pk"), subject_type="membership", occurred_at__lte=moment)
    named = told.annotate(plan=PlanName("body")).filter(plan__isnull=False).order_by("-number")
    return Subquery(named.values("plan")[:1])


def other_restrictions(moment):
    """Return what else than its own suspension kept the account of an entry out of service at that moment."""
    return restrictions(account=OuterRef("account"), membership=None, opened_at__lte=moment).filter(
        ~Q(opened_entry=OuterRef("suspended_by")), open_at("lifted_at", moment), open_at("ends_at", moment)
    )


def open_at(column, moment):
    return Q(**{column: None}) | Q(**{f"{column}__gt": moment})


def entries(**conditions):
    # Inside a query about rows that are scoped already.
    return apps.get_model("accounts", "StatusChange")._base_manager.filter(**conditions)


def restrictions(**conditions):
    return apps.get_model("accounts", "Restriction")._base_manager.filter(**conditions)
