"""What the ledger proves of a case: who decided it, on which facts, and that its checks are as they were recorded."""

import hashlib
from functools import lru_cache
from itertools import groupby

import orjson
from django.db import connection

from accounts import canonical, registries
from accounts.ledger import chains
from accounts.ledger.guards import quoted
from accounts.ledger.verify import LEDGER, Problem
from reinstatements import facts, policies
from reinstatements.models import Approval, Check, Participation, Policy, ReinstatementRequest, Waiver
from reinstatements.rules import LADDER, RULES

CASES, APPROVALS = ReinstatementRequest._meta.db_table, Approval._meta.db_table
CHECKS, TOOK_PART, WAIVERS = (model._meta.db_table for model in (Check, Participation, Waiver))
WORKED = "entry.from_status IN ('', 'draft', 'submitted', 'in_verification', 'awaiting_member')"
DECIDED = """entry.subject_type = 'reinstatement' AND entry.from_status <> entry.to_status
    AND (entry.to_status IN ('approved', 'declined')
    OR entry.from_status = 'awaiting_approval' AND entry.to_status = 'in_verification')"""

# Actions that leave a check open.
STOOD = {"check_reopened": "open", "check_refused": "open"}

# Each finds what must not be: columns client, account and number of the entry, if there is one.
NEVER = [
    (
        APPROVALS,
        "An approval has no entry on its case that says the same.",
        f"""SELECT given.client_id, decided.account_id, entry.number FROM {APPROVALS} given
            JOIN {CASES} decided ON decided.id = given.case_id
            LEFT JOIN {LEDGER} entry ON entry.uid = given.entry AND entry.account_id = decided.account_id
            AND entry.subject_id = given.case_id AND entry.case_hash = given.case_hash
            AND (entry.actor_id = given.user_id OR entry.rule = given.rule AND given.rule <> '')
            WHERE entry.uid IS NULL""",
    ),
    (
        LEDGER,
        "A decision has no approval of the same facts by who decided.",
        f"""SELECT entry.client_id, entry.account_id, entry.number FROM {LEDGER} entry
            LEFT JOIN {APPROVALS} given ON given.case_id = entry.subject_id AND given.entry = entry.uid
            AND given.case_hash = entry.case_hash
            AND given.decision = CASE entry.to_status WHEN 'in_verification' THEN 'sent_back' ELSE entry.to_status END
            WHERE {DECIDED} AND given.id IS NULL""",
    ),
    (
        APPROVALS,
        "Somebody decided a case that they took part in.",
        f"""SELECT given.client_id, decided.account_id, NULL AS number FROM {APPROVALS} given
            JOIN {CASES} decided ON decided.id = given.case_id
            JOIN {TOOK_PART} took ON took.case_id = given.case_id
            AND (took.person_id = given.person_id OR took.user_id = given.user_id)""",
    ),
    (
        CHECKS,
        "A check was waived without a waiver by who waived it.",
        f"""SELECT done.client_id, decided.account_id, entry.number FROM {CHECKS} done
            JOIN {CASES} decided ON decided.id = done.case_id
            LEFT JOIN {WAIVERS} granted ON granted.entry = done.entry AND granted.case_id = done.case_id
            AND granted.code = done.code AND granted.user_id = done.done_by_id
            LEFT JOIN {LEDGER} entry ON entry.uid = granted.entry AND entry.subject_id = done.case_id
            AND entry.actor_id = granted.user_id WHERE done.outcome = 'waived' AND entry.uid IS NULL""",
    ),
    (
        TOOK_PART,
        "Somebody worked on a case and is not named as a participant.",
        f"""SELECT entry.client_id, entry.account_id, entry.number FROM {LEDGER} entry
            LEFT JOIN {TOOK_PART} took ON took.case_id = entry.subject_id AND took.user_id = entry.actor_id
            WHERE entry.subject_type = 'reinstatement' AND {WORKED} AND took.id IS NULL
            AND NOT (entry.action = 'escalate' AND entry.rule = {quoted(LADDER)})""",
    ),
    (
        LEDGER,
        "A case was opened or decided by a rule that nobody knows, or by a person in its place.",
        f"""SELECT entry.client_id, entry.account_id, entry.number FROM {LEDGER} entry
            LEFT JOIN {CASES} decided ON decided.id = entry.subject_id AND decided.is_automatic
            WHERE entry.subject_type = 'reinstatement' AND (entry.from_status = '' AND entry.to_status = 'submitted'
            OR entry.from_status = 'submitted' AND entry.to_status = 'approved')
            AND (entry.rule NOT IN ({", ".join(map(quoted, RULES))}) OR decided.id IS NULL)""",
    ),
]


