"""The record for programs: who set which status, when, and the exact text of each entry."""

from datetime import date, datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from accounts import statuslog
from accounts.api.access import READ
from accounts.api.paging import part
from accounts.api.problems import checked
from accounts.api.types import Limit, Number, Text, Token, answers
from accounts.exporting.selecting import clients_for
from accounts.filters import LogFilter
from accounts.reasons import labels_for

router = Router(tags=["Record"])


class EntryOut(Schema):
    """It happened at ``occurred_at`` and was written at ``recorded_at``. ``by`` is a login."""

    entry: UUID
    number: int
    account: str | None
    subject: str
    action: str
    from_status: str
    to_status: str
    reason: str
    origin: str
    by: str | None
    on_behalf_of: str | None
    rule: str
    occurred_at: datetime
    recorded_at: datetime


class Entries(Schema):
    entries: list[EntryOut]
    next: str | None


class Exact(Schema):
    """``text`` is what is stored, a JSON object, ``sha256`` its hash in hexadecimal."""

    entry: UUID
    text: str
    sha256: str


FIELDS = (
    *("id", "uid", "number", "account__number", "subject_type", "action", "from_status", "to_status", "reason"),
    *("origin", "actor__username", "on_behalf__username", "rule", "occurred_at", "recorded_at"),
)
CALLED = tuple(EntryOut.model_fields)


@router.get("/entries", auth=READ, response=answers(Entries), url_name="entries", summary="Who set which status when")
def entries(
    request,
    limit: Limit = 200,
    cursor: Token = "",
    account: Number | None = None,
    to_status: Text = "",
    action: Text = "",
    subject: Text = "",
    reason: Text = "",
    by: Text = "",
    since: date | None = None,
    until: date | None = None,
):
    """Return entries of the client's record, newest first. ``to_status`` with ``since`` and ``until`` asks who set a
    status on a day; days begin in the time zone of the key's owner.
    """
    clients = clients_for(request.user, "see_log")
    wanted: dict = {"account": account or "", "to_status": to_status, "action": action, "subject": subject}
    wanted |= {"reason": reason, "by": by, "since": since or "", "until": until or ""}
    labels = labels_for([client.pk for client in clients])
    rows = statuslog.newest_first(request.user).filter(client__in=clients)
    found = LogFilter(wanted, rows, clients=clients, labels=labels)
    checked(found.form)
    about = ["entries", sorted([name, str(value)] for name, value in wanted.items())]
    told, following = part(found.qs, list(FIELDS), about=about, text=cursor, limit=limit, order=["-id"])
    return {"entries": [dict(zip(CALLED, row[1:], strict=True)) for row in told], "next": following}


@router.get("/entries/{uuid:entry}", auth=READ, response=answers(Exact), url_name="entry", summary="One entry, exactly")
def exactly(request, entry: UUID):
    """Return an entry's exact text, a JSON object, with its hash: what the next entry, and the log, are built on."""
    found = get_object_or_404(statuslog.newest_first(request.user), uid=entry)
    return {"entry": found.uid, "text": bytes(found.body).decode(), "sha256": bytes(found.hash).hex()}
