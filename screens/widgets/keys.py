"""The line of keys at the foot of a screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer


class KeyBar(Footer):
    """Textual's footer, made anew only where it would show something else.

    Textual removes and mounts every key of it each time the focus moves, twice; that is more than the rest of what
    such a move costs together.
    """

    _shown: list[tuple[object, ...]] | None = None

    def compose(self) -> ComposeResult:
        self._shown = self._to_show()
        yield from super().compose()

    def bindings_changed(self, screen: Screen[object]) -> None:
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            # What a change of the focus leads to is known only once the screen has taken it in.
            self.call_after_refresh(self._follow)

    async def _follow(self) -> None:
        if self.is_attached and self._to_show() != self._shown:
            screen = self.screen
            await self.recompose()
            # A screen beneath a dialog is not laid out while anything is made anew, nor woken when that is over.
            screen.call_after_refresh(screen.check_idle)

    def _to_show(self) -> list[tuple[object, ...]] | None:
        if not self._bindings_ready:
            return None
        return [
            (binding, enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show or binding.key == self.app.COMMAND_PALETTE_BINDING
        ]
