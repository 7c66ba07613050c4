from django.db import migrations

USES = ("activate", "change_stop", "review", "end_review", "deactivate", "close")
SETTINGS = ("required", "review_blocks", "retention_months")


def begin(apps, schema_editor):
    """Clients that are served already get the reasons and settings that a new one of their industry begins with."""
    from accounts import reasons
    from accounts.models.settings import usual

    Client, ReasonCode = apps.get_model("accounts", "Client"), apps.get_model("accounts", "ReasonCode")
    AccountSettings = apps.get_model("accounts", "AccountSettings")
    for client in Client.objects.all():
        known = {name: value for name, value in usual(client.industry).items() if name in SETTINGS}
        AccountSettings.objects.get_or_create(client=client, defaults=known)
        for use in USES:
            for position, (code, label) in enumerate(reasons.defaults(client.industry).get(use, [])):
                ReasonCode.objects.get_or_create(
                    client=client, use=use, code=code, defaults={"label": str(label), "position": position}
                )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_account_lives")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
