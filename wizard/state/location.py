"""Where the project is whose state is asked for: found by its folders alone."""

from __future__ import annotations

from pathlib import Path

from wizard.base.errors import ProjectError, SeveralProjects
from wizard.state.state_folder import FOLDER


def find(folder: Path) -> Path:
    """The project whose state is asked for: at *folder*, above it up to the repository's top, or the only one below.

    Raises:
        ProjectError: there is none, or there are several.
    """
    start = folder.resolve()
    for each in (start, *start.parents):
        if (each / FOLDER).is_dir() or (each / "manage.py").is_file():
            return each
        if (each / ".git").exists():
            break
    below = sorted(found.parent for depth in ("*", "*/*", "*/*/*") for found in start.glob(f"{depth}/{FOLDER}"))
    if len(below) > 1:
        places = tuple(str(each.relative_to(start)) for each in below)
        hint = f"Say which: --project {below[0]}"
        raise SeveralProjects(
            f"Golive has worked on {len(below)} projects below {start}", ", ".join(places), hint, places
        )
    if below:
        return below[0]
    raise ProjectError(f"There is no Django project at {start}", "no manage.py is there", "Give it with --project.")
