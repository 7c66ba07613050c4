"""The policies that a client's cases go by on the first day, and how its desk works. Its administrators change both."""

from django.utils import timezone

from accounts import registries
from reinstatements import policies
from reinstatements.models import ClockSettings, DeskSettings, Policy
from reinstatements.models.request import Kind
from reinstatements.services.clock_settings import usual


@registries.new_client.register("policies")
def give_policies(client):
    held = set(Policy.objects.filter(client=client).values_list("kind", flat=True))
    for kind in Kind:
        if kind not in held:
            Policy.objects.create(
                client=client,
                kind=kind,
                version=1,
                rules=policies.default_rules(client.industry, kind),
                in_force_from=timezone.now(),
            )


@registries.new_client.register("desk settings")
def give_desk_settings(client):
    DeskSettings.objects.get_or_create(client=client)


@registries.new_client.register("working time")
def give_working_time(client):
    """Give office hours in the client's time zone less its country's holidays, usual targets and a ladder."""
    if not ClockSettings.objects.filter(client=client).exists():
        ClockSettings.objects.create(client=client, version=1, applied_at=timezone.now(), **usual(client))
