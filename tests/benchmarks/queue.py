"""Queue, case, home and search for fifty clients as cases pile up, beside Django's own list of the same cases."""

from urllib.parse import urlencode

from django.db import connection
from django.db.models import Max
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from reinstatements.models import ReinstatementRequest
from tests.benchmarks import desks, harness, stock
from tests.benchmarks.harness import Competitor

SESSION_AND_USER = 2
EMPTY = "queue: nothing in it"
"""The frame of every page: session, roles, menu with its counts, form; no rows."""
WORDS = {"a name": "Zenobia Quill", "a mail address": desks.HOLDER["email"]}
PEERS = {
    "queue: to decide": "Django's list: awaiting approval",
    "queue: all open": "Django's list: open",
    "queue: done lately": "Django's list: completed, of a month",
    **{f"search: {what}": f"Django's list, searched: {what}" for what in WORDS},
}
"""What of ours stands beside which of theirs: the same question, put as one puts it there."""
BARS = {"most": 1.3, "queue": 20, "search": 200}


def pages(desk):
    """Return ``{name: address}`` of what is measured; the queues are those that grow with the desk."""
    queue = reverse("queue")
    return {
        "home": "/",
        "queue: to decide": f"{queue}?queue=decide",
        "queue: all open": f"{queue}?queue=open",
        "queue: done lately": f"{queue}?queue=done",
        EMPTY: f"{queue}?queue=review",
        "case": desk.case.get_absolute_url(),
        **{f"search: {what}": f"{reverse('search')}?{urlencode({'q': words})}" for what, words in WORDS.items()},
    }


def asked_of_the_peer():
    """Return ``{name: query}`` of Django's list, filtered and searched for what our pages are asked for."""
    with scopes_disabled():
        done = ReinstatementRequest.objects.filter(status="completed").aggregate(last=Max("opened_at"))["last"]
    return {
        PEERS["queue: to decide"]: {"status__exact": "awaiting_approval"},
        PEERS["queue: all open"]: {"standing": "open"},
        PEERS["queue: done lately"]: {
            "status__exact": "completed",
            "opened_at__year": done.year,
            "opened_at__month": done.month,
            "o": -stock.RequestAdmin.list_display.index("opened_at") - 1,
        },
        **{PEERS[f"search: {what}"]: {"q": words} for what, words in WORDS.items()},
    }


def visit(browser, url):
    response = browser.get(url)
    assert response.status_code == 200, f"{url}: {response.status_code}"
    return response.content


class StockBrowser:
    """A superuser's, through the middlewares that a new project begins with and none of ours."""

    def __init__(self, user):
        self.browser = Client()
        self.browser.force_login(user)
        with override_settings(MIDDLEWARE=stock.MIDDLEWARE):
            self.browser.handler.load_middleware()

    def visit(self, **query):
        with scopes_disabled():
            return visit(
                self.browser, f"{reverse('stock:reinstatements_reinstatementrequest_changelist')}?{urlencode(query)}"
            )


def competitors(desk, browser, repeats):
    def repeated(act):
        return lambda work: [act() for _again in work]

    found = [
        Competitor(name, repeated(lambda url=url: visit(browser, url)), prepare=lambda _turn: range(repeats))
        for name, url in pages(desk).items()
    ]
    admin = StockBrowser(desk.root)
    return found + [
        Competitor(
            name,
            repeated(lambda query=query: admin.visit(**query)),
            # A search of theirs takes seconds.
            prepare=lambda _turn, once="q" in query: range(1 if once else 3),
        )
        for name, query in asked_of_the_peer().items()
    ]


def queries(desk, browser):
    """Return how many queries each page takes beside those for session and user."""
    found = {}
    for name, url in pages(desk).items():
        visit(browser, url)
        with CaptureQueriesContext(connection) as captured:
            visit(browser, url)
        found[name] = len(captured) - SESSION_AND_USER
    return found


def verdict(costs, small, large):
    """Return a line for each bar."""
    lines = []
    for name in costs[large]:
        if name not in PEERS.values():
            times = costs[large][name].cpu / costs[small][name].cpu
            met = "met" if times <= BARS["most"] else "missed"
            lines.append(
                f"- {name}: {times:.2f} x the CPU at {large:,} of that at {small:,} (bar {BARS['most']} x: {met})"
            )
    for ours, theirs in PEERS.items():
        lines.append(harness.ratio_line(costs[large], ours, theirs, BARS[ours.partition(":")[0]]))
    return lines


def main():
    options = harness.arguments(__doc__, rows=1_000_000, repeats=10)
    sizes = sorted({max(options.rows // 100, 1), max(options.rows // 10, 2), options.rows})
    with harness.scratch(), override_settings(ROOT_URLCONF="tests.benchmarks.stock", ALLOWED_HOSTS=["*"]):
        stock.create_holders()
        desk, costs, lines = desks.Desk(), {}, []
        browser = Client()
        browser.force_login(desk.user)
        for size in sizes:
            desk.grow(size)
            stock.give_holders({desk.account: desks.HOLDER})
            costs[size] = harness.compete(competitors(desk, browser, options.repeats), options.rounds)
            lines += [*harness.table(costs[size], f"{size:,} cases"), ""]
        asked = ", ".join(f"{name} {count}" for name, count in queries(desk, browser).items())
        lines += [*verdict(costs, sizes[0], sizes[-1]), "", f"Queries beside session and user: {asked}."]
        harness.report("queue", lines, write=options.write)


if __name__ == "__main__":
    main()
