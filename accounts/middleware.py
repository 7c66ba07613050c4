"""Every page runs inside the clients of whoever asks, and what a service refuses becomes a page that says why."""

from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import LazyObject
from django_scopes import scope

from accounts import grants
from accounts.errors import Invalid, Moved, Refused
from accounts.mail import language_of
from accounts.zones import zone

STATUS = {Invalid: 400, Refused: 403, Moved: 409}


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
