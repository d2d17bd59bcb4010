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
