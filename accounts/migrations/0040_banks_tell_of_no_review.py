from django.db import migrations


def begin(apps, schema_editor):
    """A bank that is served already begins with what is usual for banks: nobody is told of a review."""
    apps.get_model("accounts", "AccountSettings").objects.filter(client__industry="bank").update(review_tells=False)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0039_review_tells")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
