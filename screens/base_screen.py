"""What every screen of the session has: the app by its type, news of the work, and help."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from screens.app import Golive
    from screens.engine_session import EngineSession
    from screens.work_item import WorkItem
    from wizard.engine.events import Event
else:
    DOMNode = object  # a node first among the bases would hide the styles of the screen it is mixed into


class BaseScreen(DOMNode):
    """A screen that may be told of work going on; mixed into Screen or ModalScreen."""

    @property
    def session_app(self) -> Golive:
        return cast("Golive", self.app)

    @property
    def engine_session(self) -> EngineSession:
        """The open project.

        Raises:
            LookupError: no project is open; only the welcome is shown then.
        """
        engine_session = self.session_app.engine_session
        if engine_session is None:
            raise LookupError("the project is open once the welcome is over")
        return engine_session

    @property
    def is_open(self) -> bool:
        """False once the person has left it, which may be before what was begun for it ends."""
        return self.screen in self.app.screen_stack

    def follow(self, event: Event) -> None:
        """Something happened while the engine worked."""

    def ended(self, work_item: WorkItem) -> None:
        """Work ended, well or not."""
