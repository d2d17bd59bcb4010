"""The values of a setting for several values of the environment variable that it reads.

Where one expression gives the setting its value, a copy of the process that has loaded the settings evaluates it. The
settings are not loaded again for each value then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wizard.project.agent_answer import AgentError, Answer

if TYPE_CHECKING:
    from wizard.project.project import Project
    from wizard.project.settings import Definition


def estimated(project: Project, setting: str, variable: str, tried: Sequence[str | None]) -> list[Answer]:
    """What *setting* would be for each value *tried* of *variable*, None for none, as answers of the agent.

    It is good for planning. A later line may still change the setting, so evidence needs `loaded`.
    """
    return _evaluated(project, setting, variable, tried) or loaded(project, variable, tried)


def is_overridden(project: Project, setting: str, found: Definition) -> bool:
    """Whether a later line than *found* (a condition or an import) sets it again. Then *found* has no effect."""
    origin = project.origin(setting)
    lines = range(found.line, (found.node.end_lineno or found.line) + 1)
    return bool(origin) and origin not in {f"{project.display_path(found.path)}:{line}" for line in lines}


def loaded(project: Project, variable: str, tried: Sequence[str | None]) -> list[Answer]:
    """The settings for each value *tried* of *variable*, as answers of the agent. They are loaded for each."""
    return project.settings_under(*(_environment(project, variable, value) for value in tried))


def _environment(project: Project, variable: str, value: str | None) -> dict[str, str]:
    environment = project.production_environment(**({} if value is None else {variable: value}))
    if value is None:
        environment.pop(variable, None)
    return environment


def _evaluated(project: Project, setting: str, variable: str, tried: Sequence[str | None]) -> list[Answer]:
    """The answers by evaluating the expression of *setting*. Empty if that would not be what loading does."""
    found = project.settings.definition(setting)
    values = project.inspect_settings().get("settings") or {}
    if found is None or not project.origin(setting) or is_overridden(project, setting, found):
        return []
    own: str | None = project.loaded_environment.get(variable)
    answer = project.ask(
        "evaluate", environment=project.loaded_environment,
        expression=found.source.segment(found.value), file=str(project.copy.at(found.path)),
        variable=variable, values=[own, *tried],
    )  # fmt: skip
    rows: list[dict[str, Any]] = answer.get("results") or []
    if AgentError.of(answer) or not rows or "error" in rows[0] or rows[0]["value"] != values.get(setting):
        return []
    return [{"error": row["error"]} if "error" in row else {"settings": {setting: row["value"]}} for row in rows[1:]]
