"""A client's working time: calendar, targets and ladder, changed by its administrators, one version after the other."""

from datetime import date, timedelta
from zoneinfo import available_timezones

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import hours, ledger, rules
from accounts.errors import Invalid, Refused
from accounts.grants import Role
from accounts.models import Client, User
from accounts.services.shifts import read_week
from reinstatements.models import ClockSettings
from reinstatements.services import clock
from reinstatements.sla import WHOLE, Priority, Step

FIELDS = ("week", "time_zone", "country", "region", "days", "targets", "ladder")
LONGEST_MINUTES = 366 * 24 * 60
MOST_DAYS, MOST_RUNGS, HIGHEST_PERCENT = 400, 10, 100
GROUPS = ("worker", "deciders", "supervisors_on_shift", *(role.value for role in Role))
LOGIN = "login:"

OFFICE_HOURS = dict.fromkeys(hours.DAYS[:5], "09:00-17:00")
USUAL_TARGETS = {
    "urgent": {"case": 120, "start": 15, "verification": 60, "decision": 30},
    "high": {"case": 240, "start": 30, "verification": 120, "decision": 60},
    "normal": {"start": 120, "verification": 240, "decision": 120},
    "low": {"start": 480, "verification": 480, "decision": 480},
}
USUAL_LADDER = [
    {"percent": 50, "plus": 0, "tell": ["worker"]},
    {"percent": 80, "plus": 0, "tell": ["worker", "supervisors_on_shift"]},
    {"percent": 100, "plus": 0, "tell": ["worker", "supervisor"]},
    {"percent": 100, "plus": 120, "tell": ["compliance", "supervisor"]},
]


def usual(client):
    """Return what a client begins with: office hours where it is, and its country's holidays."""
    known = client.country in hours.regions_of_countries()
    return {
        "week": OFFICE_HOURS,
        "time_zone": client.time_zone if client.time_zone in available_timezones() else "UTC",
        "country": client.country if known else "",
        "region": "",
        "days": {},
        "targets": USUAL_TARGETS,
        "ladder": USUAL_LADDER,
    }


def settings_of(client):
    """Return a client's newest settings; the usual ones, not saved, where it has none."""
    found = ClockSettings.objects.filter(client=client).order_by("-version").first()
    return found or ClockSettings(client=client, version=0, **usual(client))


def newest_of(clients):
    """Return ``{client id: newest settings}`` of the clients that have some, in one query."""
    rows = ClockSettings.objects.filter(client__in=clients).order_by("client", "version")
    return {row.client_id: row for row in rows}


def save(client, wanted, *, actor, seen):
    """Make the next version of a client's settings and begin to count its open cases by it; return the row.

    ``wanted`` has the values of ``FIELDS``; ``seen`` is the version that was on screen. The change is on the client's
    chain. Raises ``Invalid`` with the field that is wrong, or where somebody else was faster, and ``Refused`` for
    whoever does not administer the client.
    """
    with ledger.change(Client.objects.get(pk=client.pk), actor=actor) as work:
        if not (actor.is_system or rules.can_configure(client, actor)):
            raise Refused(_("You do not administer this client."))
        wanted = checked(client, wanted)
        before = ClockSettings.objects.filter(client=client).order_by("-version").first()
        if (before.version if before else 0) != seen:
            raise Invalid(_("Somebody else has changed the working time meanwhile. Look at it before you save yours."))
        if before and all(getattr(before, name) == wanted[name] for name in FIELDS):
            return before
        row = ClockSettings(
            client=client,
            version=seen + 1,
            created_at=work.now,
            created_by=None if actor.is_system else actor,
            **wanted,
        )
        data = {name: [getattr(before, name, None), wanted[name]] for name in FIELDS}
        changed = {name: pair for name, pair in data.items() if pair[0] != pair[1]}
        work.log(
            row,
            "change" if before else "create",
            subject_type="clocksettings",
            reason="settings_changed",
            data={"version": row.version, "settings": changed},
        )
        row.save(force_insert=True)
    clock.apply_settings(client.pk)
    return row


def checked(client, wanted):
    """Return the settings in the one way they are kept; raises ``Invalid`` with the field that is wrong."""
    week = read_week(wanted["week"])
    if not week:
        raise Invalid(_("Without any hours nothing would ever be due. Give at least one day."), field="mon")
    if wanted["time_zone"] not in available_timezones():
        raise Invalid(_("There is no such time zone."), field="time_zone")
    country, region = wanted["country"].upper(), wanted["region"].upper()
    known = hours.regions_of_countries()
    if country and country not in known:
        raise Invalid(_("The public holidays of this country are not known."), field="country")
    if region and region not in known.get(country, ()):
        raise Invalid(regions_in_words(country, known.get(country, ())), field="region")
    return {
        "week": week,
        "time_zone": wanted["time_zone"],
        "country": country,
        "region": region,
        "days": checked_days(wanted["days"]),
        "targets": checked_targets(wanted["targets"]),
        "ladder": checked_ladder(client, wanted["ladder"]),
    }


