
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0046_reasons_of_holds'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reasoncode',
            index=models.Index(fields=['client', 'code'], name='reason_by_code'),
        ),
    ]
