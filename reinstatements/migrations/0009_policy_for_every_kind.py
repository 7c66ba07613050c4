from django.db import migrations
from django.utils import timezone


def give_policies(apps, schema_editor):
    """A client that lacks a policy for a kind of case begins with version 1, what a new one of its industry begins with.

    Versions that are there stay as they are: cases rest on them, and the engine reads them as they were meant.
    """
    from reinstatements.models.request import Kind
    from reinstatements.policies.templates import default_rules

    Client, Policy = apps.get_model("accounts", "Client"), apps.get_model("reinstatements", "Policy")
    held = set(Policy.objects.values_list("client", "kind"))
    for client in Client.objects.all():
        for kind in Kind.values:
            if (client.pk, kind) not in held:
                Policy.objects.create(
                    client=client,
                    kind=kind,
                    version=1,
                    rules=default_rules(client.industry, kind),
                    in_force_from=timezone.now(),
                )


class Migration(migrations.Migration):
    dependencies = [("reinstatements", "0008_policy_versions")]
    operations = [migrations.RunPython(give_policies, migrations.RunPython.noop)]
