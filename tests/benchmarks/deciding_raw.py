"""The same rows by psycopg alone: one locking read, then every statement prepared and in one pipeline.

It is handed the facts and believes them; it asks no rule but what its one read joins. This is the floor: what the
database and the driver take for these rows under these triggers and indexes, whoever asks for them.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime

from psycopg.types.json import Jsonb

from accounts.ledger.entries import FIRST_PREV
from accounts.ledger.sql import history_model
from accounts.models import Account, Membership
from accounts.models.base import new_id
from reinstatements.models import ReinstatementRequest

LOCK = """SELECT account.head_number, account.head_hash, account.balance_minor, account.currency, account.status,
    held.status, held.resume_reason, held.level, held.level_role, held.client_id, held.account_id,
    (SELECT array_agg(id) FROM accounts_restriction open WHERE open.account_id = account.id AND lifted_at IS NULL),
    member.id, member.status, member.status_number, member.changed_at, member.agreed, member.standing_before
    FROM reinstatements_reinstatementrequest held JOIN accounts_account account ON account.id = held.account_id
    JOIN accounts_membership member ON member.account_id = account.id
    JOIN accounts_client client ON client.id = held.client_id AND client.is_active
    WHERE held.id = %s AND held.status = 'awaiting_approval'
    AND EXISTS (SELECT 1 FROM accounts_clientrole role JOIN auth_permission p ON p.id = role.permission_id
        WHERE role.user_id = %s AND role.content_object_id = held.client_id AND p.codename = 'role_' || held.level_role)
    AND NOT EXISTS (SELECT 1 FROM reinstatements_participation took
        WHERE took.case_id = held.id AND took.person_id = %s)
    FOR UPDATE OF account, held"""
APPROVAL = """INSERT INTO reinstatements_approval (id, client_id, case_id, level, role, person_id, user_id, rule,
    decision, reason, case_hash, facts, entry, decided_at, worker_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, '', 'approved', %s, %s, %s, %s, %s,
    (SELECT worker_id FROM reinstatements_reinstatementrequest WHERE id = %s))"""
ENTRY = """INSERT INTO accounts_statuschange (uid, body, hash, client_id, account_id, number, subject_type, subject_id,
    action, from_status, to_status, reason, origin, actor_id, on_behalf_id, rule, occurred_at, recorded_at,
    caused_by_type, caused_by, case_hash)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, '', %s, %s, %s, %s, %s)"""
APPROVED = """UPDATE reinstatements_reinstatementrequest SET status = 'approved', status_number = %s, decided_at = %s,
    level_role = '', step_due_at = NULL, next_alert_at = NULL WHERE id = %s"""
COMPLETED = """UPDATE reinstatements_reinstatementrequest SET status = 'completed', status_number = %s,
    completed_at = %s WHERE id = %s"""
ACCOUNT = """UPDATE accounts_account SET status = 'active', status_number = %s, balance_minor = 0, head_number = %s,
    head_hash = %s WHERE id = %s"""
MEMBERSHIP = """UPDATE accounts_membership SET status = 'active', status_number = %s, standing_before = '',
    changed_at = %s WHERE id = %s"""
PAYMENT = """INSERT INTO accounts_payment (id, client_id, account_id, kind, external_id, refers_to, amount_minor,
    currency, paid_at, recorded_at, entry, confirmed_entry)
    VALUES (%s, %s, %s, 'payment', %s, '', %s, %s, %s, %s, %s, %s)"""
LIFT = "UPDATE accounts_restriction SET lifted_at = %s, lifted_entry = %s WHERE id = ANY(%s)"
OUTBOX = """INSERT INTO accounts_outboxevent (id, client_id, account_id, name, entry, payload, created_at, attempts,
    failure) VALUES (%s, %s, %s, 'reinstatement.completed', %s, %s, %s, 0, '')"""


def history_of(model):
    """Return the statement that copies a row, as it is at that moment, into its history table."""
    history = history_model(model)
    tracked = ", ".join(f'"{field.column}"' for field in history.tracked_fields)
    return (
        f"INSERT INTO {history._meta.db_table} ({tracked}, history_type, history_user_id, history_date,"
        f" history_change_reason) SELECT {tracked}, '~', %s, %s, %s FROM {model._meta.db_table} WHERE id = %s"
    )


CASE_HISTORY, ACCOUNT_HISTORY = history_of(ReinstatementRequest), history_of(Account)
MEMBERSHIP_HISTORY = history_of(Membership)


def approve(connection, case_id, actor, reason, facts, case_hash):
    """``facts`` are JSON text and ``case_hash`` its SHA-256; ``connection`` commits by itself outside a transaction."""
    now = datetime.now(UTC)
    with connection.transaction():
        cursor = connection.cursor()
        found = cursor.execute(LOCK, (case_id, actor.pk, actor.person_id), prepare=True).fetchone()
        number, prev, owed, currency, was, status, resume, level, role, client, account, *more = found
        restrictions, member, stopped, stopped_number, stopped_at, agreed, standing = more
        common = {"client": client, "account": account, "actor": actor.pk, "now": now}
        approved = entry(
            *(common, number + 1, prev.hex() if prev else FIRST_PREV, "reinstatement", case_id, "approve"),
            *(status, "approved", reason, None, case_hash, {}),
        )
        data = {
            "restrictions_lifted": [str(restriction) for restriction in restrictions],
            "balance_before": owed,
            "balance_after": 0,
            "currency": currency,
        }
        back = entry(
            *(common, number + 2, approved[2].hex(), "account", account, "reinstate", was, "active", resume),
            *(approved[0], "", data),
        )
        data = {
            "moved": {"standing_before": [standing, ""]},
            "plan": agreed,
            "price_delta_minor": 0,
            "reactivated_on": f"{now:%Y-%m-%d}",
            "restrictions_lifted": [],
            "stopped": {"at": written(stopped_at), "number": stopped_number, "status": stopped},
        }
        returned = entry(
            *(common, number + 3, back[2].hex(), "membership", member, "reinstate", stopped, "active", resume),
            *(approved[0], "", data),
        )
        done = entry(
            *(
                common,
                number + 4,
                returned[2].hex(),
                "reinstatement",
                case_id,
                "complete",
                "approved",
                "completed",
                reason,
            ),
            *(approved[0], "", {}),
        )
        given = (
            new_id(),
            client,
            case_id,
            level,
            role,
            actor.person_id,
            actor.pk,
            reason,
            case_hash,
            Jsonb(facts, str),
        )
        with connection.pipeline():
            for text, params in (
                (APPROVAL, (*given, approved[0], now, case_id)),
                (ENTRY, approved),
                (APPROVED, (number + 1, now, case_id)),
                (CASE_HISTORY, (actor.pk, now, "approve", case_id)),
                (ENTRY, back),
                (
                    PAYMENT,
                    (new_id(), client, account, f"case-{approved[0]}", owed, currency, now, now, back[0], back[0]),
                ),
                (LIFT, (now, back[0], restrictions)),
                (ENTRY, returned),
                (MEMBERSHIP, (number + 3, now, member)),
                (MEMBERSHIP_HISTORY, (actor.pk, now, "reinstate", member)),
                (ENTRY, done),
                (COMPLETED, (number + 4, now, case_id)),
                (CASE_HISTORY, (actor.pk, now, "complete", case_id)),
                (ACCOUNT, (number + 2, number + 4, done[2], account)),
                (ACCOUNT_HISTORY, (actor.pk, now, "reinstate", account)),
                (OUTBOX, (new_id(), client, account, done[0], Jsonb({"case": str(case_id)}), now)),
            ):
                cursor.execute(text, params, prepare=True)


def written(moment):
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def entry(common, number, prev, kind, subject, action, before, after, reason, cause, case_hash, data):
    """Return the values of one entry's columns, its bytes and their hash among them."""
    uid, client, account, actor = new_id(), common["client"], common["account"], common["actor"]
    now = common["now"]
    moment = written(now)
    body = json.dumps(
        {
            "account": str(account),
            "action": action,
            "actor": str(actor),
            "case_hash": case_hash or None,
            "caused_by": ["entry", str(cause)] if cause else None,
            "client": str(client),
            "commit": {},
            "data": data,
            "from": before,
            "id": str(uid),
            "nonce": secrets.token_hex(16),
            "number": number,
            "occurred_at": moment,
            "on_behalf": None,
            "origin": "supervisor",
            "prev": prev,
            "reason": reason,
            "recorded_at": moment,
            "rule": None,
            "subject": [kind, str(subject)],
            "to": after,
            "v": 1,
        },
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
    return (
        *(uid, body, hashlib.sha256(body).digest(), client, account, number, kind, subject, action, before, after),
        *(reason, "supervisor", actor, now, now, "entry" if cause else "", cause, case_hash),
    )
