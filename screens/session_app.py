"""The interface of the app for its screens. They import this module, never the app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from screens.engine_session import EngineSession
    from screens.work_item import WorkItem
    from wizard.checklist.model import Task
    from wizard.engine.start_options import StartOptions


class SessionApp(Protocol):
    """The interface of the app. To open another screen, post one of `screens.messages` instead."""

    start: StartOptions
    engine_session: EngineSession | None
    """The open project; None until the welcome screen has opened it."""
    work_item: WorkItem | None
    """The work in progress."""
    leaving: bool
    """Whether the user has quit."""

    def open_engine_session(self) -> EngineSession:
        """Open the project unless it is open. Blocks."""

    def begin(self, work_item: WorkItem) -> None:
        """Run *work_item* on the engine's thread. Refused while other work is in progress."""

    def run_tasks(self, tasks: list[Task], *, unattended: bool = False) -> None:
        """Run *tasks* in order up to the first that fails."""

    def stop_work(self) -> None:
        """Stop the work in progress, without waiting for it to end."""

    def edit_file(self, path: Path, line: int = 1) -> None:
        """Open *path* in the user's editor, at *line* if the editor supports that."""

    def open_address(self, url: str) -> None:
        """Open *url* in the user's browser, or show it if no browser is available."""

    def send_notification(self, title: str, text: str) -> None:
        """Show a desktop notification."""

    def leave(self) -> None:
        """Quit: stop the work, close the project, end the app."""

    def hang_up(self) -> None:
        """End the process after the terminal has gone. Nothing is drawn any more."""
