"""The evidence of one case: read back out of the PDF with another program, and checked by its own instructions."""

import hashlib
import io
import json
import re
import resource
import subprocess

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django_scopes import scope, scopes_disabled
from pypdf import PdfReader

from accounts import typesetting
from accounts.ledger import guards
from accounts.models import AccessRecord, StatusChange, User
from accounts.services import assets, erasure
from notifications import tasks
from reinstatements import services
from reinstatements.models import Approval
from tests import factories

HOLDER_WORDS = ("Köhler", "maria.koehler", "901820", "Lindenstraße")
HIDDEN = ("declined twice", "transfer on Friday", "Call 4711", "RF18 5390", "Seen the receipt")


def address(case):
    return reverse("case_evidence", args=[case.code])


def take(browser, user, case):
    browser.force_login(user)
    response = browser.get(address(case))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return response.content


def read(data):
    return PdfReader(io.BytesIO(data))


def text_of(data):
    """Return the words of a PDF in reading order, whatever the lines they stand on."""
    return " ".join(" ".join(page.extract_text() for page in read(data).pages).split())


def files_in(data):
    return {name: contents[0] for name, contents in read(data).attachments.items()}


def ended(case):
    with scopes_disabled():
        records = AccessRecord.objects.filter(client=case.client_id, kind__startswith="export").order_by("created_at")
        return list(records)


@pytest.fixture
def approved(supervisor, awaiting_approval):
    with scope(client=[awaiting_approval.client_id]):
        seen = factories.seen(awaiting_approval)
        services.approve(awaiting_approval, actor=supervisor, reason="paid", note="Seen the receipt.", seen=seen)
    tasks.relay()
    return awaiting_approval


@pytest.mark.requirement("R34", "R35", "R36", "R55")
def test_the_document_tells_the_whole_case_in_its_order(client, approved, compliance):
    text, today = text_of(take(client, compliance, approved)), date_format(timezone.localdate(), "j M Y")

    told = [
        *(f"Evidence of case {approved.code}", "Acme Mobile (acme)", "A-1001", "M•••• K••••"),
        *("Why it stopped", "Non Payment", "The card was declined twice.", "Paid by transfer on Friday."),
        *("Identity confirmed: Met", "Call 4711", "agent (agent)", f"84.20 EUR · Received on: {today}"),
        *("1. Approved", "supervisor (supervisor)", "Supervisor, 1", "Seen the receipt."),
        *("What exactly decision 1 was about", "Balance owed 84.20 EUR", "Basic, 29.85 EUR per month"),
        *("Account suspended: Not sent", "Account reinstated: Waiting", "m••••@example.com"),
        *("Entries of the ledger", "3. Suspended", "12. Case approved", "13. Back in service", "Caused by No. 12"),
        *("How to verify this", "python manage.py verify_ledger --client acme", "no key signs these entries"),
    ]
    missing, at = [], 0
    for words in told:
        found = text.find(words, at)
        missing += [words] if found < 0 else []
        at = max(at, found)
    assert missing == []
    assert [words for words in HOLDER_WORDS if words in text] == []


@pytest.mark.requirement("R32")
def test_each_step_stands_in_it_to_the_second_with_its_distance_from_utc(
    client, suspended, agent, supervisor, compliance
):
    """The morning on which the clocks went forward in Berlin: 01:00 UTC was 03:00 there."""
    asked = {"resume_reason": "paid", "statement": "Paid by transfer on Friday."}
    User.objects.filter(pk=compliance.pk).update(time_zone="Europe/Berlin")
    with (
        scope(client=[suspended.client_id]),
        time_machine.travel("2027-03-28T00:58:07+00:00", tick=False) as clock,
    ):
        case = services.open_case(suspended, actor=agent, **asked)
        clock.move_to("2027-03-28T00:59:11+00:00")
        services.submit(case, actor=agent)
        clock.move_to("2027-03-28T00:59:59+00:00")
        services.start(case, actor=agent)
        clock.move_to("2027-03-28T01:00:13+00:00")
        factories.meet_all(case, agent)
        clock.move_to("2027-03-28T01:00:29+00:00")
        services.send_for_approval(case, actor=agent)
        clock.move_to("2027-03-28T01:01:31+00:00")
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        clock.move_to("2027-03-28T01:01:43+00:00")
        tasks.relay()
        text = text_of(take(client, compliance, case))

    times = (
        *("2027-03-28 01:58:07 +01:00", "2027-03-28 01:59:11 +01:00", "2027-03-28 01:59:59 +01:00"),
        *("2027-03-28 03:00:13 +02:00", "2027-03-28 03:00:29 +02:00", "2027-03-28 03:01:31 +02:00"),
        "2027-03-28 03:01:43 +02:00",
    )
    assert [moment for moment in times if moment not in text] == []


