"""Asking somebody at the client by mail: a link, and a code that is only sent when its page asks for one.

A mail scanner opens links and presses no buttons; so the link alone shows nothing and changes nothing. Link and code
follow from the key of the installation and the row, and are never stored: only their keyed digests are.
"""

import base64

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from accounts.models.base import new_id
from accounts.services import shifts
from reinstatements import rules
from reinstatements.models import Invitation
from reinstatements.models.external import CODE_FOR, MOST_ATTEMPTS, MOST_CODES, OPEN_FOR
from reinstatements.services import decisions
from reinstatements.services.cases import changing
from reinstatements.services.handling import handled

ASKED, CODE = "case.external_asked", "case.external_code"
DIGITS = 8


def link_of(pk):
    """Return the secret part of an invitation's link: 43 signs, 256 bits."""
    raw = salted_hmac("external link", str(pk), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def code_of(pk, number):
    """Return the code of eight digits that was sent as the ``number``-th of an invitation."""
    raw = salted_hmac("external code", f"{pk}:{number}", algorithm="sha256").digest()
    return f"{int.from_bytes(raw[:8]) % 10**DIGITS:0{DIGITS}d}"


def digest_of(text):
    return salted_hmac("external digest", text, algorithm="sha256").hexdigest()


def find(link):
    """Return the invitation of a link, whatever became of it; ``None`` for no such link."""
    with scopes_disabled():
        rows = Invitation.objects.select_related("case__account", "case__policy", "client", "user")
        return rows.filter(link_digest=digest_of(link)).first()


def approvers(client_id):
    """Return the logins at the client that may be asked, by name."""
    return sorted(shifts.holders(client_id, [Role.CONTACT]), key=str)


def waits_for_client(case):
    return case.status == case.Status.AWAITING_APPROVAL and case.level_role == Role.CONTACT


def invite(case, user, *, actor):
    """Ask somebody at the client by mail to decide a case that waits for that; what was sent to them before is void.

    Whoever asks has not worked on the case. Raises ``Refused`` for somebody who took part in it, ``Moved`` where the
    case does not wait for the client any more.
    """
    with changing(case, actor=actor, may=rules.can_note) as (work, case):
        if not waits_for_client(case):
            raise Moved(_("This case does not wait for an approval at the client."))
        if user not in approvers(case.client_id) or not rules.holds_level(case, user, Role.CONTACT):
            raise Invalid(_("Choose somebody who approves for this client."), field="user")
        if rules.took_part(case, user):
            raise Refused(_("Whoever took part in a case does not decide it; four eyes at the least."))
        Invitation.objects.filter(case=case, user=user).open(work.now).update(ended_at=work.now)
        entry = handled(work, case, "ask_external", reason="client_asked", approver=str(user.pk))
        row = Invitation(id=new_id(), client_id=case.client_id, case=case, user=user, asked_by=actor, entry=entry.uid)
        row.asked_at, row.expires_at = work.now, work.now + OPEN_FOR
        row.link_digest = digest_of(link_of(row.pk))
        work.add(row)
        work.emit(ASKED, entry, case=str(case.pk), people=[str(user.pk)], invitation=str(row.pk))
    return row


def send_code(invitation):
    """Send a code by mail, because somebody pressed the button on the page of the link. Three times at the most.

    Raises ``Moved`` where the link cannot be used any more and ``Refused`` after the last code.
    """
    with changing(invitation.case, actor=invitation.user, may=rules.has_approving_role) as (work, case):
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if not row.is_open(work.now) or not waits_for_client(case):
            raise Moved(_("This link cannot be used any more."))
        if row.codes_sent >= MOST_CODES:
            raise Refused(_("No more codes are sent for this link. Ask for another one."))
        row.codes_sent += 1
        row.code_digest, row.code_until = digest_of(code_of(row.pk, row.codes_sent)), work.now + CODE_FOR
        row.save(update_fields=["codes_sent", "code_digest", "code_until"])
        entry = handled(work, case, "open_link", reason="code_asked", number=row.codes_sent)
        sent = {"invitation": str(row.pk), "number": row.codes_sent}
        work.emit(CODE, entry, case=str(case.pk), people=[str(row.user_id)], **sent)
    return row


def check_code(invitation, code):
    """Return when the right code was given, ``None`` for a wrong one. A code is good once, an invitation five times.

    A wrong one is counted before it is compared, so that many at once are not more than one after the other.
    """
    now = timezone.now()
    rows = Invitation.objects.filter(pk=invitation.pk)
    is_left = rows.open(now).filter(attempts__lt=MOST_ATTEMPTS, code_until__gt=now).exclude(code_digest="")
    if not is_left.update(attempts=F("attempts") + 1):
        return None
    expected = rows.values_list("code_digest", flat=True).get()
    if not expected or not constant_time_compare(digest_of("".join(code.split())), expected):
        rows.open(now).filter(attempts__gte=MOST_ATTEMPTS).update(ended_at=now)
        return None
    used = rows.open(now).filter(code_digest=expected).update(code_digest="", verified_at=now, code_until=None)
    return now if used else None


def decide(invitation, decision, *, seen, reason, note):
    """Take the decision of somebody at the client who gave the code: ``approve`` or ``decline``, on what they saw."""
    deed = {"approve": decisions.approve, "decline": decisions.decline}[decision]
    said = {"actor": invitation.user, "reason": reason, "seen": seen, "note": note}
    return deed(invitation.case, invitation=invitation, **said)
