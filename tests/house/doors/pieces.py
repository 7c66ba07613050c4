"""Ways to abuse that a history may come in one piece: many entries in one statement, rows as they end.

A piece is a case by a rule, with everything that belongs to it. Each attempt is good but for one thing.
"""

import uuid
from types import SimpleNamespace

from django.utils import timezone

from accounts.ledger import entries, sql
from accounts.models import Account, Membership, Restriction, StatusChange, User
from reinstatements import facts
from reinstatements.models import Approval, Participation, ReinstatementRequest
from tests.house.doors import door
from tests.house.doors.forging import execute, move_head

HASH = facts.digest({})
ORDER = ("submitted", "approved", "active", "completed", "withdrawn")
AT_ONCE = ORDER[:4]
BEFORE = {
    "submitted": "",
    "approved": "submitted",
    "active": "suspended",
    "completed": "approved",
    "withdrawn": "submitted",
}
ONLY_A_RULE = "Only a rule opens, approves and completes a case at once"
AS_IT_ENDS = "Only the case of a rule comes as it ends"


def made(model, status=None, **fields):
    row = model(**fields)
    if status:
        row.__dict__["status"] = status
    return row


def chained(account, steps):
    """Return the entries that follow the head of an account, one for each dict of ``steps``.

    A step names the entry that caused it by its status.
    """
    account = Account.objects.get(pk=account.pk)
    number, prev, found, now = account.head_number, account.head_hash, {}, timezone.now()
    told = {"client_id": account.client_id, "account_id": account.pk, "reason": "forged", "origin": "import"}
    for step in steps:
        number += 1
        step = {"number": number, "action": "forged", "occurred_at": now, "recorded_at": now} | step
        if cause := step.get("caused_by"):
            step["caused_by"] = ("entry", found[cause].uid)
        entry = entries.build(prev=prev, **told, **step)
        prev, found[entry.to_status] = entry.hash, entry
    return sorted(found.values(), key=lambda entry: entry.number)


def piece(desk, order=AT_ONCE, each=None, approval=None, **case_fields):
    """Return what brings the suspended account ``desk.other`` back by a rule; ``each`` alters entries by status."""
    account, case_id, system, head = desk.other, uuid.uuid4(), User.objects.system(), desk_head(desk)
    steps = []
    for status in sorted(order, key=ORDER.index):
        subject = ("account", account.pk) if status == "active" else ("reinstatement", case_id)
        told = {"subject": subject, "from_status": BEFORE[status], "to_status": status, "rule": "suspension_ended"}
        told |= {"actor_id": system.pk, "number": head + 1 + order.index(status)}
        told |= {"case_hash": HASH} if status == "approved" else {}
        told |= {"caused_by": "approved"} if status == "active" else {}
        steps.append(told | (each or {}).get(status, {}))
    found = chained(account, steps)
    approved = next((entry for entry in found if entry.to_status == "approved"), None)
    ends = [entry for entry in found if entry.subject_type == "reinstatement"][-1]
    told = {"client": desk.acme, "account": account, "kind": "payment", "policy": desk.case.policy, "maker": system}
    told |= {"stopped_status": "suspended", "stopped_entry": uuid.uuid4(), "opened_entry": found[0].uid}
    told |= {"is_automatic": True, "status_number": ends.number, "status": ends.to_status, "id": case_id}
    given = {"client": desk.acme, "case_id": case_id, "level": 0, "rule": "suspension_ended", "decision": "approved"}
    given |= {"reason": "forged", "case_hash": HASH, "facts": {}, "entry": approved.uid if approved else case_id}
    return SimpleNamespace(
        account=account,
        entries=found,
        case=made(ReinstatementRequest, **(told | case_fields)),
        approval=Approval(**(given | (approval or {}))),
        participation=Participation(
            client=desk.acme, case_id=case_id, person_id=system.person_id, user=system, part="asked"
        ),
    )


