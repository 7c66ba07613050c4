from django.db import migrations


def begin(apps, schema_editor):
    """Clients that are served already get the guidelines that a new one of their industry begins with."""
    from accounts.review_guidelines import usual

    AccountSettings = apps.get_model("accounts", "AccountSettings")
    for row in AccountSettings.objects.select_related("client"):
        AccountSettings.objects.filter(pk=row.pk).update(review_guidelines=usual(row.client.industry))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0034_review_guidelines")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
