"""The whole path as its people walk it: asked for, proven, approved, told, exported, and still verified afterwards."""

import csv
import hashlib
import io
import os
import re
import time
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import expect

from tests import factories, parts
from tests.browser.hands import open_in_menu, search, sign_in, sign_out
from tests.factories import HOLDER

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CANARY = {"holder_name": "Canary Quillfeather", "email": "canary@globex.example", "phone": "+44 20 7946 0123"}
NOTE, STATEMENT, REFERENCE = "Chargeback of 3 May.", "She paid at the counter on Friday.", "Call 4711-Zebra"
TOLD = "Votre compte Acme Mobile est de nouveau actif"


@pytest.fixture
def member(acme):
    account = factories.make_account(acme, balance_minor=8420, language="fr", time_zone="Europe/Paris")
    return factories.suspend(account, note=NOTE)


@pytest.fixture
def stranger(globex):
    """A customer of the other client, of whom nobody here may see a trace."""
    return factories.suspend(factories.make_account(globex, "CANARY-7", holder=CANARY))


@pytest.fixture
def next_case(acme, member):
    """A case that waits already, worked by a colleague; it is due after the member's."""
    colleague = factories.make_user("colleague", (acme, "agent"))
    other = {"holder_name": "Jonas Weber", "email": "jonas.weber@example.com", "phone": "+49 30 901821", "address": ""}
    account = factories.suspend(factories.make_account(acme, "A-1002", holder=other, balance_minor=8420))

    def send():
        return factories.bring_to(account, "awaiting_approval", colleague)

    return send


@pytest.fixture
def mails(tmp_path, capsys):
    """A mail server, and a worker with beat that sends to it; says what all of this runs on."""
    with parts.mail_server() as inbox, parts.redis_server(tmp_path) as redis:
        broker = redis or os.environ.get("REDIS_URL", "")
        with capsys.disabled():
            print(f"\nThe path runs on {connection.vendor}, worker on {'Redis' if broker else 'files'}: ", end="")
        if os.environ.get("REQUIRE_SERVICES") == "1":
            assert connection.vendor == "postgresql"
            assert broker
        with parts.worker(tmp_path, tmp_path / "worker.log", broker=broker, mail_port=inbox.port):
            yield inbox.mails


@pytest.mark.requirement("R13", "R111")
def test_a_suspended_customer_is_brought_back_told_and_exported(
    open_browser, member, stranger, next_case, mails, agent, supervisor, compliance, server_log, tmp_path
):
    page = open_browser()
    page.goto("/")
    sign_in(page, "agent")
    sees_only_own_clients(page)
    finds_the_member_by_whatever_the_member_says(page)
    code = asks_for_reinstatement(page)
    proves_every_check(page)
    sends_it_and_cannot_approve_it(page)
    sign_out(page)
    the_member_has_heard_of_the_suspension(mails)

    waiting = next_case()
    page = open_browser()
    page.goto("/")
    sign_in(page, "supervisor")
    approves_in_three_keys(page, code, waiting.code)
    account_is_active(page)
    the_member_is_told_once(mails)
    case_shows_the_message_as_sent(page, code)
    sign_out(page)

    page = open_browser()
    page.goto("/")
    sign_in(page, "compliance")
    shown = filters_the_log(page)
    exported = exports_what_the_screen_shows(page, shown)
    export_is_on_record(page, exported)

    call_command("verify_ledger")
    assert personal_words_in(server_log.read_text() + (tmp_path / "worker.log").read_text()) == []


def the_member_has_heard_of_the_suspension(mails):
    """A worker that starts slowly would else find that the status has changed again, and send nothing of it."""
    until = time.monotonic() + 60
    while not mails and time.monotonic() < until:
        time.sleep(0.2)
    assert mails


def first_column(page):
    return page.locator("main table.rows tbody tr td:first-child a").all_text_contents()


def sees_only_own_clients(page):
    shows_nothing_of_the_stranger(page)
    open_in_menu(page, "Accounts")
    assert first_column(page) == ["A-1001", "A-1002"]
    shows_nothing_of_the_stranger(page)
    open_in_menu(page, "Cases")
    for address in [tab.get_attribute("href") for tab in page.locator(".tabs a").all()]:
        page.goto(f"/reinstatements/{address}")
        shows_nothing_of_the_stranger(page)
    for words in ("CANARY-7", *CANARY.values()):
        search(page, words)
        expect(page.get_by_text("Nobody is found by this.")).to_be_visible()


def shows_nothing_of_the_stranger(page):
    assert [word for word in ("Globex", "CANARY-7", *CANARY.values()) if word in page.content()] == []


def finds_the_member_by_whatever_the_member_says(page):
    search(page, "a-1001")
    expect(page.locator(".stripe")).to_have_text("AAcme Mobile · A-1001")
    for words in ("köhler maria", "MARIA.Koehler@Example.com", "030 90 18 20", "0049 (30) 901-820"):
        search(page, words)
        assert "A-1001" in first_column(page), words
        page.get_by_role("link", name="A-1001").click()
        expect(page.locator(".stripe")).to_contain_text("A-1001")


def asks_for_reinstatement(page):
    page.get_by_role("link", name="Request reinstatement").first.click()
    expect(page.get_by_role("complementary")).to_contain_text("Non Payment")
    expect(page.get_by_role("complementary")).to_contain_text(NOTE)
    page.get_by_label("Why should service resume?").select_option("Paid")
    page.get_by_label("In words").fill(STATEMENT)
    page.get_by_role("button", name="Submit and start verification").click()
    expect(page.get_by_role("status")).to_contain_text(["is open and yours"])
    expect(page.get_by_role("heading", level=1)).to_have_text(HOLDER["holder_name"])
    return urlsplit(page.url).path.split("/")[2]


