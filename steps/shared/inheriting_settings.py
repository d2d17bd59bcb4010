"""Settings modules for development and tests that import everything from the production settings file.

They set DEBUG = True after that file ran, so its `if not DEBUG:` blocks would be in effect in development.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.base import files
from wizard.base.errors import SettingsError
from wizard.project import written_values
from wizard.project.placeholders import PRODUCTION_NAMES
from wizard.project.project import Project
from wizard.project.settings import SettingsFiles

FOR_DEVELOPMENT = re.compile(r"(^|_)(local|dev|devel|develop|development|debug|tests?|testing|ci|docker)(_|$)")


def find(project: Project) -> list[str]:
    """The names of these modules, sorted. Empty if production's settings file is loaded in production only.

    A class of django-configurations needs none: its `setup` runs for each class, after DEBUG is set.
    """
    if project.settings.classes:
        return []
    return sorted({name for name in _candidates(project) if name != project.production_module and _runs(project, name)})


def _candidates(project: Project) -> Iterator[str]:
    """Settings modules that may be for development: named by manage.py and other files, or next to production's."""
    yield project.settings_module
    for values in written_values.find(project.root, project.top):
        module = values.variables.get(written_values.MODULE, "")
        last = module.rpartition(".")[2].lower()
        if module and not values.production and last not in PRODUCTION_NAMES:
            yield module
    main = project.settings.main
    package = project.production_module if main.name == "__init__.py" else project.production_module.rpartition(".")[0]
    for path in sorted(main.parent.glob("*.py")):
        if path != main and FOR_DEVELOPMENT.search(path.stem.lower()) and b"import *" in (files.read(path) or b""):
            yield f"{package}.{path.stem}".lstrip(".")


def _runs(project: Project, module: str) -> bool:
    """Whether *module* runs production's settings file before its own lines."""
    try:
        loaded = SettingsFiles.find(module, project.root, project.manage)
        return project.settings.main in loaded.paths and loaded.main not in project.settings.paths
    except SettingsError:
        return False
