"""Mail to people on the staff: one row for each person and event, sent in their own working hours."""

from email.utils import formataddr

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django_scopes import scopes_disabled

from accounts import registries
from accounts.mail import Mail, language_of
from accounts.models import User
from accounts.services import shifts
from notifications import rendering
from notifications.channels import email
from notifications.models import StaffNotice
from notifications.services import sending

Status, Reason = StaffNotice.Status, StaffNotice.Reason

log = structlog.get_logger(__name__)


def prepare(event):
    """Write one notice for each person that the event names; the database takes a second one for nobody."""
    for user in User.objects.filter(pk__in=event.payload["people"], is_active=True).order_by("username"):
        notice = StaffNotice(
            client_id=event.client_id,
            user=user,
            account=event.account,
            about_case=event.payload.get("case"),
            event=event.pk,
            event_name=event.name,
            entry=event.entry,
            payload=event.payload,
        )
        when(notice)
        notice.save(force_insert=True)


def when(notice):
    """Say when a notice is to be sent: in the next hours that the person works for this client."""
    now = timezone.now()
    start = shifts.next_shift_start(notice.user, notice.client, now)
    notice.next_attempt_at = start
    notice.reason = Reason.OFF_SHIFT if start and start > now else ""
    if start is None:
        notice.status, notice.reason = Status.SUPPRESSED, Reason.NEVER_ON_SHIFT
    elif not notice.user.email:
        notice.status, notice.reason, notice.next_attempt_at = Status.SUPPRESSED, Reason.NO_ADDRESS, None


def clients_with_notices():
    """Return the ids of the clients with notices to send now."""
    with scopes_disabled():
        return list(StaffNotice.objects.due(timezone.now()).order_by().values_list("client_id", flat=True).distinct())


def send_due(limit=sending.BATCH):
    """Send the notices that are due of the clients in scope. May run twice and on several workers at once."""
    claimed = claim(limit)
    with email.Session() as session:
        for index, notice in enumerate(claimed):
            try:
                session.open()
            except email.Unreachable as error:
                log.warning("mail_server_unreachable", failure=str(error), waiting=len(claimed) - index)
                later = timezone.now() + sending.FIRST_WAIT
                sending.put_back(claimed[index:], later, reason=Reason.UNREACHABLE)
                return
            send(session, notice)


def claim(limit):
    now = timezone.now()
    with transaction.atomic():
        found = StaffNotice.objects.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "id")
        ids = list(found.values_list("pk", flat=True)[:limit])
        StaffNotice.objects.filter(pk__in=ids).update(status=Status.SENDING, claimed_until=now + sending.LEASE)
    rows = StaffNotice.objects.filter(pk__in=ids).select_related("client", "user")
    return list(rows.order_by("next_attempt_at", "id"))


def send(session, notice):
    """Send one notice and record what came of it; one whose matter is settled, or whose hours are over, is not sent."""
    told = registries.staff_events[notice.event_name]
    if not take(notice, told):
        return
    try:
        message = build(notice, told)
    except Exception as error:
        log.warning("notice_not_built", notice=str(notice.pk), exc_info=error)
        sending.end(sending.held(notice), Status.FAILED, Reason.NOT_PREPARED)
        return
    try:
        session.send(message)
    except email.NotTaken as answer:
        sending.record_refusal(notice, answer)
        return
    sending.end(StaffNotice.objects.filter(pk=notice.pk), Status.SENT, sent_at=timezone.now())


def take(notice, told):
    """Renew the lease and count the attempt; tell whether the notice is still ours and still to be sent."""
    held, now = sending.held(notice), timezone.now()
    if notice.attempts >= sending.MAX_ATTEMPTS:
        sending.end(held, Status.FAILED, Reason.GAVE_UP)
        return False
    if told.is_over(notice.payload):
        sending.end(held, Status.SUPPRESSED, Reason.OVERTAKEN)
        return False
    start = shifts.next_shift_start(notice.user, notice.client, now)
    if start is None:
        sending.end(held, Status.SUPPRESSED, Reason.NEVER_ON_SHIFT)
        return False
    if start > now:
        held.update(status=Status.PENDING, reason=Reason.OFF_SHIFT, next_attempt_at=start, claimed_until=None)
        return False
    until = now + sending.LEASE
    is_ours = held.update(claimed_until=until, attempts=F("attempts") + 1)
    notice.claimed_until, notice.attempts = until, notice.attempts + 1
    return bool(is_ours)


def build(notice, told):
    """Return the mail, in the language of whoever gets it. It comes from the provider, not in the client's name."""
    language = language_of(notice.user)
    with translation.override(language):
        subject, text = told.words(notice.payload, notice.client, notice.user)
    message = Mail(
        subject=rendering.one_line(subject),
        body=text,
        from_email=formataddr(("Reinstate", email.sender_address())),
        to=[notice.user.email],
        headers={
            "Message-ID": email.message_id(notice),
            "Content-Language": language,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.message()
    return message
