"""Words beside the ledger and decisions on cases, exchanged behind the guards' back, are found by ``verify_ledger``."""

import pytest

from accounts.models import Disclosure
from tests.accounts.tampering import LEDGER, found
from tests.house.doors.forging import execute

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE accounts_disclosure SET ciphertext = salt", "words"),
        ("UPDATE accounts_disclosure SET salt = hash FROM accounts_statuschange", "words"),
        ("UPDATE accounts_disclosure SET field = 'other' WHERE field = 'note'", "unbound"),
        ("DELETE FROM accounts_disclosure WHERE field = 'note'", "missing"),
        ("DELETE FROM accounts_subjectkey", "key"),
        ("UPDATE accounts_subjectkey SET wrapped = %s", "key"),
        ("UPDATE accounts_account SET erased_at = '2026-01-01 00:00:00+00'", "erased"),
    ],
)
def test_words_that_were_tampered_with_are_found(tampered, statement, kind):
    execute(statement, *([b"x"] if "%s" in statement else []))

    assert found()[0][0] == kind


def test_a_text_that_moved_to_another_entry_is_found(tampered):
    texts = list(Disclosure.objects.filter(account=tampered.case.account_id, field="evidence")[:2])
    execute("UPDATE accounts_disclosure SET ciphertext = %s, salt = %s WHERE id = %s", bytes(texts[0].ciphertext),
            bytes(texts[0].salt), texts[1].pk)  # fmt: skip

    assert [kind for kind, _table, _number in found()] == ["words"]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE reinstatements_approval SET facts = '{}'", "reinstatements_approval"),
        ("UPDATE reinstatements_approval SET case_hash = 'x'", "reinstatements_approval"),
        ("UPDATE reinstatements_approval SET entry = case_id", "reinstatements_approval"),
        ("DELETE FROM reinstatements_approval", LEDGER),
        ("UPDATE reinstatements_approval SET level = 1", LEDGER),
        ("DELETE FROM reinstatements_participation", "reinstatements_participation"),
        (
            "UPDATE reinstatements_participation SET person_id = (SELECT person_id FROM reinstatements_approval)",
            "reinstatements_approval",
        ),
        ("UPDATE reinstatements_check SET outcome = 'failed'", "reinstatements_check"),
        ("UPDATE reinstatements_check SET evidence_digest = ''", "reinstatements_check"),
        ("UPDATE reinstatements_check SET facts = '{}'", "reinstatements_check"),
        ("UPDATE reinstatements_check SET entry = case_id", "reinstatements_check"),
    ],
)
def test_a_decision_that_was_tampered_with_is_found(tampered, statement, table):
    execute(statement)

    assert table in [table for _kind, table, _number in found()]