def test_the_files_inside_give_the_hashes_that_are_printed(client, approved, auditor):
    data = take(client, auditor, approved)
    printed = set(re.findall(r"\b[0-9a-f]{64}\b", text_of(data)))
    files = files_in(data)

    with scopes_disabled():
        chain = StatusChange.objects.filter(account=approved.account_id).order_by("number")
        entries = {entry.number: bytes(entry.body) for entry in chain}
        approval = Approval.objects.get(case=approved)
    lines = files["entries.jsonl"].splitlines()
    # Entries 1 and 2 opened the account and its membership, before anything that this case is about.
    assert [json.loads(line)["number"] for line in lines] == list(range(3, 16))
    assert lines == [entries[number] for number in range(3, 16)]
    assert {hashlib.sha256(line).hexdigest() for line in lines} <= printed
    assert {json.loads(line)["prev"] for line in lines} <= printed
    assert hashlib.sha256(files["decision-1.json"]).hexdigest() == approval.case_hash
    assert approval.case_hash in printed


@pytest.mark.slow
def test_the_printed_instructions_work_when_they_are_copied(client, approved, auditor, tmp_path):
    data = take(client, auditor, approved)
    for name, contents in files_in(data).items():
        (tmp_path / name).write_bytes(contents)
    text = "\n".join(page.extract_text() for page in read(data).pages)
    # The first line takes the files out of the PDF, with a program that is not ours to demand.
    commands = re.search(r"""sha256sum decision-.*?\["prev"\]\)'""", text, re.DOTALL)[0]

    ran = subprocess.run(["bash", "-c", commands], cwd=tmp_path, capture_output=True, text=True, check=True)
    decision, *lines = [line.split() for line in ran.stdout.splitlines()]
    with scopes_disabled():
        assert decision == [Approval.objects.get(case=approved).case_hash, "decision-1.json"]
    hashes, follows = lines[:13], lines[13:]
    assert [line[0] for line in hashes] == [line[0] for line in follows] == [str(number) for number in range(3, 16)]
    assert [line[2] for line in follows[1:]] == [line[1] for line in hashes[:-1]]


@pytest.mark.slow
def test_it_is_an_archival_and_accessible_file_with_numbered_pages(client, approved, auditor):
    data = take(client, auditor, approved)
    reader, metadata = read(data), data.decode("latin-1")

    assert ("<pdfaid:part>3</pdfaid:part>" in metadata, "<pdfuaid:part>1</pdfuaid:part>" in metadata) == (True, True)
    assert "File format PDF/A-3a" in text_of(data)
    assert reader.metadata.title == f"Evidence of case {approved.code}"
    assert (reader.trailer["/Root"]["/Lang"], reader.trailer["/Root"]["/MarkInfo"]["/Marked"]) == ("en", True)
    count = len(reader.pages)
    assert [f"page {number} of {count}" in page.extract_text() for number, page in enumerate(reader.pages, 1)] == (
        [True] * count
    )
    assert all("Acme Mobile" in page.extract_text() for page in reader.pages)


def test_what_people_wrote_is_withheld_from_an_auditor(client, approved, auditor):
    text = text_of(take(client, auditor, approved))

    assert [words for words in HIDDEN if words in text] == []
    assert "What people wrote withheld" in text
    assert "Note withheld" in text


@pytest.mark.slow
def test_what_was_erased_is_said_to_be_erased(client, approved, compliance):
    with scope(client=[approved.client_id]):
        erasure.erase(approved.account, actor=compliance, reason="erasure_asked")
    text = text_of(take(client, compliance, approved))

    assert [words for words in (*HIDDEN, *HOLDER_WORDS, "m••••@") if words in text] == []
    assert "Holder erased" in text
    assert "Note erased" in text


@pytest.mark.parametrize("name", ["compliance", "auditor"])
def test_its_start_and_end_are_on_record_with_the_hash_of_the_file(request, client, approved, name):
    user = request.getfixturevalue(name)
    data = take(client, user, approved)

    start, end = ended(approved)
    assert (start.kind, start.user, start.details["export"]) == ("export_started", user, "case_evidence")
    assert start.details["filters"] == {"case": approved.code}
    assert ("words" in start.details["columns"]) == (name == "compliance")
    assert (end.related, end.details) == (
        start.pk,
        {"rows": 13, "sha256": hashlib.sha256(data).hexdigest(), "complete": True},
    )
    exports = client.get(reverse("exports")).content.decode()
    assert (f"Case: <bdi>{approved.code}</bdi>" in exports, end.details["sha256"] in exports) == (True, True)


@pytest.mark.parametrize("name", ["agent", "supervisor", "contact", "outsider"])
def test_nobody_else_takes_it_away_or_is_offered_to(request, client, approved, name):
    client.force_login(request.getfixturevalue(name))

    assert client.get(address(approved)).status_code == (404 if name == "outsider" else 403)
    assert address(approved) not in client.get(approved.get_absolute_url()).content.decode()
    assert ended(approved) == []


def test_whoever_may_finds_it_on_the_page_of_the_case(client, approved, auditor):
    client.force_login(auditor)

    assert address(approved) in client.get(approved.get_absolute_url()).content.decode()


