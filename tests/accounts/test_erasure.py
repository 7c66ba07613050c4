"""A person is erased: nothing about them is left to be read anywhere, and the record still verifies."""

import sqlite3
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django_scopes import scope

from accounts.errors import Moved, Refused
from accounts.models import Account, Disclosure, Draft, SearchDigest, StatusChange, SubjectKey
from accounts.services import drafts, erasure
from notifications import tasks
from notifications.models import Delivery
from reinstatements import services
from tests import factories

CANARY = {
    "holder_name": "Zebulon Quixworth",
    "email": "zebulon.quixworth@example.com",
    "phone": "+44 7700 900731",
    "address": "17 Canaryhouse Lane, Budgerigar",
}
NOTE, STATEMENT, EVIDENCE, DRAFT = "note-zqx-1", "statement-zqx-2", "evidence-zqx-3", "draft-zqx-4"
SECRETS = ["Zebulon", "Quixworth", "zebulon", "7700900731", "900731", "Canaryhouse", NOTE, STATEMENT, EVIDENCE, DRAFT]


def stored():
    """Return everything that the database keeps: its files and a dump of every table, history included."""
    if connection.vendor == "postgresql":
        address = connection.get_connection_params()
        command = ["pg_dump", "-h", address["host"], "-p", str(address["port"]), "-U", address["user"]]
        return subprocess.run([*command, address["dbname"]], check=True, capture_output=True).stdout  # noqa: S603
    name = str(connection.settings_dict["NAME"])
    files = [Path(name + suffix) for suffix in ("", "-wal")]
    with sqlite3.connect(name) as plain:
        dump = "\n".join(plain.iterdump()).encode()
    return b"".join(path.read_bytes() for path in files if path.exists()) + dump


def found_in(data):
    return [secret for secret in SECRETS if secret.encode() in data]


@pytest.fixture
def known(acme, agent, supervisor):
    """An account about whose person much is kept: a whole case with words, a message, a draft."""
    account = factories.make_account(acme, "Z-1", holder=CANARY, balance_minor=8420)
    factories.suspend(account, note=NOTE)
    with scope(client=[acme.pk]):
        case = services.open_case(account, actor=agent, resume_reason="paid", statement=STATEMENT)
        services.submit(case, actor=agent)
        services.start(case, actor=agent)
        for check in case.checks.all():
            facts, evidence = factories.EVIDENCE[check.code]
            words = dict.fromkeys(evidence, EVIDENCE)
            services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=words)
        services.send_for_approval(case, actor=agent)
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case), note=NOTE)
        account.refresh_from_db()
        drafts.save(agent, account, "open:1", {"statement": DRAFT})
    tasks.relay()
    return account


@pytest.mark.slow
@pytest.mark.requirement("R117", "R118")
@pytest.mark.django_db(transaction=True)
def test_nothing_of_an_erased_person_is_left_and_the_ledger_still_verifies(
    client, known, acme, agent, compliance, caplog, capfd
):
    assert found_in(stored()) == []
    with scope(client=[acme.pk]):
        wrapped = bytes(SubjectKey.objects.get(account=known).wrapped)
        words = Disclosure.objects.filter(account=known).count()
        assert words > 5
        assert Delivery.objects.filter(account=known).exclude(body=None).exists()
        assert (wrapped in stored()) or (wrapped.hex().encode() in stored())

        erasure.erase(known, actor=compliance, reason="erasure_asked")

        for model in (SubjectKey, Disclosure, SearchDigest, Draft):
            assert not model.objects.filter(account=known).exists()
        sealed = Delivery.objects.filter(account=known).values_list("address", "subject", "body")
        assert set(sealed) == {(None, None, None)}
        assert StatusChange.objects.filter(account=known).last().client_id == acme.pk
    data = stored()
    assert found_in(data) == []
    assert wrapped not in data
    assert wrapped.hex().encode() not in data.lower()

    client.force_login(compliance)
    export = b"".join(client.get(reverse("log_export")).streaming_content)
    pages = [client.get(reverse("account", args=[known.pk])), client.get(reverse("search"), {"q": "Quixworth"})]
    assert b"Z-1" in export
    assert found_in(export) == []
    for page in pages:
        text = page.content.decode().replace('value="Quixworth"', "").encode()
        assert [secret for secret in found_in(text) if secret != "Quixworth"] == []
    logged = caplog.text + "".join(capfd.readouterr())
    assert found_in(logged.encode()) == []

    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert "erased" in said.getvalue()


@pytest.mark.requirement("R118")
def test_compliance_erases_a_person_once_and_not_while_a_case_is_open(scoped, awaiting_approval, agent, compliance):
    account = awaiting_approval.account
    with pytest.raises(Refused):
        erasure.erase(account, actor=agent, reason="erasure_asked")
    with pytest.raises(Refused):
        erasure.erase(account, actor=compliance, reason="erasure_asked")

    services.withdraw(awaiting_approval, actor=agent, reason="not_wanted")
    erasure.erase(Account.objects.get(pk=account.pk), actor=compliance, reason="erasure_asked")
    with pytest.raises(Moved):
        erasure.erase(Account.objects.get(pk=account.pk), actor=compliance, reason="erasure_asked")
