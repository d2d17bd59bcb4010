"""The Django project being worked on: its files, its settings as its own interpreter loads them, and its URLs."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from wizard.base import files, orphans, process
from wizard.base.git import Git
from wizard.project import dotenv_files, loading, placeholders, start_sources, start_variables
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.dependencies import is_installed, requirement_for
from wizard.project.extra_files import ExtraFiles
from wizard.project.interpreter import Interpreter
from wizard.project.looks import Looks
from wizard.project.platform import RAILWAY, Platform
from wizard.project.project_sources import ProjectSources
from wizard.project.python_environment import PythonEnvironment
from wizard.project.questions import STAND_IN_KEY, TRACED, Questions
from wizard.project.release_copy import ReleaseCopy
from wizard.project.secret_literals import remember_before_loading
from wizard.project.settings_lookup import settings_named_in, wsgi_files
from wizard.project.settings_wrappers import SettingsWrappers
from wizard.project.snapshot import Snapshot
from wizard.project.unreadable import settings_error
from wizard.project.urls import Url


@dataclass
class Project(ProjectSources):
    """A Django project. `inspect_settings` loads it once in its own interpreter, until `refresh` discards the result.

    Arguments:
        root: the folder of manage.py.
        settings_module: the settings of this machine, which manage.py names.
        production_module: the settings that production runs with.
        configuration, development_configuration: with django-configurations, the classes that hold the settings.
        work: a folder for files that Golive needs during a run.
        copy: a copy of what would be deployed.
        originals: contents of files before Golive first changed them.
    """

    root: Path
    manage: Path
    git: Git | None
    settings_module: str
    production_module: str
    python: PythonEnvironment
    work: Path
    interpreter: Interpreter
    copy: ReleaseCopy
    platform: Platform = RAILWAY
    configuration: str = ""
    development_configuration: str = ""
    originals: dict[Path, bytes | None] = field(default_factory=dict)
    _snapshot: Snapshot | None = field(default=None, repr=False)
    _installed: Answer | None = field(default=None, repr=False)
    loaded_environment: dict[str, str] = field(default_factory=dict, repr=False)
    """The environment under which production's settings were last loaded."""
    _env_times: dict[Path, int] = field(default_factory=dict, repr=False)
    _versions: Iterator[int] = field(default_factory=partial(itertools.count, 1), repr=False)

    def __post_init__(self) -> None:
        extra = ExtraFiles(self.copy, self.display_path, self.root)
        more = (self.configuration, SettingsWrappers(self.work / "wrappers"), extra.import_folders)
        self._questions = Questions(self.root, self.copy, self.production_module, *more)
        hooks = (self.placeholder, self._requirement_of, partial(settings_error, self))
        self.loader = loading.Loader(self._inspect, *hooks, extra)
        may_keep = lambda: not self.loader.extra_files.reasons  # noqa: E731 - they are removed with the next change
        self.looks = Looks(self.interpreter.ask_all, self.interpreter.packages_changed, self._own_file, may_keep)

    # ---- the environment of production

    @property
    def placeholders(self) -> dict[str, str]:
        """Variables that the settings need and production lacks, each with a harmless value."""
        return self.loader.placeholders

    @property
    def extra_files(self) -> dict[Path, str]:
        """Files that the project needs and git does not track, by their path in the copy, each with a warning."""
        return self.loader.extra_files.reasons

    @property
    def unset(self) -> list[str]:
        """Variables that the settings need and .env.production lacks, except for DATABASE_URL of the platform."""
        given = self.env_values(self.production_env)
        return sorted(name for name in self.placeholders if name not in given and name != "DATABASE_URL")

    def placeholder(self, variable: str) -> str:
        """A harmless value for *variable*: from the project's own .env files, else guessed from its name."""
        paths = (self.development_env, self.root / ".env.example", self.top / ".env.example")
        written = (self.env_values(path) for path in paths if path.is_file())
        return placeholders.placeholder(variable, written, self.work)

    def service_values(self) -> dict[str, str]:
        """The variables in .env.production that the service gets. Golive's own are left out."""
        values = self.env_values(self.production_env)
        return {name: value for name, value in values.items() if not process.PRIVATE.match(name)}

    @cached_property
    def start_variables(self) -> dict[str, str]:
        """The variables that the start command sets, which win over those of the service."""
        return start_variables.for_settings(start_sources.find(self.root, self.top), self.service_values())

    def production_environment(self, **extra: str) -> dict[str, str]:
        """The environment of production, as far as it is known here, without the variables of this machine."""
        own = {**self.settings.choice, **self.placeholders}
        values = {**own, **self.platform.environment, **self.service_values(), **self.start_variables, **extra}
        return process.marked(process.bare_environment(**values), self.root)

    # ---- questions to the project's interpreter

    def request(
        self, op: str, *, overrides: str = "", environment: Mapping[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """A question about the copy under production's environment.

        Arguments:
            overrides: lines of Python that run after the settings.
            environment: replaces production's.
        """
        overrides = (STAND_IN_KEY if self.loader.without_key else "") + overrides
        return self._questions.about_copy(op, environment or self.production_environment(), overrides, **more)

    def ask(self, op: str, *, overrides: str = "", environment: Mapping[str, str] | None = None, **more: Any) -> Answer:
        """The agent's answer to one question about the copy. See `request` for the arguments.

        The answer carries `error` where the project raised; see AgentError.
        """
        return self.interpreter.ask_all([self.request(op, overrides=overrides, environment=environment, **more)])[0]

    def in_place(
        self, op: str, module: str, configuration: str, environment: Mapping[str, str], **more: Any
    ) -> dict[str, Any]:
        """A question about the project in its own folder, under the settings *module* and *environment*."""
        return self._questions.in_place(op, module, configuration, environment, **more)

    def wrapper_folder(self) -> Path:
        """The folder of the modules that Golive adds to the project's for a verification. It is made if needed."""
        return self._questions.wrappers.made_folder()

    def inspect_settings(self) -> Answer:
        """Load the project under production's environment. The result is kept until `refresh`.

        Raises:
            EditError: a .env file is not a regular file, or too large.
            SettingsError: the settings, or something they load, raise.
        """
        if self._snapshot is None:
            assert self.settings.sources
            for path in (*self._usual_env_files(), self.production_env):
                if not path.is_dir():  # a virtual environment may have that name
                    files.check(path)  # before the settings read it
            remember_before_loading(
                self.root, self.top, self._current_env_times, lambda: (self.settings, self.development)
            )
            self.copy.sync()
            self._env_times = self._current_env_times()
            self._snapshot = Snapshot.of(*self.loader.load(), self.copy, self.root)
        return self._snapshot.answer

    def _inspect(self) -> tuple[Answer, Answer]:
        self.loaded_environment = self.production_environment()
        known = self.looks.version(self.request("inspect", names=TRACED, fresh=True))
        self._questions.version = next(self._versions) if known is None else known
        request = self.request("inspect", names=TRACED, fresh=True)
        environment = dotenv_files.development_environment(self.manage, self.development_env, self.top)
        development = self.in_place(
            "inspect", self.settings_module, self.development_configuration, environment, only="settings", leave=True
        )
        production, here = self.looks.answers([request, development])
        return production, here

    def _own_file(self, path: Path) -> Path | None:
        """The project's own file behind *path*, which may lie in the copy; None for another file."""
        return self.own(path) or (path if path.is_relative_to(self.top) else None)

    def settings_under(self, *environments: Mapping[str, str], leave: bool = False) -> list[Answer]:
        """The agent's answers about the copy's settings module, without apps and URLs, under each environment.

        With *leave* the processes stay for later questions under the same environment.
        """
        return self.looks.answers(
            [self.request("inspect", environment=each, only="settings", leave=leave) for each in environments]
        )

    def _requirement_of(self, module: str) -> str:
        requirement = requirement_for(module, self.root, self.top) if module else ""
        return "" if requirement and is_installed(requirement, self.installed()["versions"]) else requirement

    def refresh(self) -> None:
        """Discard all results. The next question loads the project again."""
        self._snapshot = self._installed = None
        self.looks.keep_outdated = False
        self.loader.without_key = False
        self.loader.extra_files.remove()
        self._forget_files()

    def look_at_files(self) -> None:
        """Read the files again that have changed. How the project loaded before is kept."""
        self._installed = None
        self.looks.keep_outdated = True
        self._forget_files()
        self.copy.sync()
        self._env_times = self._current_env_times()

    def _forget_files(self) -> None:
        for name in ("settings", "development", "dependencies", "start_variables"):
            self.__dict__.pop(name, None)

    def catch_up(self) -> None:
        """Call `refresh` if files have changed."""
        if self._snapshot is None:
            return
        before, self._env_times = self._env_times, self._current_env_times()
        if self.copy.sync() or before != self._env_times:
            self.refresh()

    def _current_env_times(self) -> dict[Path, int]:
        paths = (self.development_env, self.production_env)
        return {path: path.stat().st_mtime_ns for path in paths if path.is_file()}

    def close(self) -> None:
        """End the interpreter and remove the copies. All runs share them, so only the lock's owner may call this."""
        self.interpreter.close()
        orphans.stop_orphans(self.root)  # processes that the project's code started in their own sessions
        self.copy.remove()
        shutil.rmtree(self.work, ignore_errors=True)

    # ---- results of loading the project

    @property
    def is_loaded(self) -> bool:
        return self._snapshot is not None

    @property
    def snapshot(self) -> Snapshot:
        """The results of loading the project. Raises as `inspect_settings` does."""
        self.inspect_settings()
        assert self._snapshot
        return self._snapshot

    @property
    def values(self) -> dict[str, Any]:
        """The settings under production's environment, secrets as length and fingerprint."""
        return self.snapshot.settings

    def value(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    @property
    def urls(self) -> list[Url]:
        return [Url.of(row) for row in self.snapshot.answer["urls"]]

    @property
    def urls_file(self) -> Path | None:
        path = self.snapshot.answer.get("urls_file")
        return self.own(Path(path)) if path else None

    @property
    def django(self) -> tuple[int, ...]:
        """Django's version: (4, 2, 30)."""
        return tuple(int(part) for part in re.findall(r"\d+", str(self.interpreter.start()["django"]))[:3])

    @property
    def host(self) -> str:
        """A host name that production accepts."""
        return self.platform.accepted_host([str(host) for host in self.value("ALLOWED_HOSTS") or []])

    @property
    def served_module(self) -> str:
        """The settings module that a server loads without DJANGO_SETTINGS_MODULE. Empty if it needs the variable."""
        named = [settings_named_in(path) for path in wsgi_files(self.root)]
        return next(filter(None, named), "" if named else self.settings_module)

    @property
    def base_folder(self) -> Path | None:
        """The folder that the setting BASE_DIR names, if it is one of the project."""
        value = str(self.value("BASE_DIR") or "")
        return self.own(Path(value)) if value.startswith("/") and self.settings.binds("BASE_DIR") else None

    def template_folders(self) -> list[Path]:
        """Folders of the project where templates are looked up, in order."""
        found = (self.own(Path(folder)) for folder in self.snapshot.answer["template_dirs"])
        return [path for path in found if path and "site-packages" not in path.parts]

    @property
    def absent(self) -> list[str]:
        """Requirements of the project that a server would load and that the environment lacks."""
        packages = (self._requirement_of(module) for module in self.snapshot.answer["absent"])
        return sorted({package for package in packages if package})

    def origin(self, name: str) -> str:
        """The line that gave the setting its value, as `settings.py:17`. Empty if it is not in the project's files."""
        place = self.snapshot.origin(name, self.root)
        return f"{self.display_path(place[0])}:{place[1]}" if place else ""

    def set_by(self, name: str) -> str:
        """`; set in settings.py:17` for the evidence of a setting. Empty if no line of the project sets it."""
        origin = self.origin(name)
        return f"; set in {origin}" if origin else ""

    def development_status(self) -> tuple[bool, object]:
        """Whether the settings load on this machine, as manage.py would load them, and the value of DEBUG there."""
        development = self.snapshot.development
        return AgentError.of(development) is None, (development.get("settings") or {}).get("DEBUG")

    def installed(self, *, refresh: bool = False) -> Answer:
        """The installed packages by name: `versions`, `requires`, and `top`, those that no other package requires.

        With *refresh* they are read again, as is needed after pip ran.
        """
        if self._installed is None or refresh:
            self._installed = self.interpreter.ask(
                "installed", env=process.bare_environment(), cwd=str(self.root), paths=[]
            )
        return self._installed
