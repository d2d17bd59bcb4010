"""The files that rows refer to, and copies of files of this machine into the storages of their fields."""

from .file_storages import file_fields
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
"""What is told of a file that is not there."""


@operation("stored_files")
def stored_files(request):
    """The files that rows refer to, the newest rows first: name, size and SHA-256 of each.

    The size is -1 of a file that is not there. `known` lists model, key, field and name of files to leave out.
    `deployed` is the folder of manage.py in the running copy, whose files are meant. With `names` no file is opened.
    """
    use_deployed_files(request)
    known = {tuple(map(str, each)) for each in request.get("known") or ()}
    with all_tenants():
        return {"files": list(rows_with_files(known, request.get("names")))}


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
