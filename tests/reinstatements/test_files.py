"""Evidence files: what is taken, who opens them, and that they go with their person."""

import struct
import zlib
from io import BytesIO

import pytest
from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.models import AccessRecord, StatusChange
from accounts.services import erasure
from reinstatements import filetypes, services
from reinstatements.models import Approval, EvidenceFile
from reinstatements.services import files
from tests import factories

pytestmark = pytest.mark.requirement("R117", "R119")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# By the standard (RFC 2083): one white pixel.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\xff"))
    + chunk(b"IEND", b"")
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 20 + b"\xff\xd9"


@pytest.mark.parametrize(("data", "kind"), [(PNG, "image/png"), (PDF, "application/pdf"), (JPEG, "image/jpeg")])
def test_a_file_is_what_its_bytes_say(data, kind):
    assert filetypes.type_of(data) == kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"MZ\x90\0", "none of them"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "none of them"),
        (b"<!doctype html><script>alert(1)</script>", "none of them"),
        (PNG[:-4], "cut off"),
        (PNG + b"<script>", "hangs on behind"),
        (PNG.replace(struct.pack(">II", 1, 1), struct.pack(">II", 70000, 1)), "cut off"),
        (JPEG + b"PK\x03\x04", "hangs on behind"),
        (PDF[:-8], "cut off"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "runs programs"),
        (b"%PDF-1.4" + b"\0" * filetypes.LARGEST, "larger than 8 MB"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_picture_and_no_pdf_is_refused(data, why):
    with pytest.raises(Invalid, match=why):
        filetypes.type_of(data)


@pytest.fixture
def kept(in_verification, agent, scoped):
    return files.add_file(in_verification, actor=agent, name="Ausweis Köhler.png", data=PNG, check_code="identity")


def test_a_file_lies_sealed_and_its_entry_is_bound_to_it(kept, in_verification):
    row = EvidenceFile.objects.get(pk=kept.pk)
    assert PNG[:8] not in bytes(row.content)
    assert "Köhler".encode() not in bytes(row.name) + bytes(row.content)
    entry = StatusChange.objects.get(uid=row.entry)
    assert (entry.action, "file" in entry.disclosures.values_list("field", flat=True)) == ("add_file", True)


def test_each_opening_is_on_record_and_only_those_who_read_evidence_open_it(kept, supervisor, auditor, contact):
    assert files.open_file(kept, user=supervisor) == ("Ausweis Köhler.png", PNG)

    for user in (auditor, contact):
        with pytest.raises(Refused):
            files.open_file(kept, user=user)
    opened = AccessRecord.objects.filter(kind="file_opened").values_list("user__username", "related", "details")
    assert list(opened) == [("supervisor", kept.case_id, {"file": str(kept.pk)})]


def test_what_is_decided_on_stands_before_it_is_sent(awaiting_approval, agent, scoped):
    with pytest.raises(Moved):
        files.add_file(awaiting_approval, actor=agent, name="x.png", data=PNG)


def test_a_file_added_by_mistake_is_removed_and_its_bytes_with_it(kept, agent):
    files.remove_file(kept, actor=agent)

    row = EvidenceFile.objects.get(pk=kept.pk)
    assert (row.content, row.name, row.removed_at is not None) == (None, None, True)
    with pytest.raises(Moved):
        files.open_file(row, user=agent)


def test_erasing_the_person_erases_the_files(kept, agent, compliance):
    services.withdraw(kept.case, actor=agent, reason="not_wanted")
    kept.account.refresh_from_db()
    erasure.erase(kept.account, actor=compliance, reason=erasure.REASONS[0])

    row = EvidenceFile.objects.select_related("account").get(pk=kept.pk)
    assert (row.content, row.name) == (None, None)
    with pytest.raises(Moved):
        files.open_file(row, user=agent)


def test_a_file_comes_in_and_goes_out_over_the_page(client, in_verification, agent, supervisor, outsider):
    client.force_login(agent)
    upload = BytesIO(PNG)
    upload.name = "../../etc/passwd\r\n.html"
    url = reverse("case_files", args=[in_verification.code])
    answer = client.post(url, {"file": upload, "check_code": "identity"})
    with scopes_disabled():
        row = EvidenceFile.objects.get()
    page = client.get(in_verification.get_absolute_url()).content.decode()

    assert answer.status_code == 302
    assert reverse("case_file", args=[in_verification.code, row.pk]) in page
    client.force_login(supervisor)
    shown = client.get(reverse("case_file", args=[in_verification.code, row.pk]))
    assert (shown.content, shown["Content-Type"], shown["X-Content-Type-Options"]) == (PNG, "image/png", "nosniff")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    client.force_login(outsider)
    assert client.get(reverse("case_file", args=[in_verification.code, row.pk])).status_code == 404


def test_a_file_that_is_not_taken_is_refused_beside_its_field(client, in_verification, agent):
    client.force_login(agent)
    upload = BytesIO(b"<script>alert(1)</script>")
    upload.name = "proof.pdf"
    answer = client.post(reverse("case_files", args=[in_verification.code]), {"file": upload})

    assert answer.status_code == 400
    assert "this is none of them" in answer.content.decode()


def test_files_that_were_opened_are_kept_with_the_decision(client, kept, agent, supervisor):
    case = kept.case
    factories.meet_all(case, agent)
    services.send_for_approval(case, actor=agent)
    client.force_login(supervisor)
    form = client.get(case.get_absolute_url()).context["decide"]
    for _time in range(2):
        client.get(reverse("case_file", args=[case.code, kept.pk]))
    sent = {"facts": form.facts_text, "opened": form.page.opened_at, "reason": "paid", "note": ""}
    client.post(reverse("case_approve", args=[case.code]), sent)

    assert Approval.objects.get(case=case).evidence_opened == 1


@pytest.mark.requirement("R128")
def test_the_page_tells_of_an_open_case_of_the_same_phone_elsewhere(client, acme, in_verification, agent):
    twin = factories.suspend(factories.make_account(acme, "A-77"))
    with scopes_disabled():
        other = factories.bring_to(twin, "submitted", agent)
    client.force_login(agent)
    shown = client.get(in_verification.get_absolute_url()).content.decode()

    assert (other.code in shown, "perhaps the same request" in shown) == (True, True)
