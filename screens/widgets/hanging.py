"""Text whose wrapped lines keep the indent of their first line, also behind a symbol and a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

HEAD = re.compile(r"\s*(?:[^\w\s(\[\"'`/] )?(?:\d+(?:\.\d+)* )?")
"""What the further rows of a line are indented by: its spaces, a symbol, and a number."""


class Hanging(Visual):
    """Content of several lines. A line that is too long goes on below its own text.

    Arguments:
        indent: how many cells further rows are indented by; by default as far as the line's spaces, symbol and number.
    """

    def __init__(self, content: Content, indent: int | None = None) -> None:
        self.content, self.indent = content, indent
        self._wrapped: tuple[int, list[Content]] = (0, [])

    def __str__(self) -> str:
        return self.content.plain

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self.content.get_optimal_width(rules, container_width)

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(self._lines(width))

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        return Content("\n").join(self._lines(width)).render_strips(width, height, style, options)

    def _lines(self, width: int) -> list[Content]:
        if self._wrapped[0] != width:
            self._wrapped = width, [row for line in self.content.split("\n") for row in self._rows(line, width)]
        return self._wrapped[1]

    def _rows(self, line: Content, width: int) -> Iterator[Content]:
        head = HEAD.match(line.plain)
        indent = self.indent if self.indent is not None else head.end() if head else 0
        if line.cell_length <= width or indent > width // 2:
            yield from line.wrap(width)
            return
        first, *others = line[indent:].wrap(width - indent)
        yield line[:indent] + first
        for row in others:
            yield Content(" " * indent) + row
