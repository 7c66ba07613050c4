"""After erasing, nothing that stays behind knows the person; before it, no file of the database did either."""

import logging
import shutil
import sqlite3
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import digests, personal
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Disclosure, Draft, OutboxEvent, SearchDigest, StatusChange, SubjectKey
from accounts.services import drafts, erasure
from notifications.models import Delivery
from notifications.services import outbox
from reinstatements import services
from tests import factories

CANARY = {
    "holder_name": "Zephyrine Quorraxdottir",
    "email": "zephyrine.quorrax@example.com",
    "phone": "+49 30 90182977",
    "address": "Kanarienvogelweg 7, 10969 Berlin",
    "payment_method": "Direct debit, Kanarienbank",
}
WORDS = {
    "note": "Canarynote says the card was declined",
    "statement": "Canarystatement says it was paid",
    "evidence": "Canaryevidence 4711",
    "draft": "Canarydraft typed and not sent",
    "withdrawal": "Canarywithdrawal they changed their mind",
}
TRACES = [
    *("Zephyrine", "zephyrine", "Quorraxdottir", "zephyrine.quorrax", "90182977", "Kanarienvogelweg", "Kanarienbank"),
    *("Canarynote", "Canarystatement", "Canaryevidence", "Canarydraft", "Canarywithdrawal"),
]


@pytest.fixture
def canary(transactional_db, acme, agent):
    """A person of whom everything is known that the product can know: contact data, words, drafts and messages."""
    with scope(client=[acme.pk]):
        account = factories.make_account(acme, "C-1", holder=CANARY)
        factories.suspend(account, note=WORDS["note"])
        case = services.open_case(account, actor=agent, resume_reason="paid", statement=WORDS["statement"])
        services.submit(case, actor=agent)
        services.start(case, actor=agent)
        facts, evidence = {"method": "call_back"}, {"reference": WORDS["evidence"]}
        services.record_check(case, "identity", actor=agent, outcome="met", facts=facts, evidence=evidence)
        services.withdraw(case, actor=agent, reason="not_wanted", note=WORDS["withdrawal"])
        drafts.save(agent, account, f"open:{account.pk}", {"statement": WORDS["draft"]})
        outbox.relay()
        case = services.open_case(account, actor=agent, resume_reason="paid", statement=WORDS["statement"])
        services.submit(case, actor=agent)
        services.withdraw(case, actor=agent, reason="not_wanted", note=WORDS["withdrawal"])
        account.refresh_from_db()
        yield account


def files():
    """Return the bytes of the database file and its write-ahead log, or of a dump of the database."""
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        return b"".join(part.read_bytes() for part in (path, path.with_name(path.name + "-wal")) if part.exists())
    return dump()


