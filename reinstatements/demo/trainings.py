"""Trainings at the insurer, which asks for one before its cases are worked or decided: one of them ends soon."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AccountSettings, TrainingRecord
from accounts.services import configuration, training
from reinstatements.demo.people import BRISEVENT

ROLES = "agent,supervisor"
COURSE = "Health data and consent"
DAYS_LEFT = {"claire": 260, "omar": 12, "nadia": 170}


def wanted_at(client):
    return client.code == BRISEVENT


def given(client):
    return TrainingRecord.objects.filter(client=client)


def give(client, cast):
    """Record the trainings, and only then let the client ask for them; return how many there are."""
    today = timezone.localdate()
    for username, days in DAYS_LEFT.items():
        until = today + timedelta(days=days)
        days_held = {"completed_on": until - timedelta(days=365), "valid_until": until}
        training.record(cast[username].person, client, actor=cast["elif"], subject=COURSE, **days_held)
    settings = AccountSettings.objects.get(client=client)
    settings.training_roles = ROLES
    configuration.save(settings, ["training_roles"], actor=cast["hugo"])
    return len(DAYS_LEFT)
