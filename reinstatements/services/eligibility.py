"""Who may still decide a case in time. Where nobody can, it climbs: the case says so, and those who can help see it."""

from collections import Counter, defaultdict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import delegated
from accounts.errors import ServiceError
from accounts.grants import CAPABILITIES
from accounts.models import Delegation, Origin, User
from accounts.services import shifts
from reinstatements import levels, policies
from reinstatements.availability import Presence, staff_of
from reinstatements.facts import case_facts
from reinstatements.models import Approval, Participation, Policy, ReinstatementRequest
from reinstatements.services.cases import changing
from reinstatements.services.handling import handled
from reinstatements.sla import SOON

RULE = "nobody_decides"
EVENT = "case.nobody_decides"
LOOKED_AT = 2000
Status = ReinstatementRequest.Status
NOT_DECIDED = (Status.SUBMITTED, Status.IN_VERIFICATION, Status.AWAITING_APPROVAL)
"""Where the clock runs towards a decision. While a case waits for the member, nobody knows when it is due."""


class Deciders:
    """The people who decide at a client, and when they are there."""

    def __init__(self, client_id):
        self.client_id = client_id
        self.roles = {user: {str(role) for role in roles} for user, roles in staff_of(client_id).items()}
        rows = delegated.valid(Delegation.objects.in_force().filter(client=client_id))
        self.places = [row for row in rows if row.taker in self.roles]
        """The delegations by which somebody decides in the place of somebody else."""
        self.presence = Presence(self.roles)

    def lacking(self, case, *, out=frozenset(), approved=None):
        """Return ``{role: number of people}`` that a case lacks to be decided before it is due; empty if none.

        ``out`` are the people who took part or have approved already; ``approved`` counts the approvals of the level
        that is due. Nobody is counted at two levels, nor beside whoever stands in for them; and nobody stands in for
        somebody who is out.
        """
        until = case.due_at or timezone.now()
        needed = self.needed(case, approved or 0)
        people: dict = {role: set() for role in needed}
        for user, roles in self.roles.items():
            if user.person_id not in out and self.presence.is_there_before(user, until):
                for role in roles & needed.keys():
                    people[role].add(user.person_id)
        for row in self.places:
            is_out = {row.taker.person_id, row.giver.person_id} & set(out)
            if row.role in needed and not is_out and self.presence.is_there_before(row.taker, until):
                people[row.role].add(row.giver.person_id)  # one pair of eyes, whoever of the two decides
        return left_empty(needed, people)

    def returns(self, case):
        """Tell whether who sent a case back is there to look at it again, and time is left to leave it to them."""
        user = next((user for user in self.roles if user.pk == case.returns_to_id), None)
        if user is None or not self.presence.is_there(user):
            return False
        has_time = case.due_at is None or case.due_at - timezone.now() > SOON
        held = self.roles[user] | {row.role for row in self.places if row.taker == user}
        return has_time and (not case.level_role or case.level_role in held)

    @staticmethod
    def needed(case, approved):
        """Return how many people of each role are still to decide."""
        first = case.level if case.status == Status.AWAITING_APPROVAL else 0
        needed: Counter = Counter()
        asked = levels_of(case)
        for level in asked[first:]:
            needed[level.role] += level.count
        if approved and first < len(asked) and asked[first].role == case.level_role:
            needed[asked[first].role] -= approved
        if case.level_role and case.status == Status.AWAITING_APPROVAL:
            needed[case.level_role] = max(needed[case.level_role], 1)
        return +needed


def left_empty(needed, people):
    """Return ``{role: places}`` that stay empty where each person takes one place at the most.

    ``people`` are the keys of those who hold each role. Whoever has a place moves to another role of theirs where that
    lets somebody in (augmenting paths: H. W. Kuhn, "The Hungarian Method", 1955).
    """
    place: dict = {}

    def let_in(role, asked):
        for person in people[role] - asked:
            if person in asked:
                continue  # asked meanwhile, further down
            asked.add(person)
            if person not in place or let_in(place[person], asked):
                place[person] = role
                return True
        return False

    empty = {role: sum(not let_in(role, set()) for _place in range(number)) for role, number in needed.items()}
    return {role: number for role, number in empty.items() if number}


