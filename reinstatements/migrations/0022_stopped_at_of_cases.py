from django.db import migrations
from django.db.models import OuterRef, Subquery


def begin(apps, schema_editor):
    """Of each case that was opened already its entry says since when service had stopped."""
    cases = apps.get_model("reinstatements", "ReinstatementRequest").objects
    stopped = apps.get_model("accounts", "StatusChange").objects.filter(uid=OuterRef("stopped_entry"))
    cases.filter(stopped_at=None).update(stopped_at=Subquery(stopped.values("occurred_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("reinstatements", "0021_stopped_at")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
