from django.db import migrations


def give_reasons(apps, schema_editor):
    """Clients that are served already get the reasons that a new one begins with."""
    from accounts import reasons

    Client, ReasonCode = apps.get_model("accounts", "Client"), apps.get_model("accounts", "ReasonCode")
    for client in Client.objects.all():
        for position, (code, label) in enumerate(reasons.defaults(client.industry)["own_status"]):
            ReasonCode.objects.get_or_create(
                client=client, use="own_status", code=code, defaults={"label": str(label), "position": position}
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0043_uses_of_own_statuses")]
    operations = [migrations.RunPython(give_reasons, migrations.RunPython.noop)]
