"""Every page runs inside the clients of whoever asks, and what a service refuses becomes a page that says why."""

from django.contrib.auth.models import AnonymousUser
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import LazyObject
from django.utils.translation import gettext as _
from django_scopes import scope

from accounts import grants
from accounts.errors import Invalid, Moved, Refused
from accounts.mail import language_of
from accounts.services import api_keys
from accounts.zones import zone

API = "/api/v1/"
STATUS = {Invalid: 400, Refused: 403, Moved: 409}


class ApiKeyMiddleware:
    """Programs come in by a key and by nothing else: below ``API`` no cookie counts, and nobody has signed in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(API):
            word, _space, secret = request.headers.get("Authorization", "").partition(" ")
            request.api_key = api_keys.find(secret.strip()) if word.lower() == "bearer" else None
            request.user = request.api_key.user if request.api_key else AnonymousUser()
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.path_info.startswith(API) or request.api_key:
            return None
        message = _("Send a valid API key with the request, in the header Authorization after the word Bearer.")
        return JsonResponse({"message": message, "fields": {}}, status=401, headers={"WWW-Authenticate": "Bearer"})


class ScopeMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with scope(client=list(grants.of(request.user))):
            return self.get_response(request)

    def process_exception(self, request, exception):
        for kind, status in STATUS.items():
            if isinstance(exception, kind):
                return render(request, f"{status}.html", {"message": exception.message}, status=status)
        return None


def unwrapped(user):
    """Return the user themselves, where what stands at the request reads them when it is first asked."""
    while isinstance(user, LazyObject):  # the log wraps what sign-in has wrapped
        user = user._wrapped
    return user


class TimeZoneMiddleware:
    """Times and words as whoever is signed in reads them. Before sign-in, the browser's language and UTC hold."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return self.get_response(request)
        # Read by now: what a page asks of its user hundreds of times goes through no wrapper.
        user = request.user = unwrapped(request.user)
        language = language_of(user)
        with timezone.override(zone(user.time_zone)), translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
