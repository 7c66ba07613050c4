"""Files as people send them, and as nobody should: a clear line for each thing that is wrong, the rest is read."""

import base64
import codecs
import hashlib
import io
import resource
import struct
import subprocess
import sys
import zipfile

import pytest

from accounts.errors import Invalid
from accounts.imports import layouts, xlsx, xlsxparts
from tests.accounts.importing import read, row, said, workbook

NAMES = "number;name\n1;Zoë Müller\n"


def refused(content):
    with pytest.raises(Invalid) as raised:
        read(content)
    return raised.value.message


@pytest.mark.parametrize(
    ("content", "encoding", "is_certain"),
    [
        (NAMES.encode(), "utf-8-sig", True),
        (codecs.BOM_UTF8 + NAMES.encode(), "utf-8-sig", True),
        (codecs.BOM_UTF16_LE + NAMES.encode("utf-16-le"), "utf-16", True),
        (codecs.BOM_UTF16_BE + NAMES.encode("utf-16-be"), "utf-16", True),
        (NAMES.encode("utf-16-le"), "utf-16-le", False),
        (NAMES.encode("utf-16-be"), "utf-16-be", False),
        (NAMES.encode("cp1252"), "cp1252", False),
    ],
)
def test_the_encoding_is_found_and_said(content, encoding, is_certain):
    layout = layouts.look(io.BytesIO(content))

    assert (layout.encoding, layout.is_certain, layout.separator) == (encoding, is_certain, ";")
    assert read(content) == [(2, ["1", "Zoë Müller"], [])]


def test_a_letter_that_is_cut_in_two_at_a_block_is_still_utf8():
    text = "number\n" + "x" * (layouts.CHUNK - 8) + "ü\n"

    assert layouts.look(io.BytesIO(text.encode())).encoding == "utf-8-sig"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator):
    lines = [
        separator.join(line) for line in (["number", "name", "balance"], ["1", '"a, b; c"', "84"], ["2", "b", "1"])
    ]

    assert layouts.look(io.BytesIO("\n".join(lines).encode())).separator == separator
    assert read("\n".join(lines).encode())[0] == (2, ["1", "a, b; c", "84"], [])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_in_every_way(ending):
    assert read(ending.join(["number,name", "1,a", "", "2,b"]).encode()) == [(2, ["1", "a"], []), (4, ["2", "b"], [])]


def test_a_quote_that_is_not_closed_costs_its_own_line_only():
    lines = ["number,name", '1,"open', *(f"{number},good" for number in range(2, 5000))]
    found = read("\n".join(lines).encode())

    assert found[0] == (2, [], [("", "cannot be read: a quote is not closed, or stands in the middle of a value")])
    assert [values[0] for _line, values, _problems in found[1:]] == [str(number) for number in range(2, 5000)]
    assert [line for line, _values, _problems in found] == list(range(2, 5001))


def test_a_quoted_value_on_several_lines_is_one_value():
    assert read(b'number,address\n1,"Ahornweg 1\nHof"\n2,b') == [(2, ["1", "Ahornweg 1\nHof"], []), (4, ["2", "b"], [])]


def test_what_is_too_long_is_one_line_and_the_next_is_read():
    found = read(b"number,name\n1," + b"x" * 200_000 + b"\n2," + b"y" * 5_000_000 + b"\n3,good\n")

    assert found == [
        (2, [], [("", "cannot be read: a value in it is longer than 10000 characters")]),
        (3, [], [("", "is longer than 1000000 characters")]),
        (4, ["3", "good"], []),
    ]


def test_a_header_that_comes_again_is_told():
    assert read(b"number,name\n1,a\nnumber,name\n2,b\n") == [
        (2, ["1", "a"], []),
        (3, [], [("", "repeats the header")]),
        (4, ["2", "b"], []),
    ]


NO_TABLE = "This is no table. CSV, XLSX and JSON are taken: save it as one of them."
# A PDF, a web page, a picture of one point as PNG, the same as GIF, a program, and what looks like nothing at all.
OTHER_FILES = (
    b"%PDF-1.7",
    b"\r\n<!doctype html><table><tr><td>1</td></tr></table>",
    b"{\\rtf1 number,name}",
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    ),
    base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    b"\x7fELF\x02\x01\x01" + bytes(57),
    hashlib.shake_256(b"noise").digest(4096),
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xd0\xcf\x11\xe0 old", "This is an old Excel file, or a locked one. Save it as XLSX or CSV."),
        (b"\x1f\x8b\x08 gzip", "The file is packed. Unpack it first: CSV, XLSX and JSON are taken."),
        *((content, NO_TABLE) for content in OTHER_FILES),
        (b"PK\x03\x04 cut off", "The file is not a workbook that can be read: it is damaged or not XLSX."),
        (b"number,number\n1,2\n", "A column stands twice in the file."),
    ],
)
def test_what_is_no_table_is_refused(content, message):
    assert refused(content) == message


