"""What a change writes: entries in their chain, rows, history and outbox, all or nothing, and only what is allowed."""

import hashlib
import json
import threading

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import canonical, ledger, sealing
from accounts.errors import Moved, Refused
from accounts.ledger import entries
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Disclosure, OutboxEvent, StatusChange
from accounts.services import accounts, roles, words
from reinstatements import services
from tests import factories
from tests.house.doors.forging import fingerprint

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def account(acme):
    return factories.make_account(acme, "A-1")


def chain(account):
    return list(StatusChange.objects.filter(account=account).order_by("number"))


@pytest.mark.requirement("R130")
def test_entries_are_chained_by_their_bytes(suspended):
    entries = chain(suspended)
    bodies = [json.loads(bytes(entry.body)) for entry in entries]

    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [bytes(entry.hash) for entry in entries] == [hashlib.sha256(bytes(entry.body)).digest() for entry in entries]
    assert [body["prev"] for body in bodies] == ["0" * 64, *(bytes(entry.hash).hex() for entry in entries[:-1])]
    assert (suspended.head_number, bytes(suspended.head_hash)) == (4, bytes(entries[-1].hash))


@pytest.mark.requirement("R31")
def test_an_entry_says_who_what_when_why_and_from_where(account, agent):
    entry = accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach", note="Sold it on.")

    body = canonical.decode(bytes(StatusChange.objects.get(uid=entry.uid).body))
    prev = chain(account)[1]
    assert body == {
        "v": 1,
        "id": str(entry.uid),
        "nonce": body["nonce"],
        "client": str(account.client_id),
        "account": str(account.pk),
        "number": 3,
        "prev": bytes(prev.hash).hex(),
        "subject": ["account", str(account.pk)],
        "action": "suspend",
        "from": "active",
        "to": "suspended",
        "reason": "policy_breach",
        "origin": "agent",
        "actor": str(agent.pk),
        "on_behalf": None,
        "rule": None,
        "occurred_at": canonical.timestamp(entry.occurred_at),
        "recorded_at": canonical.timestamp(entry.recorded_at),
        "caused_by": None,
        "case_hash": None,
        "data": {"restriction": "policy"},
        "commit": {"note": body["commit"]["note"]},
    }
    assert len(body["nonce"]) == 32


@pytest.mark.parametrize("reason", ["paid", 'said "no"', "geb\u00fchr \\ frist"])
def test_the_bytes_of_an_entry_are_canonical_json(account, agent, reason):
    """Written from a template, they are what the one way in which values become bytes would write."""
    told = {"ends_at": "2030-01-31T08:15:00.000000Z", "words": ["\u20ac", None, 7], "restriction": "policy"}
    written = [
        entries.build(
            client_id=account.client_id,
            account_id=account.pk if cause else None,
            number=7,
            prev=b"\x01" * 32 if cause else b"",
            subject=("account", account.pk),
            action="suspend",
            from_status="active",
            to_status="suspended",
            reason=reason,
            origin="agent",
            actor_id=agent.pk,
            occurred_at=timezone.now(),
            recorded_at=timezone.now(),
            on_behalf_id=cause and agent.pk,
            rule="paid_in_full" if cause else "",
            caused_by=cause and ("entry", account.pk),
            case_hash="ab" * 32 if cause else "",
            data=told if cause else None,
            commit={"note": "cd" * 32} if cause else None,
        )
        for cause in (None, True)
    ]

    for entry in written:
        said = json.loads(entry.body)
        assert said.keys() == entries.FIELDS
        assert canonical.encode(said) == entry.body
        assert said | entries.stored_columns(entry) == said | entries.said_columns(said)
        assert (said["reason"], bytes(entry.hash)) == (reason, hashlib.sha256(entry.body).digest())


def test_words_lie_beside_the_entry_sealed_and_bound(account, agent):
    entry = accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach", note="Sold it on.")

    row = Disclosure.objects.get(entry=entry.uid)
    assert b"Sold it on" not in bytes(row.ciphertext) + bytes(StatusChange.objects.get(uid=entry.uid).body)
    assert sealing.commitment(row.salt, "Sold it on.") == words.commitments(entry)["note"]
    assert words.read(account, [entry.uid]) == {(entry.uid, "note"): "Sold it on."}


def test_roles_stand_in_the_chain_of_their_client(acme, agent, administrator):
    acme.refresh_from_db()
    before = acme.head_number

    roles.grant(agent, acme, "auditor", actor=administrator)

    acme.refresh_from_db()
    last = StatusChange.objects.filter(client=acme, account=None).order_by("-number")[0]
    assert (last.number, last.action, last.subject_id) == (before + 1, "grant", agent.pk)
    assert (acme.head_number, bytes(acme.head_hash)) == (last.number, bytes(last.hash))


