"""An account for programs: as it stands, and as it stood. Personal data is masked, as on any list."""

from datetime import UTC, datetime
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema

from accounts import asof, personal
from accounts.api.access import READ
from accounts.api.types import Number, answers
from accounts.errors import Invalid
from accounts.models import Account, Restriction
from accounts.services import past, reveal
from accounts.services.memberships import reading

FIRST = datetime(1950, 1, 1, tzinfo=UTC)
router = Router(tags=["Accounts"])


class RestrictionOut(Schema):
    kind: str
    reason: str
    opened_at: datetime
    ends_at: datetime | None


class MembershipOut(Schema):
    id: UUID
    status: str
    plan: str


class AccountOut(Schema):
    """``owed_minor`` is in minor units of ``currency``; ``holder`` is masked, and null once the person was erased."""

    id: UUID
    number: str
    client: str
    status: str
    holder: str | None
    language: str
    country: str
    time_zone: str
    owed_minor: int
    currency: str
    restrictions: list[RestrictionOut]
    memberships: list[MembershipOut]


class AsOf(Schema):
    """How an account stood at ``at``, by the entry that proves it; ``status`` is null before it was opened."""

    id: UUID
    number: str
    at: datetime
    status: str | None
    since: datetime | None
    entry: UUID | None
    owed_minor: int | None
    currency: str | None
    restrictions: list[RestrictionOut]
    memberships: list[MembershipOut]


def seen(request, pk):
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    return get_object_or_404(visible, pk=pk)


@router.get("/accounts", auth=READ, response=answers(AccountOut), url_name="account_by_number", summary="By its number")
def account_by_number(request, number: Number):
    """Return the account that has this number at the client."""
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    account = visible.by_number(number).first()
    if account is None:
        raise Http404
    return shown(request, account)


@router.get(
    "/accounts/{uuid:account_id}", auth=READ, response=answers(AccountOut), url_name="account", summary="As it stands"
)
def account(request, account_id: UUID):
    """Return an account as it stands now. That it was opened is put on record."""
    return shown(request, seen(request, account_id))


def shown(request, account):
    reveal.opened(account, user=request.user)
    now = timezone.now()
    rows = [row for row in Restriction.objects.of_account(account) if asof.was_open(row, now)]
    return {
        **named(account),
        "client": account.client.code,
        "status": account.status_now,
        "holder": None if account.erased_at else str(personal.holder(account).name),
        "language": account.language,
        "country": account.country,
        "time_zone": account.time_zone,
        "owed_minor": account.balance_minor,
        "currency": account.currency,
        "restrictions": [told(row) for row in rows],
        "memberships": [on(row, standing.status, standing.plan) for row, standing in reading.of_account(account)],
    }


def on(membership, status, plan):
    return {"id": membership.pk, "status": status, "plan": (plan or {}).get("code", "")}


def named(account):
    return {"id": account.pk, "number": account.number}


def told(restriction):
    return {name: getattr(restriction, name) for name in ("kind", "reason", "opened_at", "ends_at")}


@router.get(
    "/accounts/{uuid:account_id}/as-of",
    auth=READ,
    response=answers(AsOf),
    url_name="account_as_of",
    summary="As it stood",
)
def as_of(request, account_id: UUID, at: datetime):
    """Return what was true of an account at a moment, with its distance from UTC (``2026-03-01T12:00:00+01:00``)."""
    if at.tzinfo is None:
        raise Invalid(_("Say the distance from UTC with the time, such as Z or +01:00."), field="at")
    if not FIRST <= at <= timezone.now():
        raise Invalid(_("This moment lies in the future, or too far back."), field="at")
    account = seen(request, account_id)
    reveal.opened(account, user=request.user)
    found = past.read(account, at)
    owed, currency = found.balance or (None, None)
    return {
        **named(account),
        "at": at,
        "status": found.status,
        "since": found.standing and found.standing.since,
        "entry": found.standing and found.standing.entry.uid,
        "owed_minor": owed,
        "currency": currency,
        "restrictions": [told(row) for row in found.restrictions],
        "memberships": [on(then.membership, then.status, then.plan) for then in found.memberships],
    }
