"""Who is trained to work for a client, until when, and that they and others hear of it before it ends.

What follows from it is in ``grants``: a role for which the client asks for a training is closed without a valid one.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants, ledger, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from accounts.models import AccountSettings, Client, ClientRole, Person, TrainingRecord, User
from accounts.services import shifts
from accounts.services.roles import role_of, tell_of_change
from accounts.zones import zone

WARN_DAYS = 30
"""How long before it ends one hears of it."""
LONGEST_YEARS = 10
AT_ONCE = 100
EVENT = "training.ending"


def record(person, client, *, actor, subject, completed_on, valid_until):
    """Record that somebody was trained for a client; return the ``TrainingRecord``.

    Raises ``Refused`` for oneself and for whoever does not keep the client's trainings, ``Invalid`` for no subject and
    for days that cannot be.
    """
    refuse_unless_may_record(client, person, actor)
    subject = " ".join(subject.split())
    if not subject or len(subject) > 120:
        raise Invalid(_("Say which training it was."), field="subject")
    now = timezone.now()
    here = zone(client.time_zone)
    if completed_on > now.astimezone(here).date():
        raise Invalid(_("This day lies in the future."), field="completed_on")
    if not completed_on <= valid_until <= completed_on + timedelta(days=366 * LONGEST_YEARS):
        raise Invalid(_("It holds from its own day on, for ten years at the most."), field="valid_until")
    with ledger.change(client, actor=actor) as work:
        row = TrainingRecord(
            client_id=work.client_id,
            person=person,
            subject=subject,
            completed_on=completed_on,
            valid_until=valid_until,
            ends_at=datetime.combine(valid_until + timedelta(days=1), time.min, tzinfo=here),
            recorded_by=actor,
            recorded_at=work.now,
        )
        row.recorded_entry = put_down(work, row, "record", "training_recorded", until=valid_until.isoformat()).uid
        work.add(row)
    tell_of_change(client)
    return row


def end(training, *, actor):
    """Record that a training does not hold. Raises ``Moved`` where somebody else has."""
    client = training.client
    refuse_unless_may_record(client, training.person, actor)
    with ledger.change(client, actor=actor) as work:
        row = work.track(TrainingRecord.objects.select_for_update().get(pk=training.pk, client=client))
        if row.ended_entry:
            raise Moved(_("This was ended before."))
        row.ended_entry = put_down(work, row, "end", "training_ended").uid
        work.save(row, "end")
    tell_of_change(client)
    return row


def refuse_unless_may_record(client, person, actor):
    if actor.person_id == person.pk:
        raise Refused(_("Nobody records their own training."))
    if not (actor.is_system or rules.can_train(client, actor)):
        raise Refused(_("You do not keep the trainings of this client."))


def put_down(work, row, action, reason, **data):
    return work.log(
        row,
        action,
        subject_type="training",
        from_status="",
        to_status="",
        reason=reason,
        data={"person": str(row.person_id), **data},
    )


@dataclass(frozen=True)
class Line:
    """How somebody stands whose role asks for a training: ``ends_at`` is when the longest one ends, or ended."""

    client: Client
    person: Person
    roles: tuple
    ends_at: datetime | None
    trainings: tuple = ()

    def standing(self, now):
        """Return "missing", "over", "ending" or "valid"."""
        if self.ends_at is None:
            return "missing"
        if self.ends_at <= now:
            return "over"
        return "ending" if self.ends_at <= now + timedelta(days=WARN_DAYS) else "valid"

    @property
    def last_day(self) -> date | None:
        return self.ends_at and (self.ends_at.astimezone(zone(self.client.time_zone)) - timedelta(seconds=1)).date()


def lines(clients):
    """Return a ``Line`` for each person in a role for which one of these clients asks for a training, soonest first."""
    asked = dict(
        AccountSettings.objects.filter(client__in=clients)
        .exclude(training_roles="")
        .values_list("client_id", "training_roles")
    )
    now = timezone.now()
    held = ClientRole.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), content_object__in=list(asked), user__is_active=True
    ).select_related("content_object", "user__person", "permission")
    people: dict = {}
    for row in held:
        role = role_of(row)
        if role in asked[row.content_object_id].split(","):
            client, person = row.content_object, row.user.person
            people.setdefault((client.pk, person.pk), (client, person, set()))[2].add(role)
    kept: dict = {}
    found = TrainingRecord.objects.standing().filter(client__in=list(asked)).select_related("recorded_by")
    for training in found.filter(person__in={person for _client, person in people}):
        kept.setdefault((training.client_id, training.person_id), []).append(training)
    told = [
        Line(
            client,
            person,
            tuple(role for role in Role if role in roles),
            max((training.ends_at for training in kept.get(key, ())), default=None),
            tuple(kept.get(key, ())),
        )
        for key, (client, person, roles) in people.items()
    ]
    first = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(told, key=lambda line: (line.ends_at or first, line.client.name, line.person.name))


def warn_due(client):
    """Tell the people whose training ends within a month, and who keeps trainings; return how many were warned of.

    Each once, however often and on however many workers this runs. Whoever has a longer one already hears nothing.
    """
    now, system = timezone.now(), User.objects.system()
    soon = now + timedelta(days=WARN_DAYS)
    due = TrainingRecord.objects.standing().filter(client=client, warned_entry=None, ends_at__gt=now, ends_at__lte=soon)
    found = list(due.order_by("ends_at")[:AT_ONCE])
    longest = dict(
        TrainingRecord.objects.standing()
        .filter(client=client, person__in=[row.person_id for row in found])
        .values_list("person")
        .annotate(Max("ends_at"))
        .order_by()
    )
    for row in found:
        with ledger.change(client, actor=system, rule="training_ending") as work:
            locked = work.track(TrainingRecord.objects.select_for_update().get(pk=row.pk))
            if locked.warned_entry or locked.ended_entry:
                continue
            entry = put_down(work, locked, "warn", "training_ending", until=locked.valid_until.isoformat())
            locked.warned_entry = entry.uid
            work.save(locked, "warn")
            people = told_of(client, locked) if longest[row.person_id] == row.ends_at else []
            if people:
                work.emit(EVENT, entry, training=str(locked.pk), people=people)
    return len(found)


def told_of(client, training):
    """Return the keys of the logins that hear of it: the person's own at this client, and who keeps trainings."""
    own = ClientRole.objects.filter(content_object=client, user__person=training.person_id, user__is_active=True)
    keepers = shifts.holders(client.pk, [role for role, can in grants.CAPABILITIES.items() if "train" in can])
    return sorted({str(pk) for pk in own.values_list("user", flat=True)} | {str(user.pk) for user in keepers})
