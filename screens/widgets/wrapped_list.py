"""A list whose rows are wrapped."""

from __future__ import annotations

from textual.widgets import OptionList


class WrappedList(OptionList):
    """Keeps the highlighted row in view when the list becomes wider or narrower, and all rows are wrapped anew."""

    def on_resize(self) -> None:
        self.call_after_refresh(self.scroll_to_highlight)
