"""Finding a Django project: its manage.py, its settings modules and classes, its interpreter; without importing it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, ProjectError, SeveralProjects
from wizard.base.git import Git
from wizard.project import release_copy
from wizard.project.interpreter import Interpreter
from wizard.project.project import Project
from wizard.project.python_environment import find_python
from wizard.project.settings_lookup import module_file, settings_named_in
from wizard.state.state_folder import folder_of

PRODUCTION_NAMES = ("production", "prod", "deploy", "deployment", "live", "railway", "heroku", "render")
READS_ENV_FILES = re.compile(rb"dotenv|decouple|\benvirons?\.Env\b|read_env")
"""In a manage.py: the variables of a .env file are there before it names its settings."""
DEVELOPMENT_NAMES = ("local", "dev", "devel", "develop", "development", "base", "common", "test")


@dataclass(frozen=True)
class ProjectLocation:
    """Where a project is: its manage.py, and the repository it lies in. Found without running anything of it."""

    manage: Path
    git: Git | None

    @property
    def root(self) -> Path:
        return self.manage.parent

    @property
    def top(self) -> Path:
        return self.git.top if self.git else self.root


def locate(start: Path, manage: str | None = None) -> ProjectLocation:
    """Find where the project at or below *start* is.

    Raises:
        ProjectError: there is none, or there are several.
    """
    if not start.is_dir():
        raise ProjectError(f"There is no folder {start}", "", "Give the folder that holds the project's manage.py.")
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
    """Find the project at or below *start*; one that is only for *reading* has its log in the cache.

    Raises:
        ProjectError: there is none, there are several, or its interpreter is missing.
    """
    place = locate(start, manage)
    path, root, git, top = place.manage, place.root, place.git, place.top
    development = (
        settings_module
        or os.environ.get("DJANGO_SETTINGS_MODULE")
        or _named_by_env_file(path, top, ".env")
        or settings_named_in(path)
        or _named_by_env_file(path, top, ".env.example")
        or _only_settings(root)
    )
    if not development:
        read = b"DJANGO_SETTINGS_MODULE" in (files.read(path) or b"")
        why = "neither the environment nor a .env file gives it DJANGO_SETTINGS_MODULE" if read else ""
        raise ProjectError(
            f"{path} names no settings module",
            why or "there is no DJANGO_SETTINGS_MODULE in it",
            "Give the module with --settings.",
        )
    production = settings_module or _production_module(root, development)
    classes = _configurations(root, path, production)
    copies = files.copies_folder(root)
    work = release_copy.work_folder(root)
    environment = find_python(root, top, python)
    log = work / "agent.log" if reading else folder_of(root) / "runs" / "agent.log"
    return Project(
        root=root,
        manage=path,
        git=git,
        settings_module=development,
        production_module=production,
        configuration=classes[0],
        development_configuration=classes[1],
        python=environment,
        work=work,
        interpreter=Interpreter(environment, root, log),
        copy=release_copy.ReleaseCopy(top, git, copies),
    )


def _named_by_env_file(manage: Path, top: Path, name: str) -> str:
    """The settings module that the file *name* names, for a manage.py that reads .env before its own default counts."""
    if not READS_ENV_FILES.search(files.read(manage) or b""):
        return ""
    from wizard.editing import dotenv

    for folder in dict.fromkeys((manage.parent, top)):
        named = dotenv.values(files.read(folder / name) or b"").get("DJANGO_SETTINGS_MODULE", "")
        if named:
            return named
    return ""


def _only_settings(root: Path) -> str:
    """The settings of a project whose manage.py computes their name: those beside the one wsgi.py there is."""
    packages = (path.parent for path in root.glob("*/wsgi.py"))
    found = [each.name for each in packages if module_file(each, "settings")]
    return f"{found[0]}.settings" if len(found) == 1 else ""


def _configurations(root: Path, manage: Path, module: str) -> tuple[str, str]:
    """The classes of django-configurations that production and development use; empty without it."""
    text = files.read(manage) or b""
    if b"configurations" not in text:
        return "", ""
    development = os.environ.get("DJANGO_CONFIGURATION") or settings_named_in(manage, "DJANGO_CONFIGURATION")
    served = (settings_named_in(path, "DJANGO_CONFIGURATION") for path in sorted(root.glob("*/wsgi.py")))
    chosen = next(filter(None, served), development)
    if chosen.lower() not in PRODUCTION_NAMES:
        file = next((found for base in (root, root / "src") if (found := module_file(base, module))), None)
        text = (files.read(file) or b"") if file else b""
        classes = re.findall(r"^class (\w+)\(", text.decode("utf-8", "replace"), re.MULTILINE)
        chosen = next((name for name in classes if name.lower() in PRODUCTION_NAMES), chosen)
    return chosen, development or chosen


def _manage_file(start: Path, flag: str | None) -> Path:
    if flag:
        path = (start / flag).resolve()
        path = path / "manage.py" if path.is_dir() else path
        if not path.is_file():
            raise ProjectError(f"There is no {path}", "--manage names it", "Give the path of the project's manage.py.")
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
            f"Say which: --manage {nearest.relative_to(start)}",
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
        "Give the project's folder: `golive path/to/project`.",
    )


def _is_manage(path: Path) -> bool:
    try:
        content = files.read(path) or b""
    except EditError:
        return False
    return b"DJANGO_SETTINGS_MODULE" in content or b"execute_from_command_line" in content


def _production_module(root: Path, development: str) -> str:
    """The module production runs with: what wsgi.py names, unless that is a development one with a better sibling."""
    named = [
        module
        for path in (*root.glob("*/wsgi.py"), *root.glob("wsgi.py"), *root.glob("*/*/wsgi.py"))
        if (module := settings_named_in(path))
    ]
    chosen = named[0] if named else development
    if chosen.rsplit(".", 1)[-1] in PRODUCTION_NAMES:
        return chosen
    package, _, last = chosen.rpartition(".")
    for base in (root, root / "src"):
        folder = module_file(base, chosen)
        if folder is None:
            continue
        is_package = folder.name == "__init__.py"
        if not is_package and last not in DEVELOPMENT_NAMES:
            return chosen
        if is_package and files.text(folder).strip():
            return chosen
        for name in PRODUCTION_NAMES:
            if (folder.parent / f"{name}.py").is_file():
                return f"{chosen if is_package else package}.{name}".strip(".")
    return chosen
