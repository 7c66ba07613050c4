from django.db import migrations

EVENT = "reinstatement.withdrawn"


def begin(apps, schema_editor):
    """Clients that are served already get the words that a new one of their industry begins with."""
    from notifications import texts

    texts.give(apps, [EVENT])


class Migration(migrations.Migration):
    dependencies = [("notifications", "0018_withdrawn")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
