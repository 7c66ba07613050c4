"""Who may still decide: a case climbs where nobody does in time, and says so."""

import json
import random

import pytest
from django.urls import reverse

from accounts import registries
from accounts.models import StatusChange
from accounts.services import roles, staff
from notifications import tasks as notifying
from notifications.models import StaffNotice
from reinstatements import services
from reinstatements.models import Policy, ReinstatementRequest
from reinstatements.services import eligibility
from tests import factories

pytestmark = pytest.mark.requirement("R62", "R115")


@pytest.fixture
def colleague(acme):
    return factories.make_user("colleague", (acme, "agent"))


@pytest.fixture
def submitted(suspended, agent):
    return factories.bring_to(suspended, "submitted", agent)


def handled(case):
    """What the record says of the handling of a case, oldest first: action, reason, who by."""
    rows = StatusChange.objects.filter(account=case.account_id, subject_type="handling").order_by("number")
    return list(rows.values_list("action", "reason", "actor__username"))


def worker(case):
    return ReinstatementRequest.objects.get(pk=case.pk).worker


def another(acme, agent, number):
    account = factories.suspend(factories.make_account(acme, number))
    return factories.bring_to(account, "submitted", agent)


def test_a_case_climbs_at_once_where_nobody_who_may_decide_is_there_before_it_is_due(
    client, acme, in_verification, agent, supervisor, compliance, scoped
):
    factories.absence(supervisor)
    factories.meet_all(in_verification, agent)
    services.send_for_approval(in_verification, actor=agent)

    case = ReinstatementRequest.objects.get(pk=in_verification.pk)
    assert case.undecidable_since is not None
    assert handled(case)[-1] == ("climb", "nobody_decides", "reinstate")
    client.force_login(compliance)
    assert "Nobody who may decide this case is there" in client.get(case.get_absolute_url()).content.decode()
    assert case.code in client.get(reverse("queue"), {"queue": "stuck"}).content.decode()


def test_granting_and_ending_a_role_looks_again(acme, awaiting_approval, scoped):
    eligibility.look_again(acme.pk)
    awaiting_approval.refresh_from_db()
    assert awaiting_approval.undecidable_since is not None

    late = factories.make_user("late", (acme, "supervisor"))
    awaiting_approval.refresh_from_db()
    assert awaiting_approval.undecidable_since is None

    roles.end(late, acme, "supervisor", actor=staff.ensure_system_user())
    awaiting_approval.refresh_from_db()
    assert awaiting_approval.undecidable_since is not None


def test_a_case_that_is_not_sent_yet_climbs_and_is_free_again_as_roles_and_absences_change(
    acme, supervisor, in_verification, scoped
):
    """A case of eight hours: whoever leaves now is not there when its evidence is together."""
    eligibility.look_again(acme.pk)
    in_verification.refresh_from_db()
    assert in_verification.undecidable_since is None

    factories.absence(supervisor)
    eligibility.look_again(acme.pk)
    in_verification.refresh_from_db()
    assert in_verification.undecidable_since is not None

    roles.grant(factories.make_user("late"), acme, "supervisor", actor=staff.ensure_system_user())
    in_verification.refresh_from_db()
    assert in_verification.undecidable_since is None
    assert [entry[:2] for entry in handled(in_verification)] == [
        ("climb", "nobody_decides"),
        ("climb_ended", "somebody_decides"),
    ]


def test_a_case_that_waits_for_the_member_does_not_climb_and_one_that_had_comes_down(
    acme, supervisor, in_verification, agent, scoped
):
    factories.absence(supervisor)
    eligibility.look_again(acme.pk)
    case = services.ask_member(in_verification, actor=agent, asked="A copy of the passport")
    assert case.undecidable_since is not None

    for _round in range(2):
        eligibility.look_again(acme.pk)
        case.refresh_from_db()
        assert case.undecidable_since is None
    services.take_answer(case, actor=agent, answer="Here it is")
    eligibility.look_again(acme.pk)
    case.refresh_from_db()
    assert case.undecidable_since is not None


def test_somebody_with_two_roles_is_counted_at_one_level(acme, suspended, agent, scoped):
    """Nobody decides twice, so one person who holds both roles leaves one of two levels without anybody."""
    policy = Policy.objects.get(client=acme, kind="payment")
    levels = [{"role": "supervisor", "count": 1}, {"role": "compliance", "count": 1}]
    factories.put_in_force(policy, policy.rules | {"levels": levels})
    factories.make_user("both", (acme, "supervisor"), (acme, "compliance"))

    case = factories.bring_to(suspended, "awaiting_approval", agent)

    climbed = StatusChange.objects.get(subject_id=case.pk, action="climb")
    assert json.loads(bytes(climbed.body))["data"]["lacking"] == {"compliance": 1}
    factories.make_user("one", (acme, "supervisor"))
    eligibility.look_again(acme.pk)
    case.refresh_from_db()
    assert case.undecidable_since is None


@pytest.mark.parametrize("seed", range(40))
def test_the_places_that_stay_empty_are_as_few_as_trying_every_seating_finds(seed):
    chance = random.Random(seed)
    needed = {role: chance.randint(1, 2) for role in ("supervisor", "compliance", "contact")}
    staff = {person: [role for role in needed if chance.random() < 0.5] for person in range(chance.randint(0, 4))}
    people = {role: {person for person, held in staff.items() if role in held} for role in needed}

    def most(left, persons):
        if not persons:
            return 0
        first, *others = persons
        seated = [1 + most(left | {role: left[role] - 1}, others) for role in staff[first] if left[role]]
        return max([most(left, others), *seated])

    assert sum(eligibility.left_empty(needed, people).values()) == sum(needed.values()) - most(needed, list(staff))


def test_whoever_took_part_is_not_counted_among_those_who_may_decide(acme, suspended, scoped):
    both = factories.make_user("both", (acme, "agent"), (acme, "supervisor"))
    case = factories.bring_to(suspended, "awaiting_approval", both)

    assert case.undecidable_since is not None


def test_those_it_climbs_to_are_mailed_once_however_often_anybody_looks(
    acme, supervisor, compliance, awaiting_approval, scoped
):
    factories.absence(supervisor)
    for _each in range(2):
        eligibility.look_again(acme.pk)
        notifying.relay()

    told = StaffNotice.objects.filter(event_name="case.nobody_decides").values_list("user__username", flat=True)
    assert sorted(told) == ["compliance", "supervisor"]
    roles.grant(factories.make_user("late"), acme, "supervisor", actor=staff.ensure_system_user())
    case = ReinstatementRequest.objects.get(pk=awaiting_approval.pk)
    payload = StaffNotice.objects.first().payload
    assert case.undecidable_since is None
    assert registries.staff_events["case.nobody_decides"].is_over(payload)
    subject, _text = registries.staff_events["case.nobody_decides"].words(payload, acme, supervisor)
    assert subject == f"Nobody decides in time: case {case.code}, Acme Mobile"


def test_a_level_under_a_condition_is_counted_once_the_case_was_sent(acme, supervisor, suspended, agent, scoped):
    policy = Policy.objects.get(client=acme, kind="payment")
    second = {"role": "compliance", "count": 1, "when": [{"fact": "owed_minor", "is": "at_least", "value": 100}]}
    factories.put_in_force(policy, policy.rules | {"levels": [*policy.rules["levels"], second]})

    case = factories.bring_to(suspended, "awaiting_approval", agent)

    climbed = StatusChange.objects.get(subject_id=case.pk, action="climb")
    assert json.loads(bytes(climbed.body))["data"]["lacking"] == {"compliance": 1}
