"""What time brings to memberships: in sets, beside one service call for each account and COPY of the finished rows."""

import itertools
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from accounts.ledger import sets
from accounts.models import Account, Membership, Plan, StatusChange
from accounts.services import accounts
from accounts.services.memberships import due
from accounts.services.memberships.changing import Life
from accounts.services.memberships.starting import open_membership, put_activation, put_trial
from accounts.services.staff import ensure_system_user
from tests import factories
from tests.benchmarks import harness, ingesting
from tests.benchmarks.harness import Competitor

SETS, EACH, COPY = "in sets", "one service call each", "COPY of finished rows"
PARTS = 10
"""One call each gets this part of the work, for its cost does not depend on how much there is."""
SET = 500
HOLDER = {"name": "Ada Example", "email": "ada@example.com"}


class Members:
    """Makes memberships that are due: half renew, the others convert from a trial or expire."""

    def __init__(self):
        self.client = factories.make_client("acme")
        self.system = ensure_system_user()
        self.numbers = itertools.count()
        sold = {"client": self.client, "name": "Gym", "price_minor": 3100, "currency": "EUR", "entitlements": ["Gym"]}
        renewing = Plan.objects.create(code="renewing", **sold)
        trying = Plan.objects.create(code="trying", trial_days=14, **sold)
        ending = Plan.objects.create(code="ending", auto_renew=False, **sold)
        self.plans = itertools.cycle([renewing, trying, renewing, ending])

    def due(self, count):
        """Return the accounts of as many new memberships, and a time at which each of these has one change due."""
        pks, left = [], count
        while left:
            with transaction.atomic():
                works = [self.begun() for _each in range(min(left, SET))]
                sets.run(works)
            pks += [work.account.pk for work in works]
            left -= len(works)
        ingesting.analyze()
        return timezone.now() + timedelta(days=35), pks

    def begun(self):
        account, key = accounts.new_account(self.client, f"T-{next(self.numbers)}", HOLDER, {})
        work, plan = sets.SetChange(account, actor=self.system, origin="import"), next(self.plans)
        accounts.record_opening(work, key, HOLDER, Account.Status.ACTIVE, None, None, "agreed")
        membership = open_membership(work, plan, None, reason="agreed", status=Membership.Status.PENDING)
        life = Life(work, membership, is_new=True)
        if plan.trial_days:
            put_trial(life, None, None, "agreed", "")
        else:
            put_activation(life, "agreed", "")
        return work

    def planned(self, count):
        """Return what the job would write for as many due memberships, computed and not written."""
        now, _pks = self.due(count)
        found = []
        for start in range(0, count, SET):
            with transaction.atomic():
                rows = due.due_memberships(now).select_related("plan")[start : start + SET]
                works = []
                for work, lives in due.lives_of(list(rows), now):
                    for life in lives:
                        due.write_due(life)
                    works.append(work)
                found.append(ingesting.piece_of(works))
        return found


def in_sets(count, work):
    now, _pks = work[0]
    assert due.apply_due_membership_changes(now) >= count


def one_by_one(work):
    for now, pk in work:
        assert due.catch_up_account(pk, now) == 1


def copied(work):
    for piece in work[0]:
        ingesting.copied(piece)


def competitors(members, rows):
    few = max(rows // PARTS, 1)

    def each(_turn):
        now, pks = members.due(few)
        return [(now, pk) for pk in pks]

    return [
        Competitor(SETS, partial(in_sets, rows), lambda _turn: [members.due(rows)], rows),
        Competitor(EACH, one_by_one, each, few),
        Competitor(COPY, copied, lambda _turn: [members.planned(rows)], rows),
    ]


def main():
    options = harness.arguments(__doc__, rows=2000, rounds=3)
    with harness.scratch():
        members = Members()
        with scope(client=[members.client.pk]):
            costs = harness.compete(competitors(members, options.rows), options.rounds)
            entries = StatusChange.objects.filter(rule="membership_terms").count()
        lines = [
            f"{options.rows:,} due changes a round, in sets of {due.AT_ONCE}; {entries:,} entries written in all. Half"
            " are renewals, a quarter each trials that convert and terms that expire. All write the same rows under the"
            " same guards; COPY is handed finished values and neither reads, decides nor hashes.",
            "",
            *harness.table(costs, "one due change"),
            "",
            harness.ratio_line(costs, SETS, EACH, 10),
            harness.ratio_line(costs, SETS, COPY),
        ]
        harness.report("timed_changes", lines, write=options.write)


if __name__ == "__main__":
    main()
