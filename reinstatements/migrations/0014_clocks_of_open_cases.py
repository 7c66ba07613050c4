from django.db import migrations
from django.db.models import F


def begin(apps, schema_editor):
    """Cases that were opened before there was a clock count from their opening, every minute, as they did."""
    cases = apps.get_model("reinstatements", "ReinstatementRequest").objects
    counting = ["draft", "submitted", "in_verification", "awaiting_approval"]
    cases.filter(status__in=counting, clock_since=None).update(clock_since=F("opened_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("reinstatements", "0013_case_clock"),
    ]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
