"""The log as a file: just what the screen shows, for those who may take it away."""

from datetime import datetime

import pytest
from django.urls import reverse
from django_scopes import scope

from reinstatements import services
from tests import factories
from tests.accounts.exporting import EXPORT, ask, download, records, rows_of


@pytest.mark.requirement("R111")
def test_the_file_holds_just_what_the_screen_shows_on_all_its_pages(client, compliance, acme):
    compliance.time_zone = "Asia/Kolkata"
    compliance.save()
    for number in range(30):
        factories.make_account(acme, number=f"A-{number}")
    factories.suspend(factories.make_account(acme, number="STOPPED"))
    filters = {"client": "acme", "origin": "import"}
    client.force_login(compliance)

    screen, address = [], f"{reverse('log')}?client=acme&origin=import"
    while address:
        context = client.get(address).context
        screen += context["lines"]
        address = context["page"].older_url and reverse("log") + context["page"].older_url
    file = rows_of(download(client, compliance, filters))

    assert len(file) == 62
    assert [
        (
            row["Client"],
            row["Account"],
            row["No."],
            row["Subject"],
            row["Action"],
            row["From"],
            row["To"],
            row["Reason"],
        )
        for row in file
    ] == [
        (
            "Acme Mobile",
            line.entry.account__number,
            str(line.entry.number),
            line.subject,
            line.action,
            "",
            "Active",
            "Imported",
        )
        for line in screen
    ]
    assert [row["Entry"] for row in file] == [str(line.entry.uid) for line in screen]
    assert [datetime.fromisoformat(row["Recorded"]) for row in file] == [
        line.entry.recorded_at.replace(microsecond=0) for line in screen
    ]
    assert {row["Recorded"][-6:] for row in file} == {"+05:30"}


def test_the_file_is_utf_8_with_a_mark_and_its_lines_end_as_the_rfc_says(client, auditor, acme):
    factories.make_account(acme, number="Kündigung-Ä")

    data = download(client, auditor, {"subject": "account"})

    assert data.startswith(b'\xef\xbb\xbf"Recorded",')
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 2
    assert "Kündigung-Ä" in data.decode("utf-8-sig")


def test_the_file_names_no_member(client, compliance, awaiting_approval, supervisor, acme):
    with scope(client=[acme.pk]):
        services.approve(
            awaiting_approval,
            actor=supervisor,
            reason="paid",
            note="Maria paid at the counter.",
            seen=factories.seen(awaiting_approval),
        )

    text = download(client, compliance).decode()

    assert len(rows_of(text.encode())) > 10
    for word in ("Maria", "Köhler", "koehler", "901820", "Linden", "counter", "RF18", "C01X00T47"):
        assert word not in text


@pytest.mark.parametrize("role", ["compliance", "auditor"])
def test_compliance_and_auditor_export(client, request, role, suspended):
    data = download(client, request.getfixturevalue(role))

    assert "A-1001" in {row["Account"] for row in rows_of(data)}


@pytest.mark.parametrize("role", ["agent", "supervisor", "contact", "administrator", "outsider"])
def test_nobody_else_finds_the_export_or_a_button_for_it(client, request, role, suspended):
    client.force_login(request.getfixturevalue(role))

    assert ask(client).status_code == 404
    assert EXPORT not in client.get(reverse("log")).content.decode()
    assert records() == []


def test_whoever_may_export_at_one_client_only_gets_that_one_and_is_told(client, acme, globex):
    user = factories.make_user("both", (acme, "auditor"), (globex, "supervisor"))
    factories.make_account(acme, number="MINE")
    factories.make_account(globex, number="SEEN")

    file = rows_of(download(client, user))
    page = client.get(reverse("log"))

    assert {row["Client"] for row in file} == {"Acme Mobile"}
    assert ask(client, {"client": "globex"}).status_code == 404
    assert "what you may take away: Acme Mobile." in page.content.decode()


@pytest.mark.parametrize("method", ["get", "head"])
def test_only_the_button_exports(client, auditor, suspended, method):
    client.force_login(auditor)

    assert getattr(client, method)(EXPORT).status_code == 405
    assert records() == []
