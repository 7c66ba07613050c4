"""The pages of imports: a file is handed in, mapped, tried, taken and cancelled, by administrators only."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.imports import store
from accounts.models import Account, ColumnMapping, ImportProblem, ImportRun, StatusChange
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, row, said, workbook

FILE = (
    "Customer ID;Full name;E-Mail;Since;Amount due;Secret\n"
    "K-1;Maria Köhler;maria@example.com;03/04/2024;84,20;hush\n"
    "K-2;;nobody;04/04/2024;1.084,20;\n"
)
NEW = reverse("import_new")


@pytest.fixture
def browser(administrator):
    browser = Browser()
    browser.force_login(administrator)
    return browser


def hand_in(browser, content=FILE, name="customers.csv", **fields):
    content = content if isinstance(content, bytes) else content.encode()
    sent = {"client": "acme", "kind": "accounts", "file": SimpleUploadedFile(name, content)}
    return browser.post(NEW, sent | fields)


@pytest.fixture
def url(browser):
    return hand_in(browser).url


def fields(page):
    """Return what a browser would send of the page's mapping: the selected options and typed values."""
    form = page.text[page.text.index('id="mapping"') :]
    found = dict.fromkeys(
        re.findall(r'name="((?:column_|decimal|date_format|time_zone|currency|save_as)\w*)"', form), ""
    )
    for name in found:
        select = re.search(rf'<select name="{name}".*?</select>', form, re.DOTALL)
        chosen = select and re.search(r'<option value="([^"]*)" selected', select[0])
        found[name] = chosen[1] if chosen else ""
    return found


def runs():
    with scopes_disabled():
        return list(ImportRun.objects.order_by("created_at"))


@pytest.mark.requirement("R116")
def test_columns_are_suggested_by_their_names_and_samples_are_masked(browser, url):
    page = browser.get(url)

    suggested = {name: column for name, column in fields(page).items() if column}
    assert suggested == {
        "column_number": "Customer ID",
        "column_name": "Full name",
        "column_email": "E-Mail",
        "column_opened_on": "Since",
        "column_balance": "Amount due",
    }
    for shown in ("K-1", "M•••• K••••", "m••••@example.com", "03/04/2024", "1.084,20", "UTF-8", "Semicolon ;"):
        assert shown in page.text
    for hidden in ("Maria", "Köhler", "maria@", "hush"):
        assert hidden not in page.text


def test_a_date_that_can_be_read_in_two_ways_is_asked_about(browser, url):
    sent = fields(browser.get(url)) | {"decimal": ",", "action": "try"}
    asked = browser.post(url, sent)

    assert asked.status_code == 400
    assert "Choose how dates are written. These fit every one sampled: DD/MM/YYYY, MM/DD/YYYY." in asked.text
    wrong = browser.post(url, sent | {"date_format": "YYYY-MM-DD"})
    assert "Not every date in the first lines is written so." in wrong.text
    assert runs()[0].wanted_at is None
    assert browser.post(url, sent | {"date_format": "DD/MM/YYYY"}).status_code == 302


def test_a_date_that_can_be_read_in_one_way_is_chosen_already(browser):
    url = hand_in(browser, FILE.replace("04/04/2024", "31/12/2023")).url

    assert fields(browser.get(url))["date_format"] == "DD/MM/YYYY"


def test_a_file_is_tried_then_taken_and_says_line_by_line_what_became_of_it(browser, url, acme):
    sent = fields(browser.get(url)) | {"decimal": ",", "date_format": "DD/MM/YYYY"}
    browser.post(url, sent | {"action": "try"})
    waiting = browser.get(url)
    assert 'hx-trigger="every 2s"' in waiting.text
    assert browser.post(url, sent | {"action": "import"}).status_code == 409
    run_imports()
    polled = browser.get(reverse("import_progress", args=[runs()[0].pk]), headers={"HX-Request": "true"})
    assert (polled["HX-Refresh"], "hx-trigger" in polled.text) == ("true", False)

    tried = browser.get(url)
    for shown in ("Tried", "E-Mail", "is not a mail address", "Would be accounts opened"):
        assert shown in tried.text
    assert fields(tried)["date_format"] == "DD/MM/YYYY"
    with scope(client=[acme.pk]):
        assert Account.objects.count() == 0

    browser.post(url, fields(tried) | {"action": "import"})
    run_imports()
    with scope(client=[acme.pk]):
        account = Account.objects.get()
    assert (account.number, account.balance_minor, str(account.opened_on)) == ("K-1", 8420, "2024-04-03")
    done = browser.get(url)
    assert ("Removed when the import was over." in done.text, 'id="mapping"' in done.text) == (True, False)
    assert browser.post(url, sent | {"action": "import"}).status_code == 409
    listed = browser.get(reverse("import_list"))
    assert "customers.csv" in listed.text


