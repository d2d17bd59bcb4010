"""Load the project under production's environment, and supply missing variables and files until it loads.

Production's variables, secret key and untracked files often do not exist yet on the machine where Golive runs. Each
error of the project names the next missing one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.errors import MissingModule, SettingsError
from wizard.project import import_folders
from wizard.project.agent_answer import TOO_MUCH, AgentError, Answer
from wizard.project.env_readers import VARIABLE
from wizard.project.extra_files import ExtraFiles
from wizard.project.value_search import ValueSearch

ATTEMPTS = 120
"""How often the project may be loaded. A failed attempt takes a fraction of a second."""


@dataclass
class Loader:
    """Loads the project, and keeps the variables and files that it supplied for that.

    Arguments:
        inspect: asks the agent and returns two answers: under production's settings, and under those of development.
        placeholder: a harmless value for an environment variable.
        requirement_of: the requirement in the project's dependency files that a module belongs to, or an empty string.
        unreadable: turns an error into the one that is raised; the flag says whether development's settings failed.
    """

    inspect: Callable[[], tuple[Answer, Answer]]
    placeholder: Callable[[str], str]
    requirement_of: Callable[[str], str]
    unreadable: Callable[[AgentError, bool], SettingsError]
    extra_files: ExtraFiles
    placeholders: dict[str, str] = field(default_factory=dict)
    """Variables that the settings need and production lacks, each with a harmless value."""
    without_key: bool = False
    """Whether production has no SECRET_KEY yet, so that one is set for the rehearsal."""

    def __post_init__(self) -> None:
        copy = self.extra_files.copy
        own_files = copy.folder.with_name(f"{copy.folder.name}.work") / "placeholders"
        self.search = ValueSearch(self.placeholder, copy.at(self.extra_files.root), own_files, self.placeholders)

    def load(self) -> tuple[Answer, Answer]:
        """The answers under production's settings and under development's.

        Raises:
            MissingModule: the environment lacks a package that the project requires.
            SettingsError: the settings, or something that they load, raise.
        """
        for _ in range(ATTEMPTS):
            answer, here = self.inspect()
            error, error_here = self.search.end_group(AgentError.of(answer)), AgentError.of(here)
            if error is None:
                if error_here and error_here.type == TOO_MUCH:  # every later inspection would take as long
                    raise self.unreadable(error_here, True)
                return answer, here
            if not (self._supply_entry(error, answer) or self._supply_missing(error)):
                break
        assert error
        error = self.search.unsolved or error
        if package := self.requirement_of(error.missing_module):
            raise MissingModule(package, str(self.unreadable(error, False)))
        raise self.unreadable(error, False)

    def _supply_missing(self, error: AgentError) -> bool:
        """Supply the variable or file that *error* names. Returns whether another attempt makes sense."""
        if "SECRET_KEY setting must not be empty" in error.message and not self.without_key:
            self.without_key = True  # task 1 generates production's key
            return True
        if self.search.named(error):
            return True
        if self._supply_file(error):
            return True
        if self.requirement_of(error.missing_module):
            self.search.unsolved = None
            return False
        return self._supply_module(error) or self.search.next(error)

    def _supply_entry(self, error: AgentError, answer: Answer) -> bool:
        """Supply the entry that *error* misses in a dictionary, if it was read from a file that is missing."""
        key = error.message.strip("'") if error.type == "KeyError" else ""
        if not VARIABLE.match(key) or any(read.name == key for read in error.reads[-1:]):
            return False
        return self.extra_files.add_key(key, answer.get("env_files", ()), error.frames)

    def _supply_file(self, error: AgentError) -> bool:
        """Add the file that *error* misses to the copy, unless its name is a placeholder."""
        file = error.missing_file
        if not file or any(len(value) > 1 and value in file for value in self.placeholders.values()):
            return False
        return self.extra_files.add(Path(file), error.frames)

    def _supply_module(self, error: AgentError) -> bool:
        """Add the module that *error* misses to the copy if git ignores it, or its folder to the import path."""
        module = error.missing_module
        if not module or self.extra_files.add_module(module, error.frames):
            return bool(module)
        if not self.extra_files.add_import_folder(module):
            return False
        self.placeholders[import_folders.VARIABLE] = self.extra_files.import_path
        return True
