"""The context in which executors apply actions: the project, the journal, and progress reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.base.git import Git
from wizard.engine.events import Emit, Output
from wizard.project.pip import PipEnvironment
from wizard.project.project import Project
from wizard.state.journal import Journal, Record
from wizard.targets.verification.commands import command_environment


@dataclass
class ApplyContext:
    """State shared by the actions that one `Applier` applies."""

    project: Project
    journal: Journal
    emit: Emit
    pause: Callable[[int], str]
    """Waits a number of minutes. Returns how the wait ended."""
    perform: Callable[[str], Record]
    """Creates or changes a part of the target. Returns facts for the journal."""
    contents: dict[Path, bytes] = field(default_factory=dict)
    """New contents of files, between `prepare` and `apply`. The journal has only their digests."""

    @property
    def git(self) -> Git:
        """The repository of a project whose plan has git actions."""
        assert self.project.git is not None
        return self.project.git

    @property
    def package_environment(self) -> PipEnvironment:
        """The environment that packages are installed into."""
        return PipEnvironment(self.project.python.path, Path(self.project.interpreter.start()["packages"]))

    def output(self, line: str) -> None:
        self.emit(Output(line))

    def relative(self, path: Path) -> str:
        return os.path.relpath(path, self.project.top)

    def absolute(self, name: str) -> Path:
        return Path(os.path.normpath(self.project.top / name))

    def require_inside(self, path: Path) -> None:
        """Refuse a path outside of the project, where Golive writes nothing.

        Raises:
            EditError: *path* is outside, or a link in it leads out.
        """
        if not files.inside(path, self.project.top):
            hint = "Choose a path inside the project."
            raise EditError(f"{path} is outside of the project", "Golive writes nothing there", hint)

    def installed_versions(self) -> dict[str, str]:
        """The versions of all packages in the environment, read again."""
        return dict(self.project.installed(refresh=True)["versions"])

    def command_environment(self, kind: str) -> Mapping[str, str]:
        """The environment variables for a command of the project: "development" or "production"."""
        return command_environment(self.project, kind)
