"""Operations on the database: migrations, a connection, a test row, and row counts."""

import os

from .hosts import add_host
from .migrations import changed_models, unmigrated_apps
from .protocol import describe_error, operation


@operation("migrate")
def migrate(request):
    """Create the tables of the database with its migrations.

    With `models` in the request they are created from the models, without migrations. With `fallback` that is done in
    new database files if the migrations fail; the answer's `note` is then the error of the migrations. With `deployed`
    apps without migrations get no tables, as in production. The host name `host` is added to the tables of host names
    where the site needs that. The answer names the project's apps without migrations, the models of host names, and
    with `deployed` the models that changed since their last migration.
    """
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    own = [] if request.get("models") else unmigrated_apps(request["cwd"])
    everything = not request.get("deployed")
    unmigrated = {config.label: None for config in apps.get_app_configs()}
    if request.get("models"):
        settings.MIGRATION_MODULES = unmigrated
    try:
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=everything, skip_checks=True)
        cache_tables(settings)
    except Exception as error:
        if not request.get("fallback"):
            raise
        from django.db import connections

        for connection in connections.all():
            name = str(connection.settings_dict["NAME"])
            connection.close()
            if os.path.exists(name):
                os.remove(name)
        settings.MIGRATION_MODULES = unmigrated
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=True, skip_checks=True)
        cache_tables(settings)
        note, hosts = describe_error(error, request["cwd"]), add_host(request.get("host", ""))
        return {"note": note, "unmigrated": own, "hosts": hosts}
    changed = changed_models(request["cwd"]) if request.get("deployed") else []
    return {"note": None, "unmigrated": own, "hosts": add_host(request.get("host", "")), "changed": changed}


def cache_tables(settings):
    """Create the tables of Django's database cache, which no migration creates."""
    from django.core.management import call_command

    for options in settings.CACHES.values():
        if options.get("BACKEND", "").endswith("db.DatabaseCache"):
            call_command("createcachetable", options["LOCATION"], verbosity=0)


@operation("connect")
def connect(request):
    """Connect to the project's default database, and give up after a few seconds."""
    import django

    django.setup()
    from django.db import connection

    options = connection.settings_dict.setdefault("OPTIONS", {})
    if connection.vendor in {"postgresql", "mysql"}:
        options.setdefault("connect_timeout", 4)
    where = {name: str(connection.settings_dict.get(name) or "") for name in ("ENGINE", "HOST", "PORT")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return where


@operation("mark")
def mark(request):
    """Write a row into a table of Golive's own in the default database."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS golive_mark")
        cursor.execute("CREATE TABLE golive_mark (value varchar(100))")
        cursor.execute("INSERT INTO golive_mark VALUES (%s)", [request["value"]])
    return {"done": True}


@operation("marked")
def marked(request):
    """Read back the row that `mark` wrote, and drop its table."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM golive_mark")
        value = cursor.fetchone()[0]
        cursor.execute("DROP TABLE golive_mark")
    return {"value": value}


@operation("unapplied")
def unapplied(request):
    """The names of the migrations that the default database lacks, in their order."""
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return {"unapplied": ["%s.%s" % (migration.app_label, migration.name) for migration, _ in plan]}


@operation("counts")
def counts(request):
    """Count the rows of each model, except for those that Django fills itself."""
    import django

    django.setup()
    from django.apps import apps

    found = {}
    for model in apps.get_models():
        if (
            model._meta.app_label not in {"contenttypes", "sessions", "sites", "admin"}
            and model._meta.label != "auth.Permission"
        ):
            found[model._meta.label] = model._default_manager.count()
    return {"counts": found}
