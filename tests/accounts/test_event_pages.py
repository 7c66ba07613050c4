"""A history on the page of imports: what the command is told of the whole file, the page asks for too."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django_scopes import scope

from accounts.models import Account, ColumnMapping, ImportedEvent, ImportRun, Restriction
from accounts.tasks import run_imports
from tests import factories

HISTORY = (
    "account,seq,occurred_at,action,ends_at,reason\n"
    "A-1,1,2019-03-01T10:00:00Z,suspend,,fraud suspected\n"
    "A-2,1,2019-04-01T10:00:00Z,suspend,,fraud suspected\n"
)
COLUMNS = {
    f"column_{field}": column
    for field, column in {
        **{name: name for name in ("account", "occurred_at", "action", "ends_at", "reason")},
        "sequence": "seq",
    }.items()
}
DECLARED = COLUMNS | {"column_kind": "", "date_format": "YYYY-MM-DD", "time_zone": "UTC", "as_of": ""}


@pytest.fixture
def browser(administrator):
    browser = Browser()
    browser.force_login(administrator)
    return browser


@pytest.fixture
def url(browser, acme):
    with scope(client=[acme.pk]):
        factories.make_account(acme, "A-1")
    file = SimpleUploadedFile("history.csv", HISTORY.encode())
    return browser.post(reverse("import_new"), {"client": "acme", "kind": "events", "file": file}).url


def test_a_history_is_taken_with_what_is_declared_of_the_whole_file(browser, url, acme):
    asked = browser.get(url).text
    for shown in ("Where the history comes from", 'value="history"', "Open accounts that the client does not have"):
        assert shown in asked
    said = {"source": "crm", "restriction": "security", "open_missing": "on", "opened_on": "2019-01-01"}

    browser.post(url, DECLARED | said | {"save_as": "Old desk", "action": "import"})
    run_imports()

    with scope(client=[acme.pk]):
        run = ImportRun.objects.get()
        assert (run.stage, run.taken, run.refused) == ("done", 2, 0)
        assert set(ImportedEvent.objects.values_list("source", flat=True)) == {"crm"}
        assert set(Restriction.objects.values_list("kind", flat=True)) == {"security"}
        assert str(Account.objects.get(number="A-2").opened_on) == "2019-01-01"
        kept = ColumnMapping.objects.get().settings
    assert {name: kept[name] for name in said} == said | {"open_missing": "yes"}


def test_an_account_that_is_not_there_is_refused_unless_it_is_to_be_opened(browser, url, acme):
    browser.post(url, DECLARED | {"source": "", "restriction": "policy", "action": "import"})
    run_imports()

    with scope(client=[acme.pk]):
        run = ImportRun.objects.get()
        assert (run.taken, run.refused, run.problems.get().column) == (1, 1, "account")
        assert ImportedEvent.objects.get().source == "history"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"source": "the old desk"}, "A source is named by up to 40 letters, digits, points and dashes."),
        ({"restriction": "weather"}, "Select a valid choice."),
        ({"opened_on": "31.01.2019"}, "Enter a valid date."),
    ],
)
def test_what_an_import_cannot_go_by_is_said_before_it_starts(browser, url, acme, said, message):
    sent = DECLARED | {"source": "crm", "restriction": "policy", "save_as": "Old desk", "action": "import"}

    answer = browser.post(url, sent | said)

    assert (answer.status_code, message in answer.text) == (400, True)
    with scope(client=[acme.pk]):
        assert (ImportRun.objects.get().wanted_at, ColumnMapping.objects.count()) == (None, 0)
