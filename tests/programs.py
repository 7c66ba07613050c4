"""A program that comes in by a key, as tests see one."""

from datetime import timedelta

from django.test import Client as Browser
from django.utils import timezone
from django_scopes import scope

from accounts.models import User
from accounts.services import api_keys

API = "/api/v1"


def key_of(user, client, scope_="decide", name="Ledger robot", days=30):
    """Issue a key for somebody and return ``(key, secret)``."""
    with scope(client=[client.pk]):
        owner = User.objects.get(pk=user.pk)
        ends_at = timezone.now() + timedelta(days=days)
        return api_keys.issue(client, actor=owner, name=name, scope=scope_, ends_at=ends_at)


class Program:
    """Asks with a key; what it is answered is JSON, whatever the status."""

    def __init__(self, user, client, scope_="decide"):
        self.key, self.secret = key_of(user, client, scope_)
        self.browser = Browser(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, path, **query):
        return answered(self.browser.get(f"{API}{path}", query))

    def post(self, path, body=None):
        return answered(self.browser.post(f"{API}{path}", body or {}, content_type="application/json"))

    def send(self, path, **parts):
        return answered(self.browser.post(f"{API}{path}", parts))


def answered(response):
    return response.status_code, response.json()
