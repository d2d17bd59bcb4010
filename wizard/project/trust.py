"""Trusted folders: Golive runs a project's code only with the user's consent.

The rule is the same for every front end and every command that runs code of the project. A folder is trusted if the
user agreed before, in a session or with `--trust`. In CI (`CI=true`) there is no one to ask, so Golive prints a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import files
from wizard.base.errors import NotTrusted

if TYPE_CHECKING:
    from wizard.project.detection import ProjectLocation

WHY = "To see how a project is set up, Golive runs its code with your user permissions, as manage.py does."
QUESTION = "Do you trust the code in this folder?"


def _file() -> Path:
    return files.config_folder() / "trusted.json"


def _known() -> list[str]:
    try:
        known = json.loads(_file().read_bytes())["trusted"]
        return [each for each in known if isinstance(each, str)] if isinstance(known, list) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def is_trusted(folder: Path) -> bool:
    """Whether the user trusts *folder*, with links resolved, or a folder above it."""
    real = folder.resolve()
    return any(real.is_relative_to(each) for each in _known())


def trust(folder: Path) -> None:
    """Record that *folder* is trusted. If that can't be saved, the next session asks again."""
    from wizard.base.errors import EditError

    known = sorted({*_known(), str(folder.resolve())})
    try:
        files.write(_file(), json.dumps({"trusted": known}, indent=1).encode() + b"\n", mode=0o600)
    except EditError:
        return


def in_ci() -> bool:
    """Whether this runs in continuous integration."""
    return os.environ.get("CI", "").lower() in {"true", "1", "yes"}


def require(place: ProjectLocation, python: str | None, say: Callable[[str], None]) -> None:
    """Check that the project's code may run. In CI that is always allowed, and *say* is called with a message.

    Raises:
        NotTrusted: the user has not agreed. The error lists the programs that would run.
    """
    if is_trusted(place.root):
        return
    if in_ci():
        say(f"CI is set: running the code in {place.root} without asking.")
        return
    raise NotTrusted(
        f"You have not trusted {place.root} yet",
        f"Golive would run {'; '.join(what_runs(place, python))}",
        "If you trust this code, run the command again with --trust. You are asked once for each folder.",
    )


def what_runs(place: ProjectLocation, python: str | None) -> list[str]:
    """The project's code that a run executes, found without running any. *python* is the value of --python."""
    from wizard.base.git import COMMIT_HOOKS
    from wizard.project.python_environment import virtual_environment_python
    from wizard.project.settings_lookup import settings_named_in

    module = settings_named_in(place.manage)
    environment = python or virtual_environment_python(place.root, place.top)
    found = [
        f"{place.manage.name} and its settings{f' ({module})' if module else ''}",
        f"the interpreter {environment or 'of your poetry, pipenv or conda environment, or python3'}",
        "the site itself, on this machine, for the checks",
    ]
    if place.git and (hooks := place.git.hooks(COMMIT_HOOKS)):
        found.append(f"when a task commits: your {', '.join(hooks)}")
    return found
