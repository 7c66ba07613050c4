from django.db import migrations

EVENT = "reinstatement.withdrawn"


def begin(apps, schema_editor):
    """Clients that are served already get the words that a new one of their industry begins with."""
    from notifications import texts

    Client, Template = apps.get_model("accounts", "Client"), apps.get_model("notifications", "Template")
    for client in Client.objects.all():
        for event, language, subject, body in texts.default_templates(client.industry):
            if event == EVENT:
                Template.objects.get_or_create(
                    client=client,
                    event=event,
                    channel="email",
                    language=language,
                    version=1,
                    defaults={"subject": subject, "body": body},
                )


class Migration(migrations.Migration):
    dependencies = [("notifications", "0018_withdrawn")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
