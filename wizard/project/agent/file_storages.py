"""Fields of models that keep files: their storages, the files of rows, and copies of files into a storage."""

import inspect
import os

from .protocol import is_own_file, operation, project_folder

LARGEST_FILE = 1 << 30
"""Bytes of a file that is compared or copied."""
MOST = 2000
"""Files of one field that are listed, those of the newest rows."""
PIECE, EDGE = 1 << 20, 16
"""Bytes that are read at once, and of the beginning and the end of a file that are told."""
ABSENT = {"size": -1, "sha256": "", "begins": "", "ends": "", "url": "", "problem": ""}
"""What is told of a file that is not there."""


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


def is_local(storage):
    """Whether *storage* keeps files on the disk of this machine."""
    from django.core.files.storage import FileSystemStorage

    return isinstance(storage, FileSystemStorage)


@operation("file_fields")
def describe_fields(request):
    """The fields of all models that keep files, each with its storage.

    `location` is the folder of a storage on the local disk; empty for any other. `chosen` is whether the field names a
    storage of its own, `place` the file and line of a model of the project.
    """
    from django.conf import settings
    from django.core.files.storage import default_storage

    folder, usual, rows = project_folder(request["cwd"]), real_storage(default_storage), []
    for model, field in file_fields():
        storage = real_storage(field.storage)
        local = is_local(storage)
        rows.append({
            "model": model._meta.label,
            "field": field.name,
            "storage": "%s.%s" % (type(storage).__module__, type(storage).__qualname__),
            "local": local or is_in_memory(storage),
            "location": str(storage.location) if local else "",
            "base_url": str(getattr(storage, "base_url", "") or "") if local else "",
            "chosen": storage is not usual,
            "place": place_of(model, field.name, folder, request["cwd"]),
        })  # fmt: skip
    return {"fields": rows, "media_root": str(settings.MEDIA_ROOT or "")}


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


# ---- the files of rows


@operation("stored_files")
def stored_files(request):
    """The files that rows refer to, the newest rows first: name, size and SHA-256 of each.

    The size is -1 of a file that is not there. `known` lists model, key, field and name of files to leave out.
    `deployed` is the folder of manage.py in the running copy, whose files are meant. With `names` no file is opened.
    """
    from .rows import use_deployed_files

    use_deployed_files(request)
    known = {tuple(map(str, each)) for each in request.get("known") or ()}
    return {"files": list(rows_with_files(known, request.get("names")))}


def rows_with_files(known, only_names):
    from django.db import Error

    from .row_values import plain

    for model, field in file_fields():
        try:
            rows = list(
                model._base_manager.exclude(**{field.name: ""}).exclude(**{field.name: None})
                .order_by("-pk").only("pk", field.name)[:MOST]
            )  # fmt: skip
        except Error:  # a model without a table
            continue
        for row in rows:
            stored = getattr(row, field.name)
            key = plain(row.pk)
            if stored and (model._meta.label, str(key), field.name, str(stored.name)) not in known:
                yield {
                    "model": model._meta.label,
                    "key": key,
                    "field": field.name,
                    "name": str(stored.name),
                    **(dict(ABSENT) if only_names else described(stored.storage, stored.name)),
                }


def described(storage, name):
    """Size, SHA-256 and URL of a file. `problem` is why it could not be read."""
    found = dict(ABSENT)
    try:
        with storage.open(name, "rb") as opened:
            found.update(measured(opened))
    except FileNotFoundError:
        return found
    except Exception as error:  # each storage has errors of its own
        return {**found, "problem": ("%s: %s" % (type(error).__name__, error))[:300]}
    try:
        found["url"] = str(storage.url(name))
    except Exception as error:
        found["problem"] = ("%s: %s" % (type(error).__name__, error))[:300]
    return found


def measured(opened):
    """The size, the SHA-256, the first and the last bytes of an open file."""
    import hashlib

    size, digest, begins, ends = 0, hashlib.sha256(), b"", b""
    while size <= LARGEST_FILE:
        piece = opened.read(PIECE)
        if not piece:
            break
        begins, ends = begins or piece[:EDGE], (ends + piece)[-EDGE:]
        size += len(piece)
        digest.update(piece)
    return {"size": size, "sha256": digest.hexdigest(), "begins": begins.hex(), "ends": ends.hex()}


# ---- copies


@operation("copy_files")
def copy_files(request):
    """Copy the `files` of this machine into the storages of their fields, and compare each with its copy.

    Each has `model`, `field`, `name`, `path` and `sha256`. A file that is there already is only compared, and never
    replaced. With `compare` nothing is copied. The answer has a state for each: `same`, `copied`, `missing`, `other`
    for different bytes, `renamed` if the storage took it under another name, or `failed`.
    """
    from .rows import use_deployed_files

    use_deployed_files(request)
    return {"files": [{**each, **copied(each, request.get("compare"))} for each in request["files"]]}


def copied(wanted, only_compared):
    from django.apps import apps
    from django.core.files import File

    storage = apps.get_model(wanted["model"])._meta.get_field(wanted["field"]).storage
    name = wanted["name"]
    try:
        there = described(storage, name)
        if there["size"] >= 0:
            return {"state": "same" if there["sha256"] == wanted["sha256"] else "other", "problem": ""}
        if only_compared or there["problem"]:
            return {"state": "failed" if there["problem"] else "missing", "problem": there["problem"]}
        with open(wanted["path"], "rb") as opened:
            kept = storage.save(name, File(opened))
        if kept != name:
            return {"state": "renamed", "problem": "kept as %s" % kept}
        there = described(storage, name)
    except Exception as error:
        return {"state": "failed", "problem": ("%s: %s" % (type(error).__name__, error))[:300]}
    return {"state": "copied" if there["sha256"] == wanted["sha256"] else "other", "problem": there["problem"]}


def move_storages(moved):
    """Let storages in the fields of models keep files where *moved* maps their folders to."""
    for _, field in file_fields():
        storage = real_storage(field.storage)
        if is_local(storage) and getattr(storage, "_location", None):
            storage._location = moved(storage._location)
            for name in ("base_location", "location"):  # cached properties
                storage.__dict__.pop(name, None)
