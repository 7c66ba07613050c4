"""What the bank did before it came to Reinstate: requests of IBM's event log, step by step, by the people who did them.

The log says who did which step when, and nothing of customers or outcomes. A request with a four-eyes check was agreed
to, one that ends with a manual review was not, and one with neither came to nothing. Its times have no zone; they are
read in the bank's.
"""

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import accounts
from accounts.imports.cells import Written
from accounts.imports.reading import read
from accounts.models import Account
from accounts.services import accounts as account_services
from accounts.services.event_imports import columns_by_name, import_events
from accounts.services.imports import Outcome
from reinstatements import services
from reinstatements.demo import evidence
from reinstatements.demo.cases import seen
from reinstatements.demo.holders import rng_for
from reinstatements.import_kinds import PAST_STEPS

FILE = Path(accounts.__file__).parent / "data" / "onboarding" / "requests.csv.gz"
HEADER = ("process", "activity", "start", "end", "resource", "robot", "role")
TIMES = "%d-%m-%Y %H:%M:%S"
ENDED_BEFORE = datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/London"))

STOPPED = "The identity document on file had run out; the customer was asked for a new one in writing."
ASKED = "The customer asks to have the account back and sends a new identity document."


class Step:
    """One line of the log: who did it, from when to when."""

    def __init__(self, row, zone):
        self.who = row["resource"]
        self.start, self.end = (
            datetime.strptime(row[column], TIMES).replace(tzinfo=ZoneInfo(zone)) for column in ("start", "end")
        )


def requests(zone):
    """Return ``[{activity: Step}, ...]`` of the file's requests, in its order."""
    found: dict[str, dict[str, Step]] = {}
    with gzip.open(FILE, "rt", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["process"], {})[row["activity"]] = Step(row, zone)
    return list(found.values())


def load(client, numbers, cast):
    """Write down the requests of the file as closed cases of the accounts with these numbers, one each."""
    known = {account.number: account for account in Account.objects.filter(client=client, number__in=numbers)}
    replayed = 0
    for number, steps in zip(numbers, requests(client.time_zone), strict=True):
        if number in known:
            Replay(known[number], steps, cast).run()
            replayed += 1
    return replayed


def keep_log(client, cast):
    """Keep the log itself, step by step, as the bank's administrator would import it; return how many steps it has."""
    outcome = Outcome()
    import_events(
        client,
        FILE,
        actor=cast.system,
        as_of=ENDED_BEFORE.date(),
        kind=PAST_STEPS.code,
        columns=columns_by_name(PAST_STEPS, HEADER, {}),
        written=Written("DD-MM-YYYY", client.time_zone),
        options={"source": "workflow", "checks": "Four-eyes Check"},
        reading=read,
        report=print,
        outcome=outcome,
    )
    return outcome.opened


class Replay:
    def __init__(self, account, steps, cast):
        self.account, self.steps, self.cast = account, steps, cast
        self.rng = rng_for(account.number, "past")

    def run(self):
        entered = self.steps["Enter Data"]
        account_services.suspend(
            self.account,
            actor=self.cast.system,
            kind="compliance",
            reason="kyc_expired",
            note=STOPPED,
            origin="import",
            occurred_at=entered.start - timedelta(days=self.rng.randint(4, 60), hours=self.rng.randint(0, 9)),
            tell=False,
        )
        self.case = services.open_case(
            self.account, resume_reason="kyc_renewed", statement=ASKED, **self.by(entered, at=entered.start)
        )
        services.submit(self.case, **self.by(self.steps["Submit Request"]))
        self.verify()
        if "Four-eyes Check" in self.steps:
            self.approve()
        elif "Review Request Manually" in self.steps:
            self.decline()
        else:
            self.withdraw()

    def by(self, step, at=None):
        """Return who did a step, and when: what each service is told of something that has happened."""
        return {"actor": self.cast[step.who], "origin": "import", "occurred_at": at or step.end}

    def verify(self):
        looked = self.steps["Determine Missing Document"]
        uploaded, missing = self.steps.get("Upload Documents"), self.steps.get("Review New Documents")
        services.start(self.case, **self.by(looked, at=looked.start))
        papers = f"Documents uploaded by {uploaded.who} at {uploaded.end:%H:%M}" if uploaded else "Nothing enclosed"
        self.met("request_details", looked, reference=papers)
        self.met("identity", looked)
        if missing:
            self.record("kyc", looked, "failed", {}, {"reference": "A page of the document is missing; asked for it."})
        self.met("kyc", missing or looked)
        self.met("risk_rating", self.steps["Scoreboarding"])
        reviewed = self.steps.get("Review Request Manually")
        if reviewed and "Four-eyes Check" in self.steps:
            services.send_for_approval(self.case, note=f"Reviewed by hand by {reviewed.who}.", **self.by(reviewed))
        else:
            services.send_for_approval(self.case, **self.by(self.steps["Scoreboarding"]))

    def met(self, code, step, reference=""):
        facts, words = evidence.of(code, self.rng, self.account, step.end.date(), self.case)
        self.record(code, step, "met", facts, words | ({"reference": reference} if reference else {}))

    def record(self, code, step, outcome, facts, words):
        services.record_check(self.case, code, outcome=outcome, facts=facts, evidence=words, **self.by(step))

    def approve(self):
        """Whoever updates the bank's systems decides first, and the four-eyes check is the second pair."""
        notified = self.steps["Send Notifications"]
        told = f"The customer is written to by {notified.who}, {notified.end:%d %b %Y %H:%M}."
        for activity, note in (("Update Backend Systems", ""), ("Four-eyes Check", told)):
            decision = {"reason": "kyc_renewed", "note": note, "seen": seen(self.case, tells=False), "tell": False}
            services.approve(self.case, **decision, **self.by(self.steps[activity]))

    def decline(self):
        why = {"reason": "kyc_failed", "note": "The document could not be accepted after a review by hand."}
        reviewed = self.by(self.steps["Review Request Manually"])
        services.decline(self.case, seen=seen(self.case, tells=False), tell=False, **why, **reviewed)

    def withdraw(self):
        why = {"reason": "no_answer", "note": "The score was not enough, and the customer did not come back to it."}
        services.withdraw(self.case, tell=False, **why, **self.by(self.steps["Send Notifications"]))
