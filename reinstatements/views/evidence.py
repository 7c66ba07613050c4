"""The evidence of one case, taken away as a PDF that is on record from before it is made."""

import hashlib
from functools import cached_property

import structlog
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import rules, typesetting
from accounts.errors import Invalid, Refused
from accounts.models import StatusChange
from accounts.services import exports
from reinstatements.evidence import Evidence
from reinstatements.exports import EVIDENCE
from reinstatements.views.case import load
from reinstatements.views.page import CasePage

log = structlog.get_logger(__name__)

MOST = 2000
"""Entries in one document; a case has a dozen."""
SECTIONS = ("case", "checks", "decisions", "messages", "entries")


class WholeCasePage(CasePage):
    """A case with everything that it rests on and that followed from it."""

    @cached_property
    def entries(self):
        """The entries of the case by their uid, newest first, with those that caused them and that they caused.

        Raises ``Invalid`` for more than a document can hold.
        """
        chain = StatusChange.objects.filter(account=self.account)
        rests_on = Q(uid__in=[self.case.stopped_entry, self.case.opened_entry])
        own = filter(None, (self.case.pk, self.case.appeals_id))
        ours = dict(chain.filter(Q(subject_id__in=list(own)) | rests_on).values_list("uid", "caused_by")[: MOST + 1])
        around = Q(caused_by__in=list(ours)) | Q(uid__in=[cause for cause in ours.values() if cause])
        found = chain.filter(around | Q(uid__in=list(ours))).select_related("actor", "on_behalf").order_by("-number")
        entries = {entry.uid: entry for entry in found[: MOST + 1]}
        if len(entries) > MOST:
            raise Invalid(_("This case has too many entries for one document. Export the status log instead."))
        return entries


@require_safe
def case_evidence(request, code):
    """Make the document of one case for whoever may export at its client."""
    case = load(request.user, code)
    if not rules.can_export(case, request.user):
        raise Refused(_("Your role does not take evidence away."))
    at, page = timezone.now(), WholeCasePage(case, request.user)
    columns = [*SECTIONS, *(["words"] if page.may_read else [])]
    filters = {"case": case.code}
    started = exports.start(
        request.user, [case.client_id], export=EVIDENCE, filters=filters, columns=columns, form="pdf"
    )
    data, rows, is_complete = b"", 0, False
    try:
        evidence = Evidence(page, at=at)
        data = typesetting.pdf("accounts/document.typ", evidence.document, attachments=evidence.attachments, at=at)
        rows, is_complete = len(evidence.entries), True
    except typesetting.NotMade:
        log.error("evidence_not_made", case=case.code)
        return render(request, "500.html", status=500)
    finally:
        digest = hashlib.sha256(data).hexdigest()
        exports.end(request.user, started, rows={case.client_id: rows}, sha256=digest, is_complete=is_complete)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="evidence-{case.code}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
