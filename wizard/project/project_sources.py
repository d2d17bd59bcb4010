"""The files of a Django project that Golive reads and edits: settings, .env files, and what it depends on."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from wizard.base import files
from wizard.project import dotenv_files
from wizard.project.agent_answer import Answer
from wizard.project.dependencies import DependencyFile
from wizard.project.dependencies import find as find_dependencies
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings import LocalSettingsFiles, SettingsFiles
from wizard.project.snapshot import Snapshot


class ProjectSources:
    """The part of a project that is about its files. Needs no load of the project, unless a method says so."""

    root: Path
    manage: Path
    settings_module: str
    production_module: str
    copy: ReleaseCopy
    configuration: str
    development_configuration: str
    originals: dict[Path, bytes | None]
    _snapshot: Snapshot | None

    def inspect_settings(self) -> Answer:
        raise NotImplementedError

    @property
    def top(self) -> Path:
        """The top folder of the repository, or `root` without git."""
        return self.copy.top

    @cached_property
    def settings(self) -> SettingsFiles:
        """The files behind the production settings module."""
        return SettingsFiles.find(self.production_module, self.root, self.manage, self.configuration, self.copy.deploys)

    @cached_property
    def development(self) -> SettingsFiles:
        """The files behind the settings module of this machine."""
        return LocalSettingsFiles.find(self.settings_module, self.root, self.manage, self.development_configuration)

    @cached_property
    def dependencies(self) -> DependencyFile:
        return find_dependencies(self.root, self.top)

    @property
    def development_env(self) -> Path:
        """The .env file of this machine: one that exists, else the one that the project would read."""
        read = [Path(path) for path in self._snapshot.answer["env_files"]] if self._snapshot else []
        return dotenv_files.development_file(self._usual_env_files(), read)

    def _usual_env_files(self) -> list[Path]:
        return dotenv_files.usual_places(self.root, self.settings.main, self.top)

    @property
    def reads_env_file(self) -> bool:
        """Whether the settings look for a .env file, on this machine or in production."""
        return bool(self.inspect_settings()["env_files"]) or self.settings.environment.loads

    @property
    def production_env(self) -> Path:
        return self.root / dotenv_files.PRODUCTION_ENV

    def env_values(self, path: Path) -> dict[str, str]:
        """The variables in a .env file. See dotenv_files.values."""
        return dotenv_files.values(path, self.top)

    def guard(self, path: Path) -> None:
        """Raise EditError unless *path* is, or can become, a plain file inside the project."""
        dotenv_files.guard(path, self.top)

    def original(self, path: Path) -> bytes | None:
        """The content of a file before Golive first changed it."""
        return self.originals[path] if path in self.originals else files.read(path)

    def display_path(self, path: Path) -> str:
        """*path* for display, relative to the repository."""
        return str(path.relative_to(self.top)) if path.is_relative_to(self.top) else str(path)

    def own(self, path: Path) -> Path | None:
        """The project's file behind a path in the release copy. None if the path leads out of the copy."""
        return self.copy.own_path(path)
