"""Cases that find their people: assigned by load and skill, taken back when a claim is over or somebody goes away."""

import json
from collections import Counter

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts import grants, rules
from accounts.errors import Invalid, Refused, ServiceError
from accounts.grants import Role
from accounts.models import Absence, StatusChange, User
from accounts.services import shifts
from reinstatements.availability import Presence, staff_of
from reinstatements.models import DeskSettings, ReinstatementRequest, Skills
from reinstatements.rules import can_note
from reinstatements.services import handling

AT_ONCE = 50
CLAIMED = (ReinstatementRequest.Status.SUBMITTED, ReinstatementRequest.Status.IN_VERIFICATION)


class Team:
    """The agents of a client who can be given a case now, with what each has to do."""

    def __init__(self, client_id):
        self.client_id = client_id
        self.roles = staff_of(client_id)
        staff = [user for user, roles in self.roles.items() if Role.AGENT in roles]
        presence = Presence(staff)
        self.people = [user for user in staff if presence.is_there(user)]
        self.skills = {row.user_id: row for row in Skills.objects.filter(client=client_id)}
        self.load = loads(self.people)

    def skills_of(self, user):
        return self.skills.get(user.pk) or Skills(client_id=self.client_id, user=user)

    def choose(self, case, *, but=()):
        """Return who fits a case and has the least to do, measured by what each takes; ``None`` where nobody fits.

        Somebody who decides here too comes last: whoever is given a case cannot decide it.
        """
        found = []
        for user in self.people:
            skills = self.skills_of(user)
            has_room = self.load[user.pk] < skills.most
            if user.pk not in but and has_room and skills.fit(case.kind, case.account.language):
                decides = bool(self.roles[user] & grants.DECIDING_ROLES)
                found.append((decides, self.load[user.pk] / skills.most, user.username, user))
        return min(found, key=lambda row: row[:3])[3] if found else None


def loads(users):
    """Return ``{login: number}`` of the cases that each has to work on, over all clients."""
    with scopes_disabled():
        rows = ReinstatementRequest.objects.filter(worker__in=users, status__in=handling.TO_WORK_ON)
        return Counter(rows.order_by().values_list("worker", flat=True))


def expire_claims(client_id):
    """Take back the claims of a client that are over, fifty at the most; return how many. May run twice."""
    over = ReinstatementRequest.objects.filter(client=client_id, status__in=CLAIMED, claim_until__lte=timezone.now())
    system = User.objects.system()
    count = 0
    for case in over.select_related("account").order_by("claim_until")[:AT_ONCE]:
        try:
            with transaction.atomic():
                done = handling.hand_over(case, None, actor=system, reason="claim_expired", still_over=True)
        except ServiceError:
            continue  # Somebody changed it at this moment; the next round looks again.
        count += done is not None
    return count


@transaction.atomic
def assign_waiting(client_id):
    """Give the cases that nobody has to the agents who fit, the most urgent first; return how many were given.

    Only where the client wants it. One worker at a time does it for a client, so nobody is given more than they take.
    """
    wanted = DeskSettings.objects.select_for_update(skip_locked=True).filter(client=client_id, assigns=True)
    if not wanted.exists():
        return 0
    waiting = ReinstatementRequest.objects.filter(client=client_id, status__in=CLAIMED, worker=None)
    cases = list(waiting.select_related("account").order_by("due_at", "id")[:AT_ONCE])
    if not cases:
        return 0
    team, given, system = Team(client_id), 0, User.objects.system()
    failed = let_expire(cases)
    for case in cases:
        worker = team.choose(case, but=failed.get(case.pk, ()))
        if worker is None:
            continue
        try:
            with transaction.atomic():
                handling.assign(case, worker, actor=system)
        except ServiceError:
            continue
        team.load[worker.pk] += 1
        given += 1
    return given


def let_expire(cases):
    """Return ``{case id: logins}`` of those whose claim ran out: they are not given the case again by itself."""
    entries = StatusChange.objects.filter(
        account__in=[case.account_id for case in cases],
        subject_type=handling.SUBJECT,
        action="expire",
        subject_id__in=[case.pk for case in cases],
    )
    found: dict = {}
    for case_id, body in entries.values_list("subject_id", "body"):
        found.setdefault(case_id, set()).add(json.loads(bytes(body))["data"]["before"])
    known = {str(user.pk): user.pk for user in User.objects.filter(pk__in=set().union(*found.values()))}
    return {case_id: {known[user] for user in users} for case_id, users in found.items()}


@transaction.atomic
def mark_absence(user, *, starts_at, ends_at, actor, note=""):
    """Put down that somebody is away, and hand over what they have as soon as it begins, with ``note`` on each case.

    What has begun is handed over at once; else a job does when it begins, and the note is on the cases already.
    Raises ``Refused`` for somebody else's absence unless a supervisor of theirs marks it, ``Invalid`` for times that
    cannot be.
    """
    now = timezone.now()
    if actor.pk != user.pk and not rules.leads(user, actor):
        raise Refused(_("Only their supervisor marks somebody else as away."))
    if ends_at <= starts_at:
        raise Invalid(_("The end lies before the beginning."), field="ends_at")
    if ends_at <= now:
        raise Invalid(_("This time has passed."), field="ends_at")
    if Absence.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise Invalid(_("This meets an absence that is marked already. End that one first."), field="starts_at")
    absence = shifts.go_away(user, starts_at=starts_at, ends_at=ends_at, actor=actor)
    if starts_at <= now:
        hand_over_all(user, actor=actor, note=note)
    elif note.strip():
        for case in cases_of(user):
            if can_note(case, actor):
                handling.add_note(case, actor=actor, note=note)
    return absence


@transaction.atomic
def end_absence(absence, *, actor):
    """End an absence now, or take one back that has not begun."""
    if actor.pk != absence.user_id and not rules.leads(absence.user, actor):
        raise Refused(_("Only their supervisor ends somebody else's absence."))
    shifts.come_back(absence, actor=actor)


def cases_of(user):
    rows = ReinstatementRequest.objects.filter(worker=user, status__in=handling.TO_WORK_ON)
    return rows.select_related("account").order_by("due_at", "id")


def hand_over_all(user, *, actor, note=""):
    """Give what somebody has to those who fit and have room, else back to everybody; return how many cases."""
    teams: dict = {}
    count = 0
    for case in cases_of(user):
        team = teams.get(case.client_id) or teams.setdefault(case.client_id, Team(case.client_id))
        worker = team.choose(case, but={user.pk})
        try:
            with transaction.atomic():
                done = handling.hand_over(case, worker, actor=actor, reason="absent", note=note)
        except ServiceError:
            continue
        count += done is not None
        if worker:
            team.load[worker.pk] += 1
    return count


def hand_over_begun():
    """Hand over for everybody whose absence has begun; return how many were looked at. May run twice."""
    begun = Absence.objects.filter(handed_over_at=None, starts_at__lte=timezone.now()).select_related("user")
    system, count = User.objects.system(), 0
    for absence in begun[:AT_ONCE]:
        with scopes_disabled():
            if absence.ends_at > timezone.now():
                hand_over_all(absence.user, actor=system)
        Absence.objects.filter(pk=absence.pk).update(handed_over_at=timezone.now())
        count += 1
    return count
