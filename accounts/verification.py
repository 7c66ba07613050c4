"""What the ledger proves beside the chains: merges, from both of them, and when a suspension ends by itself.

Of a merge each chain names the other's entry, and what was decided is what was done.
"""

import hashlib
import json

from django.db import connection

from accounts import canonical, registries
from accounts.ledger import chains
from accounts.ledger.verify import LEDGER, Problem
from accounts.models import Account, AccountMerge, MergeDecision, Restriction

ACCOUNTS, RESTRICTIONS = Account._meta.db_table, Restriction._meta.db_table
MERGES, DECISIONS = AccountMerge._meta.db_table, MergeDecision._meta.db_table
CHANGED = "entry.subject_type = 'account' AND (entry.to_status = 'merged') <> (entry.from_status = 'merged')"

PAIRS = f"""SELECT entry.client_id, entry.account_id, entry.number, entry.hash, entry.body, entry.to_status,
    other.account_id AS other_account, other.action AS other_action, other.body AS other_body, before.number AS at,
    before.hash AS before_hash, merged.survivor_id, given.decision
    FROM {LEDGER} entry
    LEFT JOIN {LEDGER} other ON other.caused_by = entry.uid AND other.action IN ('absorb', 'release')
    LEFT JOIN {LEDGER} before ON before.account_id = other.account_id AND before.number = other.number - 1
    LEFT JOIN {DECISIONS} given ON given.entry = entry.uid AND given.facts_hash = entry.case_hash
    AND given.user_id = entry.actor_id
    LEFT JOIN {MERGES} merged ON merged.id = given.merge_id AND merged.absorbed_id = entry.account_id
    WHERE {CHANGED}"""
# Each finds what must not be: columns client, account and number of the entry, if there is one.
NEVER = [
    (
        LEDGER,
        "It says that another account was absorbed or released, and no entry of that account does.",
        f"""SELECT other.client_id, other.account_id, other.number FROM {LEDGER} other
            LEFT JOIN {LEDGER} entry ON entry.uid = other.caused_by AND {CHANGED}
            WHERE other.subject_type = 'account' AND other.action IN ('absorb', 'release') AND entry.uid IS NULL""",
    ),
    (
        DECISIONS,
        "Somebody confirmed a merge that they had proposed.",
        f"""SELECT given.client_id, merged.absorbed_id AS account_id, NULL AS number FROM {DECISIONS} given
            JOIN {MERGES} merged ON merged.id = given.merge_id WHERE given.decision = 'confirmed'
            AND (given.person_id = merged.proposed_person_id OR given.user_id = merged.proposed_by_id)""",
    ),
    (
        DECISIONS,
        "A decision about a merge has no entry that says the same.",
        f"""SELECT given.client_id, merged.absorbed_id AS account_id, NULL AS number FROM {DECISIONS} given
            JOIN {MERGES} merged ON merged.id = given.merge_id
            LEFT JOIN {LEDGER} entry ON entry.uid = given.entry AND entry.account_id = merged.absorbed_id
            AND entry.case_hash = given.facts_hash AND entry.actor_id = given.user_id WHERE entry.uid IS NULL""",
    ),
]


def differ(one, other):
    return f"(({one} IS NULL) <> ({other} IS NULL) OR {one} <> {other})"


LAST_WORD = f"""said.subject_type = 'account' AND NOT EXISTS (SELECT 1 FROM {LEDGER} later
    WHERE later.account_id = said.account_id AND later.number > said.number AND later.action = 'change_suspension')"""
