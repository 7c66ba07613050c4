"""The policies that a client's cases go by on the first day, and how its desk works. Its administrators change both."""

from django.utils import timezone

from accounts import registries
from reinstatements import policies
from reinstatements.models import DeskSettings, Policy
from reinstatements.models.request import Kind


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
