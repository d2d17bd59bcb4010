"""Variables for the management commands that a Dockerfile runs while the image is built.

The build of an image does not get the service's variables. Settings that require a variable, as they do once their
secrets come from the environment, would fail there.
"""

from __future__ import annotations

from wizard.project.dockerfile import Image, with_build_variables
from wizard.project.project import Project
from wizard.project.start_variables import MODULE

BUILD_ONLY = "only-for-the-build-of-the-image"


def completed(project: Project, image: Image, content: bytes) -> bytes:
    """The Dockerfile's *content* in which such commands get a harmless value for each variable they need."""
    given = {*image.environment, *image.arguments}
    values = {name: _value(project, name) for name in _required(project) if name not in given}
    module = project.service_values().get(MODULE, "")
    if module and MODULE not in given:  # manage.py may name those of development
        values[MODULE] = module
    text = content.decode("utf-8", "surrogateescape")
    return with_build_variables(text, values).encode("utf-8", "surrogateescape")


def _required(project: Project) -> list[str]:
    """The variables that the settings read without a default, and that production has."""
    production = project.service_values().keys() | set(project.unset)
    return sorted({name for _, name, _, default in project.settings.reads() if default is None and name in production})


def _value(project: Project, name: str) -> str:
    return BUILD_ONLY if "SECRET" in name or "KEY" in name else project.placeholder(name)
