from django.db import migrations

USES = ("confirm_signal", "clear_signal", "reverse", "contact", "query")


def give_reasons(apps, schema_editor):
    """Clients that are served already get the reasons that a new one of their industry begins with."""
    from accounts import reasons

    Client, ReasonCode = apps.get_model("accounts", "Client"), apps.get_model("accounts", "ReasonCode")
    for client in Client.objects.all():
        for use in USES:
            for position, (code, label) in enumerate(reasons.defaults(client.industry).get(use, [])):
                ReasonCode.objects.get_or_create(
                    client=client, use=use, code=code, defaults={"label": str(label), "position": position}
                )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_signals")]
    operations = [migrations.RunPython(give_reasons, migrations.RunPython.noop)]
