from django.db import migrations

EVENTS = ("membership.resume_trial", "membership.renew", "membership.cancel")


def begin(apps, schema_editor):
    """Clients that are served already get the words that a new one of their industry begins with."""
    from notifications import texts

    texts.give(apps, EVENTS)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0008_membership_answers")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