@registries.verification.register("cases")
def cases(client_id):
    for table, what, text in NEVER:
        for client, account, number in rows(text, client_id):
            yield Problem("case", table, what, client, account, number)
    yield from facts_that_differ(client_id)
    yield from levels_that_lack(client_id)
    yield from checks_that_differ(client_id)
    yield from appeal_times_that_differ(client_id)


def facts_that_differ(client_id):
    """Hash again the facts that each approval stored."""
    text = f"""SELECT given.client_id, decided.account_id, given.facts, given.case_hash
        FROM {APPROVALS} given JOIN {CASES} decided ON decided.id = given.case_id"""
    for client, account, said, case_hash in rows(text, client_id):
        try:
            found = hashlib.sha256(canonical.encode(orjson.loads(said))).hexdigest()
        except ValueError:
            found = None
        if found != case_hash:
            yield Problem("facts", APPROVALS, "The stored facts do not have the hash approved.", client, account)


def levels_that_lack(client_id):
    """Count, at each level that the policy asks for under the facts, the people of its role who approved just these."""
    text = f"""SELECT entry.client_id, entry.account_id, entry.number, policy.rules, given.level, given.role, given.id,
        given.person_id, given.facts FROM {LEDGER} entry JOIN {CASES} decided ON decided.id = entry.subject_id
        JOIN {Policy._meta.db_table} policy ON policy.id = decided.policy_id
        JOIN {APPROVALS} given ON given.case_id = entry.subject_id AND given.case_hash = entry.case_hash
        AND given.decision = 'approved' AND given.decided_at <= entry.recorded_at
        WHERE {DECIDED} AND entry.to_status = 'approved' AND entry.rule = ''"""
    for (client, account, number, rules), group in groupby(rows(text, client_id), lambda row: row[:4]):
        people: dict[tuple, set] = {}
        now = ""
        for *_entry, level, role, approval, person, told in group:
            people.setdefault((level, role), set()).add(person or approval)
            now = told
        try:
            asked = policies.choose_levels(rules_of(rules), facts.profile(orjson.loads(now)))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # facts that were altered, which is told by their hash
        lacking = [
            str(index + 1)
            for index, level in enumerate(asked)
            if len(people.get((index, level.role), ())) < level.count
        ]
        if lacking:
            what = f"Fewer people approved than the policy demands, at level {', '.join(lacking)}."
            yield Problem("levels", LEDGER, what, client, account, number)


@lru_cache(maxsize=64)
def rules_of(text):
    """Many cases stand under one version of a policy: its rules are read once, and never altered."""
    return orjson.loads(text)


def checks_that_differ(client_id):
    """Compare what each check says today with the bytes of the entry that recorded it."""
    text = f"""SELECT done.client_id, decided.account_id, entry.number, done.code, done.outcome, done.facts,
        done.evidence_digest, done.entry, entry.body
        FROM {CHECKS} done JOIN {CASES} decided ON decided.id = done.case_id
        LEFT JOIN {LEDGER} entry ON entry.uid = done.entry AND entry.subject_id = done.case_id"""
    for client, account, number, code, outcome, found, digest, uid, body in rows(text, client_id):
        said = ("open", {}, "")
        if uid and body is None:
            said = None
        elif uid:
            entry = orjson.loads(chains.raw(body))
            outcome_then = STOOD.get(entry["action"], entry["action"].removeprefix("check_"))
            if entry["data"].get("check") == code:
                said = (outcome_then, entry["data"].get("facts", {}), entry["commit"].get("evidence", ""))
            else:
                said = None
        if said != (outcome, orjson.loads(found), digest):
            what = f"The check {code} is not as its entry recorded it."
            yield Problem("check", CHECKS, what, client, account, number)


def appeal_times_that_differ(client_id):
    """Compare until when what was declined may be appealed with the bytes of the entry that declined it."""
    text = f"""SELECT declined.client_id, declined.account_id, entry.number, declined.appeal_until, entry.body
        FROM {CASES} declined LEFT JOIN {LEDGER} entry ON entry.subject_id = declined.id
        AND entry.subject_type = 'reinstatement' AND entry.to_status = 'declined' AND entry.from_status <> 'declined'
        WHERE declined.status = 'declined' OR declined.appeal_until IS NOT NULL"""
    for client, account, number, until, body in rows(text, client_id):
        said = orjson.loads(chains.raw(body))["data"].get("appeal_until") if body else None
        if said != (until and chains.told_moment(until)):
            what = "Until when it may be appealed is not as the entry recorded it that declined it."
            yield Problem("case", CASES, what, client, account, number)


def rows(text, client_id):
    """Stream what a query finds, of all clients or of one, in the order of accounts and entries."""
    where, params = ("WHERE client_id = %s", [chains.stored_uuid(str(client_id))]) if client_id else ("", [])
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({text}) found {where} ORDER BY 2, 3", params)
        while found := cursor.fetchmany(chains.ROWS_AT_ONCE):
            yield from found
