"""How a file leaves: as an attachment that no cache keeps, with a plain name."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exporting.guard import file_name
from accounts.services import exports as services


def name_of(export, clients, form):
    of = clients[0].code if len(clients) == 1 else _("all clients")
    return file_name(export.label, of, timezone.localdate(), suffix=form)


def as_file(pieces, form, name):
    response = StreamingHttpResponse(pieces, content_type=services.CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