# The columns of an entry are compared with its bytes where its chain is walked.
ENDS = [
    (
        RESTRICTIONS,
        "It was opened by no entry of its account.",
        f"""SELECT kept.client_id, kept.account_id, NULL AS number FROM {RESTRICTIONS} kept
            LEFT JOIN {LEDGER} opened ON opened.uid = kept.opened_entry AND opened.account_id = kept.account_id
            WHERE opened.uid IS NULL""",
    ),
    (
        RESTRICTIONS,
        "It ends at another time than the last entry about it says.",
        f"""SELECT kept.client_id, kept.account_id, said.number FROM {RESTRICTIONS} kept
            JOIN {LEDGER} said ON said.account_id = kept.account_id AND (said.uid = kept.opened_entry
            OR said.caused_by = kept.opened_entry AND said.action = 'change_suspension')
            WHERE {differ("kept.ends_at", "said.ends_at")} AND NOT EXISTS (SELECT 1 FROM {LEDGER} later
            WHERE later.account_id = kept.account_id AND later.caused_by = kept.opened_entry
            AND later.action = 'change_suspension' AND later.number > said.number)""",
    ),
    (
        ACCOUNTS,
        "It changes by itself at another time than the last entry about its suspension says.",
        f"""SELECT kept.client_id, kept.id AS account_id, kept.status_number AS number FROM {ACCOUNTS} kept
            WHERE kept.next_change_at IS NOT NULL AND (kept.status <> 'suspended' OR NOT EXISTS (SELECT 1
            FROM {LEDGER} said WHERE said.account_id = kept.id AND said.number >= kept.status_number
            AND (said.number = kept.status_number OR said.action = 'change_suspension') AND {LAST_WORD}
            AND said.ends_at = kept.next_change_at))""",
    ),
    (
        ACCOUNTS,
        "It never changes by itself, and the last entry about its suspension says when, with nothing else in the way.",
        f"""SELECT kept.client_id, kept.id AS account_id, said.number FROM {ACCOUNTS} kept
            JOIN {LEDGER} said ON said.account_id = kept.id AND said.number >= kept.status_number
            AND (said.number = kept.status_number OR said.action = 'change_suspension') AND {LAST_WORD}
            WHERE kept.next_change_at IS NULL AND kept.status = 'suspended' AND said.ends_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {RESTRICTIONS} other
            LEFT JOIN {LEDGER} lifted ON lifted.uid = other.lifted_entry AND lifted.account_id = other.account_id
            WHERE other.account_id = kept.id AND other.membership_id IS NULL AND other.opened_entry <> said.uid
            AND (said.caused_by IS NULL OR other.opened_entry <> said.caused_by)
            AND (lifted.number IS NULL OR lifted.number > said.number))""",
    ),
]


@registries.verification.register("ends")
def ends(client_id):
    for table, what, text in ENDS:
        for client, account, number in rows(text, client_id):
            yield Problem("end", table, what, client, account, number)


@registries.verification.register("merges")
def merges(client_id):
    for table, what, text in NEVER:
        for client, account, number in rows(text, client_id):
            yield Problem("merge", table, what, client, account, number)
    for row in rows(PAIRS, client_id):
        client, account, number = row[:3]
        what = pair_problem(*row[1:])
        if what:
            yield Problem("merge", LEDGER, what, client, account, number)
    for client, account, facts, facts_hash in rows(
        f"SELECT client_id, absorbed_id, facts, facts_hash FROM {MERGES}", client_id
    ):
        if hash_of(facts) != facts_hash:
            yield Problem("merge", MERGES, "The stored facts do not have the hash proposed.", client, account)


def pair_problem(
    account, number, entry_hash, body, to_status, other, other_action, other_body, at, before_hash, survivor, decision
):
    """Return, in words, what is wrong between the two chains; "" where each names the other as it is."""
    if decision != "confirmed" or survivor is None:
        return "No second person confirmed it."
    if other is None:
        return "No entry of the survivor answers it."
    try:
        here, there = said(body), said(other_body)
        named = there["absorbed"], here["survivor"]
        linked = there["absorbed_head"] == {"number": number, "hash": chains.raw(entry_hash).hex()}
        answered = here["survivor_head"] == {"number": at, "hash": chains.raw(before_hash).hex()}
        moved = here["balance_before"] - here["balance_after"]
        same_amount = there["amount_minor"] == (moved if to_status == "merged" else -moved)
    except (KeyError, TypeError, ValueError):
        return "The two entries do not say what entries of a merge say."
    if other_action != ("absorb" if to_status == "merged" else "release"):
        return "The survivor's entry says the opposite."
    if named != tuple(chains.plain_uuid(str(key)) for key in (account, other)) or other != survivor:
        return "The two entries name other accounts than each other's."
    if not linked or not answered:
        return "The two chains do not name each other's entries as they are."
    return "" if same_amount else "What one account gave is not what the other took."


def said(body):
    return json.loads(chains.raw(body))["data"]


def hash_of(facts):
    try:
        value = json.loads(facts) if isinstance(facts, str | bytes) else facts
        return hashlib.sha256(canonical.encode(value)).hexdigest()
    except ValueError:
        return ""


def rows(text, client_id):
    """Stream what a query finds, of all clients or of one."""
    where, params = ("WHERE client_id = %s", [chains.stored_uuid(str(client_id))]) if client_id else ("", [])
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({text}) found {where} ORDER BY 2", params)
        while found := cursor.fetchmany(chains.ROWS_AT_ONCE):
            yield from found
