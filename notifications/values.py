"""What stands where the placeholders are, in the member's language."""

import json
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone, translation
from django.utils.formats import date_format, number_format

from accounts import money, personal, registries
from accounts.models import Membership
from accounts.services import words as sealed_words
from notifications import audience, rendering, texts
from notifications.models import Event

MONTH_FIRST = ("US", "CA", "PH")
"""Countries whose English writes the month before the day, as November 27; elsewhere it is 27 November."""
STOPPED = (Event.SUSPENDED, Event.ON_HOLD, Event.MEMBERSHIP_SUSPENDED)
"""Told with the reason, which is the kind of the restriction that was opened, and with what to do about it."""


def of(event, entry, account, key, language, zone):
    """Return ``{placeholder: value}`` for one message; what other apps know of the event is asked of the registry."""
    words, client = texts.words(language, account.client.industry), account.client
    found = {
        "holder_name": personal.reveal(account, "holder_name", key) or words["holder"],
        "account_number": account.number,
        "client_name": client.name,
        "sender_name": client.sender_name or client.name,
        "plan_name": plan_name(account) or words["plan"],
        "reason": reason(event.name, entry, words),
        "action": action(event.name, entry, words, locale(language, account.country), zone),
        "changed": changed(event.name, entry, words),
    }
    found["contact_hint"] = rendering.fill(words["contact"], found)
    with translation.override(locale(language, account.country)):
        found["effective_at"] = moment(entry.occurred_at, zone)
        if event.name == Event.OVERDUE:
            found |= owed(entry, account)
        if event.name in audience.MEMBERSHIP:
            found |= agreed(entry, words)
        if event.name == Event.OFFER:
            found |= offered(entry, account, key)
        if event.name in registries.audience:
            found |= registries.audience[event.name](event)
    return found


def locale(language, country):
    """Return by what dates and amounts are written: the language, as it is where the member lives."""
    return "en-gb" if language == "en" and country not in MONTH_FIRST else language


def changed(event_name, entry, words):
    """Say which contact data was changed, and not to what: an old mailbox may be somebody else's by now."""
    if event_name not in audience.CONTACT:
        return ""
    data = json.loads(bytes(entry.body))["data"]
    fields = [*data.get("fields", []), *(["country"] if "country" in data else [])]
    return ", ".join(words["contact_data"][field] for field in fields)


def owed(entry, account):
    """Return what an overdue debt is, in the active language: the amount as it was at that step, and its day."""
    data = json.loads(bytes(entry.body))["data"]
    due_on = date_format(date.fromisoformat(data["overdue_since"]), "DATE_FORMAT")
    return {"amount": amount(data["owed_minor"], account.currency), "due_on": due_on}


def offered(entry, account, key):
    """Return the code of an offer, which is sealed beside its entry, and its last day."""
    code = sealed_words.read(account, [entry.uid], key).get((entry.uid, "code"), "")
    valid_until = date.fromisoformat(json.loads(bytes(entry.body))["data"]["valid_until"])
    return {"code": code, "valid_until": date_format(valid_until, "DATE_FORMAT")}


def amount(minor, currency):
    """Return an amount as it is written in the active language."""
    digits = money.digits_of(currency)
    figure = number_format(Decimal(minor).scaleb(-digits), digits, use_l10n=True, force_grouping=True)
    return f"{figure} {currency}"


def agreed(entry, words):
    """Return what an entry about one membership says of its plan, in the active language: as it was agreed that day."""
    data, own = json.loads(bytes(entry.body))["data"], words["membership"]
    plan, moved = data.get("plan_next") or data["plan"], data.get("moved", {})
    # A tier that was set is the one after; one that has lapsed the one before.
    before, after = moved.get("tier", ["", ""])
    found = {
        "plan_name": plan["name"],
        "price": amount(plan["price_minor"], plan["currency"]),
        "cycle": own.get(plan["cycle"], plan["cycle"]),
        "benefits": ", ".join(map(str, plan["entitlements"])) or own["no_benefits"],
        "tier": (before if entry.action == "lapse_tier" else after) or own["no_tier"],
    }
    if data.get("plan_before"):
        found["plan_before"] = data["plan_before"]["name"]
    # A reminder says the day; a renewal moved it.
    if ends_on := data.get("ends_on") or moved.get("ends_on", ["", ""])[1]:
        found["ends_on"] = date_format(date.fromisoformat(ends_on), "DATE_FORMAT")
    return found


def reason(event_name, entry, words):
    """Say why, in words that are meant for the member; "" where an event is not told with a reason.

    The codes and labels that the staff choose from, such as "fraud suspected", are never sent: a stop is told by the
    kind of its restriction, a declining in words of its own.
    """
    if event_name in STOPPED:
        return words["reason"].get(restriction(entry), "")
    if event_name in (Event.DECLINED, Event.APPEAL_DECLINED):
        return words["declined"].get(entry.reason, words["declined"]["other"])
    return ""


def action(event_name, entry, words, locale, zone):
    """Say what the member can do; of what was declined and may be appealed, until which day."""
    if event_name in STOPPED:
        return words["action"].get(restriction(entry), "")
    told = words["action"][event_name.rpartition(".")[2]]
    until = json.loads(bytes(entry.body))["data"].get("appeal_until") if event_name == Event.DECLINED else None
    if until is None:
        return told
    with translation.override(locale):
        day = date_format(datetime.fromisoformat(until).astimezone(zone), "DATE_FORMAT")
    return f"{told} {rendering.fill(words['appeal']['until'], {'appeal_until': day})}"


def restriction(entry):
    """Return the kind of restriction that an entry opened, or ``None``."""
    return json.loads(bytes(entry.body))["data"].get("restriction")


def plan_name(account):
    newest = Membership.objects.filter(account=account).order_by("-id")
    return newest.values_list("plan__name", flat=True).first() or ""


def moment(at, zone):
    """Return a time as it is written in the active language, in this zone, which it names."""
    local = timezone.localtime(at, zone)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local:%Z}"
