"""The keyboard alone is enough, for agents and for supervisors."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.hands import fold, keys, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_supervisor_decides_with_keys_alone(open_browser, acme, agent, supervisor):
    cases = [
        factories.bring_to(
            factories.suspend(factories.make_account(acme, number, balance_minor=8420)), "awaiting_approval", agent
        )
        for number in ("A-1", "A-2", "A-3")
    ]
    page = open_browser(supervisor)
    page.goto("/")

    with page.expect_navigation():
        keys(page, "g", "t")
    expect(page.get_by_role("heading", level=1)).to_have_text("To decide")
    with page.expect_navigation():
        keys(page, "j", "ArrowDown", "k", "o")
    expect(page.locator(".stripe")).to_contain_text("A-2")
    keys(page, "d")
    expect(fold(page, "Decline").get_by_label("Reason")).to_be_focused()
    keys(page, "1")
    expect(fold(page, "Decline").get_by_label("Why, in words")).to_be_focused()
    page.keyboard.type("The receipt is of another account. a d ? /")
    tab_to(page, "Decline")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".stripe")).to_contain_text("A-3")

    with page.expect_navigation(url=f"**/{cases[0].code}/"):
        keys(page, "a", "Enter")
    with page.expect_navigation(url="**/?queue=decide"):
        keys(page, "a", "Enter")

    expect(page.get_by_text("Nothing waits for your decision.")).to_be_visible()
    for case in cases:
        case.refresh_from_db()
    assert [case.status for case in cases] == ["completed", "declined", "completed"]


def test_an_agent_works_with_keys_alone(open_browser, suspended, agent):
    page = open_browser(agent)
    page.goto("/")

    keys(page, "/")
    page.keyboard.type("a-1001")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Request reinstatement")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Why should service resume?")
    page.keyboard.type("Paid")
    tab_to(page, "In words")
    page.keyboard.type("Paid by transfer.")
    tab_to(page, "Submit and start verification")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "How")
    page.keyboard.type("Identity")
    tab_to(page, "Call or document reference")
    page.keyboard.type("Passport seen")
    tab_to(page, "Met")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="What must be true first")).to_contain_text("1 of 3")


def test_the_list_of_keys_says_what_the_keys_do(open_browser, awaiting_approval, supervisor):
    page = open_browser(supervisor)
    page.goto(awaiting_approval.get_absolute_url())
    keys(page, "?")
    listed = page.locator("#keys dt kbd").all_text_contents()
    page.keyboard.press("Escape")

    shown = page.locator("main kbd").all_text_contents()
    assert set(shown) <= set(listed)
    for name, decision in (("Decline", "decline"), ("Send back", "send-back")):
        key = page.locator("summary", has_text=name).get_attribute("data-key")
        page.evaluate("document.activeElement.blur()")
        keys(page, key)
        expect(page.locator(f"form[action$='/{decision}/'] :focus")).to_have_count(1)
