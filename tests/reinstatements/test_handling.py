"""Who has a case: claims that end, assignment by load and skill, and absences."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.errors import Moved, Refused
from accounts.models import Absence, StatusChange
from accounts.services import roles, staff, words
from reinstatements import services, tasks
from reinstatements.models import DeskSettings, Participation, ReinstatementRequest, Skills
from reinstatements.services import assigning
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


# Claims


def test_a_claim_keeps_the_case_for_one_person_until_it_is_taken_over_for_a_reason(
    supervisor, submitted, agent, colleague, scoped
):
    services.claim(submitted, actor=agent)
    for refused in (services.claim, services.start):
        with pytest.raises(Moved, match="agent has claimed this case"):
            refused(submitted, actor=colleague)

    services.take_over(submitted, actor=colleague, reason="case_urgent", note="She calls every hour.")

    assert worker(submitted) == colleague
    assert handled(submitted) == [("claim", "claimed", "agent"), ("take_over", "case_urgent", "colleague")]


def test_evidence_is_collected_by_whoever_has_the_case(in_verification, agent, colleague, scoped):
    given = {"outcome": "met", "facts": {"method": "call_back"}, "evidence": {"reference": "Call 4711"}}
    with pytest.raises(Refused, match="agent works on this case"):
        services.record_check(in_verification, "identity", actor=colleague, **given)

    services.release(in_verification, actor=agent, note="Calls back at five.")
    services.record_check(in_verification, "identity", actor=colleague, **given)

    assert worker(in_verification) == colleague


def test_a_claim_ends_by_itself_unless_work_goes_on(in_verification, agent, acme, scoped):
    DeskSettings.objects.filter(client=acme).update(claim_minutes=60)
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        services.take_over(in_verification, actor=agent, reason="case_urgent")
        services.release(in_verification, actor=agent)
        services.claim(in_verification, actor=agent)
        begun = timezone.now()
    with time_machine.travel(begun + timedelta(minutes=50), tick=False):
        services.record_check(in_verification, "identity", actor=agent, outcome="failed", facts={}, evidence={})
    with time_machine.travel(begun + timedelta(minutes=100), tick=False):
        assert assigning.expire_claims(acme.pk) == 0
    with time_machine.travel(begun + timedelta(minutes=111), tick=False):
        assert (assigning.expire_claims(acme.pk), assigning.expire_claims(acme.pk)) == (1, 0)

    assert worker(in_verification) is None
    assert handled(in_verification)[-1] == ("expire", "claim_expired", "reinstate")


def test_a_supervisor_assigns_and_may_still_decide(in_verification, supervisor, colleague, scoped):
    services.assign(in_verification, colleague, actor=supervisor, note="You know her.")
    in_verification.refresh_from_db()
    factories.meet_all(in_verification, colleague)
    services.send_for_approval(in_verification, actor=colleague)
    services.approve(in_verification, actor=supervisor, reason="paid", seen=factories.seen(in_verification))

    assert ReinstatementRequest.objects.get(pk=in_verification.pk).status == "completed"


def test_whoever_is_given_a_case_does_not_decide_it(submitted, supervisor, second_supervisor, scoped):
    services.assign(submitted, second_supervisor, actor=supervisor)

    assert Participation.objects.filter(case=submitted, user=second_supervisor).exists()
    assert not Participation.objects.filter(case=submitted, user=supervisor).exists()


def test_only_a_supervisor_assigns_and_only_to_whoever_works_here(submitted, agent, supervisor, outsider, scoped):
    with pytest.raises(Refused):
        services.assign(submitted, agent, actor=agent)
    with pytest.raises(services.handling.Invalid, match="does not work this client's cases"):
        services.assign(submitted, outsider, actor=supervisor)


# Assignment by load and skill


def test_cases_find_whoever_fits_and_has_the_least_to_do(acme, submitted, agent, colleague, scoped):
    DeskSettings.objects.filter(client=acme).update(assigns=True)
    services.claim(submitted, actor=agent)
    second, third = another(acme, agent, "A-2"), another(acme, agent, "A-3")

    assert assigning.assign_waiting(acme.pk) == 2

    # One each would be fair after two; the colleague had none, then one, as the agent: by name the agent is next.
    assert [worker(case) for case in (second, third)] == [colleague, agent]


@pytest.mark.parametrize(
    ("skills", "is_given"),
    [
        ({"kinds": ["payment"]}, True),
        ({"kinds": ["customer_data"]}, False),
        ({"languages": ["de"]}, True),
        ({"languages": ["fr"]}, False),
        ({"takes_cases": False}, False),
        ({"most": 1}, True),
    ],
)
def test_somebody_is_given_what_they_can_do(acme, submitted, agent, skills, is_given, scoped):
    submitted.account.language = "de-AT"
    submitted.account.save(update_fields=["language"])
    DeskSettings.objects.filter(client=acme).update(assigns=True)
    Skills.objects.create(client=acme, user=agent, **skills)

    assert assigning.assign_waiting(acme.pk) == int(is_given)


def test_nobody_is_given_more_than_they_take_at_whichever_client(acme, globex, submitted, agent, scoped):
    DeskSettings.objects.filter(client=acme).update(assigns=True)
    Skills.objects.create(client=acme, user=agent, most=1)
    with scopes_disabled():
        roles.grant(agent, globex, "agent", actor=staff.ensure_system_user())
        del agent._grants
        elsewhere = factories.suspend(factories.make_account(globex, "G-1"))
        services.claim(factories.bring_to(elsewhere, "submitted", agent), actor=agent)

    assert assigning.assign_waiting(acme.pk) == 0


def test_a_client_that_does_not_want_it_assigns_by_hand(acme, submitted, agent, scoped):
    assert assigning.assign_waiting(acme.pk) == 0


def test_a_case_is_not_given_back_to_whoever_let_it_run_out(acme, in_verification, agent, colleague, scoped):
    DeskSettings.objects.filter(client=acme).update(assigns=True)
    ReinstatementRequest.objects.filter(pk=in_verification.pk).update(claim_until=timezone.now())

    tasks.share_work()

    assert worker(in_verification) == colleague


# Absences


def test_going_away_hands_over_what_somebody_has_with_a_word(acme, in_verification, agent, colleague, client):
    client.force_login(agent)
    answer = client.post(
        reverse("team_absence", args=[agent.pk]),
        {"starts_at": "2026-01-01T08:00", "ends_at": "2999-01-01T08:00", "note": "She waits for our call."},
    )

    with scopes_disabled():
        assert (answer.status_code, worker(in_verification)) == (302, colleague)
        entry = StatusChange.objects.get(account=in_verification.account_id, action="hand_over")
        assert words.read(in_verification.account, [entry.uid]) == {(entry.uid, "note"): "She waits for our call."}
        assert json.loads(bytes(entry.body))["data"] == {"before": str(agent.pk), "worker": str(colleague.pk)}


def test_an_absence_that_begins_later_hands_over_then_and_whoever_is_away_is_given_nothing(
    acme, supervisor, in_verification, agent, colleague, scoped
):
    begin = timezone.now() + timedelta(hours=1)
    assigning.mark_absence(agent, starts_at=begin, ends_at=begin + timedelta(days=1), actor=agent, note="Call her.")
    tasks.share_work()
    assert worker(in_verification) == agent

    factories.absence(colleague)
    with time_machine.travel(begin + timedelta(minutes=1)):
        tasks.share_work()

    assert worker(in_verification) is None
    assert [action for action, *_more in handled(in_verification)] == ["note", "hand_over"]


def test_only_oneself_and_ones_supervisor_mark_an_absence(acme, agent, colleague, supervisor, outsider, scoped):
    times = {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)}
    for actor in (colleague, outsider):
        with pytest.raises(Refused):
            assigning.mark_absence(agent, actor=actor, **times)
    absence = assigning.mark_absence(agent, actor=supervisor, **times)
    assigning.end_absence(absence, actor=agent)
    assert Absence.objects.get().ends_at <= timezone.now()


def test_the_team_says_who_is_given_cases_by_themselves(client, acme, agent, supervisor):
    Skills.objects.create(client=acme, user=agent, kinds=["payment"], languages=["de"], most=7)
    client.force_login(supervisor)

    shown = {row["user"].username: row["clients"][0]["skills"] for row in client.get(reverse("team")).context["rows"]}

    assert shown == {
        "agent": "payment · German · 7 cases at most",
        "supervisor": "is given cases by supervisors only",
    }


# Pages


def test_the_page_offers_what_each_may_do(client, in_verification, agent, colleague, supervisor, contact, acme):
    def shown(user):
        client.force_login(user)
        text = client.get(in_verification.get_absolute_url()).content.decode()
        return [
            what
            for what in ("claim", "release", "take-over", "assign", "note")
            if f"{in_verification.code}/{what}/" in text
        ]

    assert {user.username: shown(user) for user in (agent, colleague, supervisor, contact)} == {
        "agent": ["release", "note"],
        "colleague": ["take-over", "note"],
        "supervisor": ["release", "take-over", "assign", "note"],
        "contact": [],
    }


def test_a_supervisor_sets_skills_and_the_staff_page_tells_them(client, acme, agent, supervisor, administrator):
    client.force_login(supervisor)
    url = reverse("skills", args=[acme.pk, agent.pk])
    client.post(url, {"takes_cases": "on", "kinds": ["payment"], "languages": ["de"], "most": "7"})
    client.force_login(administrator)

    assert "payment · German · 7 cases at most" in client.get(reverse("staff")).content.decode()


def test_the_team_is_told_with_as_many_queries_for_many_as_for_few(
    client, acme, agent, supervisor, django_assert_max_num_queries
):
    client.force_login(supervisor)
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("team"))
    for number in range(5):
        factories.make_user(f"more{number}", (acme, "agent"))
    with django_assert_max_num_queries(len(few)):
        shown = client.get(reverse("team")).content.decode()
    assert "more4" in shown
