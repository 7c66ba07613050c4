"""The twin of ``accounts.asof`` in SQL: one walk down the index of (account, number) for each row."""

from django.apps import apps
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When

from accounts.asof import CHANGES_THE_END, STANDS_AGAIN

TELLS_OF_STATUS = ~Q(from_status=F("to_status")) | Q(action=CHANGES_THE_END)


def column_as_of(moment, model, column):
    """Return, as an expression over rows of a ``StatusModel``, a column of the entry that proves their status then.

    ``status`` is the status itself, with the dated rule; NULL where the row was not opened yet.
    """
    account = "pk" if model.subject_type == "account" else "account_id"
    told = entries(account=OuterRef(account), subject_type=model.subject_type, subject_id=OuterRef("pk"))
    told = told.filter(TELLS_OF_STATUS, occurred_at__lte=moment).order_by("-number")
    if column == "status":
        own = Case(When(action=CHANGES_THE_END, then=F("caused_by")), default=F("uid"))
        told = told.alias(suspended_by=own).annotate(status=status_of_entry(moment))
    return Subquery(told.values(column)[:1])


def status_of_entry(moment):
    has_ended = Q(ends_at__lte=moment) & ~Exists(other_restrictions(moment))
    return Case(When(has_ended, then=Value(STANDS_AGAIN)), default=F("to_status"))


def other_restrictions(moment):
    """Return what else than its own suspension kept the account of an entry out of service at that moment."""
    return restrictions(account=OuterRef("account"), opened_at__lte=moment).filter(
        ~Q(opened_entry=OuterRef("suspended_by")), open_at("lifted_at", moment), open_at("ends_at", moment)
    )


def open_at(column, moment):
    return Q(**{column: None}) | Q(**{f"{column}__gt": moment})


def entries(**conditions):
    # Inside a query about rows that are scoped already.
    return apps.get_model("accounts", "StatusChange")._base_manager.filter(**conditions)


def restrictions(**conditions):
    return apps.get_model("accounts", "Restriction")._base_manager.filter(**conditions)
