"""The rules of dates, walked day by day against a calendar that is kept by hand here."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import terms
from accounts.terms import Facts, Scheduled, Terms

DAY = timedelta(days=1)
# New York and Berlin change at 2 in the morning, Beirut and Santiago at midnight, Lord Howe by half an hour.
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("starts_on", "anchor_day", "cycle", "expected"),
    [
        # Each begins on the day after the one before; the expected last days are read off a calendar.
        ("2027-01-31", 31, "month", ["2027-02-27", "2027-03-30", "2027-04-29", "2027-05-30"]),
        ("2028-01-31", 31, "month", ["2028-02-28", "2028-03-30", "2028-04-29"]),
        ("2027-01-30", 30, "month", ["2027-02-27", "2027-03-29", "2027-04-29"]),
        ("2027-12-15", 15, "month", ["2028-01-14", "2028-02-14"]),
        ("2027-11-30", 30, "quarter", ["2028-02-28", "2028-05-29"]),
        ("2028-02-29", 29, "year", ["2029-02-27", "2030-02-27", "2031-02-27", "2032-02-28", "2033-02-27"]),
        ("2027-02-28", 28, "year", ["2028-02-27", "2029-02-27"]),
        ("2028-02-29", 29, "two_years", ["2030-02-27", "2032-02-28"]),
    ],
)
def test_a_rolling_term_ends_the_day_before_the_same_day_of_a_later_month(starts_on, anchor_day, cycle, expected):
    found, day = [], date.fromisoformat(starts_on)
    for _term in expected:
        last = terms.term_end(day, Terms(cycle=cycle), anchor_day)
        found.append(last.isoformat())
        day = last + DAY
    assert found == expected


@pytest.mark.parametrize(
    ("starts_on", "cycle", "expected"),
    [
        ("2028-02-10", "month", "2028-02-29"),
        ("2027-02-10", "month", "2027-02-28"),
        ("2027-12-31", "month", "2027-12-31"),
        ("2027-05-10", "quarter", "2027-06-30"),
        ("2027-11-01", "quarter", "2027-12-31"),
        ("2027-01-01", "year", "2027-12-31"),
        ("2027-12-31", "year", "2027-12-31"),
        ("2027-03-01", "two_years", "2028-12-31"),
    ],
)
def test_a_calendar_term_ends_with_its_month_quarter_or_year(starts_on, cycle, expected):
    found = terms.term_end(date.fromisoformat(starts_on), Terms(cycle=cycle, basis=terms.CALENDAR))
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # In Beirut the clock goes from 24:00 to 1:00: the day begins where its first hour would have.
        ("Asia/Beirut", "2027-03-28", "2027-03-27T22:00:00"),
        ("America/Santiago", "2027-09-05", "2027-09-05T04:00:00"),
        # In Santiago the hour before midnight comes twice; the day begins after the second.
        ("America/Santiago", "2027-04-04", "2027-04-04T04:00:00"),
        ("Europe/Berlin", "2027-03-28", "2027-03-27T23:00:00"),
        ("Europe/Berlin", "2027-03-29", "2027-03-28T22:00:00"),
        ("Australia/Lord_Howe", "2027-10-04", "2027-10-03T13:00:00"),
    ],
)
def test_a_day_begins_where_its_clock_does(zone, day, expected):
    found = terms.start_of_day(date.fromisoformat(day), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


class Calendar:
    """A membership kept by hand: at each local day it is asked what its last days say. It knows nothing of steps."""

    def __init__(self, facts, first):
        self.status, self.ends_on, self.auto = facts.status, facts.ends_on, facts.auto_renew
        self.trial_ends_on, self.converts = facts.trial_ends_on, facts.trial_converts
        self.grace, self.extends, self.cycle = facts.terms.grace_days, facts.terms.pause_extends, facts.terms.cycle
        self.pause_ends_on, self.before, self.held = facts.pause_ends_on, facts.standing_before, 0
        self.tier, self.tier_ends_on = facts.tier, facts.tier_ends_on
        self.pauses = [(change.on, change.until) for change in facts.scheduled if change.kind == "pause"]
        self.cancels = [change.on for change in facts.scheduled if change.kind == "cancel"]
        self.anchor = facts.anchor_day
        self.day = first

    def turn(self):
        """Go on to the next local day and do what its beginning brings."""
        self.day += DAY
        if self.status in ("expired", "cancelled"):
            return
        if self.tier and self.tier_ends_on and self.day > self.tier_ends_on:
            self.tier = ""
        frozen = False
        if self.status == "paused":
            self.held += 1
            frozen = self.extends
            if self.pause_ends_on and self.day > self.pause_ends_on:
                self.leave_pause()
                frozen = False
        last = self.trial_ends_on if "trial" in (self.status, self.before) else self.ends_on
        for on in self.cancels:
            if (on and self.day >= on) or (on is None and last and self.day > last and not frozen):
                self.status = "cancelled"
                return
        if not frozen:
            self.run_out()
        for span in list(self.pauses):
            if self.day >= span[0] and self.status in ("active", "trial"):
                self.pauses.remove(span)
                self.before, self.status, self.pause_ends_on, self.held = self.status, "paused", span[1], 0

    def leave_pause(self):
        self.status, self.before = self.before, ""
        if self.extends:
            if self.status == "trial":
                self.trial_ends_on += self.held * DAY
            elif self.ends_on:
                self.ends_on += self.held * DAY
                self.anchor = (self.ends_on + DAY).day

    def run_out(self):
        if "trial" in (self.status, self.before):
            if self.trial_ends_on and self.day > self.trial_ends_on:
                if not self.converts:
                    self.status = "expired"
                elif self.status == "trial":
                    self.status, self.anchor = "active", self.day.day
                    self.ends_on, self.auto = self.month_later(self.day), self.terms_renew
        elif self.ends_on and self.day > self.ends_on:
            if self.auto and self.status != "suspended":
                self.ends_on = self.month_later(self.ends_on + DAY)
            elif not self.auto and self.day > self.ends_on + self.grace * DAY:
                self.status = "expired"

    def month_later(self, day):
        """The day before the same day a month or a year later, found by trying days one after the other."""
        months = {"month": 1, "year": 12}[self.cycle]
        target = day.month - 1 + months
        year, month = day.year + target // 12, target % 12 + 1
        for wanted in range(self.anchor, 27, -1):
            try:
                return date(year, month, wanted) - DAY
            except ValueError:
                continue
        return date(year, month, self.anchor) - DAY


def lives():
    """Memberships that begin on an uneasy day, one for each way in which time can change them."""
    for first, (cycle, auto, grace, extends) in itertools.product(
        (date(2027, 10, 31), date(2028, 1, 31)),
        (("month", True, 0, True), ("month", False, 5, True), ("month", True, 0, False), ("year", False, 10, False)),
    ):
        agreed = Terms(cycle=cycle, auto_renew=auto, grace_days=grace, pause_extends=extends)
        ends_on = terms.term_end(first, agreed, first.day)
        paid = Facts(
            *("active", ZoneInfo("UTC"), agreed, auto, first, ends_on, first.day),
            tier="gold",
            tier_ends_on=date(2028, 2, 29),
        )
        pause = Scheduled(1, "pause", first + 20 * DAY, first + 49 * DAY)
        late = Scheduled(2, "cancel", date(2028, 3, 26))
        trial = Facts(
            *("trial", ZoneInfo("UTC"), agreed),
            trial_starts_on=first,
            trial_ends_on=first + 29 * DAY,
            trial_converts=auto,
        )
        yield first, paid
        yield first, replace(paid, scheduled=(pause,))
        yield first, replace(paid, scheduled=(pause, late))
        yield first, replace(paid, scheduled=(pause, Scheduled(3, "cancel")))
        yield first, replace(paid, status="suspended", standing_before="active")
        yield first, replace(paid, status="suspended", standing_before="active", scheduled=(late,))
        yield first, trial
        yield first, replace(trial, scheduled=(pause,))
        yield first, replace(trial, scheduled=(Scheduled(3, "cancel"),))


LIVES = list(lives())


@pytest.mark.requirement("R2", "R4", "R5", "R7", "R16")
@pytest.mark.parametrize("name", [ZONES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in ZONES[1:])])
def test_four_hundred_days_of_every_life_are_those_of_a_calendar_kept_by_hand(name):
    """At the first and the last instant of 400 days, over month ends, a leap day and both clock changes."""
    zone, seen = ZoneInfo(name), set()
    for first, facts in LIVES:
        calendar = Calendar(facts, first)
        calendar.terms_renew = facts.terms.auto_renew
        found = replace(facts, zone=zone)
        for _day in range(400):
            begins = terms.start_of_day(calendar.day, zone)
            for moment in (begins, terms.start_of_day(calendar.day + DAY, zone) - timedelta(microseconds=1)):
                found = terms.facts_at(found, moment)
                expected = (calendar.status, calendar.tier, calendar.ends_on)
                assert (found.status, found.tier, found.ends_on) == expected, (name, first, facts, moment)
            seen.add(found.status)
            calendar.turn()
    assert seen == {"active", "paused", "trial", "suspended", "expired", "cancelled"}


@pytest.mark.parametrize("facts", [facts for _first, facts in LIVES])
def test_a_change_takes_effect_at_its_instant_and_not_before(facts):
    step = terms.next_step(facts)
    for _ in range(5):
        if step is None:
            return
        before = terms.facts_at(facts, step.at - timedelta(microseconds=1))
        assert before != step.after
        assert terms.facts_at(facts, step.at).since == step.at
        step = terms.next_step(step.after)


def test_walking_in_any_steps_ends_where_one_walk_does():
    for first, facts in LIVES:
        end = datetime(first.year + 1, 6, 1, tzinfo=UTC)
        whole, piecewise = terms.facts_at(facts, end), facts
        for days in range(0, 600, 7):
            piecewise = terms.facts_at(
                piecewise, min(end, datetime(first.year, first.month, 1, tzinfo=UTC) + days * DAY)
            )
        assert terms.facts_at(piecewise, end) == whole


def test_nothing_takes_effect_before_the_last_change():
    """A trial that ended during its pause converts when it is resumed, not in the past."""
    agreed = Terms(pause_extends=False)
    resumed_at = datetime(2027, 3, 10, 12, tzinfo=UTC)
    facts = Facts(
        *("trial", ZoneInfo("UTC"), agreed),
        trial_starts_on=date(2027, 1, 1),
        trial_ends_on=date(2027, 1, 31),
        trial_converts=True,
        since=resumed_at,
    )
    step = terms.next_step(facts)
    assert (step.at, step.action, step.after.term_starts_on) == (resumed_at, "convert", date(2027, 3, 10))
