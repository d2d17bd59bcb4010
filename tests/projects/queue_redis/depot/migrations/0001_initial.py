from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Parcel",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.CharField(max_length=80)),
                ("labelled", models.BooleanField(default=False, editable=False)),
            ],
        ),
        migrations.CreateModel(
            "DailyCount",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("parcels", models.PositiveIntegerField()),
            ],
        ),
    ]
