from django.db import migrations


def begin(apps, schema_editor):
    """Clients that are served already get the words that a new one of their industry begins with."""
    from notifications import texts

    texts.give(apps, ["membership.reinstate", "membership.reinstate_trial"])


class Migration(migrations.Migration):
    dependencies = [("notifications", "0020_membership_reinstated")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
