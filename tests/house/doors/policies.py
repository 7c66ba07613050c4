"""Ways to have cases go by a policy that nobody else has looked at."""

import uuid

from django.utils import timezone

from accounts.ledger import entries
from accounts.models import Client, User
from reinstatements.models import Policy, ReinstatementRequest
from tests.house.doors import door
from tests.house.doors.automatic import case_of
from tests.house.doors.forging import execute, forge, write

LAX = {"levels": [{"role": "supervisor", "count": 1}], "checks": [], "checks_by_restriction": {}}
RULE = "suspension_ended"


def entry_about(desk, policy, actor, action):
    """Write an entry about a policy on the client's chain, as good as the service's."""
    client = Client.objects.get(pk=desk.acme.pk)
    now = timezone.now()
    entry = write(
        entries.build(
            client_id=client.pk,
            account_id=None,
            number=client.head_number + 1,
            prev=client.head_hash,
            subject=("policy", policy.pk),
            action=action,
            from_status="",
            to_status="",
            reason="forged",
            origin="agent",
            actor_id=actor.pk,
            occurred_at=now,
            recorded_at=now,
        )
    )
    head = "UPDATE accounts_client SET head_number = %s, head_hash = %s WHERE id = %s"
    execute(head, entry.number, bytes(entry.hash), client.pk)
    return entry


def proposal(desk, maker, **fields):
    policy = Policy(client=desk.acme, kind="payment", version=2, rules=LAX, proposed_by=maker, **fields)
    policy.proposed_entry = entry_about(desk, policy, maker, "propose").uid
    return policy


def put_in_force(desk, policy, actor, **fields):
    entry = entry_about(desk, policy, actor, "put_in_force")
    decided = {"decided_by": actor, "decided_at": timezone.now(), "decided_entry": entry.uid}
    Policy.objects.filter(pk=policy.pk).update(**decided | {"in_force_from": timezone.now()} | fields)


@door("begins as a proposal")
def policy_in_force_at_once(desk):
    write(proposal(desk, desk.agent, in_force_from=timezone.now()))


@door("begins as a proposal")
def later_policy_without_a_maker(desk):
    write(Policy(client=desk.acme, kind="payment", version=2, rules=LAX, in_force_from=timezone.now()))


@door("begins as a proposal")
def policy_without_an_entry(desk):
    fields = {"proposed_by": desk.agent, "proposed_entry": uuid.uuid4()}
    write(Policy(client=desk.acme, kind="payment", version=2, rules=LAX, **fields))


@door("Another person than who proposed")
def policy_put_in_force_by_its_maker(desk):
    policy = write(proposal(desk, desk.agent))
    put_in_force(desk, policy, desk.agent)


@door("Another person than who proposed")
def policy_put_in_force_with_the_second_login_of_its_maker(desk):
    policy = write(proposal(desk, desk.agent))
    put_in_force(desk, policy, desk.second_login)


@door("Another person than who proposed")
def policy_put_in_force_by_nobody(desk):
    policy = write(proposal(desk, desk.agent))
    Policy.objects.filter(pk=policy.pk).update(in_force_from=timezone.now())


@door("Another person than who proposed")
def policy_put_in_force_without_an_entry(desk):
    policy = write(proposal(desk, desk.agent))
    put_in_force(desk, policy, desk.decider, decided_entry=uuid.uuid4())


@door("is decided once")
def policy_in_force_moved_to_another_day(desk):
    policy = write(proposal(desk, desk.agent))
    put_in_force(desk, policy, desk.decider)
    Policy.objects.filter(pk=policy.pk).update(in_force_from=timezone.now() - timezone.timedelta(days=9))


@door("is decided once")
def first_policy_taken_out_of_force(desk):
    Policy.objects.filter(client=desk.acme).update(in_force_from=None)


@door("never changed; make a new one")
def rules_of_a_proposal_that_nobody_decided(desk):
    policy = write(proposal(desk, desk.agent))
    Policy.objects.filter(pk=policy.pk).update(rules=LAX | {"checks": ["identity"]})


@door("A policy is never deleted")
def policy_that_no_case_rests_on(desk):
    execute("DELETE FROM reinstatements_policy WHERE kind = %s", "customer_data")


@door("A row stands in the way", vendor="sqlite")
def policy_in_the_place_of_another(desk):
    policy = write(proposal(desk, desk.agent))
    execute(
        """INSERT OR REPLACE INTO reinstatements_policy (id, client_id, kind, version, rules, note, proposed_at,
           in_force_from) SELECT id, client_id, kind, 1, rules, note, proposed_at, proposed_at
           FROM reinstatements_policy WHERE id = %s""",
        policy.pk,
    )


@door("by a policy of its own client and kind that was put in force")
def case_by_a_proposal(desk):
    case = case_of(desk, desk.other, desk.agent)
    case.policy = write(proposal(desk, desk.agent))
    opened(desk, case)


@door("by a policy of its own client and kind that was put in force")
def case_by_the_policy_of_another_client(desk):
    case = case_of(desk, desk.other, desk.agent)
    case.policy = Policy.objects.get(client=desk.globex, kind="payment")
    opened(desk, case)


@door("under the version of the policy that it was opened with")
def case_moved_under_another_policy(desk):
    other = Policy.objects.get(client=desk.acme, kind="account_status")
    ReinstatementRequest.objects.filter(pk=desk.case.pk).update(policy=other)


def opened(desk, case):
    """Write a case as a rule would open it."""
    forge(case, User.objects.system(), "", "submitted", rule=RULE)
    return write(case)
