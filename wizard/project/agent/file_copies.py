"""The files that rows refer to, and copies of files of this machine into the storages of their fields."""

from .file_storages import default_name, file_fields, is_local, is_replaced, real_storage
from .protocol import operation
from .row_values import plain
from .rows import all_tenants, use_deployed_files

LARGEST_FILE = 1 << 30
"""Bytes of a file that is compared or copied."""
MOST = 2000
"""Files of one field that are listed, those of the newest rows."""
PIECE, EDGE = 1 << 20, 16
"""Bytes that are read at once, and of the beginning and the end of a file that are told."""
ABSENT = {"size": -1, "sha256": "", "begins": "", "ends": "", "url": "", "problem": ""}
"""The answer for a file that is not there."""


@operation("stored_files")
def stored_files(request):
    """The files that rows refer to, the newest rows first: name, size and SHA-256 of each.

    The size is -1 of a file that is not there. `replaced` says whether another upload of the same name takes its place,
    `is_default` whether the field names the file as its default.
    `known` lists model, key, field and name of files to leave out.
    `deployed` is the folder of manage.py in the running copy, whose files are meant. With `names` no file is opened.
    With `defaults` the default files of fields follow, without a key. With `others` the files of the default storage
    to which no row refers follow, without a model.
    """
    use_deployed_files(request)
    known = {tuple(map(str, each)) for each in request.get("known") or ()}
    with all_tenants():
        found = list(rows_with_files(known, request.get("names")))
        if request.get("defaults"):
            found += list(default_files(found))
        if request.get("others"):
            referred = {each["name"] for each in found} | {name for _, _, _, name in known}
            found += other_files(referred, request.get("names"))
        return {"files": found}


def rows_with_files(known, only_names):
    from django.db import Error

    for model, field in file_fields():
        try:
            found = model._base_manager.exclude(**{field.name: ""}).exclude(**{field.name: None})
            rows = list(found.order_by("-pk")[:MOST])
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
                    "replaced": is_replaced(field, stored.storage),
                    "is_default": str(stored.name) == default_name(field),
                    **(dict(ABSENT) if only_names else described(stored.storage, stored.name)),
                }


def default_files(found):
    """The files that fields name as their default, without those in *found*."""
    listed = {(each["model"], each["field"], each["name"]) for each in found}
    for model, field in file_fields():
        about = {"model": model._meta.label, "field": field.name, "name": default_name(field)}
        if about["name"] and tuple(about.values()) not in listed:
            yield {**about, "key": "", **ABSENT}


def other_files(referred, only_names):
    """The files of the default storage, without those in *referred*. With *only_names* those of a local one only."""
    from django.core.files.storage import default_storage

    storage = real_storage(default_storage)
    if only_names and not is_local(storage):
        return
    for name in names_in(storage):
        if name not in referred:
            about = dict(ABSENT) if only_names else described(storage, name)
            yield {"model": "", "key": "", "field": "", "name": name, **about}


def names_in(storage):
    """The names of the files in *storage*, without hidden ones and caches. Empty where it can't list them."""
    folders, found = [""], []
    while folders and len(found) < MOST:
        folder = folders.pop()
        try:
            inner, names = storage.listdir(folder)
        except Exception:  # each storage has errors of its own
            continue
        below = folder + "/" if folder else ""
        folders += [below + each for each in inner if each and each[0] != "." and each.lower() != "cache"]
        found += [below + each for each in names if each and each[0] != "."]
    return found


def described(storage, name):
    """Size, SHA-256 and URL of a file. `problem` is why it could not be read."""
    found = dict(ABSENT)
    try:
        with storage.open(name, "rb") as opened:
            found.update(measured(opened))
    except FileNotFoundError:
        return found
    except Exception as error:  # each storage has errors of its own
        problem = ("%s: %s" % (type(error).__name__, error))[:300]
        return {**found, "problem": "" if is_absent(storage, name) else problem}
    try:
        found["url"] = str(storage.url(name))
    except Exception as error:
        found["problem"] = ("%s: %s" % (type(error).__name__, error))[:300]
    return found


def is_absent(storage, name):
    """Whether *storage* says that it has no such file. Not all raise FileNotFoundError for one."""
    try:
        return not storage.exists(name)
    except Exception:
        return False


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

    Each has `model`, `field`, `name`, `path` and `sha256`. Without a model the default storage is meant. A file that is
    there already is only compared, and never replaced. With `compare` nothing is copied. The answer has a state for
    each: `same`, `copied`, `missing`, `other` for different bytes, `renamed` if the storage took it under another name,
    or `failed`.
    """
    use_deployed_files(request)
    return {"files": [{**each, **copied(each, request.get("compare"))} for each in request["files"]]}


def save_as(storage, name, content):
    """Save *content* as *name*. Returns the name by which the storage has it.

    django-cloudinary-storage gives each file a new name, so that the rows would not find it. Cloudinary itself takes
    one; that of a picture is without its end. Source: its documentation of uploads.
    """
    if not any(base.__name__ == "MediaCloudinaryStorage" for base in type(storage).__mro__):
        return storage.save(name, content)
    from cloudinary import uploader

    kind, public = storage._get_resource_type(name), storage._prepend_prefix(name)
    public = public if kind == "raw" else public.rpartition(".")[0] or public
    uploader.upload(content, public_id=public, resource_type=kind, tags=storage.TAG, overwrite=False)
    return name


def copied(wanted, only_compared):
    from django.apps import apps
    from django.core.files import File
    from django.core.files.storage import default_storage

    if wanted["model"]:
        storage = apps.get_model(wanted["model"])._meta.get_field(wanted["field"]).storage
    else:
        storage = default_storage
    name = wanted["name"]
    try:
        there = described(storage, name)
        if there["size"] >= 0:
            return {"state": "same" if there["sha256"] == wanted["sha256"] else "other", "problem": ""}
        if only_compared or there["problem"]:
            return {"state": "failed" if there["problem"] else "missing", "problem": there["problem"]}
        with open(wanted["path"], "rb") as opened:
            kept = save_as(real_storage(storage), name, File(opened))
        if kept != name:
            return {"state": "renamed", "problem": "kept as %s" % kept}
        there = described(storage, name)
    except Exception as error:
        return {"state": "failed", "problem": ("%s: %s" % (type(error).__name__, error))[:300]}
    return {"state": "copied" if there["sha256"] == wanted["sha256"] else "other", "problem": there["problem"]}
