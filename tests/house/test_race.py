"""Many people act at once: one decision, and everybody else reads what happened; no two halves make a whole by mistake.

``RACE_ROUNDS`` and ``RACE_RACERS`` say how often and how many; a few rounds run every time.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import grants
from accounts.errors import ServiceError
from accounts.models import ClientRole, OutboxEvent, StatusChange, User
from accounts.services import roles
from notifications import tasks as mails
from notifications.models import Delivery
from reinstatements.facts import case_facts, encode
from reinstatements.models import Approval, Policy, ReinstatementRequest
from tests import factories

ROUNDS = int(os.environ.get("RACE_ROUNDS") or (20 if connection.vendor == "postgresql" else 1))
RACERS = int(os.environ.get("RACE_RACERS") or 16)
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def facts_of(case):
    with scope(client=[case.client_id]):
        fresh = ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
        return encode(case_facts(fresh))


def click(browser, url, form, start):
    """Send one approval at the same moment as everybody else; return the status and where it leads."""
    try:
        start.wait(timeout=60)
        answer = browser.post(url, form)
        return answer.status_code, answer.content.decode()
    finally:
        connections.close_all()


def signed_in(user):
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    return browser


def all_at_once(browsers, case):
    """Let everybody approve a case at the same moment; return the answers."""
    form = {"facts": facts_of(case), "reason": "paid"}
    url, start = reverse("case_approve", args=[case.code]), Barrier(len(browsers))
    with ThreadPoolExecutor(len(browsers)) as pool:
        return list(pool.map(lambda browser: click(browser, url, form, start), browsers))


def ruled(acme, levels):
    """Put a policy in force with checks and levels under conditions, as clients have them."""
    high = [{"fact": "owed_minor", "is": "at_least", "value": 1_000_000}]
    with scopes_disabled():
        policy = Policy.objects.get(client=acme, kind="payment")
        rules = policy.rules | {
            "levels": [*levels, {"role": "compliance", "count": 1, "when": high}],
            "checks_when": [{"checks": ["identity"], "when": [{"fact": "risk", "is": "one_of", "value": ["routine"]}]}],
        }
        return factories.put_in_force(policy, rules)


def waiting(acme, number, agent):
    account = factories.suspend(factories.make_account(acme, f"A-{number}", balance_minor=8420))
    return factories.bring_to(account, "awaiting_approval", agent)


def last_actions(case, number):
    rows = StatusChange.objects.filter(account=case.account_id).order_by("-number")
    return list(rows.values_list("action", flat=True)[:number])


@pytest.mark.requirement("R13", "R61")
def test_of_many_who_approve_at_once_one_decides_and_the_others_read_what_happened():
    acme = factories.make_client("acme", name="Acme Mobile")
    agent = factories.make_user("agent", (acme, "agent"))
    ruled(acme, [{"role": "supervisor", "count": 1}])
    browsers = [signed_in(factories.make_user(f"supervisor{number}", (acme, "supervisor"))) for number in range(RACERS)]

    for round_number in range(ROUNDS):
        case = waiting(acme, round_number, agent)
        answers = all_at_once(browsers, case)

        assert sorted(status for status, _page in answers) == [302] + [409] * (RACERS - 1)
        assert all("decided this case first" in page for status, page in answers if status == 409)
        mails.relay()
        with scopes_disabled():
            assert Approval.objects.filter(case=case).count() == 1
            told = OutboxEvent.objects.filter(account=case.account_id, name="reinstatement.completed")
            assert told.count() == 1
            assert Delivery.objects.filter(event__in=told.values("pk")).count() == 1
            # The account, then the membership that stopped with it.
            assert last_actions(case, 4) == ["complete", "reinstate", "reinstate", "approve"]


@pytest.mark.requirement("R61")
def test_two_logins_of_one_person_at_once_give_half_of_an_approval_and_two_people_all_of_it():
    acme = factories.make_client("acme", name="Acme Mobile")
    agent = factories.make_user("agent", (acme, "agent"))
    ruled(acme, [{"role": "supervisor", "count": 2}])
    first = factories.make_user("supervisor", (acme, "supervisor"))
    twin = factories.make_user("twin", (acme, "supervisor"), person=first.person)
    other = factories.make_user("other", (acme, "supervisor"))
    one, same, second = (signed_in(user) for user in (first, twin, other))

    for round_number in range(ROUNDS):
        case = waiting(acme, round_number, agent)
        halves = all_at_once([one, same], case)
        with scopes_disabled():
            assert Approval.objects.filter(case=case).count() == 1
            assert factories.fresh(case).status == "awaiting_approval"
        assert [status for status, _page in halves].count(302) == 1
        assert all(status < 500 for status, _page in halves)

        both = waiting(acme, f"{round_number}-both", agent)
        answers = all_at_once([one, second], both)
        assert [status for status, _page in answers] == [302, 302]
        with scopes_disabled():
            assert Approval.objects.filter(case=both).count() == 2
            assert factories.fresh(both).status == "completed"
            assert last_actions(both, 5) == ["complete", "reinstate", "reinstate", "approve", "approve_level"]


def ending(client, user, actor, start):
    """End the administration of ``user`` by an ``actor`` whose roles were read before; return whether it was done."""
    actor = User.objects.get(pk=actor.pk)
    try:
        grants.of(actor)
        start.wait(timeout=60)
        with scope(client=[client.pk]):
            roles.end(user, client, "administrator", actor=actor)
    except ServiceError:
        return False
    finally:
        connections.close_all()
    return True


@pytest.mark.requirement("R116")
def test_of_two_administrators_who_end_each_other_s_role_at_once_one_stays():
    acme = factories.make_client("acme", name="Acme Mobile")
    two = [factories.make_user(f"administrator{number}", (acme, "administrator")) for number in range(2)]

    for _round in range(ROUNDS):
        start = Barrier(2)
        pairs = [(two[0], two[1]), (two[1], two[0])]
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda pair: ending(acme, *pair, start), pairs))  # noqa: B023

        assert sorted(done) == [False, True]
        with scopes_disabled():
            left = list(ClientRole.objects.filter(user__in=two).values_list("user", flat=True))
            assert len(left) == 1
            gone = next(user for user in two if user.pk not in left)
            roles.grant(gone, acme, "administrator", actor=User.objects.system())


def losing(client, user, start):
    try:
        start.wait(timeout=60)
        with scope(client=[client.pk]):
            roles.end(user, client, "supervisor", actor=User.objects.system())
    finally:
        connections.close_all()


@pytest.mark.requirement("R61")
def test_a_case_whose_last_two_deciders_lose_their_role_at_once_climbs():
    acme = factories.make_client("acme", name="Acme Mobile")
    agent = factories.make_user("agent", (acme, "agent"))
    two = [factories.make_user(f"supervisor{number}", (acme, "supervisor")) for number in range(2)]
    case = waiting(acme, 1, agent)

    for _round in range(ROUNDS):
        with scopes_disabled():
            assert factories.fresh(case).undecidable_since is None
        start = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda user: losing(acme, user, start), two))  # noqa: B023

        with scopes_disabled():
            assert factories.fresh(case).undecidable_since is not None
        with scope(client=[acme.pk]):
            for user in two:
                roles.grant(user, acme, "supervisor", actor=User.objects.system())