def again(account, steps, found):
    """Build the same entries again, each with the name it has, now that one can name another."""
    names = iter([entry.uid for entry in found])
    kept, entries.new_id = entries.new_id, lambda _drawn: next(names)
    try:
        return chained(account, steps)
    finally:
        entries.new_id = kept


def write(*rows):
    """Write rows of one model in one statement."""
    sql.run([sql.insert(*rows)])


def settle(account, entry):
    """Let the account stand as an entry says, its head at the last one that was written."""
    move_head(StatusChange.objects.filter(account=account).order_by("number").last())
    text = "UPDATE accounts_account SET status = %s, status_number = %s WHERE id = %s"
    execute(text, entry.to_status, entry.number, account.pk)


def put(found, *, rows=True):
    write(found.approval)
    write(*found.entries)
    if rows:
        write(found.case)
        write(found.participation)
        settle(found.account, next(entry for entry in found.entries if entry.subject_type == "account"))


def put_good(desk):
    """All of it, as an import would; no door."""
    put(piece(desk))


@door("follows the one before|goes on from the status")
def entries_in_another_order_than_their_numbers_say(desk):
    """Completed before it was approved."""
    put(piece(desk, ("submitted", "completed", "approved", "active")))


@door("approved after it stopped|goes on from the status")
def reinstated_before_the_approval_that_it_names(desk):
    put(piece(desk, ("submitted", "active", "approved", "completed")))


@door("needs an approval")
def approved_by_nobody(desk):
    found = piece(desk)
    write(*found.entries)


@door("needs an approval")
def approved_on_other_facts(desk):
    put(piece(desk, approval={"case_hash": "1" * 64}))


@door("waits for approval")
def declined_before_it_is_there(desk):
    put(piece(desk, approval={"decision": "declined"}))


@door("waits for approval")
def approved_by_a_person_before_it_is_there(desk):
    who = {"rule": "", "user": desk.supervisor, "person_id": desk.supervisor.person_id}
    put(piece(desk, approval=who))


@door("(?i)foreign key")
def case_that_never_comes(desk):
    put(piece(desk), rows=False)


@door(ONLY_A_RULE)
def on_behalf_of_somebody(desk):
    put(piece(desk, each={"approved": {"on_behalf_id": desk.agent.pk}}))


@door(f"{ONLY_A_RULE}|Only a rule that is known")
def completed_by_a_person(desk):
    put(piece(desk, each={"completed": {"rule": "", "actor_id": desk.agent.pk}}))


@door(ONLY_A_RULE)
def withdrawn_before_it_is_there(desk):
    put(piece(desk, ("submitted", "withdrawn")))


@door("Only a rule that is known")
def opened_by_a_person(desk):
    put(piece(desk, each={"submitted": {"actor_id": desk.agent.pk}}))


@door(AS_IT_ENDS)
def case_about_one_membership_that_brings_the_account_back(desk):
    put(piece(desk, membership_id=desk.other.memberships.get().pk))


@door(AS_IT_ENDS)
def case_that_should_wait_for_a_linked_system(desk):
    put(piece(desk, linked_system="crm"))


@door(f"{AS_IT_ENDS}|not decided before it is opened")
def case_that_comes_as_approved(desk):
    put(piece(desk, ("submitted", "approved")))


@door("automatic if a rule has opened it|comes as it ends")
def case_of_a_rule_that_says_it_is_a_persons(desk):
    put(piece(desk, is_automatic=False))


@door("stands otherwise there|not decided before it is opened")
def case_that_comes_as_it_was(desk):
    """Submitted, though its last entry says completed: it could be approved once more."""
    put(piece(desk, status="submitted", status_number=desk_head(desk) + 1))


def desk_head(desk):
    return Account.objects.get(pk=desk.other.pk).head_number


@door("no opening entry in the ledger")
def draft_that_no_entry_opened(desk):
    """Another entry stands where its opening should."""
    found = piece(desk, is_automatic=False, status="draft", status_number=1)
    write(found.case)


