"""A file on its way through the browser: handed in, mapped, tried, taken by a real worker, left and found again."""

import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import expect

from accounts.models import Account
from tests import factories, parts
from tests.browser.visits import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FILE = (
    "number;Full name;Since;Amount due\n"
    + "".join(f"K-{number};Maria Köhler {number};0{number % 9 + 1}/04/2024;84,20\n" for number in range(2000))
    + "K-1;;not a date;\n"
)


@pytest.fixture
def administrator(transactional_db):
    acme = factories.make_client("acme", name="Acme Mobile", country="DE", currency="EUR")
    return factories.make_user("administrator", (acme, "administrator"))


@pytest.fixture
def desk(server_log, tmp_path):
    """A worker with beat and one for long work, which share their folder with the web server."""
    log = tmp_path / "workers.log"
    with parts.worker(server_log.parent, log), parts.long_worker(server_log.parent, log):
        yield


def hand_in(page, base_url, folder):
    (folder / "customers.csv").write_text(FILE)
    page.goto(f"{base_url}/imports/")
    page.get_by_role("link", name="Hand in a file").first.click()
    page.get_by_label("File").set_input_files(folder / "customers.csv")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", name="customers.csv")).to_be_visible()


def numbers():
    with scopes_disabled():
        return Account.objects.count()


def test_a_file_is_tried_and_imported_and_can_be_left_and_found_again(
    open_browser, base_url, administrator, desk, tmp_path
):
    page = open_browser(administrator)
    hand_in(page, base_url, tmp_path)
    expect(page.get_by_text("M•••• K••••").first).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("These fit every one sampled: DD/MM/YYYY, MM/DD/YYYY").first).to_be_visible()
    page.get_by_label("Dates are written").select_option("DD/MM/YYYY")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("is not a date written DD/MM/YYYY")).to_be_visible(timeout=60_000)
    assert numbers() == 0

    page.get_by_role("button", name="Import", exact=True).click()
    page.goto(f"{base_url}/")
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_role("link", name="customers.csv").click()
    expect(page.get_by_text("Removed when the import was over.")).to_be_visible(timeout=90_000)
    assert numbers() == 2000


def test_it_works_without_script_on_a_phone(open_browser, base_url, administrator, desk, tmp_path):
    page = open_browser(administrator, java_script_enabled=False)
    page.set_viewport_size(PHONE)
    hand_in(page, base_url, tmp_path)
    page.get_by_label("Dates are written").select_option("DD/MM/YYYY")
    page.get_by_role("button", name="Import", exact=True).click()
    parts.until(lambda: numbers() == 2000, "the import")
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("is not a date written DD/MM/YYYY")).to_be_visible()


HISTORY = """account,sequence,occurred_at,action,ends_at,reason
N-1,1,2024-02-03 10:00:00,suspend,2024-02-10 10:00:00,spam
N-1,2,2024-03-03 10:00:00,suspend,,spam
N-1,3,2024-03-05 12:00:00,reinstate,,appeal
N-2,1,rubbish,suspend,,spam
N-3,1,2024-03-05 12:00:00,suspend,,spam
"""


def test_what_happened_elsewhere_is_handed_in_and_taken_though_one_of_the_first_dates_is_none(
    open_browser, base_url, administrator, desk, tmp_path
):
    (tmp_path / "history.csv").write_text(HISTORY)
    page = open_browser(administrator)
    page.goto(f"{base_url}/imports/new/")
    page.get_by_label("What is in it").select_option(label="What happened elsewhere")
    page.get_by_label("File").set_input_files(tmp_path / "history.csv")
    page.get_by_role("button", name="Hand it in").click()
    page.get_by_label("Dates are written").select_option("YYYY-MM-DD")
    page.locator("[name=time_zone]").select_option("Europe/Berlin")
    page.locator("[name=source]").fill("crm")
    page.locator("[name=open_missing]").check()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("is not a date written YYYY-MM-DD")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Removed when the import was over.")).to_be_visible(timeout=90_000)
    with scopes_disabled():
        assert list(Account.objects.order_by("number").values_list("number", "status")) == [
            ("N-1", "active"),
            ("N-3", "suspended"),
        ]
