"""No cell, header or file name of an export is run by a spreadsheet."""

import csv
import io
import re
from pathlib import Path

import pytest
from django_scopes import scopes_disabled

from accounts.exporting import csvfile
from accounts.exporting.guard import file_name, guarded
from tests import factories
from tests.accounts.exporting import download, rows_of

VECTORS = Path(__file__).parent.parent / "vectors" / "csv-injection"


def payloads():
    """What two public collections of attacks put into a cell."""
    lines = (VECTORS / "payloadbox-csv-payload.txt").read_text().splitlines()
    page = (VECTORS / "PayloadsAllTheThings-CSV-Injection.md").read_text()
    for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL):
        lines += [line.strip() for line in block.splitlines()]
    return sorted(set(filter(None, lines)))


@pytest.mark.parametrize("payload", payloads())
def test_no_known_attack_leaves_a_cell_that_begins_a_formula(payload):
    cell = next(csv.reader(io.StringIO(csvfile.lines([[payload]]), newline="")))[0]

    assert cell.replace("'", "") == payload.replace("'", "")
    assert cell[0] not in "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("sign", [*"=+-@", *"＝＋－＠", *"﹦﹢﹣﹫"])
@pytest.mark.parametrize("lead", ["", " ", "\u00a0", '"', "'", "“", "\ufeff", "\u200b", "\0", "\" '", "\x0b"])
def test_a_formula_is_found_behind_blanks_quotes_and_what_cannot_be_seen(lead, sign):
    text = f"{lead}{sign}1+cmd"

    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx", "\t", "\r\n=1"])
def test_a_tab_or_a_line_break_does_not_begin_a_cell(text):
    assert guarded(text).startswith("'")


@pytest.mark.parametrize(
    ("text", "safe"),
    [("a;=1+1", "a;'=1+1"), ("a,@x", "a,'@x"), ("a\n=1", "a\n'=1"), ('a;"=1', "a;\"'=1"), ("a\t ＝1", "a\t '＝1")],
)
def test_a_formula_does_not_begin_where_another_spreadsheet_would_split_the_cell(text, safe):
    assert guarded(text) == safe


@pytest.mark.parametrize(
    "text", ["", "A-1001", "7590-VHVEG", "Köhler", "2 + 2", "a=b", "anna@example.com", "عميل", "0042"]
)
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == text


def test_a_number_stays_a_number_and_text_that_looks_like_one_does_not():
    assert csvfile.lines([[-5, "-5", 'say "hi"', "a,b"]]) == '-5,"\'-5","say ""hi""","a,b"\r\n'


def test_the_header_passes_the_guard_too():
    assert csvfile.lines([["=Recorded"]]) == '"\'=Recorded"\r\n'


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("status log", "acme", "2026-11-23"), "status-log-acme-2026-11-23.csv"),
        (("=cmd|'/C calc'!A0", "@x"), "cmd-C-calc-A0-x.csv"),
        (("../../etc/passwd\r\nSet-Cookie: a=b",), "etc-passwd-Set-Cookie-a-b.csv"),
        (("－－",), "export.csv"),
    ],
)
def test_a_file_name_is_plain_whatever_it_is_made_of(parts, name):
    assert file_name(*parts) == name


def test_a_formula_in_a_client_s_own_words_is_text_in_the_file(client, auditor, acme):
    with scopes_disabled():
        acme.reason_codes.filter(code="non_payment").update(label='=HYPERLINK("http://evil.example";"x")')
    factories.suspend(factories.make_account(acme, number="@SUM(1+1)"))

    row = rows_of(download(client, auditor, {"action": "suspend"}))[0]

    assert (row["Account"], row["Reason"]) == ("'@SUM(1+1)", '\'=HYPERLINK("http://evil.example";"x")')
