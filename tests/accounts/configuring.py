"""What the tests of the admin share: its addresses, its forms as a browser sends them, and what they left on record."""

import json

from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.models import (
    AccountSettings,
    Client,
    OverdueLadder,
    Plan,
    ReasonCode,
    SignalSettings,
    StatusChange,
    StatusRule,
    User,
)
from notifications.models import Template
from reinstatements.models import DeskSettings, Policy

REGISTERED = {
    *(AccountSettings, Client, DeskSettings, OverdueLadder, Plan, ReasonCode, SignalSettings, StatusRule, User),
    *(Policy, Template),
}


def of(model, client):
    with scopes_disabled():
        return model.objects.filter(client=client).order_by("pk").first()


def url(model, what, obj=None):
    if what == "delete":
        return url(model, "change", obj).replace("/change/", "/delete/")
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=[obj.pk] if obj else [])


def fields_of(response):
    """What the form on the page would send back, as a browser does."""
    form = response.context["adminform"].form
    sent = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            sent[bound.html_name] = value
    return sent


def settings_entries(client):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, account=None, reason="settings_changed").order_by("number")
        return [(row.subject_type, row.action, json.loads(bytes(row.body))["data"]) for row in rows]


def all_urls(acme):
    """Every address below /admin/ with a row of acme where one is named."""
    rows = {Client: acme, Plan: of(Plan, acme), ReasonCode: of(ReasonCode, acme), Policy: of(Policy, acme)}
    rows |= {model: of(model, acme) for model in (OverdueLadder, AccountSettings, SignalSettings, DeskSettings)}
    with scopes_disabled():
        rows[StatusRule] = StatusRule.objects.get_or_create(client=acme, weight=1, defaults={"name": "New"})[0]
    rows[User] = User.objects.exclude(username="reinstate").first()
    found = [
        reverse("admin:index"),
        *(reverse("admin:app_list", args=[name]) for name in ("accounts", "reinstatements", "notifications")),
    ]
    found += [reverse("admin:jsi18n"), "/admin/nothing-here/"]
    for model, row in rows.items():
        found += [url(model, "changelist"), url(model, "add")]
        found += [url(model, what, row) for what in ("change", "history", "delete")]
    return [*found, url(Template, "changelist"), url(Template, "add")]
