"""Ten years of somebody else's suspensions: who was active on four days, as computed by others."""

import csv
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from accounts import ledger, registries
from accounts.errors import ServiceError
from accounts.models import Account
from accounts.services import accounts
from accounts.services.staff import ensure_system_user

FOLDER = Path(os.environ.get("SHARED_DATA", settings.BASE_DIR.parent / "shared/data")) / "wiki-block-log"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
SAMPLE = 60

pytestmark = pytest.mark.slow


def at(text):
    return datetime.fromisoformat(text) if text and text != "infinity" else None


def histories():
    """Return ``{account: its events}`` of those with most to tell, and some of every other kind."""
    found = defaultdict(list)
    with (FOLDER / "block_events_dev.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["account_ref"]].append(row)
    by_length = sorted(found, key=lambda ref: (-len(found[ref]), ref))
    timed = [ref for ref in by_length if any(at(row["expires_at"]) for row in found[ref])]
    chosen = dict.fromkeys([*by_length[: SAMPLE // 3], *timed[-SAMPLE // 3 :], *by_length[-SAMPLE // 3 :]])
    return {ref: found[ref] for ref in chosen}


def expected(refs):
    """Return ``{moment: accounts that were active then}``, as the file of the answers says."""
    active = defaultdict(set)
    with (FOLDER / "truth_asof_dev.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            active[at(row["as_of"])] |= {row["account_ref"]} if row["status"] == "active" else set()
    return {moment: found & refs for moment, found in active.items()}


def live(client, ref, events, actor):
    """Let an account live through its events; return how many could not have happened."""
    account, key = accounts.new_account(client, ref, {}, {})
    with ledger.change(account, actor=actor, origin="import", occurred_at=BEGINNING) as work:
        accounts.record_opening(work, key, {}, "active", None, None, "imported")
    impossible = 0
    for event in sorted(events, key=lambda row: int(row["seq"])):
        moment, ends_at = at(event["occurred_at"]), at(event["expires_at"])
        account.refresh_from_db()
        if account.next_change_at and account.next_change_at <= moment:
            back(account, "suspension_ended", account.next_change_at, actor)
        how = {"actor": actor, "reason": "imported", "occurred_at": moment, "origin": "import"}
        try:
            if event["action"] == "block":
                accounts.suspend(account, kind="policy", ends_at=ends_at, tell=False, **how)
            elif event["action"] == "reblock":
                accounts.change_suspension(account, ends_at=ends_at, **how)
            else:
                back(account, "imported_history", moment, actor)
        except ServiceError:
            impossible += 1
    return impossible


def back(account, rule, moment, actor):
    with ledger.change(account, actor=actor, origin="import", occurred_at=moment) as work:
        registries.automatic["reinstate"](work, rule=rule, reason="imported", occurred_at=moment, tell=False)


@pytest.mark.requirement("R54")
def test_all_that_were_active_on_a_day_are_found_and_nobody_else(acme, scoped):
    if not FOLDER.exists():
        print(f"The block log is not at {FOLDER}: nothing was compared.")
        pytest.skip("the block log is not there")
    told, actor = histories(), ensure_system_user()
    impossible = sum(live(acme, ref, events, actor) for ref, events in told.items())

    answers = expected(set(told))
    found = {
        moment: set(Account.objects.as_of(moment).filter(status_then="active").values_list("number", flat=True))
        for moment in answers
    }

    assert found == answers
    assert (len(answers), impossible) == (4, 0)
    counts = ", ".join(f"{moment:%Y-%m-%d}: {len(refs)}" for moment, refs in sorted(found.items()))
    print(f"Of {len(told)} accounts with {sum(map(len, told.values()))} events were active on {counts}")
