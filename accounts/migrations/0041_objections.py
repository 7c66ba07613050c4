from django.db import migrations

LABELS = {
    "appeal_upheld": ("Appeal upheld", "Objection to the stop upheld"),
    "appeal_rejected": ("Appeal not upheld", "Objection to the stop not upheld"),
}


def relabel(apps, schema_editor):
    """Both are chosen in a first decision, too; words that a client has chosen itself stay."""
    ReasonCode = apps.get_model("accounts", "ReasonCode")
    for code, (before, after) in LABELS.items():
        ReasonCode.objects.filter(code=code, label=before).update(label=after)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0040_banks_tell_of_no_review")]
    operations = [migrations.RunPython(relabel, migrations.RunPython.noop)]
