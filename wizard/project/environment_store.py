"""The user's cache of environments of releases: which project uses which, and the removal of those that none uses."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from wizard.base import files

KEPT = 2
"""How many environments a project keeps: the current one and the one before."""


def folder() -> Path:
    return files.cache_folder() / "environments"


def _index(root: Path) -> Path:
    return folder() / "projects" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.json"


def keys(root: Path) -> list[str]:
    """The names of the environments of the project at *root*, the current one first."""
    return _read(_index(root))[1]


def remember(root: Path, key: str) -> None:
    """Record that the project at *root* uses the environment *key*, and remove those that no project uses."""
    path = _index(root)
    _, known = _read(path)
    used = [key, *(each for each in known if each != key)][:KEPT]
    if used != known:
        files.write(path, json.dumps({"root": str(root), "keys": used}).encode())
        sweep()


def forget(root: Path) -> None:
    """Remove the environments of the project at *root* that no other project uses."""
    if files.discard(_index(root)):
        sweep()


def sweep() -> None:
    """Remove environments that no existing project uses, and what killed installations left."""
    used: set[str] = set()
    for path in (folder() / "projects").glob("*.json"):
        root, keys = _read(path)
        if root and Path(root).is_dir():
            used |= set(keys)
        else:
            path.unlink(missing_ok=True)
    kept = set()
    for link in [path for path in folder().iterdir() if path.is_symlink()]:
        if link.name in used:
            kept.add(link.readlink().name)
        elif not link.name.endswith(".link"):
            shutil.rmtree(link.resolve(), ignore_errors=True)
            link.unlink(missing_ok=True)
    for path in [path for path in folder().iterdir() if not path.is_symlink() and path.name != "projects"]:
        if path.name not in kept and not _is_in_progress(path):
            shutil.rmtree(path, ignore_errors=True)


def _read(path: Path) -> tuple[str, list[str]]:
    """The project and the environments in an index. Empty if it is damaged."""
    with suppress(ValueError, KeyError, TypeError):
        entry = json.loads(files.read(path) or b"{}")
        return str(entry["root"]), [str(key) for key in entry["keys"]]
    return "", []


def _is_in_progress(path: Path) -> bool:
    """Whether the process that makes the environment at *path* is still running."""
    process_id = path.name.partition(".")[2].partition("-")[0]
    if not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it belongs to another user
    return True
