"""Find a Django project, its settings modules and its interpreter, without running any of its code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, ProjectError, SeveralProjects
from wizard.base.git import Git
from wizard.project import release_copy
from wizard.project.interpreter import CHECKS, Interpreter
from wizard.project.project import Project
from wizard.project.python_environment import find_python
from wizard.project.settings_choice import configurations, development_module, production_module
from wizard.state.state_folder import folder_of


@dataclass(frozen=True)
class ProjectLocation:
    """The manage.py of a project and its git repository."""

    manage: Path
    git: Git | None

    @property
    def root(self) -> Path:
        return self.manage.parent

    @property
    def top(self) -> Path:
        return self.git.top if self.git else self.root


def locate(start: Path, manage: str | None = None) -> ProjectLocation:
    """Find manage.py at, below or above *start*. *manage* is the value of --manage.

    Raises:
        ProjectError: there is no project, or there are several.
    """
    if not start.is_dir():
        raise ProjectError(f"There is no folder {start}", "", "Pass the folder that contains the project's manage.py.")
    path = _manage_file(start.resolve(), manage)
    return ProjectLocation(path, Git.of(path.parent))


def detect(
    start: Path,
    *,
    manage: str | None = None,
    python: str | None = None,
    settings_module: str | None = None,
    reading: bool = False,
) -> Project:
    """Find the project at, below or above *start*.

    Arguments:
        manage, python, settings_module: the values of the options.
        reading: keep the agent's log in the cache instead of the project, for commands that must not write there.

    Raises:
        ProjectError: there is no project, there are several, or its interpreter is missing.
    """
    location = locate(start, manage)
    root, top = location.root, location.top
    development = settings_module or development_module(location.manage, top)
    production = settings_module or production_module(root, top, development)
    served, local = configurations(root, location.manage, production)
    environment = find_python(root, top, python)
    work = release_copy.work_folder(root)
    log = work / "agent.log" if reading else folder_of(root) / "runs" / "agent.log"
    return Project(
        root=root,
        manage=location.manage,
        git=location.git,
        settings_module=development,
        production_module=production,
        configuration=served,
        development_configuration=local,
        python=environment,
        work=work,
        interpreter=Interpreter(environment, root, log, traffic=work / CHECKS),
        copy=release_copy.ReleaseCopy(top, location.git, files.copies_folder(root)),
    )


def _manage_file(start: Path, flag: str | None) -> Path:
    if flag:
        path = (start / flag).resolve()
        path = path / "manage.py" if path.is_dir() else path
        if not path.is_file():
            raise ProjectError(f"There is no {path}", "--manage names it", "Pass the path of the project's manage.py.")
        return path
    if _is_manage(start / "manage.py"):
        return start / "manage.py"
    below = sorted(path for path in release_copy.walk(start) if path.name == "manage.py" and _is_manage(path))
    if len(below) > 1:
        places = tuple(str(path.relative_to(start)) for path in below)
        nearest = min(below, key=lambda path: len(path.parts))
        raise SeveralProjects(
            f"There are {len(below)} Django projects below {start}",
            ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else ""),
            f"Choose one: --manage {nearest.relative_to(start)}",
            places,
        )
    if below:
        return below[0]
    for folder in start.parents:
        if _is_manage(folder / "manage.py"):
            return folder / "manage.py"
        if (folder / ".git").exists():
            break
    raise ProjectError(
        f"There is no Django project at {start}",
        "no manage.py that names a settings module was found",
        "Pass the project's folder: `golive path/to/project`.",
    )


def _is_manage(path: Path) -> bool:
    try:
        content = files.read(path) or b""
    except EditError:
        return False
    return b"DJANGO_SETTINGS_MODULE" in content or b"execute_from_command_line" in content
