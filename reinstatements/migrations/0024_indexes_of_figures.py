from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0047_reasons_by_code'),
        ('reinstatements', '0023_cases_to_start_and_to_decide'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='reinstatementrequest',
            name='case_by_client',
        ),
        migrations.RemoveIndex(
            model_name='reinstatementrequest',
            name='case_queue',
        ),
        migrations.AddIndex(
            model_name='reinstatementrequest',
            index=models.Index(condition=models.Q(('status__in', ['draft', 'submitted', 'in_verification', 'awaiting_member', 'awaiting_approval', 'approved'])), fields=['client', 'status', 'due_at', 'id', 'opened_at'], name='case_queue'),
        ),
        migrations.AddIndex(
            model_name='reinstatementrequest',
            index=models.Index(fields=['client', '-opened_at', '-id', 'status'], name='case_by_client'),
        ),
    ]
