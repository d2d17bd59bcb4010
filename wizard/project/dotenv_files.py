"""The project's .env files: their places and their variables."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from wizard.base import files, process
from wizard.base.errors import EditError
from wizard.base.secrets import is_sensitive_name, remember
from wizard.editing import dotenv
from wizard.editing.syntax import parsed_bytes
from wizard.project import env_readers

PRODUCTION_ENV = ".env.production"


def usual_places(root: Path, settings: Path, top: Path) -> list[Path]:
    """Usual places of a .env file: next to manage.py, next to the *settings* file, one level up, and at the *top*."""
    return [_place(folder) for folder in (root, settings.parent, settings.parent.parent, top)]


def _place(folder: Path) -> Path:
    """The .env file of *folder*. Another name if a virtual environment or a folder of samples has that one."""
    path = folder / ".env"
    return path.with_name(".env.local") if path.is_dir() else path


def development_file(usual: Sequence[Path], read: Iterable[Path]) -> Path:
    """The .env file of this machine: the first one that exists, else the place where it belongs.

    Arguments:
        usual: the usual places, the one next to manage.py first.
        read: the .env files that the settings opened or tested for.
    """
    local = [path for path in read if _is_local(path)]
    candidates = [*local, *usual]
    if not any(path.is_file() for path in candidates) and usual[0] in local:
        return usual[0]  # find_dotenv() searches upwards, so several folders are listed
    return next((path for path in candidates if path.is_file()), candidates[0])


def _is_local(path: Path) -> bool:
    """Whether a .env file is one for this machine, by its name."""
    return not re.search(r"prod|example|sample|template|dist$", path.name)


def values(path: Path, top: Path) -> dict[str, str]:
    """The variables in a .env file. Those that may be secrets are hidden from all output from now on.

    Raises:
        EditError: *path* is a folder, or a link that leads out of the project.
    """
    guard(path, top)
    content = files.read(path)
    found = dotenv.values(content) if content else {}
    for name, value in found.items():
        if is_sensitive_name(name):
            remember(value)
    return found


def development_environment(manage: Path, env_file: Path, top: Path) -> dict[str, str]:
    """The user's environment, with the variables in *env_file* if the script *manage* reads .env before the settings.

    Raises:
        EditError: as `values` does.
    """
    try:
        reads = env_readers.loads_dotenv(tuple(ast.walk(parsed_bytes(files.read(manage) or b""))))
    except (SyntaxError, ValueError):
        reads = False
    return {**(values(env_file, top) if reads else {}), **process.own_environment(), "PYTHONDONTWRITEBYTECODE": "1"}


def guard(path: Path, top: Path) -> None:
    """Check that *path* is, or can become, a plain file inside the folder *top*.

    Raises:
        EditError: it is a folder, or its path contains a link that leads out of *top*.
    """
    if path.is_dir():
        raise EditError(f"{path} is a folder", "Golive needs a file there", "Move the folder away, then run again.")
    if not files.inside(path, top):
        raise EditError(
            f"{path} {'is' if path.is_symlink() else 'lies behind'} a link that leads out of the project",
            f"it is {os.path.realpath(path)}",
            "Replace the link with a file. Golive writes only inside the project.",
        )
