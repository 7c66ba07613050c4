"""Browsers of the cast, and rows that they must not change by sending nonsense."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django_scopes import scope

from accounts.services import memberships
from tests import factories


@pytest.fixture
def browsers(acme, agent, supervisor, second_supervisor, compliance, auditor, administrator):
    users = (agent, supervisor, second_supervisor, compliance, auditor, administrator)
    found = {}
    for user in users:
        found[user.username] = Browser(raise_request_exception=False)
        found[user.username].force_login(user)
    return found


@pytest.fixture
def case(awaiting_approval):
    return awaiting_approval


def stop(client):
    return factories.suspend(factories.make_account(client, "A-2", balance_minor=8420))


def serve(client, agent):
    """Return an account in service that owes something, with a membership that somebody will pause."""
    account = factories.make_account(client, "A-4")
    with scope(client=[client.pk]):
        charge = factories.charge(account, due_on=timezone.localdate())
        membership, later = account.memberships.get(), timezone.localdate() + timedelta(days=2)
        memberships.pause(membership, actor=agent, reason="away", initiator="member", starts_on=later)
        change = membership.scheduled_changes.get()
    return SimpleNamespace(account=account, charge=charge, membership=membership, change=change)


@pytest.fixture
def stopped(acme):
    return stop(acme)


@pytest.fixture
def foreign(globex):
    return factories.suspend(factories.make_account(globex, "G-1"))


@pytest.fixture
def served(acme, agent):
    return serve(acme, agent)
