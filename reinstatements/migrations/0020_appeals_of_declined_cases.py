from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations

AT_ONCE = 2000


def begin(apps, schema_editor):
    """What was declined already may be appealed for as long as its policy said all the time."""
    cases = apps.get_model("reinstatements", "ReinstatementRequest").objects
    declined = cases.filter(status="declined", decided_at__isnull=False)
    rows = []
    read = declined.select_related("policy", "account__client")
    for case in read.only(
        "decided_at", "policy__rules", "account__time_zone", "account__client__time_zone"
    ).iterator(chunk_size=AT_ONCE):
        days = case.policy.rules.get("appeal_days", 30)
        if days:
            here = zone(case.account.time_zone or case.account.client.time_zone)
            after = case.decided_at.astimezone(here).date() + timedelta(days=days + 1)
            ends = datetime.combine(after, time.min, tzinfo=here).astimezone(UTC)
            case.appeal_until = ends - timedelta(microseconds=1)
            rows.append(case)
    cases.bulk_update(rows, ["appeal_until"], batch_size=AT_ONCE)


def zone(name):
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")


class Migration(migrations.Migration):
    dependencies = [("reinstatements", "0019_appeals")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
