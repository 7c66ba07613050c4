import json

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Invalid
from accounts.models import Account
from accounts.services import drafts

# Twenty fields of 64 kB, every character escaped as JSON may.
MAX_BODY = 8 * 1024 * 1024


@require_POST
def account_draft(request, pk):
    """Keep what is being typed into a form about this account: ``{"key": form, "fields": {name: text}}``."""
    account = get_object_or_404(Account.objects.for_user(request.user).select_related("subject_key"), pk=pk)
    drafts.refuse_unless_may_draft(account, request.user)
    try:
        body = body_of(request)
        drafts.save(request.user, account, body["key"], body["fields"])
    except Invalid as error:
        return JsonResponse({"error": error.message}, status=400)
    except drafts.Erased as error:
        return JsonResponse({"error": error.message}, status=410)
    return HttpResponse(status=204)


def body_of(request):
    """Return the JSON that was sent, of the shape above; raises ``Invalid`` for anything else."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        raise Invalid(_("This is too much text for a draft."))
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("A draft is sent as JSON.")) from error
    if not isinstance(body, dict) or not {"key", "fields"} <= body.keys():
        raise Invalid(_("A draft names its form and its fields."))
    return body
