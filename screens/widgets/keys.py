"""The footer with the keys of a screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer


class KeyBar(Footer):
    """Textual's footer, recomposed only when its keys change.

    Textual recomposes it twice each time the focus moves, which costs more than everything else in such a move.
    """

    _shown: list[tuple[object, ...]] | None = None

    def compose(self) -> ComposeResult:
        self._shown = self._visible_keys()
        yield from super().compose()

    def bindings_changed(self, screen: Screen[object]) -> None:
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            # The new bindings are known only after the screen has handled the change of focus.
            self.call_after_refresh(self._recompose_if_changed)

    async def _recompose_if_changed(self) -> None:
        if self.is_attached and self._visible_keys() != self._shown:
            screen = self.screen
            await self.recompose()
            # Textual does not lay out a screen below a dialog during a recompose, nor wake it afterwards.
            screen.call_after_refresh(screen.check_idle)

    def _visible_keys(self) -> list[tuple[object, ...]] | None:
        if not self._bindings_ready:
            return None
        return [
            (binding, enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show or binding.key == self.app.COMMAND_PALETTE_BINDING
        ]
