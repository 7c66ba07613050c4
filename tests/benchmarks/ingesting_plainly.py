"""The whole of an import of events as one writes it with the libraries: read, check, decide, hash, chain, write.

A stock project has the same lines and owes the same record. It works with instances of the models, asks the status
machine of django-fsm-2, and lets django-simple-history keep the histories, so it goes step by step. What a decision
rests on, and which policy is in force, it asks where Reinstate does.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed

from accounts import canonical
from accounts.ledger import sql
from accounts.models import Account, Client, ImportedEvent, Restriction, StatusChange
from accounts.models.base import new_id
from accounts.services.standing import Standing
from reinstatements import facts, policies
from reinstatements.models import Approval, Participation, ReinstatementRequest
from tests.benchmarks import ingesting

HEAD = ("head_number", "head_hash")
ACCOUNT = ("status", "status_number", "next_change_at")
CASE = ("status", "status_number", "decided_at", "completed_at", "step_due_at", "next_alert_at")
LIFTED = ("lifted_at", "lifted_entry")
BEGINS = {Restriction: LIFTED, ReinstatementRequest: CASE}
"""What a row is given later, and does not have yet when it is inserted."""

SOURCE = "plain"


class Plain:
    """The steps of one account's events, in order: ``(shape, row, what it is given before it is written)``."""

    def __init__(self, account, client, system, restrictions, policy, returned=0):
        self.account, self.client, self.system, self.policy = account, client, system, policy
        account.client = client
        self.restrictions, self.returned, self.now, self.steps = restrictions, returned, timezone.now(), []
        self.stopped = None

    def insert(self, row):
        begins = {name: getattr(row, name) for name in BEGINS.get(type(row), ())}
        self.steps.append((sql.Insert(type(row)), row, begins))

    def update(self, row, names):
        given = (*names, *HEAD) if row is self.account else names  # save() writes every column, the head too
        self.steps.append((sql.Update(type(row), names, ("id",)), row, {name: getattr(row, name) for name in given}))

    def take(self, event):
        account = self.account
        if account.next_change_at and account.next_change_at <= event.occurred_at:
            self.reinstate("suspension_ended", "suspension_ended", account.next_change_at)
        if event.occurred_at > self.now or not can_proceed(getattr(account, event.action)):
            raise ValueError("This event is not possible.")
        reason = event.reason.replace(" ", "_")
        if event.action == "suspend":
            self.suspend(event, reason)
        else:
            self.reinstate("imported_history", reason, event.occurred_at)
        row = {"client": self.client, "source": SOURCE, "account": account, "sequence": event.sequence}
        self.insert(ImportedEvent(**row, digest=event.digest, number=account.head_number))

    def suspend(self, event, reason):
        account = self.account
        ends = {"ends_at": canonical.timestamp(event.ends_at)} if event.ends_at else {}
        account.suspend(next_change_at=event.ends_at)
        told = {"data": {"restriction": event.kind, **ends}, "ends_at": event.ends_at}
        entry = self.entry(account, "suspend", "active", "suspended", reason, event.occurred_at, **told)
        self.update(account, ACCOUNT)
        restriction = Restriction(
            client=self.client,
            account=account,
            kind=event.kind,
            reason=reason,
            opened_at=event.occurred_at,
            opened_entry=entry.uid,
            ends_at=event.ends_at,
        )
        self.insert(restriction)
        self.restrictions.append(restriction)
        self.stopped = entry

    def reinstate(self, rule, reason, at):
        account, stopped = self.account, self.stopped
        told = {"rule": rule, "reason": reason, "at": at}
        kind = policies.kind_of(self.restrictions)
        policy = self.policy(kind)
        case = ReinstatementRequest(
            client=self.client,
            account=account,
            kind=kind,
            policy=policy,
            stopped_status=account.status,
            stopped_reason=stopped.reason,
            stopped_entry=stopped.uid,
            resume_reason=reason,
            maker=self.system,
            opened_at=at,
            due_at=at + timedelta(minutes=policy.rules["target_minutes"]),
            submitted_at=at,
            is_automatic=True,
            status="submitted",
        )
        data = {"kind": str(kind), "policy": {"kind": str(policy.kind), "version": policy.version}}
        opened = self.entry(case, "open", "", "submitted", caused_by=stopped, data=data, **told)
        case.opened_entry = opened.uid
        self.insert(case)
        who = {"person_id": self.system.person_id, "user": self.system, "part": Participation.Part.ASKED}
        self.insert(Participation(client=self.client, case=case, **who))
        settled = frozenset(row.kind for row in self.restrictions)
        standing = Standing(self.restrictions, stopped, returned=self.returned)
        now = facts.facts_of(case, [], standing, settled=settled, tells=False)
        digest = facts.digest(now)
        case.approve_by_rule(at=self.now)
        case.step_due_at = case.next_alert_at = None
        approved = self.entry(
            case, "approve_by_rule", "submitted", "approved", case_hash=digest, is_written=False, **told
        )
        given = {"level": 0, "rule": rule, "decision": "approved", "reason": reason, "case_hash": digest}
        self.insert(Approval(client=self.client, case=case, facts=now, entry=approved.uid, **given))
        self.insert(approved)
        self.update(case, CASE)
        account.reinstate()
        data = {
            "restrictions_lifted": [str(row.pk) for row in self.restrictions],
            "balance_before": account.balance_minor,
            "balance_after": account.balance_minor,
            "currency": account.currency,
        }
        entry = self.entry(account, "reinstate", stopped.to_status, "active", caused_by=approved, data=data, **told)
        self.update(account, ACCOUNT)
        for row in self.restrictions:
            row.lifted_at, row.lifted_entry = at, entry.uid
            self.update(row, LIFTED)
        case.complete()
        self.entry(case, "complete", "approved", "completed", caused_by=approved, **told)
        self.update(case, CASE)
        self.restrictions, self.stopped, self.returned = [], None, self.returned + 1

    def entry(
        self,
        subject,
        action,
        before,
        after,
        reason,
        at,
        *,
        rule="",
        data=None,
        caused_by=None,
        case_hash="",
        ends_at=None,
        is_written=True,
    ):
        account, uid = self.account, new_id()
        number = account.head_number + 1
        said = {
            "v": 1,
            "id": str(uid),
            "nonce": secrets.token_hex(16),
            "client": str(self.client.pk),
            "account": str(account.pk),
            "number": number,
            "prev": bytes(account.head_hash).hex() or "0" * 64,
            "subject": [subject.subject_type, str(subject.pk)],
            "action": action,
            "from": before,
            "to": after,
            "reason": reason,
            "origin": "import",
            "actor": str(self.system.pk),
            "on_behalf": None,
            "rule": rule or None,
            "occurred_at": canonical.timestamp(at),
            "recorded_at": canonical.timestamp(self.now),
            "caused_by": ["entry", str(caused_by.uid)] if caused_by else None,
            "case_hash": case_hash or None,
            "data": data or {},
            "commit": {},
        }
        body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        entry = StatusChange(
            uid=uid,
            body=body,
            hash=hashlib.sha256(body).digest(),
            client=self.client,
            account=account,
            number=number,
            subject_type=subject.subject_type,
            subject_id=subject.pk,
            action=action,
            from_status=before,
            to_status=after,
            reason=reason,
            origin="import",
            actor=self.system,
            rule=rule,
            occurred_at=at,
            recorded_at=self.now,
            caused_by_type="entry" if caused_by else "",
            caused_by=caused_by.uid if caused_by else None,
            case_hash=case_hash,
            ends_at=ends_at,
        )
        account.head_number, account.head_hash = number, entry.hash
        subject.status_number = number
        if is_written:
            self.insert(entry)
        return entry


