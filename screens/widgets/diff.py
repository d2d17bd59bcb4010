"""A diff on the screen, unified or side by side. Only the lines in view are rendered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from screens.widgets.diff_rows import Diff, Row
from wizard.base import preferences

LEAST_TEXT = 16
"""The least room for the text of one side, in cells. With less, a diff is never side by side."""
SEPARATOR = " │ "
WIDENING = "\ufe0f"
"""The variation selector that makes the character before it an emoji, two cells wide."""


class Part(NamedTuple):
    """The characters of a row that are on one line of the screen. *first*: with the number and the sign before them."""

    row: Row
    start: int
    end: int
    first: bool


Line = tuple[Part | None, ...]
"""A line of the screen: its one part, or its left and its right one."""


def preferred() -> bool | None:
    """What the preferences say about the layout of diffs; None: side by side if the longest changed line fits."""
    return {"always": True, "never": False}.get(preferences.current().side_by_side)


class DiffView(Widget):
    """The diff of one file. Old and new lines are side by side where the longest changed line fits."""

    DEFAULT_CSS = """
    DiffView {
        height: auto;
        & > .diff--gutter { color: $text-muted; }
        & > .diff--added { background: $success 10%; }
        & > .diff--removed { background: $error 10%; }
        & > .diff--added-word { background: $success 24%; text-style: bold; }
        & > .diff--removed-word { background: $error 24%; text-style: bold; }
        & > .diff--added-sign { color: $text-success; text-style: bold; }
        & > .diff--removed-sign { color: $text-error; text-style: bold; }
        & > .diff--note { color: $text-muted; text-style: italic; }
        & > .diff--comment { color: $text-muted; text-style: italic; }
        & > .diff--keyword { color: $text-primary; }
        & > .diff--string { color: $text-warning; }
        & > .diff--number { color: $text-accent; }
        & > .diff--name { color: $text-secondary; text-style: bold; }
    }
    DiffView:ansi {
        & > .diff--added { background: transparent; color: ansi_green; }
        & > .diff--removed { background: transparent; color: ansi_red; }
        & > .diff--added-word { background: transparent; color: ansi_green; text-style: bold underline; }
        & > .diff--removed-word { background: transparent; color: ansi_red; text-style: bold underline; }
        & > .diff--comment { color: ansi_default; text-style: dim italic; }
        & > .diff--keyword { color: ansi_magenta; }
        & > .diff--string { color: ansi_cyan; }
        & > .diff--number { color: ansi_cyan; }
        & > .diff--name { color: ansi_default; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--gutter", "diff--added", "diff--removed", "diff--added-word", "diff--removed-word", "diff--added-sign",
        "diff--removed-sign", "diff--note", "diff--comment", "diff--keyword", "diff--string", "diff--number",
        "diff--name",
    }  # fmt: skip

    side_by_side: reactive[bool | None] = reactive(None, layout=True)
    """What the user chose; None: side by side if the longest changed line fits."""

    def __init__(self, diff: Diff, side_by_side: bool | None = None) -> None:
        super().__init__()
        self.set_reactive(DiffView.side_by_side, preferred() if side_by_side is None else side_by_side)
        self.diff = diff
        self._lines: list[Line] = []
        self._laid_out: tuple[int, bool] | None = None

    # ---- layout

    @property
    def gutter_width(self) -> int:
        """The width of the line number and the sign, with their spaces."""
        return self.diff.digits + len(" + ")

    def text_width(self, width: int) -> int:
        """The room for the text of one side, in cells, if the diff is side by side."""
        return (width - len(SEPARATOR)) // 2 - self.gutter_width

    def is_side_by_side(self, width: int) -> bool:
        """Whether the diff is side by side in *width* cells."""
        room = self.text_width(width)
        if not self.diff.replaces or room < LEAST_TEXT:
            return False
        return room >= self.diff.longest if self.side_by_side is None else self.side_by_side

    @property
    def is_side_by_side_now(self) -> bool:
        return self.is_side_by_side(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines_at(width))

    def _lines_at(self, width: int) -> list[Line]:
        """The lines of the screen in *width* cells."""
        beside = self.is_side_by_side(width)
        if self._laid_out != (width, beside):
            self._laid_out = width, beside
            room = max(2, self.text_width(width) if beside else width - self.gutter_width)
            self._lines = list(_beside(self.diff, room) if beside else _below(self.diff, room))
        return self._lines

    # ---- rendering

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines_at(width)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        line, segments = lines[y], list[Segment]()
        if len(line) == 1:
            segments += self._part(line[0], width)
        else:
            side = self.gutter_width + self.text_width(width)
            segments += self._part(line[0], side, old=True)
            segments.append(Segment(SEPARATOR, self._style("gutter").rich_style))
            segments += self._part(line[1], width - side - len(SEPARATOR))
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        return self._with_selection(strip, y).apply_offsets(0, y)

    def _part(self, part: Part | None, width: int, *, old: bool = False) -> Iterator[Segment]:
        """A part with its gutter, *width* cells wide. *old*: with the number in the old file."""
        if part is None:
            yield Segment(" " * width, self.rich_style)
            return
        row = part.row
        kind = {"+": "added", "-": "removed"}.get(row.kind, "")
        base = self._style(kind) if kind else self.visual_style
        number = (row.old if old else row.new or row.old) if part.first else 0
        sign = row.kind if kind and part.first else " "
        yield Segment(f"{number or '':>{self.diff.digits}} ", self._style("gutter").rich_style)
        mark = base + self.get_visual_style(f"diff--{kind}-sign", partial=True) if kind else base
        yield Segment(f"{sign} ", mark.rich_style)
        used = self.gutter_width
        for start, end in _pieces(part):
            text = row.text[start:end]
            used += cell_len(text)
            yield Segment(text, self._piece_style(row, start, kind, base).rich_style)
        yield Segment(" " * max(0, width - used), base.rich_style)

    def _piece_style(self, row: Row, start: int, kind: str, base: Style) -> Style:
        if row.kind in "@\\":
            return self._style("note")
        if kind and any(first <= start < last for first, last in row.changed):
            base = self._style(f"{kind}-word")
        name = next((name for first, last, name in row.colours if first <= start < last), "")
        return base + self.get_visual_style(f"diff--{name}", partial=True) if name else base

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"diff--{name}")

    # ---- selecting text with the mouse

    def _with_selection(self, strip: Strip, y: int) -> Strip:
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is None:
            return strip
        start, end = span[0], strip.cell_length if span[1] == -1 else span[1]
        style = self.screen.get_component_rich_style("screen--selection")
        before, selected = strip.crop(0, start), strip.crop(start, end)
        # Not by Strip.apply_style: the background of the segments would win.
        marked = [Segment(text, own + style if own else style) for text, own, _ in selected]
        return Strip.join([before, Strip(marked), strip.crop(end)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = (self.render_line(y).text.rstrip() for y in range(len(self._lines)))
        return selection.extract("\n".join(lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()


def _below(diff: Diff, room: int) -> Iterator[Line]:
    for row in diff.rows:
        for part in _parts(row, room):
            yield (part,)


def _beside(diff: Diff, room: int) -> Iterator[Line]:
    for old, new in diff.pairs:
        left, right = (_parts(row, room) if row else [] for row in (old, new))
        for index in range(max(len(left), len(right))):
            yield left[index] if index < len(left) else None, right[index] if index < len(right) else None


def _parts(row: Row, room: int) -> list[Part]:
    """*row* in parts of at most *room* cells."""
    breaks = [0, *fold(row.text, room), len(row.text)]
    return [Part(row, start, end, index == 0) for index, (start, end) in enumerate(pairwise(breaks))]


def fold(text: str, room: int) -> list[int]:
    """Where to break *text* into parts of at most *room* (2 or more) cells: after a space that is not too early."""
    if text.isascii():
        places: Sequence[int] = range(len(text) + 1)  # the place of each cell; fast, as layout must be
    elif cell_len(text) <= room:
        return []
    else:
        places = [index for index, sign in enumerate(text) for _ in range(cell_len(sign) or sign == WIDENING)]
        places.append(len(text))
    breaks: list[int] = []
    cell = 0
    while len(places) - 1 - cell > room:
        last = bisect_left(places, places[cell + room])  # a wide character that would be cut goes to the next part
        space = text.rfind(" ", places[cell + room // 2], places[last])
        breaks.append(space + 1 if space >= 0 else places[last])
        cell = bisect_left(places, breaks[-1])
    return breaks


def _pieces(part: Part) -> Iterator[tuple[int, int]]:
    """The parts of *part* within which the style is the same."""
    edges = {part.start, part.end}
    edges |= {edge for span in part.row.changed for edge in span}
    edges |= {edge for colour in part.row.colours for edge in colour[:2]}
    yield from pairwise(sorted(edge for edge in edges if part.start <= edge <= part.end))
