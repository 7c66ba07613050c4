from django.db import migrations


def give_reasons(apps, schema_editor):
    """Clients that are served already get the reasons that a new one begins with, in the words that they have chosen."""
    from accounts import reasons

    Client, ReasonCode = apps.get_model("accounts", "Client"), apps.get_model("accounts", "ReasonCode")
    for client in Client.objects.all():
        own = dict(ReasonCode.objects.filter(client=client, use="stop").values_list("code", "label"))
        for position, (code, label) in enumerate(reasons.defaults(client.industry)["hold"]):
            ReasonCode.objects.get_or_create(
                client=client,
                use="hold",
                code=code,
                defaults={"label": own.get(code, str(label)), "position": position},
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0045_uses_of_holds")]
    operations = [migrations.RunPython(give_reasons, migrations.RunPython.noop)]
