"""The values of DEBUG's variable that turn it on today, so that they still do after its read is rewritten."""

from __future__ import annotations

import os
from pathlib import Path

from steps.shared.setting_variables import debug_variable
from wizard.project import setting_values, written_values
from wizard.project.agent_answer import AgentError
from wizard.project.env_readers import OFF_WORDS, ON_WORDS, STRICT
from wizard.project.project import Project


def accepted(project: Project) -> tuple[str, ...]:
    """The values of the variable that must turn DEBUG on, in lower case if their case does not matter.

    If the settings read the variable today, these are the usual words and the values that the project's files write,
    without those that mean "off" today: a server may have them. Files that git ignores may hold any of the usual words.
    """
    written = _written(project)
    words = [value for value in written if value.lower() not in OFF_WORDS]
    name = debug_variable(project)
    if not any(name == read for _, read, _, _ in project.settings.reads()):
        if set(words) <= set(STRICT):
            return STRICT
        return tuple(dict.fromkeys((*ON_WORDS, *(word.lower() for word in words))))
    tried = list(dict.fromkeys((*ON_WORDS, *STRICT, *words)))
    answers = dict(zip(tried, setting_values.estimated(project, "DEBUG", name, tried), strict=True))
    broken = {value for value, answer in answers.items() if AgentError.of(answer)}
    on = [value for value in tried if value not in broken and answers[value]["settings"].get("DEBUG")]
    if "True" in on and "true" not in on:  # the case counts
        return tuple(dict.fromkeys((*STRICT, *on)))
    # A word that is an error today can become a synonym.
    kept = [value.lower() for value in tried if value in on or (value in broken and value in ON_WORDS)]
    return tuple(dict.fromkeys(kept)) or ON_WORDS


def for_development(accepted: tuple[str, ...]) -> str:
    """The value that turns DEBUG on in the .env file of this machine."""
    return "True" if {"true", "True"} & set(accepted) else accepted[0]


def set_by_development(project: Project, edited: Path) -> bool:
    """Whether the development settings set DEBUG below everything that they import, so *edited* does not decide it."""
    found = project.development.definition("DEBUG")
    return found is not None and edited != found.path == project.development.main


def _written(project: Project) -> list[str]:
    """The values of the variable in the project's files and in the environment."""
    name = debug_variable(project)
    given = [each.variables[name] for each in written_values.find(project.root, project.top) if name in each.variables]
    here = os.environ.get(name)
    return list(dict.fromkeys([*given, *([here] if here else [])]))
