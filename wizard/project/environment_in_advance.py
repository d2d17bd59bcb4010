"""Install the dependency file in a thread, while the checks that come before the deployment run.

The result is the environment in the store of `release_environment`. If the installation fails, the one that needs it
tries again and reports the error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from wizard.base.errors import GoliveError
from wizard.project.project import Project
from wizard.project.release_environment import provide


class EnvironmentInAdvance:
    """At most one installation at a time for *project*."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._thread: threading.Thread | None = None
        self._lines: list[str] = []

    def begin(self) -> None:
        """Start the installation. The copy of the project is up to date."""
        self.wait(lambda line: None)
        self.project.interpreter.start()  # before the thread asks for its versions
        self._thread = threading.Thread(target=self._install, daemon=True)
        self._thread.start()

    def _install(self) -> None:
        with suppress(GoliveError, OSError):  # see the module
            provide(self.project, self.project.copy.folder, self._lines.append)

    def wait(self, on_line: Callable[[str], None]) -> None:
        """Wait until the installation has ended, and pass on what it printed. Returns at once if there is none."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join()
        lines, self._lines = self._lines, []
        for line in lines:
            on_line(line)
