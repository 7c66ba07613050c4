"""Evidence files of a case: added, opened on record, removed while it is worked on, and gone with their person."""

import hashlib

from django.utils.translation import gettext as _

from accounts import canonical, masking, personal, sealing
from accounts.errors import Invalid, Moved, Refused
from accounts.models import AccessRecord
from accounts.rules import can_read_words
from accounts.services import access
from reinstatements import filetypes
from reinstatements.models import EvidenceFile, Participation, ReinstatementRequest
from reinstatements.services.cases import changing, participate
from reinstatements.services.handling import at_work

MOST = 20
LONGEST_NAME = 120
Status = ReinstatementRequest.Status
WORKED_ON = (Status.DRAFT, Status.SUBMITTED, Status.IN_VERIFICATION, Status.AWAITING_MEMBER)


def add_file(case, *, actor, name, data, check_code=""):
    """Keep a file with a case, or with one of its checks; return its row.

    Its entry is bound to name and SHA-256, sealed beside it. What a case is decided on stands before it is sent for
    approval: raises ``Moved`` afterwards, ``Invalid`` for a file that is not taken and for too many.
    """
    content_type = filetypes.type_of(data)
    name = masking.mask_card_numbers(" ".join(name.replace("\0", "").split()))[0][-LONGEST_NAME:] or _("file")
    with changing(case, actor=actor) as (work, case):
        if case.status not in WORKED_ON:
            raise Moved(
                _("This case is %s now; files are added while it is worked on.") % case.get_status_display().lower()
            )
        if check_code and not case.checks.filter(code=check_code).exists():
            raise Invalid(_("This case has no such check."), field="check_code")
        if EvidenceFile.objects.filter(case=case, removed_at=None).count() >= MOST:
            raise Invalid(_("A case holds %d files. Remove one first.") % MOST, field="file")
        if case.status == Status.IN_VERIFICATION:
            at_work(work, case)
        digest = hashlib.sha256(data).hexdigest()
        entry = work.log(
            case,
            "add_file",
            reason="noted",
            words={"file": canonical.encode({"name": name, "sha256": digest}).decode()},
            data={"type": str(content_type), "size": len(data)} | ({"check": check_code} if check_code else {}),
        )
        row = EvidenceFile(
            client_id=work.client_id,
            account=work.account,
            case=case,
            check_code=check_code,
            content_type=content_type,
            size=len(data),
            entry=entry.uid,
            added_by=actor,
            added_at=work.now,
        )
        row.name = personal.seal(work.key, row, "name", name)
        row.content = sealing.seal_bytes(work.key, data, context=personal.context(row, "content"))
        work.add(row)
        participate(work, case, Participation.Part.WORKED)
    return row


def open_file(row, *, user):
    """Return ``(name, bytes)`` of a file, and leave word of who opened it.

    Raises ``Refused`` for whoever may not read evidence, ``Moved`` where it was removed or its person was erased.
    """
    if not can_read_words(row, user):
        raise Refused(_("Your role does not open evidence."))
    key = personal.key_of(row.account)
    if row.removed_at or row.content is None or key is None:
        raise Moved(_("This file is not there any more."))
    access.record(
        AccessRecord.Kind.FILE_OPENED,
        user=user,
        client_id=row.client_id,
        account=row.account,
        related=row.case_id,
        file=str(row.pk),
    )
    content = sealing.unseal_bytes(key, row.content, context=personal.context(row, "content"))
    return personal.reveal(row, "name", key), content


def remove_file(row, *, actor):
    """Take a file away that was added by mistake; that it was there stays on record."""
    with changing(row.case, actor=actor) as (work, case):
        locked = work.track(EvidenceFile.objects.select_for_update().get(pk=row.pk, case=case))
        if locked.removed_at or case.status not in WORKED_ON:
            raise Moved(_("This file cannot be removed any more."))
        if case.status == Status.IN_VERIFICATION:
            at_work(work, case)
        work.log(case, "remove_file", reason="noted", data={"file": str(locked.pk)})
        locked.removed_at, locked.name, locked.content = work.now, None, None
        work.save(locked, "remove_file")
        participate(work, case, Participation.Part.WORKED)


def names(rows, account):
    """Return ``{id: name}`` of files; nothing once the person was erased."""
    key = personal.key_of(account) if rows else None
    return {row.pk: personal.reveal(row, "name", key) for row in rows} if key else {}


def opened_by(user, case, since):
    """Return how many different files of a case somebody has opened since then."""
    records = AccessRecord.objects.filter(
        client=case.client_id,
        account=case.account_id,
        user=user,
        related=case.pk,
        kind=AccessRecord.Kind.FILE_OPENED,
        created_at__gte=since,
    )
    return len({details.get("file") for details in records.values_list("details", flat=True)})
