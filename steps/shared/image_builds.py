"""Variables for the management commands that a Dockerfile runs while the image is built.

The build of an image does not get the service's variables. Settings that require a variable, as they do once their
secrets come from the environment, would fail there. The Dockerfile is committed, so no secret of this machine's .env
file may get into it.
"""

from __future__ import annotations

from wizard.base.secrets import is_sensitive_name
from wizard.project import placeholders
from wizard.project.agent_answer import AgentError
from wizard.project.dockerfile import Image, with_build_variables
from wizard.project.project import Project
from wizard.project.start_variables import MODULE

BUILD_ONLY = "only-for-the-build-of-the-image"
DATABASE, NO_DATABASE = "DATABASE_URL", "sqlite:///:memory:"
"""The variable that the platform gives the service, and an address for a build, which has no database."""


def completed(project: Project, image: Image, content: bytes) -> bytes:
    """The Dockerfile's *content* in which such commands get a harmless value for each variable they need."""
    given = {*image.environment, *image.arguments}
    values = _values(project, [name for name in _required(project) if name not in given])
    module = project.service_values().get(MODULE, "")
    if module and MODULE not in given:  # manage.py may name those of development
        values[MODULE] = module
    text = content.decode("utf-8", "surrogateescape")
    return with_build_variables(text, values).encode("utf-8", "surrogateescape")


def _required(project: Project) -> list[str]:
    """The variables that the settings read without a default, and that production has."""
    production = project.service_values().keys() | set(project.unset)
    read = {name for _, name, _, default in project.settings.reads() if default is None and name in production}
    return sorted({*read, *({DATABASE} & project.placeholders.keys())})


def _values(project: Project, names: list[str]) -> dict[str, str]:
    """Harmless values for *names*, with which the settings load."""
    values = {name: _guess(name) for name in names}
    plain = [name for name in names if not is_sensitive_name(name)]
    if plain and AgentError.of(project.settings_under(project.production_environment(**values))[0]):
        values |= {name: project.placeholder(name) for name in plain}
    return values


def _guess(name: str) -> str:
    if name == DATABASE:
        return NO_DATABASE
    return BUILD_ONLY if "SECRET" in name or "KEY" in name else placeholders.by_name(name)