@pytest.mark.slow
def test_a_case_that_has_just_begun_has_its_evidence_too(client, draft, auditor):
    text = text_of(take(client, auditor, draft))

    assert [words in text for words in ("Draft (still open)", "Nothing has been decided.", "No message")] == [True] * 3


MARKUP = '#panic("x") #read("/etc/passwd") $1/0$ \\ *b* _i_ @ref <l> `c` // no /* no */ = H ~ -- [a] {b} ] }'


def test_markup_in_names_and_words_is_text_and_nothing_else(client, globex):
    with scopes_disabled():
        type(globex).objects.filter(pk=globex.pk).update(name='#read("x") $ \\ ]')
    agent = factories.make_user("#agent", (globex, "agent"), first_name="#image()", last_name="$\\")
    compliance = factories.make_user("compliance", (globex, "compliance"))
    account = factories.suspend(factories.make_account(globex, "#A-1 $ \\", balance_minor=8420), note=MARKUP)
    case = factories.bring_to(account, "awaiting_approval", agent)
    text = text_of(take(client, compliance, case))

    assert text.count(MARKUP) == 2
    assert ['#read("x") $ \\ ]' in text, "#A-1 $ \\" in text, "#image() $\\ (#agent)" in text] == [True] * 3


LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 12


@pytest.mark.slow
def test_words_of_any_length_and_script_are_kept(client, acme, compliance, agent):
    note = f"{LONG} مرحبا بالعالم שלום עולם"
    account = factories.suspend(factories.make_account(acme, "W" * 60, balance_minor=8420), note=note)
    data = take(client, compliance, factories.bring_to(account, "in_verification", agent))

    inside = "".join(page.extract_text() for page in read(data).pages).replace("\u200b", "")
    assert LONG in re.sub(r"\s", "", inside)
    assert "<pdfaid:part>3</pdfaid:part>" in data.decode("latin-1")


def test_a_character_that_cannot_be_shown_is_written_as_its_number(client, acme, compliance, agent):
    # Nobody has a glyph for a character of a private area, and a right-to-left override is not to be obeyed.
    note = "Private \ue123, turned \u202e, belled \x07."
    account = factories.suspend(factories.make_account(acme, balance_minor=8420), note=note)
    data = take(client, compliance, factories.bring_to(account, "in_verification", agent))

    assert "Private [U+E123], turned [U+202E], belled [U+0007]." in text_of(data)
    assert "<pdfaid:part>3</pdfaid:part>" in data.decode("latin-1")


@pytest.mark.slow
def test_the_same_moment_gives_the_same_bytes(client, approved, auditor):
    with time_machine.travel("2026-12-01 10:00:00+00:00", tick=False):
        assert take(client, auditor, approved) == take(client, auditor, approved)


@pytest.mark.slow
def test_an_entry_that_was_edited_is_called_wrong(client, approved, auditor):
    connection.check_constraints()
    guards.remove(connection)
    with scopes_disabled():
        entry = StatusChange.objects.get(account=approved.account_id, number=5)
        entry.body = bytes(entry.body).replace(b'"origin":"agent"', b'"origin":"rules"')
        StatusChange.objects.filter(pk=entry.pk).update(body=entry.body)
    connection.check_constraints()
    guards.install(connection)

    assert "WRONG when this was generated" in text_of(take(client, auditor, approved))


def test_a_document_that_cannot_be_made_is_on_record_as_broken_off(client, approved, auditor, monkeypatch):
    monkeypatch.setattr(typesetting, "BYTES", 40 << 20)
    client.force_login(auditor)
    response = client.get(address(approved))

    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (500, "text/html")
    assert [record.details.get("complete") for record in ended(approved)] == [None, False]


@pytest.mark.slow
def test_a_case_of_five_hundred_entries_is_one_document(client, in_verification, agent, compliance):
    facts, evidence = factories.EVIDENCE["identity"]
    with scope(client=[in_verification.client_id]):
        for number in range(500):
            services.record_check(
                in_verification, "identity", actor=agent, outcome="failed", facts=facts, evidence=evidence
            )
            if number < 499:
                services.reopen_check(in_verification, "identity", actor=agent)
    # The system keeps the largest of all children so far, and a test before this one may have had a larger one.
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    data = take(client, compliance, in_verification)

    assert len(files_in(data)["entries.jsonl"].splitlines()) > 1000
    print(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MB, {len(read(data).pages)} pages")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(before + 1, 700 << 10)


@pytest.mark.requirement("R34", "R45")
def test_what_came_back_is_called_as_on_the_page_of_the_case(client, awaiting_approval, agent, supervisor, compliance):
    with scope(client=[awaiting_approval.client_id]):
        number, why = "+49 1512 3456789", {"reason": "member_moved"}
        row = assets.add(awaiting_approval.account, actor=agent, kind="mobile_number", identifier=number, **why)
        case = factories.fresh(awaiting_approval)
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    text = text_of(take(client, compliance, awaiting_approval))

    assert "Mobile number +49 •••• 89 is back in service." in text
    assert f"…{str(row.pk)[-4:]}" not in text
    assert "3456789" not in text
