"""The error for settings that can't be loaded: where they fail, why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.error_output import ErrorLine
from wizard.base.errors import LoadingLimit, SettingsError
from wizard.base.secrets import redact
from wizard.project.agent_answer import ENDED, TOO_MUCH, AgentError
from wizard.project.interpreter import LOAD_VARIABLE
from wizard.project.places import Places, line_of

if TYPE_CHECKING:
    from wizard.project.project_files import ProjectFiles

STAGES = {
    "settings": "the settings raise",
    "setup": "the project's apps raise",
    "urls": "the URL configuration raises",
}
OF_DATABASE = {"OperationalError", "ProgrammingError"}
"""Errors of a database that cannot be reached, or that has no such table."""


def settings_error(project: ProjectFiles, error: AgentError, in_development: bool) -> SettingsError:
    """The exception for settings that raise *error*. *in_development*: those of this machine."""
    place = _place(project, error)
    main = (project.development if in_development else project.settings).main
    shown = str(project.top / place) if place else str(main)
    hint = "Make `manage.py check` pass in the project's own environment first; Golive reads the same settings."
    where = place or project.display_path(main)
    if error.type in {ENDED, TOO_MUCH}:
        more_time = f" Set {LOAD_VARIABLE}=600 if the project only needs more time." * (error.type == TOO_MUCH)
        hint = f"Their output is in .golive/runs/agent.log. {hint}{more_time}"
        kind = LoadingLimit if error.type == TOO_MUCH else SettingsError
        return kind(f"{shown}: the settings can't be loaded", error.message, hint, where=where)
    if error.type == "ModuleNotFoundError":
        command = project.dependencies.install_command(project.python.path, project.display_path)
        hint = (
            f"If it is a package, install what {project.production_module} needs into the project's environment: "
            f"`{command}`. Or choose another module with --settings."
        )
    elif error.type in OF_DATABASE and place:
        hint = (
            "This code queries the database while the project loads. `migrate` loads the project too, so it fails in a "
            "new database, which has no tables yet. Move the query into the function or method that needs its result."
        )
    elif error.variables and _reads(project, place, error.variables):
        names = " or ".join(error.variables)
        hint = f"Set {names} in .env.production to a value that the settings accept, then run again."
    subject = STAGES.get(error.stage, "the project raises")
    message = " ".join(redact(error.message).split())
    if error.cause and error.cause.partition(": ")[2] not in message:
        message += f" (because of {redact(error.cause)})"
    raised = SettingsError(f"{shown}: {subject} {error.type}", message, hint, where=where)
    raised.summary = f"{subject} {error.type}"
    return raised


def _place(project: ProjectFiles, error: AgentError) -> str:
    """The project's own line that raised *error*, or that names what it is about; empty if there is none."""
    own = [error.place] if error.place else []
    return Places(project).of_error(ErrorLine(f"{error.message} {error.cause}", tuple(own))) or error.where(project)


def _reads(project: ProjectFiles, place: str, variables: tuple[str, ...]) -> bool:
    """Whether the line at *place* may get a value from one of *variables*; without a line it may."""
    name, _, line = place.rpartition(":")
    if not line.isdecimal():
        return True
    text = line_of(project.top / name, int(line))
    literal = text.partition("=")[2].strip()[:1] in {"'", '"', "["} and "environ" not in text
    return not literal