def test_a_header_without_a_name_has_a_place():
    assert list(next(layouts.lines(io.BytesIO(b"number,\n1,2"), layouts.Layout("csv"))).values) == [
        "number",
        "(column 2)",
    ]


# Workbooks

HEADER = row(1, said("number"), said("since"))
DATES = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
FORMATS = (
    '<numFmts><numFmt numFmtId="164" formatCode="[Red]d\\.m\\.yy"/>'
    '<numFmt numFmtId="165" formatCode="00000"/></numFmts>'
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        # Microsoft's own example: 39448 is 1 January 2008 (support.microsoft.com, DATEVALUE).
        ('<c s="1"><v>39448</v></c>', "2008-01-01T00:00:00.000"),
        ('<c s="2"><v>39448.5</v></c>', "2008-01-01T12:00:00.000"),
        ('<c s="1"><v>59</v></c>', "1900-02-28T00:00:00.000"),
        ('<c s="1"><v>61</v></c>', "1900-03-01T00:00:00.000"),
        ('<c s="0"><v>39448</v></c>', "39448"),
        ('<c s="3"><v>123</v></c>', "00123"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>1E3</v></c>", "1000"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="d"><v>2024-03-04</v></c>', "2024-03-04"),
        ('<c t="str"><f>A1</f><v>kept</v></c>', "kept"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ('<c t="s"><v>1</v></c>', "second"),
        ('<c t="inlineStr"><is><r><t>two </t></r><r><t>runs</t></r><rPh><t>sound</t></rPh></is></c>', "two runs"),
    ],
)
def test_a_cell_is_read_as_a_spreadsheet_shows_it(cell, value):
    strings = "<si><t>first</t></si><si><t>second</t></si>"
    content = workbook(HEADER + row(2, said("A-1"), cell), strings=strings, styles=FORMATS + DATES)

    assert read(content) == [(2, ["A-1", value], [])]


def test_a_book_of_the_other_system_of_dates_is_four_years_on():
    """Both systems and the 1,462 days between them: Microsoft's documentation of date systems in Excel."""
    rows = HEADER + row(2, said("A-1"), '<c s="1"><v>37986</v></c>')
    content = workbook(rows, styles=DATES, properties='<workbookPr date1904="1"/>')

    assert read(content) == [(2, ["A-1", "2008-01-01T00:00:00.000"], [])]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('<c t="e"><v>#N/A</v></c>', "holds an error of the spreadsheet"),
        ("<c><f>SUM(A1)</f></c>", "is a formula whose result is not in the file"),
        ('<c t="s"><v>7</v></c>', "refers to a text that is not in the file"),
        (
            "<c><v>1234567890123456789</v></c>",
            "is a number of more than 15 digits, which a spreadsheet rounds; format it as text",
        ),
        ("<c><v>nan</v></c>", "is a number of more than 15 digits, which a spreadsheet rounds; format it as text"),
        ('<c s="1"><v>60</v></c>', "is a date that the calendar does not have"),
        ('<c s="1"><v>-1</v></c>', "is a date that the calendar does not have"),
        ('<c s="1"><v>1e300</v></c>', "is a date that the calendar does not have"),
        (said("x" * 200_000), "is longer than 10000 characters"),
    ],
)
def test_a_cell_without_a_value_says_why(cell, reason):
    content = workbook(HEADER + row(2, said("A-1"), cell) + row(3, said("A-2")), strings="", styles=DATES)
    file = io.BytesIO(content)
    lines = list(layouts.lines(file, layouts.look(file)))
    mapped = [cells.mapped({"number": "number", "opened_on": "since"}, cells.written) for cells in lines]

    assert [cells.problems for cells in mapped] == [[("since", reason)], []]
    unused = [cells.mapped({"number": "number"}, cells.written) for cells in layouts.lines(file, layouts.look(file))]
    assert [cells.problems for cells in unused] == [[], []]


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


def test_entities_are_not_expanded():
    content = workbook(**{"xl/worksheets/sheet1.xml": f"{DOCTYPE}<worksheet><sheetData>&b;</sheetData></worksheet>"})

    assert refused(content) == "The workbook declares entities of its own: it is not read."


TIGHT = "The workbook is packed so tightly that it would fill the memory: it is not read."


