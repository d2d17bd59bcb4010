"""The footer with the keys of a screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey  # Textual exports no other name for it

ALWAYS = ("show_help", "leave")
"""The actions whose keys are shown however narrow the screen is."""
PADDING, PALETTE, DIALOG = 3, 13, 74
"""The columns that a key takes besides its texts, those of the key of the palette, and those inside a dialog."""


class KeyBar(Footer):
    """Textual's footer, with the keys that fit: those for help and for quitting, then the first of the screen.

    It is recomposed only when its keys change. Textual recomposes it twice each time the focus moves, which costs more
    than everything else in such a move.
    """

    _shown: list[tuple[object, ...]] | None = None

    def compose(self) -> ComposeResult:
        self._shown = self._visible_keys()
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        palette = [key for key in keys if key.has_class("-command-palette")]
        always = [key for key in keys if key.action.removeprefix("app.") in ALWAYS]
        width = min(self.app.size.width, DIALOG) if isinstance(self.screen, ModalScreen) else self.app.size.width
        room = width - (PALETTE if palette else 0) - sum(map(_width, always))
        fitting: list[FooterKey] = []
        for key in keys:
            if key in palette or key in always:
                continue
            room -= _width(key)
            if room < 0:
                break
            fitting.append(key)
        self.styles.grid_size_columns = len(fitting) + len(always)
        yield from (*fitting, *always, *palette)

    def bindings_changed(self, screen: Screen[object]) -> None:
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            # The new bindings are known only after the screen has handled the change of focus.
            self.call_after_refresh(self._recompose_if_changed)

    def on_resize(self) -> None:
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
        keys: list[tuple[object, ...]] = [
            (binding, enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show or binding.key == self.app.COMMAND_PALETTE_BINDING
        ]
        return [*keys, (self.app.size.width,)]


def _width(key: FooterKey) -> int:
    return len(key.key_display) + len(key.description) + PADDING
