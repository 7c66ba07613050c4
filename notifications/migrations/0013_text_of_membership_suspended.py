from django.db import migrations


def begin(apps, schema_editor):
    """Clients that are served already get the words that a new one of their industry begins with."""
    from notifications import texts

    texts.give(apps, ["membership.suspend"])


class Migration(migrations.Migration):
    dependencies = [("notifications", "0012_membership_suspended")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
