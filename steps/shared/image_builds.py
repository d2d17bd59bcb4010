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
    given, text = {*image.environment, *image.arguments}, content.decode("utf-8", "surrogateescape")
    values = {name: _guess(name) for name in _required(project) if name not in given}
    module = project.service_values().get(MODULE, "")
    if module and MODULE not in given:  # manage.py may name those of development
        values[MODULE] = module
    if with_build_variables(text, values) == text:
        return content
    return with_build_variables(text, _fitting(project, values)).encode("utf-8", "surrogateescape")


def _required(project: Project) -> list[str]:
    """The variables that the settings read without a default, and that production has."""
    production = project.service_values().keys() | set(project.unset)
    read = {name for _, name, _, default in project.settings.reads() if default is None and name in production}
    return sorted({*read, *({DATABASE} & project.placeholders.keys())})


def _fitting(project: Project, values: dict[str, str]) -> dict[str, str]:
    """*values*, and others where the project does not load with them: one may name a level of the log, or a class."""
    own = {name: project.placeholder(name) for name in values if name != MODULE and not is_sensitive_name(name)}
    if not own:
        return values
    # Mostly one guess at most is refused. The developer's own values stay out of the repository where they can.
    for given in ({}, *({name: value} for name, value in own.items())):
        environment = project.production_environment(**{**values, **given})
        if AgentError.of(project.ask("inspect", environment=environment)) is None:
            return values | given
    return values | own


def _guess(name: str) -> str:
    if name == DATABASE:
        return NO_DATABASE
    return BUILD_ONLY if "SECRET" in name or "KEY" in name else placeholders.by_name(name)
