"""Who is on shift at a client, now or next: weekly hours in one's own time zone, less the times one is away."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants, hours, ledger, rules
from accounts.errors import Invalid, Refused
from accounts.models import Absence, Client, ClientRole, StaffHours, User
from accounts.zones import zone

ROUNDS = 100
"""How many absences in a row are looked past for somebody's next shift."""


@dataclass(frozen=True)
class Shift:
    """When one person works, as it was read; all answers are worked out without the database."""

    plan: hours.Plan | None
    absences: tuple[tuple[datetime, datetime], ...] = ()

    def is_on(self, at):
        return self.away_until(at) is None and (self.plan is None or hours.hours(self.plan).is_open(at))

    def next_start(self, at):
        """Return when they are next on shift, ``at`` itself while they are; ``None`` if that never comes."""
        for _round in range(ROUNDS):
            try:
                at = at if self.plan is None else hours.hours(self.plan).next_open(at)
            except hours.NeverOpen:
                return None
            until = self.away_until(at)
            if until is None:
                return at
            at = until
        return None

    def away_until(self, at):
        """Return until when they are away at that moment, ``None`` if they are not."""
        return next((end for start, end in self.absences if start <= at < end), None)


def of_all(user_ids, at=None):
    """Return ``{user id: Shift}`` for these logins, in two queries however many they are."""
    at = at or timezone.now()
    away: dict = {}
    for user_id, *when in (
        Absence.objects.after(at).filter(user__in=user_ids).values_list("user_id", "starts_at", "ends_at")
    ):
        away.setdefault(user_id, []).append(tuple(when))
    rows = StaffHours.objects.filter(user__in=user_ids).values_list("user_id", "week", "user__time_zone")
    plans = {user_id: hours.plan(week, zone(name).key) for user_id, week, name in rows}
    return {user_id: Shift(plans.get(user_id), tuple(away.get(user_id, ()))) for user_id in user_ids}


def on_shift(user, client, at=None):
    """Tell whether somebody works for a client at a moment: they hold a role there then, and it is in their hours."""
    at = at or timezone.now()
    return holds_a_role(user, client, at) and of_all([user.pk], at)[user.pk].is_on(at)


def next_shift_start(user, client, at=None):
    """Return when somebody is next on shift for a client, ``at`` itself while they are; ``None`` if never."""
    at = at or timezone.now()
    found = of_all([user.pk], at)[user.pk].next_start(at)
    return found if found and holds_a_role(user, client, found) else None


def holds_a_role(user, client, at):
    return user.is_active and in_force(client.pk, at).filter(user=user).exists()


def in_force(client_id, at):
    """Return the rows of the roles at a client that are in force at a moment, and not closed for want of a training."""
    rows = ClientRole.objects.filter(content_object=client_id, user__is_active=True, content_object__is_active=True)
    return grants.open_now(rows.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at), at)


def holders(client_id, roles, at=None):
    """Return the logins that hold one of these roles at a client at a moment, by name of login."""
    names = [f"{grants.PERMISSION_PREFIX}{role}" for role in roles]
    found = in_force(client_id, at or timezone.now()).filter(permission__codename__in=names)
    return list(User.objects.filter(pk__in=found.values("user")).order_by("username"))


def who_is_on(client, roles, at=None):
    """Return the logins with one of these roles that are on shift at a moment."""
    at = at or timezone.now()
    people = holders(client.pk, roles, at)
    found = of_all([user.pk for user in people], at)
    return [user for user in people if found[user.pk].is_on(at)]


def who_is_next(client, roles, at=None):
    """Return ``(login, moment)`` of whoever with one of these roles is on shift first, ``None`` if nobody ever is."""
    at = at or timezone.now()
    people = holders(client.pk, roles, at)
    found = of_all([user.pk for user in people], at)
    starts = [(start, user.username, user) for user in people if (start := found[user.pk].next_start(at))]
    first = min(starts, default=None, key=lambda row: row[:2])
    return (first[2], first[0]) if first else None


@transaction.atomic
def set_hours(user, week, time_zone, *, actor):
    """Give a login its weekly hours, ``{"mon": "09:00-13:00, 14:00-18:00"}``; none at all mean always on shift.

    On record at every client that it has a role at. Raises ``Refused`` unless ``actor`` administers all of these, and
    ``Invalid`` for what are no hours.
    """
    refuse_unless_theirs(user, actor)
    week = read_week(week)
    row = StaffHours.objects.select_for_update().filter(user=user).first()
    before = row.week if row else {}
    if (week, time_zone) == (before, user.time_zone):
        return
    if not week:
        StaffHours.objects.filter(user=user).delete()
    else:
        row = row or StaffHours(user=user)
        row.week, row._history_user = week, actor
        row.save()
    data = {"week": [before, week], "time_zone": [user.time_zone, time_zone]}
    if time_zone != user.time_zone:
        user.time_zone, user._history_user = time_zone, actor
        user.save(update_fields=["time_zone"])
    put_on_record(user, "change_hours", actor, data)


def read_week(week):
    """Return weekly hours in the one way they are kept; raises ``Invalid`` on the day that is wrong."""
    found = {}
    for code in hours.DAYS:
        try:
            found[code] = hours.parse_spans(week.get(code, ""))
        except ValueError:
            raise Invalid(
                _("Write hours like 09:00-13:00, 14:00-18:00; hours past midnight like 22:00-06:00."), field=code
            ) from None
    late = hours.overlapping_day(found)
    if late:
        raise Invalid(_("These hours run into those of the next day."), field=late)
    return {code: hours.write_spans(spans) for code, spans in found.items() if spans}


@transaction.atomic
def go_away(user, *, starts_at, ends_at, actor):
    """Put down that somebody is away, by themselves or by whoever leads or administers them; return the ``Absence``.

    Raises ``Invalid`` where it ends before it starts or lies over, ``Refused`` for anybody else.
    """
    refuse_unless_may_mark(user, actor)
    if ends_at <= max(starts_at, timezone.now()):
        raise Invalid(_("The end lies before the beginning, or in the past."), field="ends_at")
    row = Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, marked_by=actor)
    data = {"away_from": starts_at.isoformat(), "away_until": ends_at.isoformat()}
    put_on_record(user, "go_away", actor, data)
    return row


@transaction.atomic
def come_back(absence, *, actor, at=None):
    """End an absence now; one that has not begun is taken back."""
    refuse_unless_may_mark(absence.user, actor)
    now = at or timezone.now()
    row = Absence.objects.select_for_update().after(now).filter(pk=absence.pk).first()
    if row is None:
        raise Invalid(_("This absence is over already."))
    if row.starts_at >= now:
        row.delete()
    else:
        row.ends_at = now
        row.save(update_fields=["ends_at"])
    put_on_record(absence.user, "come_back", actor, {"away_from": row.starts_at.isoformat()})


def refuse_unless_theirs(user, actor):
    if actor.person_id == user.person_id:
        raise Refused(_("Nobody changes their own working hours."))
    if not rules.can_change_login(user, actor):
        raise Refused(_("You do not administer every client that this login works for."))


def refuse_unless_may_mark(user, actor):
    if not rules.can_mark_absence(user, actor):
        raise Refused(_("You do not administer every client that this login works for."))


def put_on_record(user, action, actor, data):
    for client in Client.objects.filter(role_rows__user=user).distinct().order_by("pk"):
        with ledger.change(client, actor=actor) as work:
            work.log(user, action, subject_type="user", reason="settings_changed", data=data)
