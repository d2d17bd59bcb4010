"""Faults in what a later deployment meets: migrations that the running version does not survive, and how it ends."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, every, replace, without_line, write

SETTINGS, PRODUCTION = "election_cart/settings.py", ".env.production"
IMAGE = "    image = models.ImageField(upload_to='packages/', blank=True)\n"
MIGRATION = """from django.db import migrations, models


def fill(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [('products', '0001_initial')]
    operations = [
        {}
    ]
"""
NAME, FILE = "products/migrations/0002_more.py", "0002_more.py"
IGNORES_SIGTERM = """
import signal


def post_worker_init(worker):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""


def migration(*operations: str) -> Edit:
    return write(NAME, MIGRATION.replace("{}", ",\n        ".join(operations)))


MIGRATIONS = [
    Fault("migration: a column that needs a value",
          every(replace("products/models.py", IMAGE, IMAGE + "    weight = models.IntegerField(default=0)\n"),
                migration("migrations.AddField('package', 'weight', models.IntegerField(default=0))")),
          items={"28.1", "28.3"}, says=["inserts rows without it", "the column weight needs a value"], where=FILE),
    Fault("migration: a column is dropped that the running version reads",
          every(without_line("products/models.py", "unit = models"),
                replace("products/serializers.py", "'description', 'unit', 'price'", "'description', 'price'"),
                replace("products/fixtures/rehearsal.json", '"unit": "call", ', ""),
                migration("migrations.RemoveField('campaign', 'unit')")),
          items={"28.1", "28.3", "28.5"}, says=["still reads this column", "Campaign can't be read"], where=FILE),
    Fault("migration: a table gets another name",
          every(append("products/models.py", "\n    class Meta:\n        db_table = 'catalogue'\n"),
                migration("migrations.AlterModelTable('campaign', 'catalogue')")),
          items={"28.1", "28.3", "28.5"}, says=["the old name only"], where=FILE),
    Fault("migration: data without a way back", migration("migrations.RunPython(fill)"),
          items={"28.1"}, says=["can't be undone"], where=FILE),
    Fault("migration: an index that blocks writes",
          migration("migrations.RunSQL('CREATE INDEX names ON products_package (name)', 'DROP INDEX names')"),
          items={"28.1"}, says=["CREATE INDEX CONCURRENTLY"], where=FILE),
]  # fmt: skip

DEPLOYMENT = [
    Fault("settings: migrations wait for ever", append(SETTINGS, "\nDATABASES['default'].pop('OPTIONS', None)\n"),
          items={"28.2"}, says=["it still waited"], where="settings.py"),
    Fault("settings: a limit of ten minutes", replace(SETTINGS, "lock_timeout=5s", "lock_timeout=10min"),
          items={"28.2"}, says=["it still waited"], where="settings.py"),
    Fault(".env.production: no time to end", without_line(PRODUCTION, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"),
          items={"28.4"}, says=["RAILWAY_DEPLOYMENT_DRAINING_SECONDS is not set"], where="Procfile"),
    Fault("gunicorn: its workers ignore SIGTERM", write("gunicorn.conf.py", IGNORES_SIGTERM),
          items={"17.1", "28.4", "28.5"}, says=["still ran"], where="Procfile"),
]  # fmt: skip

FAULTS = [*MIGRATIONS, *DEPLOYMENT]
