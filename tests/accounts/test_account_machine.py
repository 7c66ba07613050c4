"""Random lives of accounts: whatever people, jobs and the client's system do, the record and the rows stay one."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.errors import ServiceError
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, AccountMerge, DueFailure, Membership, Restriction, StatusChange
from accounts.services import endings, lifecycle, memberships, merges, overdue, payments, reviews
from accounts.services.staff import ensure_system_user
from reinstatements import services as cases
from reinstatements.models import ReinstatementRequest
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("scoped")]
BEGIN = datetime(2027, 1, 31, 9, tzinfo=UTC)
IN_SERVICE = (Membership.Status.TRIAL, Membership.Status.ACTIVE)
KINDS = ("payment", "policy", "security", "voluntary")


class Lives(RuleBasedStateMachine):
    """Two accounts of one client, each of which anything may happen to; the services refuse what may not be."""

    cast: dict = {}

    def __init__(self):
        super().__init__()
        self.stack, self.now, self.told = ExitStack(), BEGIN, 0
        self.stack.enter_context(transaction.atomic())
        self.stack.callback(transaction.set_rollback, True)
        self.clock = self.stack.enter_context(time_machine.travel(BEGIN, tick=False))
        acme = self.cast["acme"]
        self.rows = [factories.make_account(acme, f"L-{number}", currency="EUR") for number in range(2)]

    def teardown(self):
        self.stack.close()

    def account(self, which):
        return Account.objects.get(pk=self.rows[which].pk)

    def attempt(self, do, *args, **kwargs):
        """Call a service; that it refuses is an answer, and leaves nothing behind."""
        before = StatusChange.objects.count()
        try:
            with transaction.atomic():
                return do(*args, **kwargs)
        except ServiceError:
            assert StatusChange.objects.count() == before
            return None

    def by(self, name, **more):
        return {"actor": self.cast[name], **more}

    @rule(which=st.integers(0, 1), kind=st.sampled_from(KINDS), days=st.sampled_from([None, None, 1, 20]))
    def suspend(self, which, kind, days):
        ends_at = self.now + timedelta(days=days) if days else None
        sent = self.by("agent", kind=kind, reason="policy_breach", ends_at=ends_at)
        self.attempt(lifecycle.suspend, self.account(which), **sent)

    @rule(which=st.integers(0, 1))
    def hold(self, which):
        self.attempt(lifecycle.hold, self.account(which), **self.by("agent", reason="non_payment"))

    @rule(which=st.integers(0, 1))
    def put_under_review(self, which):
        sent = self.by("agent", reason="suspicious_activity", ends_at=self.now + timedelta(days=10))
        self.attempt(reviews.put_under_review, self.account(which), **sent)

    @rule(which=st.integers(0, 1))
    def end_review(self, which):
        self.attempt(reviews.end_review, self.account(which), **self.by("agent", reason="nothing_found"))

    @rule(which=st.integers(0, 1))
    def deactivate(self, which):
        sent = self.by("agent", kind="voluntary", reason="member_left", initiator="member")
        self.attempt(lifecycle.deactivate, self.account(which), **sent)

    @rule(which=st.integers(0, 1))
    def close(self, which):
        account = self.account(which)
        seen = lifecycle.digest(lifecycle.consequences(account))
        sent = self.by("agent", reason="customer_request", initiator="member", seen=seen)
        self.attempt(lifecycle.close, account, **sent)

    @rule(which=st.integers(0, 1), age=st.sampled_from([0, 35, 45, 60]))
    def charge(self, which, age):
        due_on = self.now.date() - timedelta(days=age)
        sent = self.by("system", amount_minor=3000, currency="EUR", due_on=due_on, origin="client_system")
        self.attempt(payments.charge, self.account(which), external_id=self.number(), **sent)

    @rule(which=st.integers(0, 1), kind=st.sampled_from(["payment", "payment", "chargeback", "refund"]))
    def pay(self, which, kind):
        account = self.account(which)
        minor = account.balance_minor if kind == "payment" and account.balance_minor > 0 else 3000
        sent = self.by("system", kind=kind, amount_minor=minor, currency="EUR", paid_at=self.now)
        self.attempt(payments.record, account, external_id=self.number(), origin="client_system", **sent)

    def number(self):
        self.told += 1
        return f"N-{self.told}"

    @rule(which=st.integers(0, 1))
    def reinstate(self, which):
        """By people: a case is opened, worked and approved by two of them."""
        self.attempt(self.decided_by_two, self.account(which))

    def decided_by_two(self, account):
        case = factories.bring_to(account, "awaiting_approval", self.cast["agent"])
        cases.approve(case, **self.by("supervisor", reason="paid", seen=factories.seen(case)))

    @rule(which=st.integers(0, 1))
    def reverse(self, which):
        case = ReinstatementRequest.objects.filter(account=self.rows[which].pk).order_by("-opened_at").first()
        if case:
            sent = self.by("compliance", reason="decided_in_error", note="Forged receipt.")
            self.attempt(cases.reverse, case, **sent)

    @rule(which=st.integers(0, 1))
    def merge(self, which):
        absorbed, survivor = self.account(which), self.account(1 - which)
        self.attempt(factories.merge, absorbed, survivor, self.cast["agent"], self.cast["supervisor"])

    @rule()
    def undo_a_merge(self):
        standing = AccountMerge.objects.standing().first()
        if standing:
            self.attempt(self.undone_by_two, standing)

    def undone_by_two(self, standing):
        asked = merges.propose_undo(standing, **self.by("agent", reason="merged_in_error"))
        merges.confirm(asked, **self.by("supervisor"))

    @rule(days=st.sampled_from([1, 9, 30]))
    def wait(self, days):
        """Time passes, and the jobs write what it brought."""
        self.now += timedelta(days=days)
        self.clock.move_to(self.now)
        for job in (overdue.apply_due, endings.end_due, reviews.end_due, memberships.apply_due_membership_changes):
            job()
        assert not DueFailure.objects.exists()

    @invariant()
    def the_record_and_the_rows_are_one(self):
        assert list(verify(Totals())) == []
        for account in Account.objects.filter(pk__in=[row.pk for row in self.rows]):
            self.is_as_its_last_entry_says(account)
            is_open = Restriction.objects.of_account(account).exists()
            assert not (account.status == Account.Status.ACTIVE and is_open)
            if account.status in (*Account.STOPPED, Account.Status.MERGED):
                assert not account.memberships.filter(status__in=IN_SERVICE).exists()
            for row in account.memberships.all():
                self.is_as_its_last_entry_says(row)
                assert not (row.status in IN_SERVICE and Restriction.objects.of_membership(row).exists())

    def is_as_its_last_entry_says(self, row):
        told = StatusChange.objects.filter(subject_id=row.pk).order_by("-number")
        assert row.status == told.values_list("to_status", flat=True).first()


@pytest.mark.requirement("R3", "R9", "R10", "R11", "R13", "R14", "R22")
def test_any_life_of_two_accounts_verifies_and_stands_as_its_entries_say(acme, agent, supervisor, compliance):
    cast = {"acme": acme, "agent": agent, "supervisor": supervisor, "compliance": compliance}
    machine = type("Cast", (Lives,), {"cast": cast | {"system": ensure_system_user()}})
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=checks)
    )
