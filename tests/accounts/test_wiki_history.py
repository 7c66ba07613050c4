"""Ten years of somebody else's suspensions, against the statuses that others worked out from them.

The data is read where it lies and is no part of the project: ``SHARED_DATA`` names the folder.
"""

import csv
import os
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from accounts.ledger.verify import Totals, verify
from accounts.models import Account, StatusChange
from tests.accounts.events import bring

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
EVENTS, TRUTH = (SHARED / "wiki-block-log" / name for name in ("block_events_dev.csv", "truth_asof_dev.csv"))


def statuses_at(moments):
    """Return the status of every account at each moment, as the lists ask for it."""
    return {
        (number, moment): status
        for moment in moments
        for number, status in Account.objects.as_of(moment).values_list("number", "status_then")
    }


def all_that_were_active_are_found_and_nobody_else(truth, capsys):
    """The list of a day is read as the page and the file read it."""
    active = defaultdict(set)
    for number, moment, status in truth:
        active[moment] |= {number} if status == "active" else set()
    found = {
        moment: set(Account.objects.as_of(moment).filter(status_then="active").values_list("number", flat=True))
        for moment in active
    }
    assert found == active
    with capsys.disabled():
        print("active on", ", ".join(f"{moment:%Y-%m-%d}: {len(numbers)}" for moment, numbers in sorted(found.items())))


@pytest.mark.requirement("R54")
def test_a_real_history_answers_what_every_account_was_at_any_date(acme, capsys):
    if not EVENTS.exists():
        with capsys.disabled():
            print(f"\nskipped: {EVENTS.name} is not in {EVENTS.parent}")
        pytest.skip(f"{EVENTS} is not there")
    out, told, error = bring(EVENTS, source="wiki", open_missing=True, opened_on="2005-01-01")

    assert out[0] == "8785 lines read: 8784 events put on record, 0 known already, 1 refused"
    # One ends before it begins. Another changes a suspension that is not in the file.
    assert told == [
        "line 2138: expires_at lies before the suspension begins, which is not possible",
        "line 5440: action changes a suspension whose beginning is not there; it is taken to begin here",
    ]
    assert error == "1 lines were refused; the others stay."

    with TRUTH.open(newline="") as file:
        truth = [
            (row["account_ref"], datetime.fromisoformat(row["as_of"]), row["status"]) for row in csv.DictReader(file)
        ]
    found = statuses_at({moment for _number, moment, _status in truth})
    agreed = sum(found.get((number, moment)) == status for number, moment, status in truth)
    with capsys.disabled():
        print(f"\nstatus as of: {agreed} of {len(truth)} agree")
    assert (agreed, len(truth)) == (20_164, 20_164)
    all_that_were_active_are_found_and_nobody_else(truth, capsys)

    # Whatever had an end has ended: the rows of today say so too.
    assert not Account.objects.filter(next_change_at__isnull=False).exists()
    totals = Totals()
    assert list(verify(totals)) == []

    before = totals.entries
    out, _told, _error = bring(EVENTS, source="wiki", open_missing=True, opened_on="2005-01-01")
    assert out[0] == "8785 lines read: 0 events put on record, 8784 known already, 1 refused"
    # The one that is new is not the account's.
    assert (
        StatusChange.objects.exclude(account=None).count() + StatusChange.objects.filter(account=None).count() == before
    )
