"""A log full of known attacks, opened by LibreOffice: every cell is the text that it was, and none is a formula."""

import csv
import io
import os
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
from django_scopes import scope

from tests import factories
from tests.accounts.exporting import download
from tests.accounts.test_spreadsheet import payloads

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# Comma, double quote, UTF-8, from line 1; the last one evaluates formulas, which only a careless person would ask for.
CSV_AS_OPENED = "CSV:44,34,76,1,,0,{quoted_is_text},true,false,false,false,-1,true"


@pytest.fixture(scope="module")
def soffice():
    found = shutil.which("soffice")
    if not found:
        reason = "LibreOffice (soffice) is not installed, so no file was opened by it"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def files(client, auditor, acme, tmp_path):
    """The log with an account for every known attack, as CSV and XLSX, and its rows as the CSV itself says them."""
    with scope(client=[acme.pk]):
        for attack in [payload for payload in payloads() if len(payload) <= 60]:
            factories.make_account(acme, number=attack)
        for number in ("0042", "1e5", "2026-11-02", "a  b", "Köhler", '"quoted"', "TRUE"):
            factories.make_account(acme, number=number)
    for form in ("csv", "xlsx"):
        (tmp_path / f"log.{form}").write_bytes(download(client, auditor, form=form))
    text = (tmp_path / "log.csv").read_bytes().decode("utf-8-sig")
    return tmp_path, list(csv.reader(io.StringIO(text, newline="")))


def opened(soffice, folder, name, *options):
    """Return the cells of a file as LibreOffice has them: ``(text, formula or None)``."""
    subprocess.run(
        [
            *(soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", *options),
            *("--convert-to", "fods", "--outdir", f"{folder}/opened", f"{folder}/{name}"),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    sheet = next(ElementTree.parse(next((folder / "opened").glob("*.fods"))).iter(f"{TABLE}table"))
    return [line for line in map(cells, sheet.iter(f"{TABLE}table-row")) if any(text for text, _formula in line)]


def cells(row):
    found = []
    for cell in row:
        told = "\n".join(said(line) for line in cell.iter(f"{TEXT}p"))
        times = int(cell.get(f"{TABLE}number-columns-repeated", 1))
        found += [(told, cell.get(f"{TABLE}formula"))] * min(times, 30)
    while found and found[-1] == ("", None):
        found.pop()
    return found


def said(line):
    """Return the text of a paragraph; several blanks stand as an element of their own."""
    told = line.text or ""
    for part in line:
        told += " " * int(part.get(f"{TEXT}c", 1)) if part.tag == f"{TEXT}s" else said(part)
        told += part.tail or ""
    return told


@pytest.mark.slow
@pytest.mark.requirement("R111")
def test_no_cell_of_a_csv_is_run_however_it_is_opened(soffice, files):
    folder, rows = files

    for quoted_is_text in ("true", "false"):
        shown = opened(soffice, folder, "log.csv", f"--infilter={CSV_AS_OPENED.format(quoted_is_text=quoted_is_text)}")
        assert [formula for line in shown for _text, formula in line if formula] == []
        assert len(shown) == len(rows)
        if quoted_is_text == "true":
            assert [[text for text, _formula in line] for line in shown] == rows


@pytest.mark.slow
@pytest.mark.requirement("R111")
def test_a_workbook_opens_with_the_text_that_it_was_given(soffice, files):
    folder, rows = files

    shown = opened(soffice, folder, "log.xlsx")

    assert [formula for line in shown for _text, formula in line if formula] == []
    without_guard = [[text.replace("'", "") for text in row] for row in rows]
    assert [[text.replace("'", "") for text, _formula in line] for line in shown] == without_guard