@pytest.mark.slow
def test_a_zip_bomb_is_refused_by_what_comes_out():
    assert refused(workbook(" " * 400_000_000)) == TIGHT


def test_a_zip_bomb_is_refused_by_what_it_declares():
    content = bytearray(workbook(HEADER))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<L", 3 * 1024**3)

    assert refused(bytes(content)) == TIGHT


def test_an_archive_whose_directory_is_the_bomb_is_refused():
    content = bytearray(workbook(HEADER))
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<2H", 60_000, 60_000)

    assert refused(bytes(content)) == "The workbook has more parts than a workbook has."


def zip64(content, parts=None, directory=None):
    """Return an archive as a program writes it that always writes ZIP64 records (APPNOTE.TXT, 4.3.14 and 4.3.15)."""
    at = content.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HLL", content, at + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, parts or count, directory or size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:at] + record + locator + end


def test_a_workbook_with_records_of_zip64_is_read_within_the_same_bounds():
    content = workbook(row(1, said("Number")) + row(2, said("K-1")))

    assert read(zip64(content)) == read(content)
    assert [values for _line, values, _problems in read(content)] == [["K-1"]]
    for bomb in ({"parts": 5000}, {"directory": 2**40}):
        assert refused(zip64(content, **bomb)) == "The workbook has more parts than a workbook has."
    torn = zip64(content).replace(b"PK\x06\x06", b"PK\x00\x00")
    assert refused(torn) == "The workbook has more parts than a workbook has."


def test_more_than_a_workbook_has_is_refused(monkeypatch):
    assert refused(workbook(HEADER, sheets=51)) == "The workbook has more than 50 sheets."
    monkeypatch.setattr(xlsxparts, "MOST_STRINGS", 10)
    strings = "".join(f"<si><t>{number}</t></si>" for number in range(11))
    assert refused(workbook(HEADER, strings=strings)) == (
        "The workbook has more text in it than can be read. Save it as CSV."
    )


def test_a_token_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "LONGEST_TOKEN", 200_000)
    noise = "".join(map(chr, range(48, 58))) * 100_000

    assert "too long to be one" in refused(workbook(f"<!-- {noise} -->", styles="<x/>"))


def test_a_broken_part_is_told():
    assert refused(workbook("<row>")) == "The workbook has a part that is not XML."
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refused(packed.getvalue()) == "The file is not a workbook that can be read: it is damaged or not XLSX."


READING = """
import resource, sys
sys.path.insert(0, ".")
import django
from django.conf import settings
settings.configure(USE_I18N=False)
from accounts.imports import layouts
with open(sys.argv[1], "rb") as file:
    layout = layouts.look(file)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(not cells.problems for cells in layouts.lines(file, layout))
    print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def grown(path):
    """Read a file in a process that may hold 300 MB; return its lines, and the megabytes that its memory grew by."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (300 * 1024**2, 300 * 1024**2))

    command = [sys.executable, "-c", READING, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


@pytest.mark.slow
def test_200_mb_of_csv_take_no_more_memory_than_a_little(tmp_path):
    rest = "," + ",".join(["value" * 8] * 5) + "\n"
    with (tmp_path / "large.csv").open("w") as file:
        file.write("number,a,b,c,d,e\n")
        for number in range(1_000_000):
            file.write(f"{number:08}{rest}")
    assert (tmp_path / "large.csv").stat().st_size > 200_000_000

    count, megabytes = grown(tmp_path / "large.csv")

    assert count == 1_000_000
    assert megabytes < 20


@pytest.mark.slow
def test_200_mb_of_rows_in_a_workbook_take_no_more_memory_than_a_little(tmp_path):
    """A hundred thousand texts that are used, and 1.3 million rows: 210 MB of XML."""
    small = zipfile.ZipFile(io.BytesIO(workbook(strings="<si><t>a text that is used</t></si>" * 100_000)))
    with zipfile.ZipFile(tmp_path / "large.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in small.infolist():
            if not part.filename.endswith("sheet1.xml"):
                archive.writestr(part, small.read(part))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>" + row(1, *(said(name) for name in "abcde")).encode())
            for number in range(2, 1_300_002):
                cells = "".join(f'<c t="s"><v>{(number * 7919 + cell) % 100_000}</v></c>' for cell in range(4))
                sheet.write(row(number, f"<c><v>{number}</v></c>", cells).encode())
            sheet.write(b"</sheetData></worksheet>")

    count, megabytes = grown(tmp_path / "large.xlsx")

    assert count == 1_300_000
    assert megabytes < 40