def proves_every_check(page):
    day = time.strftime("%Y-%m-%d")
    evidence = {
        "Identity confirmed": {"How": "Called back on the number on file", "Call or document reference": REFERENCE},
        "Contact data confirmed": {"Confirmed by": "Call", "Confirmed on": day},
        "Payment received": {"Amount received, in EUR": "84.20", "Received on": day, "Payment reference": REFERENCE},
    }
    for number, (title, fields) in enumerate(evidence.items(), 1):
        check = page.locator("details[name=check]", has_text=title)
        if check.get_attribute("open") is None:
            check.locator("summary").click()
        for label, value in fields.items():
            field = check.get_by_label(label)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        check.get_by_role("button", name="Met", exact=True).click()
        expect(page.get_by_role("region", name="What must be true first")).to_contain_text(f"{number} of 3")


def sends_it_and_cannot_approve_it(page):
    page.get_by_label("Note to whoever decides").fill("All proven by call.")
    page.get_by_role("button", name="Send for approval").click()
    expect(page.locator(".head .badge")).to_have_text("Awaiting approval")
    expect(page.get_by_role("region", name="Decision")).to_contain_text("It waits for the decision of: supervisor.")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def approves_in_three_keys(page, code, next_code):
    open_in_menu(page, "To decide")
    assert first_column(page) == [code, next_code]
    press_and_arrive(page, "Enter", code)
    expect(page.get_by_role("region", name="Routine")).to_contain_text("3 of 3 met")
    expect(page.get_by_role("region", name="What approving will do")).to_contain_text("from suspended to active")
    expect(page.get_by_role("region", name="What must be true first")).to_contain_text(REFERENCE)
    expect(page.get_by_role("region", name="Why it should resume")).to_contain_text(STATEMENT)
    page.keyboard.press("a")
    assert page.evaluate("scrollY") == 0
    press_and_arrive(page, "Enter", next_code)
    expect(page.get_by_text(f"Case {code} is approved. Account A-1001 is back in service.")).to_be_visible()


def press_and_arrive(page, key, code):
    with page.expect_navigation(url=f"**/reinstatements/{code}/"):
        page.keyboard.press(key)


def account_is_active(page):
    search(page, "a-1001")
    expect(page.locator(".head .badge")).to_have_text("Active")


def the_member_is_told_once(mails):
    def told():
        return [mail for mail in mails if mail["Subject"] == TOLD]

    parts.until(told, "the mail")
    time.sleep(5)  # two more rounds of beat
    assert [mail["To"] for mail in told()] == [HOLDER["email"]]
    assert {mail["Content-Language"] for mail in told()} == {"fr"}
    assert "Bonjour Maria Köhler," in told()[0].get_body(("plain",)).get_content()


def case_shows_the_message_as_sent(page, code):
    page.goto(f"/reinstatements/{code}/")
    lines = page.locator(".timeline li").filter(has_text="Message:").all_inner_texts()
    assert [line.split("\n")[:2] for line in lines] == [
        ["Message: Account reinstated", "French · Sent"],
        ["Message: Account suspended", "French · Sent"],
    ]


def filters_the_log(page):
    """Return what the log shows of the member's account, a list of texts for each line."""
    open_in_menu(page, "Status log")
    page.get_by_label("Account number").fill("a-1001")
    page.get_by_label("Subject").select_option("Account")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Account number")).to_have_value("a-1001")
    rows = page.locator("table.rows tbody tr").all()
    shown = [[cell.inner_text().replace("\n", " ") for cell in row.locator("td").all()] for row in rows]
    assert [row[5] for row in shown] == ["Back in service", "Suspended", "Account opened"]
    for row, line in zip(rows, shown, strict=True):
        line[1] = row.locator(".client bdi").inner_text()
        line.append(re.sub(r"\.\d+", "", row.locator("time").get_attribute("datetime")))
        line.append(row.locator("td:first-child a").get_attribute("href"))
    return shown


def exports_what_the_screen_shows(page, shown):
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    data = download.value.path().read_bytes()
    text = data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = ("Client", "Account", "No.", "Subject", "Action", "Reason", "Origin", "By")
    assert [[row[column] for column in columns] for row in rows] == [[*line[1:6], *line[7:10]] for line in shown]
    assert [(row["Recorded"], f"/log/{row['Entry']}/") for row in rows] == [tuple(line[10:]) for line in shown]
    changes = [("Suspended", "Active"), ("Active", "Suspended"), ("", "Active")]
    assert [(row["From"], row["To"]) for row in rows] == changes
    assert personal_words_in(text) == []
    return data


def personal_words_in(text):
    words = (*HOLDER.values(), *HOLDER["holder_name"].split(), *CANARY.values(), NOTE, STATEMENT, REFERENCE)
    return [word for word in words if word in text]


def export_is_on_record(page, data):
    open_in_menu(page, "Exports")
    row = page.locator("table.rows tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(hashlib.sha256(data).hexdigest())
    for part in ("Account number: a-1001", "Subject: Account"):
        expect(row).to_contain_text(part)
    expect(row.locator(".badge")).to_have_text("Complete")
    expect(row.locator("td.number")).to_have_text("3")
    expect(row).to_contain_text("compliance")
