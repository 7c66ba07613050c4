"""A second verifier, written from docs/ledger.md with nothing but the standard library."""

import hashlib
import hmac
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django_scopes import scopes_disabled

from accounts.models import StatusChange
from reinstatements import services
from tests import factories

FIELDS = {
    "v",
    "id",
    "nonce",
    "client",
    "account",
    "number",
    "prev",
    "subject",
    "action",
    "from",
    "to",
    "reason",
    "origin",
    "actor",
    "on_behalf",
    "rule",
    "occurred_at",
    "recorded_at",
    "caused_by",
    "case_hash",
    "data",
    "commit",
}
STOPPED = {"on_hold", "suspended", "deactivated", "closed", "expired", "cancelled"}


def utf16(key):
    return key.encode("utf-16-be")


def canonical(value):
    """RFC 8785 for objects, arrays, strings, whole numbers, true, false and null."""
    if isinstance(value, dict):
        pairs = (f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value, key=utf16))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def problem(chain, head):
    """Return what is wrong first with a chain of ``(bytes, hash)`` that should end in ``head``, or None."""
    before, statuses, approved, spent = "0" * 64, {}, set(), set()
    for number, (data, stored) in enumerate(chain, start=1):
        entry = json.loads(data)
        if hashlib.sha256(data).hexdigest() != stored:
            return f"{number}: hash"
        if canonical(entry).encode() != data or set(entry) != FIELDS or entry["v"] != 1:
            return f"{number}: form"
        if entry["number"] != number or entry["prev"] != before:
            return f"{number}: link"
        subject, before = tuple(entry["subject"]), stored
        if entry["from"] != statuses.get(subject, ""):
            return f"{number}: status"
        if subject[0] == "reinstatement" and entry["to"] == "approved" != entry["from"]:
            approved.add(entry["id"])
        if subject[0] in ("account", "membership") and entry["to"] == "active" and entry["from"] in STOPPED:
            cause = (entry["caused_by"] or ["", ""])[1]
            if cause not in approved or (cause, subject) in spent:
                return f"{number}: cause"
            spent.add((cause, subject))
        ends_at = entry["data"].get("ends_at")
        if ends_at and (entry["to"] != "suspended" or moment(ends_at) <= moment(entry["occurred_at"])):
            return f"{number}: end"
        if moment(entry["occurred_at"]) > moment(entry["recorded_at"]):
            return f"{number}: future"
        statuses[subject] = entry["to"]
    return None if (len(chain), before) == head else "head"


@pytest.fixture
def chain(awaiting_approval, supervisor, scoped):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    with scopes_disabled():
        rows = StatusChange.objects.filter(account=awaiting_approval.account_id).order_by("number")
        awaiting_approval.account.refresh_from_db()
        return [(bytes(row.body), bytes(row.hash).hex()) for row in rows]


@pytest.fixture
def head(chain, awaiting_approval):
    return awaiting_approval.account.head_number, bytes(awaiting_approval.account.head_hash).hex()


@pytest.mark.requirement("R130")
def test_a_second_verifier_finds_nothing_wrong_with_what_the_product_writes(chain, head):
    assert problem(chain, head) is None


@pytest.mark.requirement("R130")
def test_a_second_verifier_finds_what_was_done_to_a_chain(chain, head):
    edited = [*chain[:1], (chain[1][0].replace(b'"origin":"', b'"origin":"x'), chain[1][1]), *chain[2:]]
    assert problem(edited, head) == "2: hash"
    assert problem(chain[:1] + chain[2:], head) == "2: link"
    assert problem([chain[0], chain[2], chain[1], *chain[3:]], head) == "2: link"
    assert problem(chain[:-1], head) == "head"


def test_the_example_on_the_page_is_true():
    page = (Path(settings.BASE_DIR) / "docs/ledger.md").read_text()
    lines = re.search(r"```\n(.*?)\n```", page, re.DOTALL)[1].splitlines()
    chain = [(lines[0].encode(), lines[1]), (lines[2].encode(), lines[3])]

    assert problem(chain, (2, lines[3])) is None
    salt = bytes.fromhex(re.search(r"`([0-9a-f]{64})`\. The two entries", page)[1])
    commitment = hmac.digest(salt, b"The card was declined twice.", "sha256").hex()
    assert json.loads(lines[2])["commit"] == {"note": commitment}