def dump():
    """Return everything that the database says about itself, as a backup would hold it."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"]) as shell:
            return "\n".join(shell.iterdump()).encode()
    if not shutil.which("pg_dump"):
        pytest.skip("there is no pg_dump")
    database = connection.settings_dict
    place = ["-h", database["HOST"], "-p", str(database["PORT"]), "-U", database["USER"], database["NAME"]]
    return subprocess.run(["pg_dump", *place], check=True, capture_output=True).stdout


def traces_in(data):
    """Return the canaries that stand in ``data``, as they are or as hexadecimal digits."""
    digits = data.lower()
    return [word for word in TRACES if word.encode() in data or word.encode().hex().encode() in digits]


@pytest.mark.requirement("R118")
def test_the_canary_is_where_it_should_be_and_in_no_file(canary, agent):
    assert personal.holder(canary, whole=True).name == CANARY["holder_name"]
    assert drafts.load(agent, canary, f"open:{canary.pk}") == {"statement": WORDS["draft"]}
    assert Delivery.objects.filter(account=canary).exclude(address=None).count() == 2
    assert OutboxEvent.objects.filter(account=canary, done_at=None).exists()

    assert traces_in(files()) == []
    assert traces_in(dump()) == []


@pytest.mark.requirement("R118")
def test_after_erasing_nothing_knows_the_person(canary, acme, agent, compliance, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    wrapped = bytes(SubjectKey.objects.get(account=canary).wrapped)
    sealed = [bytes(text) for text in Disclosure.objects.filter(account=canary).values_list("ciphertext", flat=True)]
    name = bytes(canary.holder_name)
    found_by = digests.email_digests(str(acme.pk), CANARY["email"])
    assert wrapped in files() or connection.vendor != "sqlite"

    entry = erasure.erase(canary, actor=compliance, reason="erasure_asked")

    left, copy = files(), dump()
    assert (traces_in(left), traces_in(copy)) == ([], [])
    gone = [wrapped, *sealed, *found_by]
    assert [data for data in gone if data in left or data.hex().encode() in copy.lower()] == []
    assert name.hex().encode() in copy.lower(), "the history keeps the ciphertext; the key to it is gone"
    assert traces_in("".join(record.getMessage() for record in caplog.records).encode()) == []
    assert traces_in("".join(capfd.readouterr()).encode()) == []
    for model in (SubjectKey, Disclosure, SearchDigest, Draft):
        assert model.objects.filter(account=canary).count() == 0
    canary.refresh_from_db()
    assert [getattr(canary, field) for field in Account.sealed_fields] == [None] * 5
    assert canary.erased_at == entry.recorded_at
    assert traces_in(exported(compliance)) == []
    assert traces_in(page(compliance, canary)) == []
    assert set(Delivery.objects.filter(account=canary).values_list("address", "subject", "body")) == {(None,) * 3}


def exported(user):
    browser = Browser()
    browser.force_login(user)
    return b"".join(browser.post(reverse("export", args=["status_log"])).streaming_content)


def page(user, account):
    browser = Browser()
    browser.force_login(user)
    answer = browser.get(account.get_absolute_url())
    assert answer.status_code == 200
    return answer.content


@pytest.mark.requirement("R118")
def test_the_ledger_still_verifies_and_says_who_erased(canary, compliance):
    with scopes_disabled():
        before = Totals()
        assert list(verify(before)) == []

    entry = erasure.erase(canary, actor=compliance, reason="retention_ended")

    after = Totals()
    with scopes_disabled():
        assert list(verify(after)) == []
        kept = StatusChange.objects.get(uid=entry.uid)
    assert (after.entries, after.opened, after.erased) == (before.entries + 1, 0, before.opened)
    assert (kept.action, kept.actor, kept.reason, kept.from_status, kept.to_status) == (
        *("subject.erased", compliance, "retention_ended"),
        *("suspended", "suspended"),
    )


def test_what_comes_afterwards_does_not_bring_the_person_back(canary, agent, compliance, acme):
    erasure.erase(canary, actor=compliance, reason="erasure_asked")

    outbox.relay()
    assert not Delivery.objects.filter(account=canary).exclude(status="suppressed").exists()
    with pytest.raises(Refused, match="erased"):
        factories.close(canary, agent, note="About somebody who is gone")
    factories.close(canary, agent)
    with pytest.raises(Moved):
        erasure.erase(canary, actor=compliance, reason="erasure_asked")
    with scopes_disabled():
        assert list(verify(Totals())) == []


@pytest.mark.parametrize("who", ["agent", "supervisor", "auditor", "administrator", "outsider"])
def test_only_compliance_erases(request, canary, who):
    with pytest.raises(Refused):
        erasure.erase(canary, actor=request.getfixturevalue(who), reason="erasure_asked")
    assert SubjectKey.objects.filter(account=canary).exists()


def test_nobody_is_erased_while_a_case_is_open(canary, agent, compliance):
    case = services.open_case(canary, actor=agent, resume_reason="paid", statement="Paid again.")

    with pytest.raises(Refused, match=case.code):
        erasure.erase(canary, actor=compliance, reason="erasure_asked")

    assert SubjectKey.objects.filter(account=canary).exists()
    assert Delivery.objects.filter(account=canary).exclude(address=None).exists()


def test_a_reason_is_a_code(canary, compliance):
    with pytest.raises(Invalid):
        erasure.erase(canary, actor=compliance, reason="Zephyrine asked for it")


def test_the_command_asks_before_it_erases(canary, compliance, monkeypatch):
    command = ("erase_person", "acme", "C-1")
    said = StringIO()
    monkeypatch.setattr("builtins.input", lambda _question: "c-1")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command(*command, actor="compliance", stdout=said)
    assert SubjectKey.objects.filter(account=canary).exists()

    monkeypatch.setattr("builtins.input", lambda _question: "C-1")
    call_command(*command, actor="compliance", stdout=said)

    assert "Erased. Entry" in said.getvalue()
    assert not SubjectKey.objects.filter(account=canary).exists()


@pytest.mark.parametrize(
    ("client", "number", "actor", "message"),
    [
        ("nobody", "C-1", "compliance", "no client"),
        ("globex", "C-1", "compliance", "has no account"),
        ("acme", "C-2", "compliance", "has no account"),
        ("acme", "C-1", "nobody", "no login"),
        ("acme", "C-1", "agent", "do not erase"),
    ],
)
def test_the_command_says_what_is_wrong(canary, globex, compliance, client, number, actor, message):
    with pytest.raises(CommandError, match=message):
        call_command("erase_person", client, number, actor=actor, yes=True)
    assert SubjectKey.objects.filter(account=canary).exists()
