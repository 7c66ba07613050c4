"""What the tests of exports share: taking a file away, reading it, and what was left on record."""

import csv
import io
from urllib.parse import urlencode

from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import exports, ledger
from accounts.exporting.columns import Selection
from accounts.models import AccessRecord
from accounts.services import exports as services
from accounts.services import staff
from accounts.statuslog import entries

EXPORT = reverse("export", args=["status_log"])


def ask(browser, filters=None, form="csv", code="status_log"):
    """Press the button of a list that is filtered like this."""
    address = reverse("export", args=[code])
    return browser.post(f"{address}?{urlencode(filters or {})}", {"form": form})


def download(browser, user, filters=None, form="csv", code="status_log"):
    browser.force_login(user)
    response = ask(browser, filters, form, code)
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)


def rows_of(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def records(kind=None):
    with scopes_disabled():
        found = AccessRecord.objects.order_by("created_at", "id").select_related("client", "user")
        return list(found.filter(kind=kind) if kind else found)


def write(client, count):
    """Write this many entries on a client's own chain."""
    with scope(client=[client.pk]), ledger.change(client, actor=staff.ensure_system_user()) as work:
        for _number in range(count):
            work.log(client, "change", subject_type="client", reason="settings_changed")


def log_of(user, client):
    with scopes_disabled():
        return Selection(entries(user).filter(client=client), [client], {})


def started(user, client, export=exports.STATUS_LOG, form="csv"):
    with scope(client=[client.pk]):
        return services.Download(export, log_of(user, client), user=user, form=form)