def test_no_account_is_newer_than_the_day_that_the_file_speaks_of(browser, url):
    sent = fields(browser.get(url)) | {"decimal": ",", "date_format": "DD/MM/YYYY", "action": "try"}
    assert browser.post(url, sent | {"as_of": "2999-01-01"}).status_code == 400

    browser.post(url, sent | {"as_of": "2023-12-31"})
    run_imports()

    assert "lies in the future" in browser.get(url).text
    assert 'name="as_of" value="2023-12-31"' in browser.get(url).text


def test_problems_are_taken_away_as_a_file_that_is_safe_in_a_spreadsheet(browser, acme, administrator):
    run = prepared(acme, administrator, FILE.encode())
    with scope(client=[acme.pk]):
        ImportProblem.objects.create(run=run, line=7, column="=HYPERLINK(1)", reason="is missing")
    answer = browser.get(reverse("import_problems", args=[run.pk]))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(answer.streaming_content).decode() == (
        '\ufeff"Line","Column","What is wrong"\r\n7,"\'=HYPERLINK(1)","is missing"\r\n'
    )


def test_problems_are_paged_from_the_first_line_on_with_the_same_number_of_queries(browser, acme, administrator):
    run = prepared(acme, administrator, FILE.encode())
    url = reverse("import", args=[run.pk])
    with scope(client=[acme.pk]):
        ImportRun.objects.filter(pk=run.pk).update(wanted_at=run.created_at, finished_at=run.created_at)
        ImportProblem.objects.create(run=run, line=2, reason="is missing")
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(url)
    with scope(client=[acme.pk]):
        ImportProblem.objects.bulk_create(ImportProblem(run=run, line=n, reason="is missing") for n in range(3, 130))
    with CaptureQueriesContext(connection) as many:
        first = browser.get(url)
    lines = [int(line) for line in re.findall(r"<tr><td>(\d+)</td>", first.text)]
    assert (lines, len(many)) == (list(range(2, 52)), len(few))
    later = re.search(r'rel="next" href="([^"]+)"', first.text)[1]
    assert re.findall(r"<tr><td>(\d+)</td>", browser.get(url + later).text)[0] == "52"


def test_a_mapping_is_kept_and_fills_in_the_next_file(browser, url, acme):
    named = {"decimal": ",", "date_format": "DD/MM/YYYY", "save_as": "Shop", "column_address": "Secret"}
    browser.post(url, fields(browser.get(url)) | named | {"action": "try"})
    with scope(client=[acme.pk]):
        mapping = ColumnMapping.objects.get()
        entry = StatusChange.objects.get(subject_type="columnmapping")
    assert (mapping.name, mapping.settings["columns"]["address"], entry.action) == ("Shop", "Secret", "create")
    assert b"Secret" not in bytes(entry.body)

    second = hand_in(browser, name="next.csv").url
    assert fields(browser.get(second))["column_address"] == ""
    filled = fields(browser.get(second, {"mapping": mapping.pk}))
    assert (filled["column_address"], filled["date_format"], filled["decimal"]) == ("Secret", "DD/MM/YYYY", ",")

    assert browser.post(reverse("mapping_remove", args=[mapping.pk])).url == NEW
    with scope(client=[acme.pk]):
        assert ColumnMapping.objects.count() == 0


