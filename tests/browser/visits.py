"""Every page that somebody finds by following links, opened once, with what is wrong with it."""

from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

from tests.browser.house import ROLES

CHECKS = Path(__file__).with_name("checks.js")
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Of pages that look alike, as many are opened as show something new.
ALIKE = {
    "case": 10,
    "account": 4,
    "queue": 3,
    "log_entry": 2,
    "delivery": 2,
    "membership": 4,
    "membership_deed": 9,
    "import": 2,
    "export_run": 2,
    "account_deed": 9,
    "signal": 2,
    "merge": 2,
    "account_payments": 4,
    "staff_hours": 2,
    "membership_list": 3,
    "policy": 2,
    "policy_preview": 2,
    "clock_settings": 2,
    "webhook": 2,
    "linked_system": 2,
}
# Addresses that no link leads to: what was mistyped, and what is not there.
TYPED = (
    "/sign-in/",
    "/sign-out/",
    "/password/",
    "/no/such/page/",
    "/search/?q=maria",
    "/search/?q=nobody+here",
    "/search/?q=" + "x" * 300,
    "/log/?since=2026-02-30&until=x",
    "/log/?account=none&since=2030-01-01",
    "/reinstatements/?queue=open&q=zzz",
    "/accounts/?number=zzz",
    "/memberships/?status=suspended&on=2001-01-01",
    "/memberships/?status=in_service&on=2999-01-01",
    "/endings/",
)
# Forms that are sent empty, to see how they answer.
FORMS = {
    "account_login": "main form, .entrance form",
    "account_change_password": "main form",
    "account_reveal": "main form",
    "account_payments": "main form",
    "account_contact": "main form",
    "account_assets": "main form",
    "account_queries": "main form",
    "call": "main form",
    "query": "main form",
    "account_merge": "main form",
    "account_deed": "main form",
    "signal": "main form",
    "team_absence": "main form",
    "skills": "main form",
    "case_assign": "main form",
    "case_bulk": "main form",
    "charge_write_off": "main form",
    "membership_add": "main form",
    "membership_deed": "main form",
    "offer_redeem": "main form",
    "membership_withdraw": "main form",
    "import_new": "main form",
    "case_open": "main form",
    "role_grant": "main form",
    "staff_hours": "main form",
    "clock_settings": "main form",
    "alert_settings": "main form",
    "linked_system_new": "main form",
    "linked_system_change": "main form",
    "billing_settle": "main form",
    "case": "form[action$='/decline/']",
}


EVERYBODY = (*ROLES, "newcomer", "nobody", "visitor")


@dataclass
class Visit:
    """``problems`` are by the name of the check."""

    address: str
    name: str
    status: int
    problems: dict[str, list[str]] = field(default_factory=dict)


def wrong(visits, check):
    """Return what one check found, by the address of the page."""
    return {visit.address: visit.problems[check] for visit in visits if visit.problems[check]}


def walk(context, base_url, troubles, also=()):
    """Follow every link from the start page, and then open the addresses ``also``; return the visits."""
    context.add_init_script(path=CHECKS)
    page = context.new_page()
    visits, seen, sent, alike = [], set(), set(), Counter()
    waiting, typed = deque(["/"]), deque(also)
    while waiting or typed:
        address, limit = (waiting.popleft(), ALIKE) if waiting else (typed.popleft(), {})
        name = name_of(address)
        if address in seen or (limit and alike[name] >= limit.get(name, 1)):
            continue
        seen.add(address)
        alike[name] += 1
        visits.append(look(page, address, page.goto(base_url + address), troubles))
        waiting.extend(links(page, base_url))
        form = page.locator(FORMS.get(name, "no-such")).first
        if name not in sent and form.count():
            sent.add(name)
            with page.expect_navigation() as answer:
                form.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
            visits.append(look(page, f"{address} sent empty", answer.value, troubles))
    return visits


def name_of(address):
    path = urlsplit(address).path
    try:
        return resolve(path).view_name
    except Resolver404:
        return path


def links(page, base_url):
    """Return the addresses of this site that the page links to, in order; files are no pages."""
    found = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    inside = [urlsplit(urljoin(base_url, link)) for link in found if link.startswith(base_url)]
    return [f"{link.path}?{link.query}" if link.query else link.path for link in inside]


def look(page, address, response, troubles):
    """Run every check on the page that is open: on a desk by day and by night, then on a phone."""
    visit = Visit(address, name_of(address.removesuffix(" sent empty")), response.status)
    html = response.text()
    page.keyboard.press("Shift")
    visit.problems["structure"] = page.evaluate("checks.structure()")
    visit.problems["focus"] = page.evaluate("checks.focus()")
    visit.problems["light"] = page.evaluate("checks.contrast()")
    page.emulate_media(color_scheme="dark")
    visit.problems["dark"] = page.evaluate("checks.contrast()")
    page.emulate_media(color_scheme="light")
    visit.problems["desk"] = page.evaluate("checks.width()")
    page.set_viewport_size(PHONE)
    visit.problems["phone"] = page.evaluate("checks.width()")
    page.set_viewport_size(DESKTOP)
    visit.problems["inline"] = Inline.found_in(html)
    visit.problems["browser"] = troubles[:]
    troubles.clear()
    return visit


class Inline(HTMLParser):
    """Finds script and style that a strict policy would refuse. Data in a script element is no script."""

    def __init__(self):
        super().__init__()
        self.found = []

    @classmethod
    def found_in(cls, html):
        parser = cls()
        parser.feed(html)
        return parser.found

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in given and "json" not in given.get("type", "")):
            self.found.append(f"<{tag}> inline")
        for name, value in attributes:
            if name == "style" or name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value!r}>")
