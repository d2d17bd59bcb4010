"""Apps of the project whose models have no migrations, and what `makemigrations` would write for them."""

import os

from .protocol import is_own_file, operation


def unmigrated_apps(cwd):
    """The project's own apps with tables and without migrations, as JSON. Needs no database.

    MIGRATION_MODULES with None turns the migrations of an app off on purpose, so that app is left out.
    """
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    empty = loader.migrated_apps - {label for label, _ in loader.disk_migrations}
    found = []
    for label in sorted(loader.unmigrated_apps | empty):
        config = apps.get_app_config(label)
        module = loader.migrations_module(label)[0]
        if module is None or not is_own_file(os.path.join(config.path, "models.py"), cwd):
            continue
        if any(model._meta.managed and not model._meta.proxy for model in config.get_models()):
            folder = migrations_folder(config, module)
            found.append({"label": label, "folder": os.path.relpath(folder, cwd)})
    return found


def migrations_folder(config, module):
    """The folder of the migrations package *module*, which may not exist yet."""
    if module == config.name + ".migrations":
        return os.path.join(config.path, "migrations")
    from importlib import import_module

    parent, _, name = module.rpartition(".")
    return os.path.join(os.path.dirname(import_module(parent).__file__), name)


NEEDED = {"CreateModel", "AddField", "RemoveField", "RenameField", "RenameModel", "AlterModelTable"}
"""The operations without which queries fail. Others, such as new choices, leave the tables as they are."""


def changed_models(cwd):
    """The project's own models whose tables differ from the migrations of their app, as JSON. Needs no database.

    An app without any migrations is left out: `unmigrated_apps` finds it.
    """
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    if loader.detect_conflicts():
        return []
    before = loader.project_state()
    detector = MigrationAutodetector(before, ProjectState.from_apps(apps), MigrationQuestioner(dry_run=True))
    found = []
    for label, migrations in sorted(detector.changes(graph=loader.graph).items()):
        if not any(key[0] == label for key in loader.disk_migrations):
            continue
        for change in (change for migration in migrations for change in migration.operations):
            if type(change).__name__ in NEEDED or loosens(change, before.models.get((label, model_name(change)))):
                place = model_place(label, model_name(change), cwd)
                if place:
                    found.append({"change": "%s: %s" % (label, change.describe()), "file": place[0], "line": place[1]})
    return found


def model_name(change):
    return str(getattr(change, "model_name", None) or getattr(change, "new_name", None) or change.name).lower()


def loosens(change, model):
    """Whether a changed field accepts values that its column does not: NULL, or longer texts."""
    if type(change).__name__ != "AlterField" or model is None:
        return False
    fields = dict(model.fields)
    old, new = fields.get(change.name), change.field
    longer = (getattr(new, "max_length", None) or 0) > (getattr(old, "max_length", None) or 0) > 0
    return old is not None and ((new.null and not old.null) or longer)


def model_place(label, name, cwd):
    """The file, relative to *cwd*, and the line of a model of the project. None for a model of a package."""
    import inspect

    from django.apps import apps

    try:
        model = apps.get_model(label, name)
        file = inspect.getsourcefile(model) or ""
        line = inspect.getsourcelines(model)[1]
    except (LookupError, OSError, TypeError):
        return None
    return (os.path.relpath(file, cwd), line) if is_own_file(file, cwd) else None


@operation("make_migrations")
def make_migrations(request):
    """The first migrations of the apps in `labels`: the text of each by its path. Writes nothing."""
    import django

    django.setup()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState
    from django.db.migrations.writer import MigrationWriter

    labels = set(request["labels"])
    loader = missing_loader(labels)
    questioner = MigrationQuestioner(specified_apps=labels, dry_run=True)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner)
    changes = detector.changes(loader.graph, trim_to_apps=labels, convert_apps=labels)
    texts = {}
    for label in sorted(labels & changes.keys()):
        config = apps.get_app_config(label)
        folder = os.path.relpath(migrations_folder(config, loader.migrations_module(label)[0]), request["cwd"])
        for migration in changes[label]:
            loader.rename(migration)
            text = MigrationWriter(migration, include_header=False).as_string()
            texts[os.path.join(folder, migration.name + ".py")] = text
        texts.setdefault(os.path.join(folder, "__init__.py"), "")
    return {"files": texts}


def missing_loader(labels):
    """A loader in which the migrations that others depend on, and that are missing, are there without operations."""
    from django.db.migrations import Migration
    from django.db.migrations.loader import MigrationLoader

    class Loader(MigrationLoader):
        def load_disk(self):
            super().load_disk()
            self.names = {}
            for migration in list(self.disk_migrations.values()):
                for label, name in migration.dependencies:
                    missing = (label, name) not in self.disk_migrations
                    if label in labels and missing and not name.startswith("__"):
                        self.names[label] = name
                        self.disk_migrations[label, name] = Migration(name, label)

        def rename(self, migration):
            """Give *migration* the name that other migrations depend on."""
            name = self.names.pop(migration.app_label, None)
            if name is not None:
                own = (migration.app_label, name)
                migration.dependencies = [each for each in migration.dependencies if tuple(each) != own]
                migration.name, migration.initial = name, True

    return Loader(None, ignore_no_migrations=True)