def test_a_kept_mapping_brings_back_how_its_files_are_read(browser):
    first = hand_in(browser, FILE.encode("cp1252")).url
    browser.post(first, {"action": "read", "encoding": "cp1250", "separator": ";"})
    kept = {"decimal": ",", "date_format": "DD/MM/YYYY", "save_as": "Shop", "action": "try"}
    assert browser.post(first, fields(browser.get(first)) | kept).status_code == 302
    with scopes_disabled():
        mapping = ColumnMapping.objects.get()

    def read_as(content):
        url = hand_in(browser, content, name="next.csv").url
        filled = browser.post(url, {"action": "fill", "mapping": str(mapping.pk)})
        assert filled.url == f"{url}?mapping={mapping.pk}"
        assert fields(browser.get(filled.url))["decimal"] == ","
        return url, filled.url, runs()[-1].layout

    url, filled, layout = read_as(FILE.replace("hush", "a|b|c|d|e|f|g").encode("cp1252"))
    assert (layout["encoding"], layout["separator"]) == ("cp1250", ";")
    corrected = browser.post(filled, {"action": "read", "encoding": "cp850", "separator": ";"})
    assert (corrected.url, runs()[-1].layout["encoding"]) == (filled, "cp850")
    assert browser.post(url, {"action": "fill", "mapping": ""}).url == url
    # A file that says itself how it is encoded is read so.
    assert read_as(FILE.encode("utf-16"))[2]["encoding"] == "utf-16"


def test_a_mapping_that_is_not_there_is_not_found(browser, url):
    for unknown in ("x", "01a21a03-99e0-7abc-a626-81f9e4e58ee2"):
        assert browser.post(url, {"action": "fill", "mapping": unknown}).status_code == 404


def test_a_file_that_does_not_say_its_encoding_is_asked_about_and_can_be_read_again(browser):
    url = hand_in(browser, FILE.encode("cp1252")).url
    assert "It is read as Windows-1252 (Western Europe)" in browser.get(url).text

    browser.post(url, {"action": "read", "encoding": "cp850", "separator": "|"})

    page = browser.get(url)
    assert ("Code page 850 (DOS)" in page.text, "Bar |" in page.text) == (True, True)
    assert browser.post(url, {"action": "read", "encoding": "ebcdic", "separator": "|"}).status_code == 400


def test_the_sheet_of_a_workbook_can_be_chosen(browser):
    content = workbook(row(1, said("number")) + row(2, said("X-1")), sheets=2)
    url = hand_in(browser, content, "book.xlsx").url
    assert "X-1" in browser.get(url).text

    browser.post(url, {"action": "read", "sheet": "1"})

    assert "The first line is not a header" in browser.get(url).text


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04 no", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_table_is_refused_beside_the_field_and_leaves_nothing(browser, content):
    before = {*store.folder().glob("*.part")}
    answer = hand_in(browser, content)

    assert (answer.status_code, 'id="id_file_error"' in answer.text) == (400, True)
    assert (runs(), {*store.folder().glob("*.part")}) == ([], before)


def test_a_file_is_never_on_the_disk_in_clear(browser, url):
    assert [b"Maria" in path.read_bytes() for path in store.folder().iterdir() if path.stem == str(runs()[0].pk)] == [
        False
    ]


def test_an_import_is_cancelled_after_being_asked(browser, url):
    cancel = reverse("import_cancel", args=[runs()[0].pk])
    assert "Cancel this import?" in browser.get(cancel).text
    assert browser.post(cancel).url == url

    page = browser.get(url)
    assert ("Cancelled" in page.text, store.path_of(runs()[0].pk).exists()) == (True, False)
    assert browser.post(cancel).status_code == 409


def test_others_find_no_such_page(client, url, agent, supervisor, compliance, auditor, globex):
    pk = runs()[0].pk
    elsewhere = factories.make_user("elsewhere", (globex, "administrator"))
    pages = [reverse(name, args=[pk]) for name in ("import", "import_progress", "import_problems", "import_cancel")]
    for user in (agent, supervisor, compliance, auditor, elsewhere):
        client.force_login(user)
        assert [client.get(page).status_code for page in pages] == [404] * 4
        assert [client.post(page).status_code for page in (url, pages[3])] == [404] * 2
    assert hand_in(client).status_code == 400
    assert client.get(reverse("import_list")).status_code == 200
    client.force_login(agent)
    assert [client.get(page).status_code for page in (NEW, reverse("import_list"))] == [404, 404]
    assert "Imports" not in client.get("/").text


def test_a_list_of_three_costs_as_much_as_one_of_one(browser, url, acme, administrator):
    listed = reverse("import_list")
    browser.get(listed)
    with CaptureQueriesContext(connection) as one:
        browser.get(listed)
    for _more in range(2):
        prepared(acme, administrator, FILE.encode())
    with CaptureQueriesContext(connection) as three:
        browser.get(listed)

    assert len(three) == len(one)
