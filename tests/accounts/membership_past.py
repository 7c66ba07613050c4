"""A customer whose memberships ran elsewhere, and what the record tells of one that was brought in."""

import os
from datetime import date
from pathlib import Path

import pytest

from accounts.models import Account, ImportedRecord, StatusChange
from tests import factories

AS_OF = date(2024, 12, 31)
SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
PADDLE = SHARED / "paddle-events"


@pytest.fixture(name="customer")
def customer_(acme):
    """An account that was opened without a membership, in Berlin."""
    with_plan = factories.make_account(acme, "A-1", time_zone="Europe/Berlin")
    return Account.objects.get(pk=with_plan.pk)


def told(reference="S-1"):
    """Return the entries of an imported membership: action, status, local day, reason, rule."""
    record = ImportedRecord.objects.filter(reference=reference).first()
    entries = StatusChange.objects.filter(subject_id=record.membership_id).order_by("number")
    return [
        (entry.action, entry.to_status, f"{entry.occurred_at:%Y-%m-%d %H:%M}", entry.reason, entry.rule)
        for entry in entries
    ]


def membership(reference="S-1"):
    return ImportedRecord.objects.filter(reference=reference).first().membership
