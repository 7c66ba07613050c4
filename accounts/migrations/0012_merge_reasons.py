from django.db import migrations

USES = ("merge", "unmerge")


def give_reasons(apps, schema_editor):
    """Clients that are served already get the reasons that a new one begins with."""
    from accounts import reasons

    Client, ReasonCode = apps.get_model("accounts", "Client"), apps.get_model("accounts", "ReasonCode")
    for client in Client.objects.all():
        for use in USES:
            for position, (code, label) in enumerate(reasons.defaults(client.industry)[use]):
                ReasonCode.objects.get_or_create(
                    client=client, use=use, code=code, defaults={"label": str(label), "position": position}
                )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_merges")]
    operations = [migrations.RunPython(give_reasons, migrations.RunPython.noop)]
