"""Programs come in by the key that the middleware has found; an operation says how much of it it asks for."""

from django.conf import settings
from django.utils.translation import gettext as _
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from accounts.errors import Refused
from accounts.models import ApiKey


class Key(HttpBearer):
    """The key of the request, where it reaches far enough; raises ``Refused`` where it does not."""

    def __init__(self, scope):
        super().__init__()
        self.asked = scope

    def authenticate(self, request, token):
        if not request.api_key.reaches(self.asked):
            words = {"key": request.api_key.get_scope_display(), "asked": self.asked.label}
            raise Refused(_("This key is for: %(key)s. This asks for one that is for: %(asked)s.") % words)
        return request.api_key


class KeyThrottle(SimpleRateThrottle):
    """So many requests for each key, counted by each process of the web server."""

    def __init__(self):
        super().__init__(settings.API_RATE)

    def get_cache_key(self, request):
        return f"api:{request.api_key.pk}"


READ, WORK, DECIDE = (Key(scope) for scope in ApiKey.Scope)
