"""What people do with their hands, the same on every page."""

from playwright.sync_api import expect

from tests.factories import PASSWORD


def sign_in(page, name):
    """Fill in the sign-in page that is open."""
    page.get_by_label("Login").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def sign_out(page):
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def open_in_menu(page, name):
    with page.expect_navigation():
        page.get_by_role("navigation", name="Main menu").get_by_role("link", name=name).click()


def search(page, words):
    page.get_by_role("searchbox").fill(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fold(page, name):
    """Open one of the decisions and return it."""
    found = page.locator("details[name=decision]").filter(has=page.locator("summary", has_text=name))
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def keys(page, *pressed):
    for key in pressed:
        page.keyboard.press(key)


NAME = """() => {
  const element = document.activeElement;
  return (element.labels?.[0] ?? element).innerText.replace("*", "").trim().split("\\n")[0];
}"""


def tab_to(page, name, limit=60):
    """Press Tab until the element with this name has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(NAME) == name:
            return
    raise AssertionError(f"{limit} times Tab do not lead to {name!r}")
