"""The whole desk with the keyboard alone: claim, ask, note, send; decline by number, skip; send back, take over."""

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import expect

from accounts.zones import zone
from tests import factories
from tests.browser.hands import keys, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def waiting(acme, agent, status, *numbers):
    with scopes_disabled():
        return [
            factories.bring_to(
                factories.suspend(factories.make_account(acme, number, balance_minor=8420)), status, agent
            )
            for number in numbers
        ]


def press_and_go(page, *pressed):
    with page.expect_navigation():
        keys(page, *pressed)


def test_an_agent_works_the_desk_with_keys_alone(open_browser, acme, agent, supervisor):
    colleague = factories.make_user("colleague", (acme, "agent"))
    first, _second = waiting(acme, agent, "submitted", "A-1", "A-2")
    page = open_browser(colleague)
    page.goto("/reinstatements/?queue=to-start")

    # The first case is chosen already: one down, one up.
    press_and_go(page, "j", "k", "o")
    expect(page.locator(".stripe")).to_contain_text("A-1")
    press_and_go(page, "c", "Enter")
    expect(page.locator(".message.success")).to_contain_text(f"Case {first.code} is yours.")
    keys(page, "n")
    page.keyboard.type("She calls after five. n s c")
    press_and_go(page, "Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("She calls after five.")
    tab_to(page, "Start verification")
    press_and_go(page, "Enter")
    keys(page, "m")
    page.keyboard.type("Bitte senden Sie uns Ihren Ausweis.")
    press_and_go(page, "Control+Enter")
    expect(page.locator(".head .badge")).to_have_text("Awaiting member")
    tab_to(page, "What the member answered")
    page.keyboard.type("Sent by mail.")
    press_and_go(page, "Control+Enter")
    expect(page.locator(".head .badge")).to_have_text("In verification")
    with scopes_disabled():
        factories.meet_all(first, colleague)
    page.reload()
    press_and_go(page, "a", "Enter")

    # Sent, and the next is open.
    expect(page.locator(".stripe")).to_contain_text("A-2")
    first.refresh_from_db()
    assert first.status == "awaiting_approval"


def prove(page, **typed):
    """Fill in the check that is open, by the labels of its fields, and record it as met."""
    for label, text in typed.items():
        tab_to(page, label.replace("_", " "))
        page.keyboard.type(text)
    tab_to(page, "Met")
    press_and_go(page, "Enter")


def test_a_case_is_assigned_released_proven_and_sent_with_keys_alone(open_browser, acme, agent, supervisor):
    (case,) = waiting(acme, agent, "submitted", "A-1")
    theirs = open_browser(supervisor)
    theirs.goto("/reinstatements/?queue=to-start")
    press_and_go(theirs, "o")
    tab_to(theirs, "Assign")
    press_and_go(theirs, "Enter")
    tab_to(theirs, "Who works on it")
    theirs.keyboard.type("agent")
    tab_to(theirs, "Assign")
    press_and_go(theirs, "Enter")
    case.refresh_from_db()
    assert case.worker == agent

    page = open_browser(agent)
    page.goto("/reinstatements/?queue=mine")
    press_and_go(page, "o")
    tab_to(page, "Let go of it")
    keys(page, "Enter")
    tab_to(page, "Let go of it")
    press_and_go(page, "Enter")
    case.refresh_from_db()
    assert case.worker is None
    tab_to(page, "Start verification")
    press_and_go(page, "Enter")
    # A date is typed as it is read here: day, month, year.
    today = timezone.localtime(timezone=zone("Europe/Berlin")).strftime("%d%m%Y")
    prove(page, How="Identity", Call_or_document_reference="Passport seen")
    prove(page, Confirmed_by="Call", Confirmed_on=today)
    prove(
        page, **{"Amount_received,_in_EUR": "84.20", "Received_on": today, "Payment_reference": "RF18 5390 0754 7034"}
    )
    expect(page.get_by_role("region", name="What must be true first")).to_contain_text("3 of 3")
    press_and_go(page, "a", "Enter")
    case.refresh_from_db()
    with scopes_disabled():
        assert (case.status, [check.outcome for check in case.checks.all()]) == ("awaiting_approval", ["met"] * 3)


def test_a_supervisor_decides_by_number_skips_and_goes_on(open_browser, acme, agent, supervisor):
    first, second, third = waiting(acme, agent, "awaiting_approval", "A-1", "A-2", "A-3")
    page = open_browser(supervisor)
    page.goto("/")

    press_and_go(page, "g", "n")
    expect(page.locator(".stripe")).to_contain_text("A-1")
    keys(page, "s")
    keys(page, "ArrowDown", "ArrowDown", "ArrowDown")
    tab_to(page, "Skip, and open the next")
    press_and_go(page, "Enter")
    expect(page.locator(".stripe")).to_contain_text("A-2")
    keys(page, "d")
    expect(page.locator("form[action$='/decline/'] select")).to_be_focused()
    keys(page, "1")
    expect(page.locator("form[action$='/decline/'] textarea")).to_be_focused()
    page.keyboard.type("The receipt is of another account. 1 d a")
    press_and_go(page, "Control+Enter")
    expect(page.locator(".stripe")).to_contain_text("A-3")
    press_and_go(page, "a", "Enter")
    expect(
        page.get_by_text("Nothing waits for your decision.").or_(page.get_by_role("row", name="A-1"))
    ).to_be_visible()

    for case, status in ((first, "awaiting_approval"), (second, "declined"), (third, "completed")):
        case.refresh_from_db()
        assert case.status == status


def test_everything_works_without_script(open_browser, acme, agent, supervisor):
    (case,) = waiting(acme, agent, "awaiting_approval", "A-1")
    page = open_browser(supervisor, java_script_enabled=False)
    page.goto("/reinstatements/next/")
    page.locator("summary", has_text="Decline").click()
    page.get_by_label("Reason").nth(2).select_option("1 Not Proven")
    page.get_by_label("Why, in words").fill("No proof.")
    page.get_by_role("button", name="Decline").click()

    expect(page.locator(".message.success")).to_contain_text(f"Case {case.code} is declined.")


def test_what_is_sent_back_is_taken_over_mended_and_approved_with_keys_alone(open_browser, acme, agent, supervisor):
    colleague = factories.make_user("colleague", (acme, "agent"))
    (case,) = waiting(acme, agent, "awaiting_approval", "A-1")
    page = open_browser(supervisor)
    page.goto("/reinstatements/next/")
    keys(page, "b")
    expect(page.locator("form[action$='/send-back/'] select")).to_be_focused()
    keys(page, "1")
    expect(page.locator("form[action$='/send-back/'] textarea")).to_be_focused()
    page.keyboard.type("Which transfer is this? 1 a b")
    press_and_go(page, "Control+Enter")
    expect(page.locator(".message.success")).to_contain_text(f"Case {case.code} is sent back to be mended.")

    theirs = open_browser(colleague)
    theirs.goto("/reinstatements/?queue=sent-back")
    press_and_go(theirs, "o")
    expect(theirs.locator("main")).to_contain_text("Which transfer is this? 1 a b")
    tab_to(theirs, "Take over")
    keys(theirs, "Enter")
    expect(theirs.locator("form[action$='/take-over/'] select")).to_be_focused()
    keys(theirs, "ArrowDown")
    tab_to(theirs, "Take over")
    press_and_go(theirs, "Enter")
    keys(theirs, "n")
    theirs.keyboard.type("The one of Friday, the slip is attached.")
    press_and_go(theirs, "Control+Enter")
    press_and_go(theirs, "a", "Enter")
    case.refresh_from_db()
    assert (case.status, case.worker, case.returns_to) == ("awaiting_approval", colleague, supervisor)

    with page.expect_navigation():
        keys(page, "g", "n")
    expect(page.locator("main")).to_contain_text("The one of Friday")
    press_and_go(page, "a", "Enter")
    case.refresh_from_db()
    assert case.status == "completed"
