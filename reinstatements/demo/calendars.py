"""The working time of the demo's clients: a calendar for each, so that night hours and holidays can be seen at work."""

from accounts import hours
from accounts.services.staff import ensure_system_user
from reinstatements.models import ClockSettings
from reinstatements.services import clock_settings
from reinstatements.services.clock_settings import USUAL_LADDER, USUAL_TARGETS

STORIES = 2
"""The version that the stories count by: a new client has the usual one before."""
WORKDAYS = hours.DAYS[:5]
ROUND_THE_CLOCK = dict.fromkeys(hours.DAYS, "00:00-24:00")
CALENDARS = {
    # A network that never sleeps.
    "nordtel": {"week": ROUND_THE_CLOCK, "country": "", "region": ""},
    # Banking hours, less England's bank holidays, with a short day before Christmas.
    "lantern": {
        "week": dict.fromkeys(WORKDAYS, "09:00-17:30"),
        "country": "GB",
        "region": "ENG",
        "days": {"2026-12-24": "09:00-12:30"},
    },
    # Who watches in the evening asks in the evening: until two at night, every day.
    "farolia": {"week": dict.fromkeys(hours.DAYS, "10:00-02:00"), "country": "", "region": ""},
    "tallyharbor": {"week": dict.fromkeys(WORKDAYS, "08:00-18:00"), "country": "US", "region": "IL"},
    # Closed over lunch, and on Saturday mornings open.
    "brisevent": {
        "week": dict.fromkeys(WORKDAYS, "08:30-12:30, 13:30-18:00") | {"sat": "09:00-12:00"},
        "country": "FR",
        "region": "",
    },
}


def begin(client):
    """Let the stories of the past, which are told in hours by the wall, count every minute."""
    give(client, {"week": ROUND_THE_CLOCK, "country": "", "region": "", "targets": {}, "ladder": []})


def given(client):
    """Return the settings of a client that were made after those of the stories."""
    return ClockSettings.objects.filter(client=client, version__gt=STORIES)


def give_own(client):
    """Put the client's own calendar, targets and ladder in force from now on; return how many versions there are."""
    return give(client, CALENDARS[client.code]).version


def give(client, wanted):
    usual = {"time_zone": client.time_zone, "days": {}, "targets": USUAL_TARGETS, "ladder": USUAL_LADDER}
    seen = clock_settings.settings_of(client).version
    return clock_settings.save(client, usual | wanted, actor=ensure_system_user(), seen=seen)
