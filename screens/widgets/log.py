"""The session's output as it comes: followed, held still, searched, saved; a flood costs no more than a trickle."""

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

if TYPE_CHECKING:
    from wizard.reporting.session_log import RunLog

KEY_FIRST, LATEST = 0.05, 0.25
"""Seconds after a key in which it waits, so that what the key does is drawn first; and how long it waits at most."""
FRAMES = 15
"""How often a second it looks for new lines, however many there are."""


class LogView(ScrollView, can_focus=True):
    """Shows a RunLog from line *base* on; only what is visible is ever rendered."""

    DEFAULT_CSS = """
    LogView { height: 1fr; background: transparent; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--found", "log--here"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "hold", "Hold/follow", tooltip="Stop at what is shown, or go on with what comes"),
        Binding("slash", "find", "Find", tooltip="Search the log"),
        Binding("f3,right_square_bracket", "step(1)", "Next found", show=False),
        Binding("shift+f3,left_square_bracket", "step(-1)", "Found before", show=False),
        Binding("s", "save", "Save", tooltip="Write the whole log to a file"),
    ]

    following: reactive[bool] = reactive(True)
    sought: reactive[str] = reactive("")

    class FindRequested(Message):
        """The person wants to search."""

    class SaveRequested(Message):
        """The person wants the log in a file."""

    class StatusChanged(Message):
        """Something to say about the log."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, log: RunLog, base: int | None = None) -> None:
        super().__init__()
        self.run_log = log
        self.base = log.count if base is None else base
        self._first = self._shown = self.base
        self._width = 0
        self._caught = 0.0
        self._at: int | None = None

    @property
    def first(self) -> int:
        return max(self.base, self.run_log.first)

    def on_mount(self) -> None:
        self.set_interval(1 / FRAMES, self.catch_up)
        self.catch_up()

    def begin(self) -> None:
        """Show what comes from now on."""
        self.base = self.run_log.count
        self.following, self._at = True, None
        self.catch_up()

    def catch_up(self) -> None:
        """Take in what came since the last time."""
        count, first, now = self.run_log.count, self.first, monotonic()
        if (count, first) == (self._shown, self._first):
            return
        if now - getattr(self.app, "touched", 0.0) < KEY_FIRST and now - self._caught < LATEST:
            return
        self._caught = now
        gone, self._first, self._shown = first - self._first, first, count
        self._grow()
        if self.following:
            self._to(count - first - self.size.height)
        elif gone:  # the lines looked at stay where they are
            self._to(self.scroll_offset.y - gone)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        across, down = self.scroll_offset
        number = self._first + down + y
        style = self.rich_style
        text = self.run_log[number].expandtabs(4) if number < self._shown else ""
        segments = [Segment(text, style)]
        if self.sought and self.sought.lower() in text.lower():
            mark = self.get_component_rich_style("log--here" if number == self._at else "log--found")
            segments = list(_marked(text, self.sought, style, mark))
        line = Strip(segments)
        if line.cell_length > self._width:
            self._width = line.cell_length
            self.call_later(self._grow)
        return line.crop_extend(across, across + self.size.width, style)

    def _grow(self) -> None:
        """Let the scroll bars know how much there is; where they stand already, that moves no other widget."""
        size = Size(self._width, self._shown - self._first)
        if self.show_vertical_scrollbar and size.width == self.virtual_size.width:
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    # ---- what a person does

    def action_hold(self) -> None:
        self.following = not self.following

    def watch_following(self, following: bool) -> None:
        if following and self.is_mounted:
            self._to(self._shown - self._first - self.size.height)
        self.post_message(
            self.StatusChanged("" if following else "The log is held still; space goes on with what comes")
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
        """Search for *text*, whatever its case; goes to the last line that has it. Returns how many have it."""
        self.sought = text
        lines = self._found()
        self._at = lines[-1] if lines else None
        if lines:
            self._go(lines[-1])
        self.refresh()
        return len(lines)

    def _found(self) -> list[int]:
        text = self.sought.lower()
        if not text:
            return []
        return [number for number in range(self._first, self._shown) if text in self.run_log[number].lower()]

    def action_step(self, step: int) -> None:
        lines = self._found()
        if not lines:
            self.post_message(self.StatusChanged("Nothing was sought, or it is not there"))
            return
        here = self._at if self._at is not None else lines[-1]
        beyond = [number for number in lines if (number - here) * step > 0]
        to = (beyond[0] if step > 0 else beyond[-1]) if beyond else (lines[0] if step > 0 else lines[-1])
        self._at = to
        self._go(to)
        self.post_message(self.StatusChanged(f"{lines.index(to) + 1} of {len(lines)} lines with “{self.sought}”"))

    def _go(self, number: int) -> None:
        self.following = False
        self._to(number - self._first - self.size.height // 2)
        self.refresh()

    def _to(self, y: int) -> None:
        # By force: the scroll bar that would allow it is laid out only after the lines it is for have come.
        self.scroll_to(y=max(0, y), animate=False, immediate=True, force=True)


def _marked(text: str, sought: str, style: object, mark: object) -> list[Segment]:
    """*text* with each place of *sought* in the style *mark*."""
    segments: list[Segment] = []
    low, start = text.lower(), 0
    while (place := low.find(sought.lower(), start)) >= 0:
        segments += [Segment(text[start:place], style), Segment(text[place : place + len(sought)], mark)]  # type: ignore[arg-type]
        start = place + len(sought)
    return [*segments, Segment(text[start:], style)]  # type: ignore[arg-type]
