import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_export_runs'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('sequence', models.BigIntegerField(verbose_name='number at the source')),
                ('digest', models.BinaryField(max_length=16)),
                ('number', models.BigIntegerField(verbose_name='number of its last entry')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='imported_events', to='accounts.account')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.client')),
            ],
            options={
                'verbose_name': 'imported event',
                'verbose_name_plural': 'imported events',
                'constraints': [models.UniqueConstraint(fields=('account', 'source', 'sequence', 'client'), name='imported_event_once')],
            },
        ),
    ]