class InSets:
    """All accounts of the lines are read at once and written with ``bulk_create_with_history`` and its sisters."""

    def __init__(self, client, system):
        self.client, self.system, self.policies = client, system, {}

    @transaction.atomic
    def take(self, lines):
        by_number = by_account(lines)
        found = list(Account.objects.select_for_update().filter(client=self.client, number__in=by_number))
        known = known_of(found)
        restrictions = defaultdict(list)
        for row in Restriction.objects.select_for_update().filter(account__in=found, lifted_at=None):
            restrictions[row.account_id].append(row)
        queues = []
        for account in found:
            work = Plain(account, self.client, self.system, restrictions[account.pk], self.policy)
            for event in by_number[account.number]:
                if (account.pk, event.sequence) not in known:
                    work.take(event)
            work.update(account, HEAD)
            queues.append(work.steps)
        ingesting.bulky_steps(queues)

    def policy(self, kind):
        if kind not in self.policies:
            self.policies[kind] = policies.in_force(self.client.pk, kind)
        return self.policies[kind]


class OneByOne:
    """Each event reads what it needs and saves row by row, as somebody writes it who has not thought of sets."""

    def __init__(self, client, system):
        self.client, self.system = client, system

    @transaction.atomic
    def take(self, lines):
        for events in by_account(lines).values():
            for event in events:
                self.take_one(event)

    def take_one(self, event):
        client = Client.objects.get(pk=self.client.pk)
        account = Account.objects.select_for_update().get(client=client, number=event.number)
        if (account.pk, event.sequence) in known_of([account]):
            return
        restrictions = list(Restriction.objects.select_for_update().filter(account=account, lifted_at=None))
        completed = ReinstatementRequest.objects.filter(account=account, status="completed").count()
        work = Plain(account, client, self.system, restrictions, self.policy, completed)
        if account.status != Account.Status.ACTIVE:
            work.stopped = StatusChange.objects.get(account=account, number=account.status_number)
        work.take(event)
        work.update(account, HEAD)
        ingesting.saved_steps([work.steps])

    def policy(self, kind):
        return policies.in_force(self.client.pk, kind)


def by_account(lines):
    found = defaultdict(list)
    for _cells, event in lines:
        found[event.number].append(event)
    return found


def known_of(accounts):
    rows = ImportedEvent.objects.filter(source=SOURCE, account__in=accounts)
    return set(rows.values_list("account", "sequence"))
