"""A day at the desk: words are not lost, late clicks are told what happened, and no script is needed."""

import re

import pytest
from django.contrib.sessions.models import Session
from django_scopes import scope
from playwright.sync_api import expect

from accounts.models import Account, Draft
from tests import factories, parts
from tests.browser.hands import fold, keys, open_in_menu, search, sign_in, sign_out

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORDS = "She sent the receipt – “RF18”, שלום, 5 € left."


def opening(account):
    return f"/reinstatements/open/{account.pk}/"


def owe(account, minor):
    """Let the client's system send another balance, while somebody reads the case."""
    with scope(client=account.client_id):
        Account.objects.filter(pk=account.pk).update(balance_minor=minor)


def kept(form):
    """Wait until the server has what was typed."""
    expect(form.locator("[data-draft-status]")).to_have_text(re.compile(r"Saved \d\d:\d\d"))


# Typed text


def test_typed_text_survives_a_sign_out(open_browser, suspended, agent):
    page = open_browser(agent)
    page.goto(opening(suspended))
    page.get_by_label("In words").fill(WORDS)
    kept(page.locator("form[data-draft]"))

    sign_out(page)
    sign_in(page, "agent")
    page.goto(opening(suspended))

    expect(page.get_by_label("In words")).to_have_value(WORDS)


def test_what_is_sent_after_the_session_has_ended_comes_back_after_signing_in(open_browser, suspended, agent):
    page = open_browser(agent)
    page.goto(opening(suspended))
    Session.objects.all().delete()

    page.get_by_label("In words").fill(WORDS)
    expect(page.locator("[data-draft-status]")).to_have_text("You are signed out. Your text is kept on this tab.")
    page.get_by_label("Why should service resume?").select_option("Paid")
    page.get_by_role("button", name="Submit and start verification").click()
    sign_in(page, "agent")

    expect(page.get_by_role("heading", level=1)).to_have_text("Request reinstatement")
    expect(page.get_by_label("In words")).to_have_value(WORDS)


def test_typed_text_survives_a_closed_tab(open_browser, suspended, agent):
    page = open_browser(agent)
    page.goto(opening(suspended))
    page.get_by_label("In words").fill(WORDS)
    page.close(run_before_unload=True)
    parts.until(lambda: Draft.objects.exists(), "the draft")

    other = page.context.new_page()
    other.goto(opening(suspended))

    expect(other.get_by_label("In words")).to_have_value(WORDS)


def test_somebody_else_does_not_see_what_was_typed(open_browser, awaiting_approval, supervisor, second_supervisor):
    page = open_browser(supervisor)
    page.goto(awaiting_approval.get_absolute_url())
    declining = fold(page, "Decline")
    declining.get_by_label("Why, in words").fill(WORDS)
    kept(declining)

    other = open_browser(second_supervisor)
    other.goto(awaiting_approval.get_absolute_url())

    expect(fold(other, "Decline").get_by_label("Why, in words")).to_have_value("")


# Late clicks


def test_the_second_of_two_supervisors_reads_what_happened(
    open_browser, awaiting_approval, supervisor, second_supervisor
):
    first, second = open_browser(supervisor), open_browser(second_supervisor)
    for page in (first, second):
        page.goto(awaiting_approval.get_absolute_url())
    declining = fold(second, "Decline")
    declining.get_by_label("Reason").select_option("1 Not Proven")
    declining.get_by_label("Why, in words").fill(WORDS)

    first.get_by_role("button", name="Approve", exact=True).click()
    expect(first.locator(".head .badge")).to_have_text("Completed")
    with second.expect_navigation() as answer:
        declining.get_by_role("button", name="Decline").click()

    assert answer.value.status == 409
    expect(second.get_by_role("alert")).to_contain_text("supervisor decided this case first: approved.")
    expect(second.get_by_role("region", name="What happened meanwhile")).to_contain_text("Back in service")
    expect(second.get_by_role("region", name="What you typed is kept")).to_contain_text(WORDS)
    keys(second, "o")
    expect(second.locator(".head .badge")).to_have_text("Completed")


