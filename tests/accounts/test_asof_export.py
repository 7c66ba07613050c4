"""Every account as of a day, taken away as a file."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts, erasure
from accounts.services.staff import ensure_system_user
from tests import factories
from tests.accounts.exporting import ask, download, rows_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODE = "accounts_as_of"


def taken(browser, user, **filters):
    rows = rows_of(download(browser, user, filters, code=CODE))
    return [(row["Account"], row["Status then"]) for row in rows], rows


@pytest.fixture
def lived(acme):
    """A-1 stays; A-2 was suspended two days ago until an hour ago, and its end was changed once."""
    now, how = timezone.now(), {"actor": ensure_system_user(), "reason": "policy_breach"}
    factories.make_account(acme, number="A-1")
    account = factories.make_account(acme, number="A-2", holder={})
    with scope(client=acme.pk):
        accounts.suspend(account, kind="policy", occurred_at=now - 2 * DAY, ends_at=now + DAY, **how)
        accounts.change_suspension(account, occurred_at=now - DAY, ends_at=now - HOUR, **how)
    return now


@pytest.mark.requirement("R54")
def test_the_file_holds_what_was_true_since_when_and_the_entry_that_proves_it(client, auditor, lived):
    found, rows = taken(client, auditor, at=(lived - 2 * HOUR).isoformat(), zone="UTC")

    with scopes_disabled():
        changed = StatusChange.objects.get(action="change_suspension")
    assert found == [("A-2", "Suspended")]
    assert rows[0]["Proven by entry"] == str(changed.uid)
    assert rows[0]["Since"][:10] == (lived - 2 * DAY).date().isoformat()


def test_an_end_that_no_job_has_written_stands_in_the_file_and_the_filter_narrows_it(client, auditor, lived):
    found, rows = taken(client, auditor)

    assert found == [("A-1", "Active"), ("A-2", "Active")]
    assert [row["Plan then"] for row in rows] == ["Basic", "Basic"]
    assert taken(client, auditor, status="suspended")[0] == []
    assert taken(client, auditor, status="active", number="a-2")[0] == [("A-2", "Active")]


def test_no_holder_leaves_whole_and_an_erased_one_not_at_all(client, auditor, lived, acme, compliance):
    gone = factories.make_account(acme, number="A-3")
    with scope(client=acme.pk):
        erasure.erase(gone, actor=compliance, reason="erasure_asked")

    _found, rows = taken(client, auditor)

    assert [row["Holder"] for row in rows] == ["M•••• K••••", "", "erased"]


def test_the_moment_stands_on_record_whether_it_was_named_or_was_now(client, auditor, lived):
    taken(client, auditor, at="2026-03-12", zone="Asia/Tokyo", number="zzz")
    taken(client, auditor)

    with scopes_disabled():
        named, now = AccessRecord.objects.filter(kind="export_started").order_by("created_at")
    assert named.details["filters"] == {"at": "2026-03-12", "zone": "Asia/Tokyo", "number": "?"}
    assert set(now.details["filters"]) == {"at", "zone"}


@pytest.mark.parametrize("filters", [{"at": "x"}, {"at": "2999-01-01"}, {"zone": "x"}, {"status": "x"}, {"time": "1"}])
def test_rubbish_is_refused_before_anything_is_on_record(client, auditor, lived, filters):
    client.force_login(auditor)

    assert ask(client, filters, code=CODE).status_code == 400
    assert not AccessRecord._base_manager.filter(kind="export_started").exists()


def test_nobody_takes_away_what_is_not_theirs(client, outsider, agent, lived):
    for user, filters, status in ((outsider, {"client": "acme"}, 404), (agent, {}, 404)):
        client.force_login(user)
        assert ask(client, filters, code=CODE).status_code == status
