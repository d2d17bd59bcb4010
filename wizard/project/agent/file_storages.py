"""The fields of models that keep files, and their storages."""

import inspect
import os

from .protocol import is_own_file, operation, project_folder

OVERWRITING = ("file_overwrite", "overwrite_files", "_allow_overwrite")
"""Attributes of storages of django-storages and of Django itself."""


def file_fields():
    """Each model with a field for files, once: where a model inherits the field's table, the parent has it."""
    from django.apps import apps
    from django.db.models import FileField

    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or model._meta.swapped:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FileField):
                yield model, field


def real_storage(storage):
    """The storage behind a lazy object, such as the default storage."""
    from django.utils.functional import LazyObject, empty

    while isinstance(storage, LazyObject):
        if storage._wrapped is empty:
            storage._setup()
        storage = storage._wrapped
    return storage


def is_replaced(field, storage):
    """Whether the next upload of the same name replaces a file. A function may give each file a name of its own.

    Storages of one's own that replace files do so on purpose.
    """
    return not callable(field.upload_to) and any(getattr(storage, name, None) is True for name in OVERWRITING)


def is_local(storage):
    """Whether *storage* keeps files on the disk of this machine."""
    from django.core.files.storage import FileSystemStorage

    return isinstance(storage, FileSystemStorage)


@operation("file_fields")
def describe_fields(request):
    """The fields of all models that keep files, each with its storage.

    `picture` is whether a field takes pictures only, `replaced` whether another upload of the same name takes the place
    of a file.
    `location` is the folder of a storage on the local disk; empty for any other. `chosen` is whether the field names a
    storage of its own, `place` the file and line of a model of the project. `storages` has those that the settings
    name, by their aliases.
    """
    from django.conf import settings
    from django.core.files.storage import default_storage
    from django.db.models import ImageField

    folder, usual, rows = project_folder(request["cwd"]), real_storage(default_storage), []
    for model, field in file_fields():
        storage = real_storage(field.storage)
        rows.append({
            "model": model._meta.label,
            "field": field.name,
            "picture": isinstance(field, ImageField),
            "replaced": is_replaced(field, storage),
            **described(storage),
            "chosen": storage is not usual,
            "default": default_on_disk(field, storage),
            "place": place_of(model, field.name, folder, request["cwd"]),
        })  # fmt: skip
    storages = {"default": described(usual), **dict(other_storages(settings))}
    return {"fields": rows, "media_root": str(settings.MEDIA_ROOT or ""), "storages": storages}


def default_name(field):
    """The file that rows refer to for which no other one was given. Empty without one, and if a function tells it."""
    default = field.default if field.has_default() else ""
    return default if isinstance(default, str) else ""


def default_on_disk(field, storage):
    name = default_name(field)
    return name if name and is_local(storage) and os.path.isfile(os.path.join(storage.location, name)) else ""


def described(storage):
    local = is_local(storage)
    return {
        "storage": "%s.%s" % (type(storage).__module__, type(storage).__qualname__),
        "local": local or is_in_memory(storage),
        "location": str(storage.location) if local else "",
        "base_url": str(getattr(storage, "base_url", "") or "") if local else "",
    }


def other_storages(settings):
    """The alias and the description of each further storage that can be made. Django has aliases since version 4.2."""
    try:
        from django.core.files.storage import storages
    except ImportError:
        return
    for alias in getattr(settings, "STORAGES", {}):
        try:
            if alias not in ("default", "staticfiles"):
                yield alias, described(real_storage(storages[alias]))
        except Exception:  # each storage has errors of its own
            continue


def is_in_memory(storage):
    """Whether the files end with the process. Django has such a storage since version 4.2."""
    return any(base.__name__ == "InMemoryStorage" for base in type(storage).__mro__)


def place_of(model, name, folder, cwd):
    """The file and the line of the field *name* in the source of *model*. None outside of the project."""
    try:
        path = os.path.realpath(inspect.getsourcefile(model))
        lines, first = inspect.getsourcelines(model)
    except (OSError, TypeError):
        return None
    if not is_own_file(path, os.path.realpath(folder)):
        return None
    words = ("%s =" % name, "%s=" % name, "%s:" % name)
    number = next((number for number, line in enumerate(lines) if line.strip().startswith(words)), 0)
    return [os.path.relpath(path, os.path.realpath(cwd)), first + number]


@operation("try_storages")
def try_storages(request):
    """Ask each storage that is not on the local disk for a file that it does not have. Tells its error, if any."""
    found = {}
    for _, field in file_fields():
        storage = real_storage(field.storage)
        if is_local(storage) or is_in_memory(storage):
            continue
        try:
            storage.exists("golive/is-there-a-file")
            problem = ""
        except Exception as error:  # each storage has errors of its own
            problem = ("%s: %s" % (type(error).__name__, error))[:300]
        found["%s.%s" % (type(storage).__module__, type(storage).__qualname__)] = problem
    return {"storages": found}


def move_storages(moved):
    """Let storages in the fields of models keep files where *moved* maps their folders to."""
    for _, field in file_fields():
        storage = real_storage(field.storage)
        if is_local(storage) and getattr(storage, "_location", None):
            storage._location = moved(storage._location)
            for name in ("base_location", "location"):  # cached properties
                storage.__dict__.pop(name, None)
