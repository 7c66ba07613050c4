"""Who speaks for a customer, and each time we reached them or did not, with the time to call back."""

from datetime import datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, personal, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.masking import mask_card_numbers
from accounts.models import ContactAttempt, Representative
from accounts.zones import zone

LONGEST_NAME = 200
SHOWN = 20


def refuse_unless_works(row, actor):
    if not rules.can_work(row, actor):
        raise Refused(_("You do not work this client's accounts."))


def record_representative(account, *, actor, name, scope, valid_until):
    """Record that somebody speaks for the holder until a day; return the ``Representative``.

    Raises ``Invalid`` for no name, a scope that is not offered and a day that is over.
    """
    refuse_unless_works(account, actor)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Write the name of whoever speaks for the holder."), field="name")
    if scope not in Representative.Scope.values:
        raise Invalid(_("Choose what they may do."), field="scope")
    with ledger.change(account, actor=actor) as work:
        if valid_until < work.now.astimezone(zone(account.client.time_zone)).date():
            raise Invalid(_("This day is over."), field="valid_until")
        row = Representative(
            client_id=work.client_id,
            account=work.account,
            scope=scope,
            valid_until=valid_until,
            recorded_at=work.now,
        )
        row.name = personal.seal(work.key, row, "name", name)
        data = {"until": valid_until.isoformat()}
        row.recorded_entry = put_down(work, row, "record", "representative", scope, data=data).uid
        work.add(row)
    return row


def end_representative(representative, *, actor):
    """Record that somebody does not speak for the holder any more. Raises ``Moved`` where it was done before."""
    refuse_unless_works(representative, actor)
    with ledger.change(representative.account, actor=actor) as work:
        row = work.lock(representative)
        if row.ended_entry:
            raise Moved(_("This was ended before."))
        entry = put_down(work, row, "end", "representative", "representative_ended")
        row.ended_entry = entry.uid
        work.save(row, "end")
    return row


def record_attempt(account, *, actor, direction, outcome, call_back_at=None, note=""):
    """Put down that a customer was spoken with or not, and when they are called back; return the ``ContactAttempt``.

    Whoever was to be called back before, has been by this. Raises ``Invalid`` for what is not offered and for a time
    to call back that is over.
    """
    refuse_unless_works(account, actor)
    if direction not in ContactAttempt.Direction.values:
        raise Invalid(_("Say who called."), field="direction")
    if outcome not in ContactAttempt.Outcome.values:
        raise Invalid(_("Choose what came of it."), field="outcome")
    with ledger.change(account, actor=actor) as work:
        if call_back_at and call_back_at <= work.now:
            raise Invalid(_("This time is over."), field="call_back_at")
        row = ContactAttempt(
            client_id=work.client_id,
            account=work.account,
            direction=direction,
            outcome=outcome,
            attempted_at=work.now,
            call_back_at=call_back_at,
            due_from=beginning_of_day(call_back_at, account.client) if call_back_at else None,
            by=actor,
        )
        data = {"call_back_at": call_back_at.isoformat()} if call_back_at else {}
        note = mask_card_numbers(note.strip())[0]
        row.entry = put_down(work, row, direction, "contactattempt", outcome, note=note, data=data).uid
        for before in ContactAttempt.objects.waiting().filter(account=work.account).select_for_update():
            work.track(before).settled_entry = row.entry
            work.save(before, "settle")
        work.add(row)
    return row


def speaking(account, *, asks=False):
    """Return ``[(representative, name)]`` of those who speak for the holder today; with ``asks``, for service back."""
    today = timezone.now().astimezone(zone(account.client.time_zone)).date()
    found = Representative.objects.in_force(today).filter(account=account)
    rows = list((found.filter(scope=Representative.Scope.REQUESTS) if asks else found)[:SHOWN])
    key = personal.key_of(account) if rows else None
    return [(row, personal.reveal(row, "name", key)) for row in rows]


def beginning_of_day(moment, client):
    here = zone(client.time_zone)
    return datetime.combine(moment.astimezone(here).date(), time.min, tzinfo=here)


def put_down(work, row, action, kind, reason, *, note="", data=None):
    return work.log(
        row, action, subject_type=kind, from_status="", to_status="", reason=reason, note=note, data=data or {}
    )
