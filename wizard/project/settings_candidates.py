"""Find the settings modules of a project whose manage.py names none, or one that does not exist.

Nothing is imported. A module counts if it, or a file that it star-imports, sets ROOT_URLCONF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, SettingsError
from wizard.project import starting_files
from wizard.project.placeholders import PRODUCTION_NAMES
from wizard.project.release_copy import walk
from wizard.project.settings import SettingsFiles
from wizard.project.settings_lookup import import_roots, module_file, settings_named_in

LOCAL_NAMES = ("local", "dev", "devel", "develop", "development")
BASE_NAMES = ("base", "common", "settings", "defaults", "default", "core")
LAST_NAMES = ("test", "tests", "testing", "ci")
NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[=: ]\s*[\"']?([A-Za-z_][\w.]+)")
DEEPEST = 5
"""Folders below manage.py in which settings are looked for."""


def is_usable(root: Path, module: str) -> bool:
    """Whether *module* is a file of the project with manage.py in *root*, and not an empty package."""
    for base in import_roots(root):
        if path := module_file(base, module):
            try:
                return path.name != "__init__.py" or bool(_code(files.text(path)))
            except EditError:
                return True  # the error is reported when the settings are read
    return False


def _code(text: str) -> str:
    """*text* without comments, blank lines and docstrings of one line."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(line for line in lines if line and not line.startswith(("#", '"', "'")))


def candidates(root: Path, top: Path, *, production: bool, near: str = "") -> list[str]:
    """The settings modules of the project with manage.py in *root*, the likeliest first.

    Arguments:
        top: the folder of the repository, or *root*.
        production: whether the module is for production, or for this machine.
        near: the module that was named and does not exist. Modules inside of it come first.
    """
    deployed = _named_by_deployment(root, top)
    order = (*PRODUCTION_NAMES, "", *BASE_NAMES) if production else (*LOCAL_NAMES, *BASE_NAMES, "", *PRODUCTION_NAMES)

    def rank(module: str) -> tuple[bool, bool, bool, int, int, str]:
        last = module.rpartition(".")[2].removeprefix("settings_").removesuffix("_settings")
        known = last in order
        other = last in LAST_NAMES or (production and last in LOCAL_NAMES)
        place = order.index(last) if known else order.index("")
        named = production and module in deployed
        related = module.startswith(f"{near}.") or (bool(near) and module.endswith(f".{near}"))
        return bool(near) and not related, not named, other, place, module.count("."), module

    return sorted(dict.fromkeys(_complete_modules(root)), key=rank)


def is_for_production(root: Path, top: Path, module: str) -> bool:
    """Whether the name of *module* is one of production's, or a file of the deployment names it."""
    return module.rpartition(".")[2] in PRODUCTION_NAMES or module in _named_by_deployment(root, top)


def explanation(manage: Path, top: Path, chosen: str) -> str:
    """Why *chosen* is the settings module of this machine, if manage.py names no module that exists. Else empty."""
    root, named = manage.parent, settings_named_in(manage)
    if named and is_usable(root, named):
        return ""
    found = candidates(root, top, production=False, near=named)
    if chosen not in found or (len(found) == 1 and not named):
        return ""
    why = f"{manage.name} names {named}, which has no settings" if named else f"{manage.name} names no settings module"
    rest = ", ".join(module for module in found if module != chosen)
    return f"{why}. Golive uses {chosen}." + (f" To choose another, pass --settings: {rest}" if rest else "")


def _named_by_deployment(root: Path, top: Path) -> set[str]:
    """The modules that a file of the deployment names."""
    return {name for text in starting_files.texts(root, top) for name in NAMED.findall(text)}


def _complete_modules(root: Path) -> Iterator[str]:
    roots = import_roots(root)
    source = root / "src"
    for path in walk(root):
        if path.suffix != ".py" or len(path.relative_to(root).parts) > DEEPEST:
            continue
        base = source if path.is_relative_to(source) and not files.exists(source / "__init__.py") else root
        parts = path.relative_to(base).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if parts and all(part.isidentifier() for part in parts) and _sets_urls(".".join(parts), path, roots):
            yield ".".join(parts)


def _sets_urls(module: str, path: Path, roots: tuple[Path, ...]) -> bool:
    try:
        content = files.read(path) or b""
        if b"ROOT_URLCONF" not in content and b"import *" not in content and b"include(" not in content:
            return False
        sources = SettingsFiles(module, path, roots).sources
    except (EditError, SettingsError):
        return False
    return any("ROOT_URLCONF" in source.bound for source in sources)
