"""What an entry says beside its reason, in a few words, where its title alone would tell too little."""

import json
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import money, wording
from accounts.services import guidelines

CORRECTION = "correct"
"""Of any subject: another entry was put right."""
OF_MONEY = ("charge", "payment", "refund", "chargeback", "reversal", "write_off", "confirm_payment")


def told(entry):
    """Return the plan that an entry about a membership names, and what else it says, each "" where it does not."""
    data = json.loads(bytes(entry.body))["data"]
    plan = data.get("plan", {}).get("name", "") if entry.subject_type == "membership" else ""
    return plan, teller(entry.subject_type, entry.action)(data)


def teller(subject_type, action):
    if action == CORRECTION:
        return correction
    return TELLING.get((subject_type, action), later if action.startswith("schedule_") else nothing)


def nothing(data):
    return ""


def correction(data):
    title = wording.of(data["about"], data["action"]).label
    return _("of entry %(number)s, “%(title)s”") % {"number": data["number"], "title": title}


def amount(data):
    number = data.get("charge") or data.get("payment", "")
    return " · ".join(filter(None, [money.words(data["amount_minor"], data["currency"]), number]))


def points(data):
    moved = data["points"]
    return _("%(change)+d, %(after)d now") % {"change": moved["change"], "after": moved["after"]}


def tier(data):
    """Return the tier that was set, with its last day, or the one that has lapsed."""
    before, after = data.get("moved", {}).get("tier", ("", ""))
    ends_on = data.get("moved", {}).get("tier_ends_on", (None, None))[1]
    return until(after, ends_on) if after and ends_on else after or before


def term(data):
    ends_on = data.get("moved", {}).get("ends_on", (None, None))[1]
    return _("until %s") % day(ends_on) if ends_on else ""


def pause(data):
    ends_on = data.get("moved", {}).get("pause_ends_on", (None, None))[1]
    return _("until %s") % day(ends_on) if ends_on else ""


def plan_before(data):
    return _("before: %s") % data["plan_before"]["name"] if data.get("plan_before") else ""


def review(data):
    ends_at = timezone.localtime(datetime.fromisoformat(data["ends_at"]))
    return _("until %s") % date_format(ends_at, "j M Y, H:i")


def guideline(data):
    return f"{data['words']} {guidelines.Outcome(data['outcome']).label}"


def own_status(data):
    return until(data["own_status"], data["until"]) if data["own_status"] else _("by the rules again")


def later(data):
    return _("on %s") % day(data["effective_on"]) if data.get("effective_on") else ""


def until(name, last):
    return _("%(name)s until %(day)s") % {"name": name, "day": day(last)}


def day(text):
    return date_format(date.fromisoformat(text), "j M Y")


TELLING = {
    **{("account", action): amount for action in OF_MONEY},
    ("account", "put_under_review"): review,
    ("account", guidelines.ACTION): guideline,
    ("membership", "change_points"): points,
    ("membership", "set_tier"): tier,
    ("membership", "lapse_tier"): tier,
    ("membership", "renew"): term,
    ("membership", "pause"): pause,
    ("membership", "change_plan"): plan_before,
    ("membership", "override_status"): own_status,
}
