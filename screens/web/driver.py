"""Textual's driver for a page of `golive serve`, which ends the session when the server is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.drivers.web_driver import WebDriver

if TYPE_CHECKING:
    from screens.session_app import SessionApp


class PageDriver(WebDriver):
    """Ends the session when its input ends: a server that was killed can't ask it to quit."""

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            cast("SessionApp", self._app).hang_up()