def test_a_case_that_changed_shows_what_changed_and_keeps_the_words(open_browser, awaiting_approval, supervisor):
    page = open_browser(supervisor)
    page.goto(awaiting_approval.get_absolute_url())
    page.get_by_label("Note").first.fill(WORDS)
    owe(awaiting_approval.account, 8400)

    with page.expect_navigation() as answer:
        page.get_by_role("button", name="Approve and next").click()

    assert answer.value.status == 409
    expect(page.get_by_role("alert")).to_contain_text("nothing was decided")
    changes = page.get_by_role("region", name="What is different now").get_by_role("row")
    expect(changes.nth(1)).to_contain_text(re.compile("Balance owed.*84.20 EUR.*84.00 EUR", re.DOTALL))
    expect(fold(page, "Approve").get_by_label("Note")).to_have_value(WORDS)

    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator(".head .badge")).to_have_text("Completed")
    expect(page.get_by_role("region", name="Decisions so far")).to_contain_text(WORDS)


def test_words_for_an_approval_are_not_lost_when_it_becomes_impossible(open_browser, awaiting_approval, supervisor):
    page = open_browser(supervisor)
    page.goto(awaiting_approval.get_absolute_url())
    page.get_by_label("Note").first.fill(WORDS)
    owe(awaiting_approval.account, 9000)

    page.get_by_role("button", name="Approve and next").click()

    expect(page.get_by_text("It cannot be approved as it stands:")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(WORDS)


def test_whoever_asked_reads_why_somebody_else_decides(open_browser, acme, suspended):
    maker = factories.make_user("maker", (acme, "agent"), (acme, "supervisor"))
    case = factories.bring_to(suspended, "awaiting_approval", maker)

    page = open_browser(maker)
    page.goto(case.get_absolute_url())

    expect(page.get_by_role("region", name="Decision")).to_contain_text(
        "You took part in this case: you asked for it on"
    )
    expect(page.get_by_role("button", name=re.compile("Approve|Decline|Send back"))).to_have_count(0)


def test_one_press_is_one_submit(open_browser, awaiting_approval, supervisor):
    page = open_browser(supervisor)
    page.goto(awaiting_approval.get_absolute_url())
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    page.get_by_role("button", name="Approve", exact=True).dblclick()

    expect(page.locator(".head .badge")).to_have_text("Completed")
    assert len(posted) == 1


# Without script, and without scrolling


def test_no_script_is_needed_to_read_and_decide(open_browser, awaiting_approval, supervisor):
    page = open_browser(java_script_enabled=False)
    page.goto("/")
    sign_in(page, "supervisor")
    open_in_menu(page, "To decide")
    page.get_by_role("link", name=awaiting_approval.code).click()
    expect(page.get_by_role("region", name="Routine")).to_contain_text("3 of 3 met")

    back = fold(page, "Send back")
    back.get_by_label("Reason").select_option("1 Evidence Unclear")
    back.get_by_label("What to mend").fill(WORDS)
    back.get_by_role("button", name="Send back").click()

    expect(page.get_by_role("status")).to_have_text(f"Case {awaiting_approval.code} is sent back to be mended.")
    search(page, awaiting_approval.code)
    expect(page.get_by_role("main")).to_contain_text(WORDS)


def test_no_script_is_needed_to_ask_and_prove(open_browser, suspended, agent):
    page = open_browser(agent, java_script_enabled=False)
    page.goto(opening(suspended))
    page.get_by_label("Why should service resume?").select_option("Paid")
    page.get_by_label("In words").fill(WORDS)
    page.get_by_role("button", name="Submit and start verification").click()
    check = page.locator("details[name=check]").first
    check.get_by_label("How").select_option("Identity document seen")
    check.get_by_label("Call or document reference").fill("Passport")
    check.get_by_role("button", name="Met", exact=True).click()

    expect(page.get_by_role("region", name="What must be true first")).to_contain_text("1 of 3")


def test_a_routine_case_is_decided_without_scrolling(open_browser, globex, outsider):
    """At a bank, where the policy asks for the most checks and for two levels."""
    teller = factories.make_user("teller", (globex, "agent"))
    account = factories.suspend(factories.make_account(globex, "G-1", balance_minor=8420))
    case = factories.bring_to(account, "awaiting_approval", teller)
    page = open_browser(outsider)
    page.goto(case.get_absolute_url())

    needed = [
        page.locator(".stripe"),
        page.get_by_role("heading", level=1),
        page.get_by_role("region", name="Routine"),
        page.get_by_role("region", name="Why it stopped"),
        page.get_by_role("region", name="Why it should resume"),
        page.get_by_role("region", name="What must be true first"),
        page.get_by_role("region", name="What approving will do"),
        page.get_by_role("button", name="Approve and next"),
        page.locator("summary", has_text="Send back"),
        page.locator("summary", has_text="Decline"),
        page.get_by_role("heading", name="Timeline"),
        page.locator(".timeline li").first,
    ]
    for part in needed:
        expect(part).to_be_in_viewport(ratio=1)
