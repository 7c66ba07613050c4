from django.db import migrations, models

OPEN = models.Q(
    ("status__in", ["draft", "submitted", "in_verification", "awaiting_member", "awaiting_approval", "approved"])
)


class Migration(migrations.Migration):
    dependencies = [("reinstatements", "0025_lean_histories")]

    operations = [
        migrations.RemoveIndex(model_name="reinstatementrequest", name="case_queue"),
        migrations.AddIndex(
            model_name="reinstatementrequest",
            index=models.Index(
                condition=OPEN,
                fields=["client", "status", "due_at", "id", "opened_at", "paused_at"],
                name="case_queue",
            ),
        ),
    ]
