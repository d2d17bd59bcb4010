"""Faults of a backup: what a database has that a dump does not restore, and a copy elsewhere that is not made."""

from __future__ import annotations

from tests.faults.fault import Fault, committed, delete, every, git, replace, write

MIGRATION = '''from django.db import migrations

SQL = """
{}
"""


class Migration(migrations.Migration):
    dependencies = [('products', '0001_initial')]
    operations = [migrations.RunSQL(SQL, 'SELECT 1')]
'''
NAME, WORKFLOW = "products/migrations/0002_more.py", "../.github/workflows/golive-backup.yml"
RULE = """
CREATE FUNCTION cheapest() RETURNS numeric LANGUAGE sql AS 'SELECT coalesce(min(price), 0) FROM products_package';
ALTER TABLE products_campaign ADD CONSTRAINT dearer CHECK (price >= 0 * cheapest());
"""
"""PostgreSQL restores with an empty search path, on which the function does not find its table."""
COLUMN = """
CREATE FUNCTION plain(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(name)';
CREATE FUNCTION slug(name text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT plain(name)';
ALTER TABLE products_campaign ADD slug text GENERATED ALWAYS AS (slug(name)) STORED;
"""
SCHEMA = """
CREATE SCHEMA shop; CREATE TABLE shop.prices AS SELECT 1 AS n;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, shop', current_database()); END $$;
"""
"""pg_dump does not dump the settings of a database. Source: PostgreSQL's documentation of pg_dump."""
READS_SCHEMA = """def packages(request):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM prices")
"""

FAULTS = [
    Fault("database: a rule that does not find its table",
          write(NAME, MIGRATION.replace("{}", RULE)), items={"28.1", "29.2"},
          says=["does not restore", "products_package"], where="settings.py"),
    Fault("database: a column with a function that does not find another",
          write(NAME, MIGRATION.replace("{}", COLUMN)), items={"29.2"},
          says=["does not restore", "plain"], where="settings.py"),
    Fault("database: the site needs a search path that no dump has",
          every(write(NAME, MIGRATION.replace("{}", SCHEMA)),
                replace("products/views.py", "def packages(request):\n", READS_SCHEMA)), items={"29.3"},
          says=["/api/packages/ answers an error"], where="settings.py"),
    Fault("workflow: no schedule", committed(WORKFLOW, replace(WORKFLOW, '    - cron: "17 2 * * *"\n', "")),
          items={"29.4"}, says=["no schedule"], where="golive-backup.yml"),
    Fault("workflow: a typo in pg_dump", committed(WORKFLOW, replace(WORKFLOW, "run: pg_dump", "run: pg_dmp")),
          items={"29.4"}, says=["pg_dmp"], where="golive-backup.yml"),
    Fault("workflow: tables without their rows",
          committed(WORKFLOW, replace(WORKFLOW, "--no-owner --no-privileges", "--schema-only")),
          items={"29.4"}, says=["can't be restored"], where="golive-backup.yml"),
    Fault("workflow: a date that does not exist", committed(WORKFLOW, replace(WORKFLOW, "17 2 * * *", "17 2 31 2 *")),
          items={"29.4"}, says=["is a date that does not exist"], where="golive-backup.yml"),
    Fault("workflow: only by hand",
          committed(WORKFLOW, replace(WORKFLOW, "    runs-on:",
                                      "    if: github.event_name == 'workflow_dispatch'\n    runs-on:")),
          items={"29.4"}, says=["that runs on the schedule"], where="golive-backup.yml"),
    Fault("workflow: the dump is stored nowhere",
          committed(WORKFLOW, replace(WORKFLOW, "          aws s3 cp", "          # aws s3 cp")),
          items={"29.4"}, says=["stores the dump elsewhere"], where="golive-backup.yml"),
    Fault("workflow: deleted", every(delete(WORKFLOW), git("commit", "--quiet", "--all", "-m", "No backups")),
          items={"29.4"}, says=["no copy elsewhere"], where="golive-backup.yml"),
]  # fmt: skip
