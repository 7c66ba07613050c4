"""A supervisor's day: eighty cases of five clients, eight with a planted fault, walked with the keyboard.

Only what the pages show is read: the words at the head of a case, and whether it can be decided. What is called routine
is approved and what is not is skipped, as somebody does who has half a minute for each.
"""

import random
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Plan
from accounts.services import accounts, contacts, signals, staff
from reinstatements import policies, services
from reinstatements.demo import evidence
from reinstatements.models import Policy, ReinstatementRequest
from reinstatements.models.request import Kind
from tests import factories
from tests.browser.hands import keys, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

INDUSTRIES = {
    "telecom": ("Nordwind Mobil", "payment policy inactivity data"),
    "bank": ("Kreuzer Bank", "payment policy inactivity voluntary"),
    "commerce": ("Filmoteca", "payment policy inactivity voluntary"),
    "saas": ("Tidewater Cloud", "payment policy inactivity voluntary"),
    "health": ("Assurance Bleue", "payment policy inactivity voluntary"),
}
EACH = 16
REASON = {"payment": "non_payment"}
FAULTS = {
    # where it is planted, by industry and place: what is wrong
    ("telecom", 3): "names another client",
    ("commerce", 5): "names another client's account",
    ("bank", 4): "paid before it stopped",
    ("health", 6): "consent from before it stopped",
    ("saas", 2): "asked for by one's other login",
    ("telecom", 9): "contact data changed just before",
    ("commerce", 12): "asked for twice",
    ("bank", 8): "charged anew since it was sent",
}
SAID = {
    # what the page says of it, so that nothing stands out by accident
    "names another client": "another client)",
    "names another client's account": "another account)",
    "paid before it stopped": "Evidence from before service stopped",
    "consent from before it stopped": "consent recorded (",
    "asked for by one's other login": "as sue2 on",
    "contact data changed just before": "1 signal waits to be looked at",
    "asked for twice": "asks in another case, too",
    "charged anew since it was sent": "More is owed than was paid",
}
ASKS = (
    "The member called and explained it; see the checks.",
    "Paid by transfer, asks for service back today.",
    "Wrote in the chat; everything asked for is there.",
)
READ = """() => {
  const words = (selector) => document.querySelector(selector)?.innerText.trim() ?? "";
  return {
    account: words(".stripe"),
    verdict: words(".verdict h2"),
    why: [...document.querySelectorAll(".verdict li")].map((line) => line.innerText),
    decision: words("section[aria-labelledby=decide-title]"),
    approves: [...document.querySelectorAll("button[data-key=a]")].some((one) => one.offsetParent),
  };
}"""


def found_client(industry, name):
    client = factories.make_client(industry, without=list(Kind), name=name, industry=industry)
    with scopes_disabled():
        for kind in Kind:
            Policy.objects.create(
                client=client,
                kind=kind,
                version=1,
                rules=policies.default_rules(industry, kind),
                in_force_from=timezone.now() - timedelta(days=1),
            )
        Plan.objects.filter(client=client).update(name=f"{name} Basic")
    return client


