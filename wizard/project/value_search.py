"""Search for values of environment variables with which the project loads, one attempt after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from wizard.base import files
from wizard.project import placeholders, suspects
from wizard.project.agent_answer import AgentError

PLAIN_MISTAKES = {
    "NameError",
    "UnboundLocalError",
    "SyntaxError",
    "IndentationError",
    "ModuleNotFoundError",
    "ImportError",
}
"""Errors for which variables that nothing connects with them are not tried."""


@dataclass
class _Trial:
    """A changed variable, its value before (None: missing), and the error that the change is meant to solve."""

    variable: str
    before: str | None
    error: AgentError
    keep: bool
    """Whether the value stays if it changes nothing: several variables may be missing in one line."""


@dataclass
class _Group:
    """Variables that were set together, since nothing connects any of them with the *error*."""

    variables: list[str]
    error: AgentError


@dataclass
class ValueSearch:
    """Chooses the next value to try, from the error of the last attempt.

    Arguments:
        first: the first value for a variable, from the project's own .env files or from its name.
        folder: the folder of manage.py in the copy, for the source code.
        own_files: a folder for files that variables may name.
        values: the variables with their values so far. The search changes it.
    """

    first: Callable[[str], str]
    folder: Path
    own_files: Path
    values: dict[str, str] = field(default_factory=dict)
    _tried: dict[str, set[str]] = field(default_factory=dict)
    _trial: _Trial | None = None
    _group: _Group | None = None
    _next_group: list[str] = field(default_factory=list)
    """Variables to set together in the next attempt."""
    _without_effect: set[str] = field(default_factory=set)
    """Variables that were set together and changed nothing."""
    _alone: set[str] = field(default_factory=set)
    """Variables that are tried one by one, since all of them together changed something."""
    unsolved: AgentError | None = None
    """The error that no value solved, as it was before the search for one."""

    def named(self, error: AgentError) -> bool:
        """Set a variable that the message of *error* names as missing. Returns whether there is one to try."""
        variable = placeholders.missing_variable(error)
        if not variable:
            return False
        # A settings class of pydantic may have a prefix for the names of its variables, but not of aliases.
        prefixed = f"{suspects.prefix(error, self.folder)}{variable}"
        for name in (variable, prefixed) if variable in error.message else (prefixed, variable):
            if name not in self._tried and not self._is_fixed(name, error):
                self._set(name, self.first(name))
                self._trial = None
                return True
        return False

    def next(self, error: AgentError) -> bool:
        """Change a variable that may be behind *error*. Returns whether another attempt makes sense."""
        if self._trial and (decided := self._judge(self._trial, error)) is not None:
            return decided
        unchanged = self._trial is not None and error.progress == self._trial.error.progress
        traced = suspects.trace(error, self.folder)
        for field_name, message in placeholders.fields(error).items():
            for variable in self.values:
                about = replace(error, message=message)
                if variable.endswith(field_name.upper()) and self._alternative(variable, about, traced.constants):
                    return True
        strong = list(dict.fromkeys([*self._quoted(error), *traced.variables]))
        strong.sort(key=lambda name: bool(placeholders.SWITCH.search(name)))
        if not unchanged or self.unsolved is None:
            self.unsolved = replace(error, variables=tuple(strong[:3]))
        self._trial = None
        for variable in strong:
            if variable not in self._tried and not self._is_fixed(variable, error):
                return self._try(variable, self.first(variable), error, keep=True)
        for variable in strong:
            if self._alternative(variable, error, traced.constants):
                return True
        if error.type in PLAIN_MISTAKES or not error.frames:
            return False
        unknown = self._next_group or suspects.others(error, self._tried.keys() | self._without_effect)
        self._next_group = []
        if len(unknown) > 1 and not self._alone.intersection(unknown):
            self._group = _Group(unknown, error)
            self.values.update((name, self.first(name)) for name in unknown)
            return True
        return bool(unknown) and self._try(unknown[0], self.first(unknown[0]), error, keep=False)

    def end_group(self, error: AgentError | None) -> AgentError | None:
        """Take back variables that were set together, and return the error that they were meant to solve.

        *error* is that of the last attempt. If it is another one, or none, each variable is tried alone from now on:
        only those that are needed are kept. Without such variables *error* is returned.
        """
        group, self._group = self._group, None
        if group is None:
            return error
        for name in group.variables:
            del self.values[name]
        if error is None or error.place != group.error.place or error.message != group.error.message:
            self._alone.update(group.variables)
        elif more := suspects.others(error, {*self._tried, *self._without_effect, *group.variables}):
            self._next_group = [*group.variables, *more]  # settings that have one variable read others
        else:
            self._without_effect.update(group.variables)
        return group.error

    def _judge(self, trial: _Trial, error: AgentError) -> bool | None:
        """Decide about the last change. Returns None if *error* is the one to solve now."""
        if error.progress == trial.error.progress:
            if not trial.keep:
                self._restore(trial)
            return None
        if len(error.reads) >= len(trial.error.reads):
            return None
        # The value led to an earlier error.
        if self._alternative(trial.variable, error, suspects.trace(error, self.folder).constants, trial):
            return True
        self._restore(trial)
        self._trial = None
        return True

    def _alternative(self, variable: str, error: AgentError, constants: list[str], trial: _Trial | None = None) -> bool:
        if variable not in self.values:
            return False
        for value in placeholders.alternatives(variable, error, constants, self.own_files):
            if value not in self._tried[variable]:
                trial = trial or _Trial(variable, self.values[variable], error, keep=False)
                self._set(variable, value)
                self._trial = trial
                return True
        return False

    def _try(self, variable: str, value: str, error: AgentError, *, keep: bool) -> bool:
        self._trial = _Trial(variable, self.values.get(variable), error, keep)
        self._set(variable, value)
        return True

    def _set(self, variable: str, value: str) -> None:
        self._tried.setdefault(variable, set()).add(value)
        self.values[variable] = value
        path = Path(value)
        if path.parent == self.own_files and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.write(path, placeholders.STAND_IN_FILES[path.name].encode(), mode=0o600)

    def _restore(self, trial: _Trial) -> None:
        if trial.before is None:
            self.values.pop(trial.variable, None)
        else:
            self.values[trial.variable] = trial.before

    def _quoted(self, error: AgentError) -> Iterator[str]:
        """The variables whose value *error* quotes."""
        if rejected := placeholders.rejected_variable(error, self.values):
            yield rejected

    def _is_fixed(self, variable: str, error: AgentError) -> bool:
        """Whether production sets *variable* already, so that a value of the search has no effect."""
        return variable not in self.values and any(read.name == variable and read.present for read in error.reads)
