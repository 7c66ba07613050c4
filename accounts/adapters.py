from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _


class StaffAdapter(DefaultAccountAdapter):
    """Staff are set up by an administrator; nobody signs up."""

    def is_open_for_signup(self, request):
        return False

    def respond_user_inactive(self, request, user):
        messages.error(request, _("This login is switched off. Ask an administrator."))
        return redirect("account_login")


def typed_login(request: HttpRequest, credentials: dict | None) -> str:
    """Return what was typed as the login, so that failures by name and by mail address are counted alike."""
    credentials = credentials or {}
    typed = credentials.get("username") or credentials.get("email") or request.POST.get("login", "")
    return typed.strip().lower()[:255]


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict | None) -> HttpResponse:
    """Answer a sign-in after too many wrong passwords for this login from this address."""
    return render(request, "account/locked_out.html", status=429)
