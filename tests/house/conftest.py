"""Browsers of the cast, and rows that they must not change by sending nonsense."""

import pytest
from django.test import Client as Browser

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


@pytest.fixture
def stopped(acme):
    return factories.suspend(factories.make_account(acme, "A-2", balance_minor=8420))


@pytest.fixture
def foreign(globex):
    return factories.suspend(factories.make_account(globex, "G-1"))
