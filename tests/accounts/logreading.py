"""Reading the status-change log as somebody in a browser does."""

from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.models import StatusChange

LOG = reverse("log")


def shown(browser, user, filters=None):
    browser.force_login(user)
    response = browser.get(LOG, filters)
    assert response.status_code == 200, response.status_code
    return [(line.entry.account__number, line.entry.action) for line in response.context["lines"]]


def entry(account, action):
    with scopes_disabled():
        return StatusChange.objects.filter(account=account, action=action).first()
