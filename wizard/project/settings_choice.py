"""Choose the settings modules, and classes of django-configurations, of development and of production."""

from __future__ import annotations

import os
import re
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, ProjectError
from wizard.editing import dotenv
from wizard.project import dotenv_files, start_sources, start_variables
from wizard.project.placeholders import PRODUCTION_NAMES
from wizard.project.settings_candidates import LOCAL_NAMES, candidates, is_for_production, is_usable
from wizard.project.settings_lookup import module_file, settings_named_in

DEVELOPMENT_NAMES = ("local", "dev", "devel", "develop", "development", "base", "common", "test")
LOCAL_NAME = re.compile(r"(^|_)(local|dev|devel|develop|development|debug|tests?|testing|ci|base|common)(_|$)")
"""The names of modules that production does not run with, although a variable names them."""
READS_ENV_FILES = re.compile(rb"dotenv|decouple|\benvirons?\.Env\b|read_env")
"""Matches a manage.py that loads a .env file before it names its settings."""


def development_module(manage: Path, top: Path) -> str:
    """The settings module of this machine.

    Raises:
        ProjectError: nothing names one.
    """
    named = [
        os.environ.get("DJANGO_SETTINGS_MODULE"),
        _named_by_env_file(manage, top, ".env"),
        settings_named_in(manage),
        _named_by_env_file(manage, top, ".env.example"),
        _only_settings(manage.parent),
    ]
    given = [module for module in named if module]
    usable = (module for module in given if is_usable(manage.parent, module))
    if module := next(usable, "") or _likeliest(manage.parent, top, given, production=False) or next(iter(given), ""):
        return module
    read = b"DJANGO_SETTINGS_MODULE" in (files.read(manage) or b"")
    raise ProjectError(
        f"{manage} names no settings module",
        "neither the environment nor a .env file sets DJANGO_SETTINGS_MODULE"
        if read
        else "it does not contain DJANGO_SETTINGS_MODULE",
        "Pass the module with --settings.",
    )


def _likeliest(root: Path, top: Path, named: list[str], *, production: bool) -> str:
    """The likeliest settings module where none of those that are *named* exists."""
    return next(iter(candidates(root, top, production=production, near=named[0] if named else "")), "")


def _named_by_env_file(manage: Path, top: Path, name: str) -> str:
    """The settings module in the .env file *name*, if manage.py loads such files before it sets its default."""
    if not READS_ENV_FILES.search(files.read(manage) or b""):
        return ""
    for folder in dict.fromkeys((manage.parent, top)):
        named = dotenv.values(files.read(folder / name) or b"").get("DJANGO_SETTINGS_MODULE", "")
        if named:
            return named
    return ""


def _only_settings(root: Path) -> str:
    """The settings module next to the only wsgi.py, for a manage.py that computes the name."""
    packages = (path.parent for path in root.glob("*/wsgi.py"))
    found = [each.name for each in packages if module_file(each, "settings")]
    return f"{found[0]}.settings" if len(found) == 1 else ""


def production_module(root: Path, top: Path, development: str) -> str:
    """The module that production runs with, unless that is for development and has a sibling.

    A variable of the start command or in .env.production names it, else wsgi.py does.
    """
    if given := _named_by_start(root, top):
        return given
    named = [
        module
        for name in ("wsgi.py", "asgi.py")
        for path in (*root.glob(f"*/{name}"), *root.glob(name), *root.glob(f"*/*/{name}"))
        if (module := settings_named_in(path))
    ]
    usable = [module for module in named if is_usable(root, module)]
    manage = settings_named_in(root / "manage.py")
    if not usable and (named or not is_usable(root, manage)):
        likeliest = _likeliest(root, top, named or [manage] * bool(manage), production=True)
        if likeliest and (development.rpartition(".")[2] in LOCAL_NAMES or is_for_production(root, top, likeliest)):
            return likeliest
    if usable and manage not in usable and _is_local(usable[0]) and not _is_local(manage) and is_usable(root, manage):
        usable = [manage]
    chosen = usable[0] if usable else development
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
            if files.is_file(folder.parent / f"{name}.py"):
                return f"{chosen if is_package else package}.{name}".strip(".")
    return chosen


def _named_by_start(root: Path, top: Path) -> str:
    """The module that production's variables name, if it exists and its name is not one for development."""
    try:
        service = dotenv.values(files.read(root / dotenv_files.PRODUCTION_ENV) or b"")
        started = start_variables.of_server(start_sources.find(root, top))
    except EditError:  # the task that needs the file reports it
        return ""
    module = {**service, **start_variables.in_effect(started, service)}.get("DJANGO_SETTINGS_MODULE", "")
    return module if module and is_usable(root, module) and not _is_local(module) else ""


def _is_local(module: str) -> bool:
    """Whether the name of *module* says that it is not production's."""
    return bool(LOCAL_NAME.search(module.rpartition(".")[2]))


def configurations(root: Path, manage: Path, module: str) -> tuple[str, str]:
    """The classes of django-configurations for production and for development. Empty without it."""
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