class Day:
    """Everything that happened before the supervisor sits down."""

    def __init__(self):
        self.clients = {industry: found_client(industry, name) for industry, (name, _kinds) in INDUSTRIES.items()}
        served = [(client, "agent") for client in self.clients.values()]
        self.agents = [factories.make_user(name, *served) for name in ("ada", "bob")]
        self.supervisor = factories.make_user("sue", *((client, "supervisor") for client in self.clients.values()))
        self.other_login = factories.make_user("sue2", *served, person=self.supervisor.person)
        self.rng, self.codes, self.planted = random.Random(5), {}, {}
        with scope(client=[client.pk for client in self.clients.values()]):
            for industry, client in self.clients.items():
                for place in range(EACH):
                    self.case(industry, client, place)
            for client in self.clients.values():
                signals.look(client)

    def case(self, industry, client, place):
        fault = FAULTS.get((industry, place))
        number = f"{industry[:2].upper()}-{7000 + 13 * place}"
        kinds = INDUSTRIES[industry][1].split()
        kind = "payment" if fault and "consent" not in fault else kinds[place % len(kinds)]
        stopped_at = timezone.now() - timedelta(days=self.rng.randint(2, 20), hours=place)
        account = factories.make_account(
            client,
            number,
            holder=self.holder(industry, place),
            country="DE",
            balance_minor=self.rng.randint(1500, 9900) if kind == "payment" else 0,
        )
        accounts.suspend(
            account,
            actor=staff.ensure_system_user(),
            kind=kind,
            reason=REASON.get(kind, "policy_breach"),
            occurred_at=stopped_at,
            note="As the client's system told it.",
            tell=False,
        )
        agent = self.other_login if fault == "asked for by one's other login" else self.agents[place % 2]
        if fault == "contact data changed just before":
            changed = {"phone": f"+49 30 90182{place:04}"}
            contacts.change(account, changed, actor=agent, reason="member_moved", note="Told on the phone.")
        case = services.open_case(
            factories.fresh(account), actor=agent, resume_reason="paid", statement=self.rng.choice(ASKS)
        )
        services.start(services.submit(case, actor=agent), actor=agent)
        self.prove(case, agent, fault)
        services.send_for_approval(case, actor=agent)
        if fault == "asked for twice":
            twin = factories.make_account(client, f"{number}-B", holder=self.holder(industry, place), country="DE")
            factories.bring_to(factories.suspend(twin), "submitted", agent)
        if fault == "charged anew since it was sent":
            factories.charge(factories.fresh(account), f"I-{number}", minor=4900)
        self.codes[case.code] = number
        if fault:
            self.planted[number] = fault

    @staticmethod
    def holder(industry, place):
        who = f"{industry}.{place}"
        phone = f"+49 30 9018{list(INDUSTRIES).index(industry)}{place:03}"
        return {"holder_name": f"Kim {who.title()}", "email": f"{who}@example.com", "phone": phone}

    def prove(self, case, agent, fault):
        account, today = factories.fresh(case.account), timezone.localdate()
        for position, check in enumerate(case.checks.all()):
            facts, words = evidence.of(check.code, self.rng, account, today, case)
            if fault == "names another client" and not position:
                words["reference"] = f"Spoke with the holder about the {INDUSTRIES['bank'][0]} contract"
            if fault == "names another client's account" and check.code == "payment_received":
                words["reference"] = "Transfer for TE-7026"
            if fault == "paid before it stopped" and check.code == "payment_received":
                facts["received_on"] = (case.stopped_at - timedelta(days=3)).date().isoformat()
            if fault == "consent from before it stopped" and check.code == "consent_recorded":
                facts["given_on"] = (case.stopped_at - timedelta(days=200)).date().isoformat()
            services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=words)


def stands_out(read):
    """Whether the page calls a case anything but routine, or gives no button to approve it."""
    return not read["verdict"].startswith("Routine") or not read["approves"]


def skip(page):
    keys(page, "s")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Skip, and open the next")
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.keyboard.press("Enter")


def approve(page):
    keys(page, "a")
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.keyboard.press("Enter")


@pytest.mark.requirement("R58", "R132")
def test_of_eight_planted_faults_at_least_seven_stand_out_and_nothing_else_does(open_browser):
    started = time.monotonic()
    day = Day()
    made = time.monotonic()
    page = open_browser(day.supervisor)
    flagged, approved = {}, []

    page.goto("/")
    keys(page, "g")
    with page.expect_navigation():
        keys(page, "n")
    while page.locator(".verdict").count():
        read = page.evaluate(READ)
        number = next(number for number in day.codes.values() if number in read["account"].split())
        assert number not in [*flagged, *approved]
        if stands_out(read):
            flagged[number] = read
            skip(page)
        else:
            approved.append(number)
            approve(page)

    # What is never offered is looked for in the list of all that is open.
    with scopes_disabled():
        left = {code: number for code, number in day.codes.items() if number not in flagged and number not in approved}
    for code, number in left.items():
        page.goto(f"/reinstatements/?queue=open&q={number}")
        with page.expect_navigation():
            page.get_by_role("link", name=code).first.click()
        read = page.evaluate(READ)
        if stands_out(read):
            flagged[number] = read

    missed = {number: fault for number, fault in day.planted.items() if number not in flagged}
    wrongly = {number: read for number, read in flagged.items() if number not in day.planted}
    took = f"{made - started:.0f} s to make, {time.monotonic() - made:.0f} s to walk"
    print(f"{len(day.planted) - len(missed)} of {len(day.planted)} stand out, {len(wrongly)} of 72 wrongly; {took}")
    assert wrongly == {}
    for number, read in flagged.items():
        assert SAID[day.planted[number]] in "\n".join([*read["why"], read["decision"]])
    assert len(day.planted) - len(missed) >= 7, missed
    assert len(approved) == len(day.codes) - len(day.planted) == 72
    with scopes_disabled():
        rows = ReinstatementRequest.objects.filter(code__in=day.codes).select_related("account")
        undecided = {row.account.number for row in rows if not row.approvals.exists()}
    assert undecided == set(day.planted)