def levels_of(case):
    """Return the levels of a case: as it stands once it was sent, before that those that no fact takes away.

    The facts are read only where a level has a condition.
    """
    has_conditions = any(level.get("when") for level in case.policy.rules["levels"])
    if case.status == Status.AWAITING_APPROVAL and has_conditions:
        return levels.asked(case, case_facts(case))
    return policies.levels_of_every_case(case.policy.rules)


def look_at(work, case):
    """Put on a locked case whether it can be decided in time, now that it was submitted or sent for approval."""
    if work.occurred_at < work.now or case.status not in NOT_DECIDED:
        return
    took = {took.person_id for took in case.participations.all()} | {work.actor.person_id}
    deciders = Deciders(work.client_id)
    if case.returns_to_id and not deciders.returns(case):
        case.returns_to = None
        work.save(case, "free")
    mark(work, case, deciders.lacking(case, out=took))


def mark(work, case, lacking):
    """Write that a case climbs, or that it need not any more; nothing where that is known."""
    if bool(lacking) == bool(case.undecidable_since):
        return
    with work.by_rule(RULE, actor=User.objects.system(), origin=Origin.RULE):
        case.undecidable_since = work.now if lacking else None
        action, reason = ("climb", "nobody_decides") if lacking else ("climb_ended", "somebody_decides")
        entry = handled(work, case, action, reason=reason, lacking=lacking)
        work.save(case, action)
        if lacking and (people := told_of(case)):
            work.emit(EVENT, entry, case=str(case.pk), people=people)


def told_of(case):
    """Return the keys of those who hear that nobody decides a case: who assigns or decides at its client."""
    roles = [role for role, can in CAPABILITIES.items() if can & {"assign", "decide"}]
    return [str(user.pk) for user in shifts.holders(case.client_id, roles)]


def look_again(client_id):
    """Look at every case of a client that is still to be decided, after roles, shifts or absences have changed.

    Returns how many climb now. May run twice and on several workers.
    """
    runs = Q(status__in=NOT_DECIDED, paused_at=None)
    rests = Q(undecidable_since__isnull=False) & (Q(status=Status.AWAITING_MEMBER) | Q(paused_at__isnull=False))
    waiting = ReinstatementRequest.objects.open().filter(runs | rests, client=client_id)
    cases = list(waiting.select_related("account").order_by("due_at", "id")[:LOOKED_AT])
    if not cases:
        return 0
    versions = Policy.objects.in_bulk({case.policy_id for case in cases})
    for case in cases:
        case.policy = versions[case.policy_id]
    deciders = Deciders(client_id)
    out, approved = defaultdict(set), Counter()
    for case_id, person_id in Participation.objects.filter(case__in=cases).values_list("case", "person"):
        out[case_id].add(person_id)
    by_id = {case.pk: case for case in cases}
    sent = [case for case in cases if case.status == Status.AWAITING_APPROVAL]
    given = Approval.objects.filter(case__in=sent, decision=Approval.Decision.APPROVED)
    eyes = ("person", "delegation__giver__person")
    for case_id, level, at, *people in given.values_list("case", "level", "decided_at", *eyes):
        if at >= by_id[case_id].sent_for_approval_at:
            out[case_id].update(people)
            approved[case_id] += level == by_id[case_id].level
    climbed = 0
    for case in cases:
        is_running = case.status in NOT_DECIDED and case.paused_at is None
        lacking = deciders.lacking(case, out=out[case.pk], approved=approved[case.pk]) if is_running else {}
        is_free = case.returns_to_id is not None and not deciders.returns(case)
        if bool(lacking) != bool(case.undecidable_since) or is_free:
            climbed += write(case, lacking, is_free)
    return climbed


def write(case, lacking, is_free):
    """Mark one case in a change of its own, and with ``is_free`` leave it to all who may; return whether it climbs."""
    try:
        with (
            transaction.atomic(),
            changing(case, actor=User.objects.system(), may=lambda case, user: True) as (work, locked),
        ):
            if (locked.status, locked.level) == (case.status, case.level):
                if is_free:
                    locked.returns_to = None
                    work.save(locked, "free")
                mark(work, locked, lacking)
    except ServiceError:
        return False  # Somebody changed it at this moment; the next round looks again.
    return bool(lacking)
