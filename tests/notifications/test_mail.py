"""What leaves the house, and what stays: headers nobody can write, every script, no member in logs or columns."""

from email import message_from_bytes, policy

import pytest
from django.core.mail import BadHeaderError
from django.db import connection
from django.utils import timezone

from accounts.mail import Mail
from accounts.models import Client
from notifications import tasks
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")

CANARY = {
    "holder_name": "Zaphod Canarybird",
    "email": "zaphod.canarybird@example.com",
    "phone": "+49 30 4242424",
    "address": "Canarystraße 42",
}


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: everybody@example.com",
        "Eve\nSubject: Something else\n\nAnother body",
        'Eve" <ceo@example.com>, "x',
        "Eve\x00\x0b\u2028Reply-To: eve@example.com",
    ],
)
def test_no_name_can_write_a_header(acme, name, inbox):
    typed = name.replace("\x00", "")  # which PostgreSQL does not store
    Client.objects.update(name=typed, sender_name=typed)
    acme.refresh_from_db()
    account = factories.make_account(acme, holder={**factories.HOLDER, "holder_name": name})
    factories.suspend(account)
    tasks.relay()

    tasks.send_due()

    (mail,) = inbox.mails
    expected = {
        *("from", "to", "subject", "message-id", "date", "content-language", "auto-submitted", "list-id"),
        *("x-auto-response-suppress", "content-type", "content-transfer-encoding", "mime-version"),
    }
    assert {header.lower() for header in mail} == expected
    assert len(mail.keys()) == len(expected)
    assert [address.addr_spec for address in mail["From"].addresses] == ["desk@reinstate.example"]
    assert mail["To"] == "maria.koehler@example.com"
    assert mail["Subject"].startswith("Ihr Konto bei Eve")


def test_every_script_arrives_as_it_was_written(acme, inbox):
    Client.objects.update(sender_name="Störer & Söhne – Ελλάς")
    acme.refresh_from_db()
    factories.suspend(factories.make_account(acme, holder={**factories.HOLDER, "holder_name": "مريم e\u0301 李"}))
    tasks.relay()
    tasks.send_due()

    (mail,) = inbox.mails
    assert mail["From"].addresses[0].display_name == "Störer & Söhne – Ελλάς"
    assert "Guten Tag مريم e\u0301 李," in mail.get_content()


def test_a_long_subject_begins_on_the_line_of_its_name(inbox):
    said = "Ihr Konto wurde wieder in Betrieb genommen: Rückmeldung für die Köhler Mobilfunk GmbH, Vorgang R-2026-00012"
    plain = "Your account was put back in service, and this subject is longer than one line of a mail may be"
    for subject in (said, plain, "Kurz: für Sie", "Aßlar " * 40):
        message = Mail(subject.strip(), "x", "desk@reinstate.example", ["maria@example.com"])
        message.send()
        raw = message.message().as_bytes()
        [first] = [line for line in raw.split(b"\n") if line.startswith(b"Subject:")]
        assert len(first) > len("Subject: =?utf-8?q??=")
        assert max(map(len, raw.split(b"\n"))) <= 78
        assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject.strip()
        assert inbox.mails[-1]["Subject"] == subject.strip()
    with pytest.raises(BadHeaderError):
        Mail("One\nBcc: everybody@example.com", "x", "desk@reinstate.example", ["maria@example.com"]).message()


def test_nothing_of_a_member_is_in_the_logs(acme, inbox, caplog, capsys):
    caplog.set_level("DEBUG")
    factories.suspend(factories.make_account(acme, "C-1", holder=CANARY))
    factories.suspend(factories.make_account(acme, "C-2", holder={**CANARY, "email": ""}))
    tasks.relay()
    inbox.answers = ["550 No such mailbox: zaphod.canarybird@example.com (Zaphod Canarybird)"]
    tasks.send_due()
    inbox.controller.stop()
    inbox.controller = None
    Delivery.objects.filter(status="failed").update(status="pending", next_attempt_at=timezone.now())
    tasks.send_due()

    written = caplog.text + "".join(capsys.readouterr())
    assert "message_not_taken" in written
    assert "mail_server_unreachable" in written
    for word in ("zaphod", "canary", "4242424"):
        assert word not in written.lower()


def test_nothing_of_a_member_is_stored_in_the_clear(acme):
    factories.suspend(factories.make_account(acme, "C-1", holder=CANARY))
    tasks.relay()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notifications_delivery")
        (row,) = cursor.fetchall()
    stored = b" ".join(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row)
    assert b"anary" not in stored
    assert "canary" not in stored.decode(errors="replace").lower()
