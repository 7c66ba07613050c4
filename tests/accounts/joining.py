"""Somebody who has joined a gym in Berlin, and days that pass: what the tests of a membership's life begin with."""

import json
from datetime import UTC, datetime

import pytest

from accounts.models import Plan, StatusChange
from accounts.services import memberships
from tests import factories

START = {"reason": "agreed", "initiator": "member"}
PAUSE = {"reason": "away", "initiator": "member"}
CANCEL = {"reason": "too_expensive", "initiator": "member"}
CHANGE = {"reason": "needs_more", "initiator": "member"}
ADJUST = {"reason": "earned", "initiator": "business"}
OWN = {"reason": "goodwill", "initiator": "business"}


@pytest.fixture(name="at")
def at_(time_machine):
    def move(text):
        time_machine.move_to(datetime.fromisoformat(text).replace(tzinfo=UTC), tick=False)

    move("2027-01-31T09:00")
    return move


def plan(client, code="gym", **fields):
    defaults = {"name": code.title(), "price_minor": 3100, "currency": "EUR", "entitlements": ["Gym", "Sauna"]}
    return Plan.objects.create(client=client, code=code, **{**defaults, **fields})


@pytest.fixture(name="account")
def account_(acme, at):
    return factories.make_account(acme, time_zone="Europe/Berlin")


@pytest.fixture(name="joined")
def joined_(account, agent, acme):
    """Begin a membership on a plan with these terms; ``begins`` as pending, trial or active."""

    def join(begins="active", **fields):
        return memberships.add(account, plan(acme, **fields), actor=agent, begins=begins, **START)

    return join


def entries(membership):
    found = StatusChange.objects.filter(subject_id=membership.pk).order_by("number")
    return [(entry.action, entry.from_status, entry.to_status, entry.reason) for entry in found]


def last(membership):
    entry = StatusChange.objects.filter(subject_id=membership.pk).order_by("-number").first()
    return entry, json.loads(bytes(entry.body))


def write_due(at, text):
    at(text)
    return memberships.apply_due_membership_changes(datetime.fromisoformat(text).replace(tzinfo=UTC))