@door("stands otherwise there")
def membership_that_comes_as_it_was(desk):
    """Opened and suspended; the row says that it is active."""
    row = Membership(client=desk.acme, account=desk.active, plan=desk.acme.plans.get())
    step = {"subject": ("membership", row.pk), "actor_id": desk.agent.pk}
    found = chained(
        desk.active,
        [
            step | {"from_status": "", "to_status": "active"},
            step | {"from_status": "active", "to_status": "suspended"},
        ],
    )
    write(*found)
    row.__dict__["status"], row.status_number = "active", found[0].number
    write(row)


@door("not decided before it is opened")
def approval_that_waits_for_a_case_to_come(desk):
    """Given before the case is opened, to be used when a person has worked on it."""
    found = piece(desk, ("submitted",))
    write(found.approval)
    write(*found.entries)
    write(found.case)


@door("not decided before it is opened")
def second_approval_that_decides_nothing(desk):
    found = piece(desk)
    write(Approval(**{**kept(found.approval), "entry": uuid.uuid4(), "id": uuid.uuid4()}))
    put(found)


def kept(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@door("subject_is_opened_once|stands in the way")
def one_case_opened_twice(desk):
    """Opened, approved, used, completed, and opened again to be used once more."""
    found = piece(desk)
    step = {"subject": ("reinstatement", found.case.pk), "from_status": "", "to_status": "submitted"}
    step |= {"actor_id": found.case.maker_id, "rule": "suspension_ended", "number": found.entries[-1].number + 1}
    write(found.approval)
    write(*found.entries, *chained(desk.other, [step]))


@door("(?i)approved after it stopped|unique|while its approval stands|stands in the way")
def one_approval_that_brings_back_twice(desk):
    """Suspended again and back again in the same statement, by the approval that was used."""
    found = piece(desk)
    approved = next(entry for entry in found.entries if entry.to_status == "approved")
    step = {"subject": ("account", desk.other.pk), "actor_id": found.case.maker_id, "rule": "suspension_ended"}
    last = found.entries[-1].number
    stopped, back = chained(
        desk.other,
        [
            step | {"from_status": "active", "to_status": "suspended", "number": last + 1},
            step | {"from_status": "suspended", "to_status": "active", "number": last + 2, "caused_by": "suspended"},
        ],
    )
    back.caused_by = approved.uid
    write(found.approval)
    write(*found.entries, stopped, back)


@door("goes on from the status")
def gap_in_the_statuses_of_an_account(desk):
    """On hold, and then suspended as if it were active."""
    step = {"subject": ("account", desk.active.pk), "actor_id": desk.agent.pk}
    found = chained(
        desk.active,
        [
            step | {"from_status": "active", "to_status": "on_hold"},
            step | {"from_status": "active", "to_status": "closed"},
        ],
    )
    write(*found)


@door("does not know this change")
def account_that_stops_half_way(desk):
    """Held and closed; the row says on hold."""
    step = {"subject": ("account", desk.active.pk), "actor_id": desk.agent.pk}
    found = chained(
        desk.active,
        [
            step | {"from_status": "active", "to_status": "on_hold"},
            step | {"from_status": "on_hold", "to_status": "closed"},
        ],
    )
    write(*found)
    settle(desk.active, found[0])


@door("lifted once, by an entry of its account")
def restriction_lifted_before_it_was_opened(desk):
    opening = desk.other.entries.get(number=1)
    stopped = desk.other.entries.get(to_status="suspended", subject_type="account")
    restriction(desk, desk.other, stopped, opening)


@door("lifted once, by an entry of its account")
def restriction_lifted_by_an_entry_of_another(desk):
    stopped = desk.other.entries.get(to_status="suspended", subject_type="account")
    restriction(desk, desk.other, stopped, desk.approved)


def restriction(desk, account, opened, lifted):
    row = Restriction(client=desk.acme, account=account, kind="policy", reason="forged", opened_entry=opened.uid)
    row.lifted_entry, row.lifted_at = lifted.uid, timezone.now()
    write(row)