def test_what_breaks_off_leaves_nothing_behind(account, agent):
    before = fingerprint()

    def attempt():
        with ledger.change(account, actor=agent) as work:
            work.record(work.account.suspend, reason="policy_breach", note="Sold it on.")
            work.emit("account.suspended", work.log(work.account, "noted", reason="policy_breach"))
            work.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt()

    assert fingerprint() == before
    assert OutboxEvent.objects.count() == 0


def test_a_status_that_does_not_allow_it_any_more_is_a_409(suspended, agent):
    before = fingerprint()

    with pytest.raises(Moved, match="This is suspended now"):
        accounts.suspend(suspended, actor=agent, kind="policy", reason="policy_breach")

    assert fingerprint() == before


def test_a_row_that_changes_under_ones_hands_is_a_409(account, agent):
    """What was read under the lock is asked for again when it is written."""
    before = fingerprint()

    def attempt():
        with ledger.change(account, actor=agent) as work:
            work.record(work.account.suspend, reason="policy_breach")
            work._loaded[account.pk]["status"] = "pending"
            work.account.balance_minor = 5
            work.save(work.account, "suspend")

    with pytest.raises(Moved, match="at the same moment"), transaction.atomic():
        attempt()

    assert fingerprint() == before


@pytest.mark.parametrize("who", ["auditor", "compliance", "contact", "administrator", "outsider"])
def test_the_rule_of_a_transition_is_asked(request, account, who):
    with pytest.raises(Refused):
        accounts.suspend(account, actor=request.getfixturevalue(who), kind="policy", reason="policy_breach")


def test_a_row_of_another_account_is_not_part_of_a_change(suspended, acme, agent):
    case = factories.bring_to(suspended, "draft", agent)
    other = factories.make_account(acme, "A-2")

    with pytest.raises(type(case).DoesNotExist), transaction.atomic(), ledger.change(other, actor=agent) as work:
        work.lock(case)


def test_a_value_that_is_changed_in_place_is_written_too(in_verification, agent):
    with ledger.change(in_verification.account, actor=agent) as work:
        check = work.track(in_verification.checks.get(code="identity"))
        check.facts["method"] = "document"
        work.save(check, "check_met")

    assert in_verification.checks.get(code="identity").facts == {"method": "document"}


def test_an_approval_is_two_round_trips_on_postgresql(awaiting_approval, supervisor, django_assert_max_num_queries):
    """All reads, then all writes, beside what the page has read already and the savepoint; SQLite saves no trips."""
    seen = factories.seen(awaiting_approval)

    with django_assert_max_num_queries(7 if connection.vendor == "postgresql" else 46) as asked:
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)

    writing = [query["sql"] for query in asked.captured_queries if "INSERT INTO" in query["sql"]]
    assert len(writing) == 1 or connection.vendor == "sqlite"


def test_a_change_needs_the_scope_of_its_client(account, agent, globex):
    with scope(client=[globex.pk]), pytest.raises(Account.DoesNotExist):
        accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_check_may_run_while_the_desk_works(acme, agent):
    """It reads one moment of the database, holds nobody up and takes no half of a change for a fault."""
    rows = [factories.make_account(acme, f"B-{number}") for number in range(30)]
    problems, counts = [], []

    def work():
        try:
            with scope(client=[acme.pk]):
                for row in rows:
                    accounts.suspend(row, actor=agent, kind="policy", reason="policy_breach", note="Sold it on.")
        finally:
            connections.close_all()

    desk = threading.Thread(target=work)
    desk.start()
    while desk.is_alive() or not counts:
        totals = Totals()
        with scopes_disabled():
            problems += verify(totals)
        counts.append(totals.entries)
    desk.join()

    assert problems == []
    assert Account.objects.filter(status="suspended").count() == len(rows)


@pytest.mark.requirement("R120")
def test_a_card_number_in_words_is_cut_whichever_door_they_come_by(account, agent):
    """Pages cut it as it is typed; a service that a program calls cuts it, too."""
    with ledger.change(account, actor=agent) as work:
        entry = work.log(work.account, "ask", reason="ask_payment", note="It was 4111 1111 1111 1111.")

    assert words.read(account, [entry.uid]) == {(entry.uid, "note"): "It was ••••1111."}
    assert list(verify(Totals())) == []
