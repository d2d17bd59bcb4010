"""Find a project that Golive has worked on, by its folders."""

from __future__ import annotations

from pathlib import Path

from wizard.base.errors import ProjectError, SeveralProjects
from wizard.state.state_folder import FOLDER


def find(folder: Path) -> Path:
    """The project at *folder*, above it up to the top of the repository, or the only one below it.

    Raises:
        ProjectError: there is none, or there are several below.
    """
    start = folder.resolve()
    for parent in (start, *start.parents):
        if (parent / FOLDER).is_dir() or (parent / "manage.py").is_file():
            return parent
        if (parent / ".git").exists():
            break
    below = sorted(found.parent for depth in ("*", "*/*", "*/*/*") for found in start.glob(f"{depth}/{FOLDER}"))
    if len(below) > 1:
        places = tuple(str(path.relative_to(start)) for path in below)
        hint = f"Choose one, for example: --project {below[0]}"
        raise SeveralProjects(
            f"Golive has worked on {len(below)} projects below {start}", ", ".join(places), hint, places
        )
    if below:
        return below[0]
    raise ProjectError(
        f"There is no Django project at {start}", "it has no manage.py", "Name its folder with --project."
    )
