"""Evidence files of a case: added to it, opened on record, removed while it is worked on."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.errors import Invalid
from reinstatements import filetypes
from reinstatements.forms_desk import FileForm
from reinstatements.models import EvidenceFile
from reinstatements.services import files
from reinstatements.views.case import load, show
from reinstatements.views.page import CasePage
from reinstatements.views.work import on_work


@on_work
def add(request, case):
    """Take a file in; it is sealed before it touches the disk."""
    form = FileForm(request.POST, request.FILES, auto_id="file_%s", checks=case.checks.all())
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            with upload.opened() as opened:
                data = opened.read(filetypes.LARGEST + 1)
            files.add_file(
                case, actor=request.user, name=upload.name, data=data, check_code=form.cleaned_data["check_code"]
            )
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("The file is kept with case %s.") % case.code)
            return redirect(case)
    return show(request, CasePage(case, request.user, bound={"file": form}), status=400)


def found(request, code, pk):
    case = load(request.user, code)
    row = get_object_or_404(EvidenceFile.objects.select_related("account__subject_key"), pk=pk, case=case)
    return case, row


@require_safe
def opened(request, code, pk):
    """Show a file to whoever may read evidence. A picture is shown in the browser, everything else is saved."""
    _case, row = found(request, code, pk)
    _name, content = files.open_file(row, user=request.user)
    suffix = filetypes.SUFFIXES[EvidenceFile.Type(row.content_type)]
    kind = "attachment" if row.content_type == EvidenceFile.Type.PDF else "inline"
    response = HttpResponse(content, content_type=row.content_type)
    # The name is personal data and stays out of headers, histories and download folders.
    response["Content-Disposition"] = f'{kind}; filename="{row.case_id.hex[-8:]}-{row.pk.hex[-6:]}.{suffix}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@on_work
def remove(request, case, pk):
    row = get_object_or_404(EvidenceFile.objects.select_related("account__subject_key"), pk=pk, case=case)
    row.case = case
    files.remove_file(row, actor=request.user)
    messages.success(request, _("The file is removed; that it was there stays on record."))
    return redirect(case)
