"""What somebody with a database shell can write: entries with good bytes, in their place in a chain."""

import hashlib
import uuid

from django.db import connection
from django.utils import timezone

from accounts import canonical
from accounts.ledger import entries, sql
from accounts.models import (
    AccessRecord,
    Account,
    AccountMerge,
    Client,
    Disclosure,
    Membership,
    MergeDecision,
    Restriction,
    StatusChange,
    SubjectKey,
    User,
)
from reinstatements import facts
from reinstatements.models import Approval, Check, Participation, Policy, ReinstatementRequest, Waiver

RECORD = (
    *(Account, Client, StatusChange, Membership, ReinstatementRequest, Approval, Participation, Disclosure),
    *(SubjectKey, AccessRecord, Restriction, Policy, AccountMerge, MergeDecision, Check, Waiver),
)


def fingerprint():
    """Return everything that the record consists of, to compare before and after."""
    rows = {model: sorted(map(repr, model._base_manager.values_list())) for model in RECORD}
    return rows | {User: sorted(User.objects.values_list("pk", "person", "username"))}


def execute(text, *params):
    """Run raw SQL; UUIDs are written as this database keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(text, [stored(param) for param in params])
        return cursor.rowcount


def stored(value):
    return value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value


def entry_of(row, actor, before, after, *, account=None, **fields):
    """Return the next entry of a chain, not written yet; ``account`` is another than the subject's own."""
    account = Account.objects.get(pk=account.pk if account else row.account_id)
    now = timezone.now()
    return entries.build(
        **{
            "client_id": account.client_id,
            "account_id": account.pk,
            "number": account.head_number + 1,
            "prev": account.head_hash,
            "subject": (row.subject_type, row.pk),
            "action": "forged",
            "from_status": before,
            "to_status": after,
            "reason": "forged",
            "origin": "agent",
            "actor_id": actor.pk,
            "occurred_at": now,
            "recorded_at": now,
            **fields,
        }
    )


def write(row):
    sql.run([sql.insert(row)])
    return row


def write_with(entry, **columns):
    """Write an entry with other values in some columns than its bytes say."""
    names = [field.attname for field in sql.insert_fields(StatusChange)]
    params = dict(zip(names, sql.insert(entry).params, strict=True)) | columns
    execute(sql.insert_sql(StatusChange, 1), *params.values())
    return entry


def forge(*args, **fields):
    """Write an entry and move the account's head to it."""
    return move_head(write(entry_of(*args, **fields)))


def move_head(entry):
    execute(
        "UPDATE accounts_account SET head_number = %s, head_hash = %s WHERE id = %s",
        entry.number,
        bytes(entry.hash),
        entry.account_id,
    )
    return entry


def move(subject, entry, status=None):
    """Set the status of a row to what an entry says."""
    execute(
        f"UPDATE {subject._meta.db_table} SET status = %s, status_number = %s WHERE id = %s",
        entry.to_status if status is None else status,
        entry.number,
        subject.pk,
    )
    return entry


def approval_of(case, user, /, entry=None, **fields):
    """Return somebody's approval of a case as it is now, not written yet."""
    case = ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
    now = facts.case_facts(case)
    return Approval(
        **{
            "client_id": case.client_id,
            "case": case,
            "level": case.level,
            "role": case.level_role,
            "person_id": user.person_id if user else None,
            "user": user,
            "decision": "approved",
            "reason": "forged",
            "case_hash": facts.digest(now),
            "facts": now,
            "entry": entry or uuid.uuid4(),
            **fields,
        }
    )


def approve(case, user, *, approval=None, actor=None, **fields):
    """Approve a case by hand as the service would: approval, entry, head, status."""
    given = approval_of(case, user, **(approval or {}))
    entry = entry_of(case, actor or user, "awaiting_approval", "approved", **{"case_hash": given.case_hash, **fields})
    given.entry = entry.uid
    write(given)
    return move(case, move_head(write(entry)))


def rewrite(entry, **changes):
    """Write other values into an entry's bytes and give them a hash that fits; no guard lets this happen."""
    body = canonical.encode(canonical.decode(bytes(entry.body)) | changes)
    execute(
        "UPDATE accounts_statuschange SET body = %s, hash = %s WHERE id = %s",
        body,
        hashlib.sha256(body).digest(),
        entry.pk,
    )
