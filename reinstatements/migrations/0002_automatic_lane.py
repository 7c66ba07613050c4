from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_timed_suspension'),
        ('reinstatements', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalreinstatementrequest',
            name='is_automatic',
            field=models.BooleanField(default=False, editable=False, verbose_name='decided by a rule'),
        ),
        migrations.AddField(
            model_name='historicalreinstatementrequest',
            name='review_wanted',
            field=models.BooleanField(default=False, verbose_name='to be reviewed'),
        ),
        migrations.AddField(
            model_name='reinstatementrequest',
            name='is_automatic',
            field=models.BooleanField(default=False, editable=False, verbose_name='decided by a rule'),
        ),
        migrations.AddField(
            model_name='reinstatementrequest',
            name='review_wanted',
            field=models.BooleanField(default=False, verbose_name='to be reviewed'),
        ),
        migrations.AddIndex(
            model_name='reinstatementrequest',
            index=models.Index(condition=models.Q(('review_wanted', True)), fields=['client', 'due_at', 'id'], name='case_to_review'),
        ),
    ]