def regions_in_words(country, regions):
    if not regions:
        return _("This country has no regions with holidays of their own.")
    return _("Choose one of %(country)s: %(regions)s.") % {"country": country, "regions": ", ".join(regions)}


def checked_days(days):
    found = {}
    for day, text in days.items():
        try:
            found[date.fromisoformat(day).isoformat()] = hours.write_spans(hours.parse_spans(text))
        except ValueError:
            raise Invalid(
                _("“%s” is not a day with its hours. Write 2026-12-24 09:00-12:00, or 2026-12-31 closed.")
                % f"{day} {text}".strip(),
                field="days",
            ) from None
    if len(found) > MOST_DAYS:
        raise Invalid(_("At most %d days can have hours of their own.") % MOST_DAYS, field="days")
    return dict(sorted(found.items()))


def checked_targets(targets):
    found = {}
    for priority in Priority.values:
        cells = {}
        for step in Step.values:
            minutes = targets.get(priority, {}).get(step)
            if minutes is None:
                continue
            if not isinstance(minutes, int) or not 1 <= minutes <= LONGEST_MINUTES:
                raise Invalid(_("A target is 1 to %d working minutes.") % LONGEST_MINUTES, field=f"{priority}_{step}")
            cells[str(step)] = minutes
        whole = cells.get(WHOLE)
        if whole and any(minutes > whole for minutes in cells.values()):
            raise Invalid(_("A step cannot take longer than the whole case may."), field=f"{priority}_{WHOLE}")
        if cells:
            found[str(priority)] = cells
    return found


def checked_ladder(client, ladder):
    if len(ladder) > MOST_RUNGS:
        raise Invalid(_("A ladder has at most %d steps.") % MOST_RUNGS, field="ladder")
    people, found = {str(pk) for pk in staff_of(client)}, []
    for rung in ladder:
        percent, plus, tell = rung["percent"], rung["plus"], list(dict.fromkeys(rung["tell"]))
        if not 1 <= percent <= HIGHEST_PERCENT or not 0 <= plus <= LONGEST_MINUTES or (plus and percent < 100):
            raise Invalid(
                _("A step comes at 1 to 100 % of the time, or some working time after the breach."), field="ladder"
            )
        unknown = [who for who in tell if who not in GROUPS and who.removeprefix(LOGIN) not in people]
        if unknown or not tell:
            raise Invalid(
                _("Each step tells somebody: a group, or a login that works for this client."), field="ladder"
            )
        found.append({"percent": percent, "plus": plus, "tell": tell})
    found.sort(key=lambda rung: (rung["percent"], rung["plus"]))
    if len({(rung["percent"], rung["plus"]) for rung in found}) < len(found):
        raise Invalid(_("Two steps of the ladder come at the same time. Make one of them."), field="ladder")
    return found


def staff_of(client):
    """Return the keys of the logins that hold a role at a client."""
    return User.objects.filter(client_roles__content_object=client, is_active=True).values_list("pk", flat=True)


def preview(wanted, at=None):
    """Yield ``(opened, target, due)`` for cases opened at telling moments, by hours that are not saved yet.

    The moments lie in the week that comes: ten minutes before the first closing, at noon on a free day, and now.
    """
    at = at or timezone.now()
    plan = hours.plan(wanted["week"], wanted["time_zone"], wanted["country"], wanted["region"], wanted["days"])
    found = hours.Hours(plan)
    closing = closing_after(found, at)
    moments = [at.replace(second=0, microsecond=0)]
    if closing:
        moments.append(closing - timedelta(minutes=10))
        moments.append(closing + timedelta(minutes=30))
    for moment in moments:
        for minutes in (10, 60, 480):
            yield moment, timedelta(minutes=minutes), found.after(moment, timedelta(minutes=minutes))


def closing_after(found, at):
    """Return the next closing time that a break of twenty hours or more follows, such as that of a Friday.

    ``None`` round the clock, and the next closing time of all where every break is shorter.
    """
    first = closing = None
    for hour in range(24 * 14):
        moment = at + timedelta(hours=hour)
        following = moment + timedelta(hours=1)
        if found.is_open(moment):
            closing = None if found.is_open(following) else found.after(moment, found.between(moment, following))
            first = first or closing
        elif closing and following - closing > timedelta(hours=20):
            return closing
    return first


def free_days(wanted, at=None, limit=12):
    """Return ``[(day, name)]`` of the next days on which the hours of the week do not count."""
    today = timezone.localdate(at)
    found = [(date.fromisoformat(day), text or _("closed")) for day, text in wanted["days"].items()]
    own = {day for day, _text in found}
    if wanted["country"]:
        for year in (today.year, today.year + 1):
            named = hours.public_holidays(wanted["country"], wanted["region"], year)
            found += [(day, name) for day, name in named.items() if day not in own]
    return sorted((row for row in found if row[0] >= today), key=lambda row: row[0])[:limit]
