"""Every page runs inside the clients of whoever asks, and what a service refuses becomes a page that says why."""

from django.shortcuts import render
from django_scopes import scope

from accounts import grants
from accounts.errors import Invalid, Moved, Refused

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
