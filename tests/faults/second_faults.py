"""Faults in what a later deployment meets: migrations that the running version does not survive, and how it ends."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, every, git, replace, without_line, write

SETTINGS, PRODUCTION = "election_cart/settings.py", ".env.production"
IMAGE = "    image = models.ImageField(upload_to='packages/', blank=True)\n"
UPLOAD = "    file = models.FileField(upload_to='resources/')\n"
FIELD = "                ('file', models.FileField(upload_to='resources/')),\n"
MIGRATION = """from django.db import migrations, models


def fill(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [('products', '0001_initial')]
    operations = [
        {}
    ]
"""
NAME, FILE, APPS = "products/migrations/0002_more.py", "0002_more.py", "products/apps.py"
GUARD = """
import sys

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = 'orders'

    def ready(self):
        from django.db import connection
        from django.db.migrations.loader import MigrationLoader

        if 'gunicorn' in sys.argv[0]:
            loader = MigrationLoader(connection)
            if unknown := set(loader.applied_migrations) - set(loader.disk_migrations):
                raise RuntimeError(f'the database is newer than this version: {unknown}')
"""
"""Some projects refuse to start on tables that they do not know."""
WARM = """
import sys

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = 'products'

    def ready(self):
        if 'gunicorn' in sys.argv[0]:
            self.units = set(self.get_model('Campaign').objects.values_list('unit', flat=True))
"""
"""Some projects fill a cache when they start."""
RULE = """migrations.RunSQL(
            'ALTER TABLE orders_orderline ADD CONSTRAINT upper_case CHECK (name = upper(name)) NOT VALID',
            'ALTER TABLE orders_orderline DROP CONSTRAINT upper_case',
        )"""
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
          items={"28.1", "28.3", "28.5"}, says=["inserts rows without it", "the column weight needs a value"],
          where=FILE),
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
    Fault("migration: a constraint that blocks requests",
          migration("migrations.AddConstraint('campaign', models.CheckConstraint(check=models.Q(price__gte=0), "
                    "name='price'))"),
          items={"28.1"}, says=["AddConstraintNotValid"], where=FILE),
    Fault("migration: one that has run is changed",
          every(replace("orders/models.py", UPLOAD, UPLOAD + "    note = models.TextField(default='')\n"),
                replace("orders/migrations/0001_initial.py", FIELD, FIELD + "                ('note', "
                        "models.TextField(default='')),\n")),
          items={"28.4"}, says=["orders.Resource can't be read", "write a new migration"], where="0001_initial.py"),
]  # fmt: skip

DEPLOYMENT = [
    Fault("settings: migrations wait for ever", append(SETTINGS, "\nDATABASES['default'].pop('OPTIONS', None)\n"),
          items={"28.2"}, says=["it still waited"], where="settings.py"),
    Fault("settings: a limit of ten minutes", replace(SETTINGS, "lock_timeout=5s", "lock_timeout=10min"),
          items={"28.2"}, says=["it still waited"], where="settings.py"),
    Fault(".env.production: no time to end", without_line(PRODUCTION, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"),
          items={"28.4"}, says=["RAILWAY_DEPLOYMENT_DRAINING_SECONDS is not set"], where=".env.production"),
    Fault(".env.production: two seconds to end",
          replace(PRODUCTION, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS=30", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS=2"),
          items={"28.4"}, says=["takes longer than 2 s is cut off"], where=".env.production:"),
    Fault("gunicorn: its workers ignore SIGTERM", write("gunicorn.conf.py", IGNORES_SIGTERM),
          items={"17.1", "28.4", "28.5"}, says=["still ran"], where="Procfile"),
]  # fmt: skip

RENAMED = every(
    replace("products/models.py", "    unit = models", "    measure = models"),
    replace("products/serializers.py", "class CampaignSerializer(serializers.ModelSerializer):\n",
            "class CampaignSerializer(serializers.ModelSerializer):\n"
            "    unit = serializers.CharField(source='measure')\n\n"),
    replace("products/fixtures/rehearsal.json", '"unit": "call"', '"measure": "call"'),
    migration("migrations.RenameField('campaign', 'unit', 'measure')"),
)  # fmt: skip
ROLLBACK = [
    Fault("rollback: the old version refuses a newer database",
          every(write("orders/apps.py", GUARD),
                replace("products/models.py", IMAGE, IMAGE + "    weight = models.IntegerField(null=True)\n"),
                migration("migrations.AddField('package', 'weight', models.IntegerField(null=True))")),
          items={"28.5"}, says=["it does not start", "newer than this version"], where=FILE),
    Fault("rollback: a column gets another name",
          RENAMED,
          items={"28.1", "28.3", "28.5"}, says=["the old name only", "Campaign can't be read"], where=FILE),
    Fault("rollback: the old version reads an old column at its start",
          every(write(APPS, WARM), git("add", "--", APPS), git("commit", "--quiet", "-m", "Warm up", "--", APPS),
                replace(APPS, "'unit'", "'measure'"), RENAMED),
          items={"28.1", "28.3", "28.5"}, says=["it does not start", "column products_campaign.unit does not exist"],
          where=FILE),
    Fault("rollback: the tables refuse the old version's orders",
          every(replace("orders/views.py", "name=item.product.name", "name=item.product.name.upper()"),
                write("orders/migrations/0002_more.py", MIGRATION.replace("products", "orders").replace("{}", RULE))),
          items={"28.3", "28.5"}, says=["The cart becomes an order"], where=FILE),
]  # fmt: skip

FAULTS = [*MIGRATIONS, *DEPLOYMENT, *ROLLBACK]
