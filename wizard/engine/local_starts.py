"""How the project starts on this machine, and with the values that its compose, example, CI and test files write.

A change must not break one of these starts, so they are compared before and after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.base import process
from wizard.project import env_readers, written_values
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.project.snapshot import Snapshot
from wizard.project.written_values import MODULE, WrittenValues

HERE = "this machine"
MOST = 8
"""The most files' values that are tried, besides those of this machine."""
FOR_HTTPS = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
"""Settings that break plain HTTP, as development has it."""


@dataclass(frozen=True)
class LocalStart:
    """The settings that one start loads, or why it loads none.

    *wants_debug*: the values turn DEBUG on, or nothing but the project's default decides it.
    """

    error: str
    settings: Mapping[str, Any]
    wants_debug: bool

    @property
    def debug(self) -> bool:
        return self.settings.get("DEBUG") is True

    def worse_than(self, before: LocalStart) -> str:
        """What this start lost since *before*; empty if nothing."""
        if before.error:
            return ""
        if self.error:
            return self.error
        if before.debug and not self.debug and self.wants_debug:
            return "DEBUG would be off"
        added = [name for name in FOR_HTTPS if self.settings.get(name) and not before.settings.get(name)]
        return f"with DEBUG on, {' and '.join(added)} would be in effect" if self.debug and added else ""


@dataclass
class LocalStarts:
    """Loads the settings for each start. The result is kept as long as the project's snapshot."""

    project: Project
    _kept: tuple[Snapshot, dict[str, LocalStart]] | None = field(default=None, repr=False)

    def observe(self) -> dict[str, LocalStart]:
        """Each start by its name, such as `docker-compose.yml, web`. The first is that of this machine.

        Raises:
            ProjectError: production's settings can't be loaded.
        """
        snapshot = self.project.snapshot
        if self._kept is None or self._kept[0] is not snapshot:
            self._kept = (
                snapshot,
                {HERE: _start(self.project, snapshot.development, wants_debug=True), **self._written()},
            )
        return self._kept[1]

    def worse(self, before: Mapping[str, LocalStart]) -> str:
        """Which start lost something since *before*, and what; empty if none did."""
        for place, start in self.observe().items():
            if place in before and (problem := start.worse_than(before[place])):
                return f"on {place}: {problem}" if place == HERE else f"with the values of {place}: {problem}"
        return ""

    def _written(self) -> dict[str, LocalStart]:
        project = self.project
        chosen = dict(list(self._distinct())[:MOST])
        requests = [
            project.in_place(
                "inspect",
                each.variables.get(MODULE) or self._module(each),
                project.configuration if each.production else project.development_configuration,
                {**process.own_environment(), "PYTHONDONTWRITEBYTECODE": "1", **each.variables},
                only="settings",
            )
            for each in chosen.values()
        ]
        answers = project.looks.answers(requests)
        names = {*project.settings.variables("DEBUG"), "DEBUG"}
        return {
            place: _start(project, answer, wants_debug=_turns_on(each.variables, names))
            for (place, each), answer in zip(chosen.items(), answers, strict=True)
        }

    def _module(self, values: WrittenValues) -> str:
        return self.project.production_module if values.production else self.project.settings_module

    def _distinct(self) -> Iterator[tuple[str, WrittenValues]]:
        """The values that make a difference to the settings, one place for each set of them."""
        project = self.project
        read = {name for files in (project.settings, project.development) for _, name, _, _ in files.reads()}
        read |= {MODULE, "DJANGO_CONFIGURATION", *project.settings.fields, *project.development.fields}
        own = {
            **project.env_values(project.development_env),
            **process.own_environment(),
            MODULE: project.settings_module,
        }
        seen = set()
        for each in written_values.find(project.root, project.top):
            if each.place.rpartition("/")[2] == project.production_env.name:
                continue
            values = {name: value for name, value in each.variables.items() if name in read}
            key = (self._module(each), *sorted(values.items()))
            if key not in seen and any(own.get(name) != value for name, value in values.items()):
                seen.add(key)
                yield each.place, WrittenValues(each.place, values)


def _start(project: Project, answer: Answer, *, wants_debug: bool) -> LocalStart:
    error = AgentError.of(answer)
    place = error.where(project) if error else ""
    text = f"{error} ({place})" if place else str(error or "")
    return LocalStart(text, answer.get("settings") or {}, wants_debug)


def _turns_on(variables: Mapping[str, str], names: set[str]) -> bool:
    return any(variables.get(name, "").lower() not in env_readers.OFF_WORDS for name in names)
