from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose secret is missing or old. Django's ``reason`` is for developers, and is in the log."""
    words = _("This page had been open for too long, or you signed in again since. Go back, reload it and send again.")
    return render(request, "403.html", {"reason": words}, status=403)
