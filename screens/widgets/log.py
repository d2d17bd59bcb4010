"""The live log: follow, pause, search and save it. Only visible lines are rendered, however fast output arrives."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.key_names import with_keys

if TYPE_CHECKING:
    from wizard.reporting.session_log import RunLog

INPUT_FIRST, LONGEST_DELAY = 0.05, 0.25
"""Seconds to delay an update after a key press, so that its effect is drawn first; and the longest delay in all."""
FRAMES = 15
"""Updates per second."""


class LogView(ScrollView, can_focus=True):
    """Shows the lines of a RunLog that belong to one *task*."""

    DEFAULT_CSS = """
    LogView { height: 1fr; background: transparent; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--match", "log--current"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause/follow", tooltip="Stop scrolling, or follow new output", id="log.pause"),
        Binding("slash", "find", "Find", tooltip="Search the log", id="log.find"),
        Binding("f3,right_square_bracket", "step(1)", "Next match", show=False, id="log.next_match"),
        Binding("shift+f3,left_square_bracket", "step(-1)", "Previous match", show=False, id="log.previous_match"),
        Binding("s", "save", "Save", tooltip="Save the whole log to a file", id="log.save"),
    ]

    following: reactive[bool] = reactive(True)
    query_text: reactive[str] = reactive("")

    class FindRequested(Message):
        """The user wants to search the log."""

    class SaveRequested(Message):
        """The user wants to save the log."""

    class StatusChanged(Message):
        """A text for the status line."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, log: RunLog, task: int) -> None:
        super().__init__()
        self.run_log, self.task_number = log, task
        self._first = self._shown = log.lines_of(task)[0]
        self._width = 0
        self._updated = 0.0
        self._current: int | None = None

    def on_mount(self) -> None:
        self.set_interval(1 / FRAMES, self.update_lines)
        self.update_lines()

    def begin(self) -> None:
        """Show the output of the task that starts now."""
        self.following, self._current = True, None
        self.update_lines()

    def update_lines(self) -> None:
        """Show the lines that were added since the last update."""
        (first, count), now = self.run_log.lines_of(self.task_number), monotonic()
        if (count, first) == (self._shown, self._first):
            return
        if now - getattr(self.app, "last_input", 0.0) < INPUT_FIRST and now - self._updated < LONGEST_DELAY:
            return
        self._updated = now
        gone, self._first, self._shown = first - self._first, first, count
        self._update_size()
        if self.following:
            self._scroll_to_row(count - first - self.size.height)
        elif gone:  # keep the visible lines in place
            self._scroll_to_row(self.scroll_offset.y - gone)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        across, down = self.scroll_offset
        number = self._first + down + y
        style = self.rich_style
        text = self.run_log[number].expandtabs(4) if number < self._shown else ""
        segments = [Segment(text, style)]
        if self.query_text and self.query_text.lower() in text.lower():
            mark = self.get_component_rich_style("log--current" if number == self._current else "log--match")
            segments = list(_highlight(text, self.query_text, style, mark))
        line = Strip(segments)
        if line.cell_length > self._width:
            self._width = line.cell_length
            self.call_later(self._update_size)
        return line.crop_extend(across, across + self.size.width, style)

    def _update_size(self) -> None:
        """Update the size of the scrollable area, without a new layout if the scroll bars are already shown."""
        size = Size(self._width, self._shown - self._first)
        if self.show_vertical_scrollbar and size.width == self.virtual_size.width:
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    # ---- keys

    def action_pause(self) -> None:
        self.following = not self.following

    def watch_following(self, following: bool) -> None:
        if following and self.is_mounted:
            self._scroll_to_row(self._shown - self._first - self.size.height)
        self.post_message(
            self.StatusChanged("" if following else with_keys("Log paused. Press {log.pause} to follow it."))
        )

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.following = False

    def action_scroll_up(self) -> None:
        self.following = False
        super().action_scroll_up()

    def action_page_up(self) -> None:
        self.following = False
        super().action_page_up()

    def action_scroll_home(self) -> None:
        self.following = False
        super().action_scroll_home()

    def action_scroll_end(self) -> None:
        self.following = True

    def action_find(self) -> None:
        self.post_message(self.FindRequested())

    def action_save(self) -> None:
        self.post_message(self.SaveRequested())

    def find(self, text: str) -> int:
        """Search for *text*, ignoring case, and go to the last match; returns the number of matching lines."""
        self.query_text = text
        lines = self._matches()
        self._current = lines[-1] if lines else None
        if lines:
            self._show_line(lines[-1])
        self.refresh()
        return len(lines)

    def _matches(self) -> list[int]:
        text = self.query_text.lower()
        if not text:
            return []
        return [number for number in range(self._first, self._shown) if text in self.run_log[number].lower()]

    def action_step(self, step: int) -> None:
        lines = self._matches()
        if not lines:
            self.post_message(self.StatusChanged("No matches"))
            return
        current = self._current if self._current is not None else lines[-1]
        beyond = [number for number in lines if (number - current) * step > 0]
        target = (beyond[0] if step > 0 else beyond[-1]) if beyond else (lines[0] if step > 0 else lines[-1])
        self._current = target
        self._show_line(target)
        self.post_message(
            self.StatusChanged(f"Match {lines.index(target) + 1} of {len(lines)} for “{self.query_text}”")
        )

    def _show_line(self, number: int) -> None:
        self.following = False
        self._scroll_to_row(number - self._first - self.size.height // 2)
        self.refresh()

    def _scroll_to_row(self, y: int) -> None:
        # Forced, because the scroll bar is laid out only after the first lines are there.
        self.scroll_to(y=max(0, y), animate=False, immediate=True, force=True)


def _highlight(text: str, query: str, style: object, mark: object) -> list[Segment]:
    """*text* with each occurrence of *query* in the style *mark*."""
    segments: list[Segment] = []
    low, start = text.lower(), 0
    while (place := low.find(query.lower(), start)) >= 0:
        segments += [Segment(text[start:place], style), Segment(text[place : place + len(query)], mark)]  # type: ignore[arg-type]
        start = place + len(query)
    return [*segments, Segment(text[start:], style)]  # type: ignore[arg-type]
