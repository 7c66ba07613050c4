"""The log as a workbook: the rows and words of the CSV, text as text whatever it begins with."""

import io
import re
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.utils.timezone import get_current_timezone
from django_scopes import scope

from accounts import exports
from accounts.exporting import xlsxfile
from accounts.exporting.columns import Telling
from accounts.services import exports as services
from tests import factories
from tests.accounts.exporting import download, log_of, records, rows_of, started, write

ESCAPED = re.compile(r"_x([0-9A-F]{4})_")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(data):
    """Return ``{name: rows}`` of a workbook, read with the standard library: numbers as int, text as str."""
    with ZipFile(io.BytesIO(data)) as book:
        names = [sheet.get("name") for sheet in ElementTree.parse(book.open("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        return {name: cells(book.read(f"xl/worksheets/sheet{n}.xml")) for n, name in enumerate(names, 1)}


def cells(xml):
    rows = []
    for row in ElementTree.fromstring(xml).iter(f"{MAIN}row"):
        line = {}
        for cell in row:
            assert cell.find(f"{MAIN}f") is None
            place = "".join(filter(str.isalpha, cell.get("r")))
            if cell.get("t") == "inlineStr":
                line[place] = ESCAPED.sub(lambda found: chr(int(found[1], 16)), "".join(cell.itertext()))
            else:
                line[place] = int(cell.find(f"{MAIN}v").text)
        rows.append(line)
    return rows


@pytest.mark.requirement("R111")
def test_a_workbook_holds_the_rows_of_the_csv_with_text_as_text_and_numbers_as_numbers(client, auditor, acme):
    for number in ("=1+1", "@SUM(A1)", "0042", "https://evil.example", "a  b ", "_x0041_", "Köhler"):
        factories.suspend(factories.make_account(acme, number=number))

    text = rows_of(download(client, auditor))
    data = download(client, auditor, form="xlsx")

    ((name, rows),) = sheets(data).items()
    assert name == "Status log"
    assert list(rows[0].values()) == list(text[0])
    assert [row["N"] for row in rows[1:]] == [row["Entry"] for row in text]
    assert [(row.get("C", ""), row["D"]) for row in rows[1:]] == [
        (row["Account"] if row["Account"][:2] not in ("'=", "'@") else row["Account"][1:], int(row["No."]))
        for row in text
    ]
    assert [row["A"] for row in rows[1:]] == [row["Recorded"] for row in text]
    assert {end.details["rows"] for end in records("export_ended")} == {len(text)}
    assert [record.details["form"] for record in records("export_started")] == ["csv", "xlsx"]


def test_a_workbook_comes_with_its_name_and_kind(client, auditor, suspended):
    client.force_login(auditor)

    answer = client.post("/log/exports/status_log/?client=acme", {"form": "xlsx"})

    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer["Content-Disposition"].startswith('attachment; filename="Status-log-acme-2')
    assert answer["Content-Disposition"].endswith('.xlsx"')
    answer.close()


def test_a_sheet_that_is_full_goes_on_in_another(auditor, acme, tmp_path):
    write(acme, 24)
    file = tmp_path / "log.xlsx"
    with scope(client=[acme.pk]):
        telling = Telling((acme.pk,), get_current_timezone())
        made = xlsxfile.write(
            str(file), exports.STATUS_LOG, log_of(auditor, acme), telling, folder=str(tmp_path), rows_a_sheet=11
        )
        owners = [owner for some in made for owner in some]

    found = sheets(file.read_bytes())
    assert owners == [acme.pk] * 25
    assert {name: len(rows) for name, rows in found.items()} == {
        "Status log": 11,
        "Status log 2": 11,
        "Status log 3": 6,
    }
    assert {tuple(rows[0].values()) for rows in found.values()} == {tuple(exports.STATUS_LOG.headings())}
    numbers = [row["D"] for rows in found.values() for row in rows[1:]]
    assert numbers == list(range(25, 0, -1))


def test_an_empty_list_is_a_workbook_with_a_header(client, auditor, acme):
    data = download(client, auditor, {"since": "2001-01-01", "until": "2001-01-02"}, form="xlsx")

    assert [len(rows) for rows in sheets(data).values()] == [1]


def test_nothing_of_a_workbook_is_left_on_disk(auditor, acme):
    write(acme, 10)

    b"".join(started(auditor, acme, form="xlsx"))
    broken = started(auditor, acme, form="xlsx")
    next(iter(broken))
    broken.close()

    assert [path.name for path in services.folder().iterdir()] == []
    assert [end.details["complete"] for end in records("export_ended")] == [True, False]
