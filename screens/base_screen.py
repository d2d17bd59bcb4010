"""The base of every screen: typed access to the app and the open project, and hooks for engine events."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from screens.engine_session import EngineSession
    from screens.session_app import SessionApp
    from screens.work_item import WorkItem
    from wizard.engine.events import Event
else:
    DOMNode = object  # a DOMNode first among the bases would hide the styles of the screen it is mixed into


class BaseScreen(DOMNode):
    """Mixed into Screen or ModalScreen."""

    @property
    def session_app(self) -> SessionApp:
        return cast("SessionApp", self.app)

    @property
    def engine_session(self) -> EngineSession:
        """The open project.

        Raises:
            LookupError: no project is open; only the welcome screen is shown then.
        """
        engine_session = self.session_app.engine_session
        if engine_session is None:
            raise LookupError("no project is open")
        return engine_session

    @property
    def is_open(self) -> bool:
        """False once the user has left the screen, even if work that it started is still running."""
        return self.screen in self.app.screen_stack

    def show_event(self, event: Event) -> None:
        """Show an event of the engine. Called for every event while the screen is open."""

    def work_ended(self, work_item: WorkItem) -> None:
        """Update the screen after *work_item* has ended, successfully or not."""
