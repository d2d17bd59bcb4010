"""What the search for the place of an error needs to know of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from wizard.project.dependencies import DependencyFile
from wizard.project.python_environment import PythonEnvironment
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings import SettingsFiles


class ProjectFiles(Protocol):
    """The files of a project. `Project` has them all; see there."""

    @property
    def root(self) -> Path: ...
    @property
    def top(self) -> Path: ...
    @property
    def work(self) -> Path: ...
    @property
    def copy(self) -> ReleaseCopy: ...
    @property
    def settings(self) -> SettingsFiles: ...
    @property
    def development(self) -> SettingsFiles: ...
    @property
    def dependencies(self) -> DependencyFile: ...
    @property
    def python(self) -> PythonEnvironment: ...
    @property
    def production_module(self) -> str: ...
    def display_path(self, path: Path) -> str: ...
