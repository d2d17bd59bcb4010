"""Draw measurements as SVG text: lines on two logarithmic axes, and pairs of horizontal bars.

A picture has a background of its own and follows the reader's colour scheme, so it is readable on light and dark pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

STYLE = """
svg { --page: #ffffff; --text: #1f2328; --soft: #59636e; --grid: #e4e8ec; --before: #b4bcc6;
  --a: #0b62c4; --b: #b4480c; --c: #1a7f37; --d: #8250df; --e: #a1175f; --f: #7a6300 }
@media (prefers-color-scheme: dark) { svg { --page: #15181c; --text: #e6edf3; --soft: #9aa4af; --grid: #2b3138;
  --before: #545d68; --a: #6cb6ff; --b: #f0883e; --c: #57c26a; --d: #c297ff; --e: #ff80bf; --f: #d9b93b } }
text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--text) }
.title { font-size: 17px; font-weight: 600 } .soft { fill: var(--soft) } .end { text-anchor: end }
.middle { text-anchor: middle } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.grid { stroke: var(--grid) } .guide { stroke: var(--soft); stroke-dasharray: 2 5 }
.name { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 4px }"""
COLOURS = "abcdef"
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 74, 130, 92, 62

Point = tuple[float, float]
Points = Sequence[Point]
Place = Callable[[Point], Point]


def lines(series: Mapping[str, Points], *, title: str, about: str, x: str, y: str, guide: str = "") -> str:
    """Lines on logarithmic axes, each named at its end.

    Arguments:
        series: the points of each line by its name. All numbers are positive.
        title, about: what the picture shows, and how it was measured.
        x, y: the names of the axes, with units.
        guide: the name of a dotted line that is proportional to x. It starts at the first point.
    """
    height, points = 480, [point for each in series.values() for point in each]
    least_x, most_x = _decades([point[0] for point in points])
    least_y, most_y = _decades([point[1] for point in points])
    right, bottom = WIDTH - RIGHT, height - BOTTOM

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = math.log(point[0] / least_x) / math.log(most_x / least_x)
        up = math.log(point[1] / least_y) / math.log(most_y / least_y)
        return LEFT + across * (right - LEFT), bottom - up * (bottom - TOP)

    parts = []
    for value in _ticks(least_y, most_y):
        _, at = place((least_x, value))
        parts += [_line(LEFT, at, right, at, "grid"), _text(LEFT - 10, at + 4, f"{value:,g}", "soft end")]
    for value in _ticks(least_x, most_x):
        at, _ = place((value, least_y))
        parts += [_line(at, TOP, at, bottom, "grid"), _text(at, bottom + 20, f"{value:,g}", "soft middle")]
    parts += [_text((LEFT + right) / 2, height - 18, x, "middle"), _text(LEFT - 50, TOP - 14, y, "")]
    if guide:
        parts += _guide(guide, min(points), (most_x, most_y), place)
    ends = []
    for colour, (name, each) in zip(COLOURS, series.items(), strict=False):
        placed = [place(point) for point in each]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in placed)
        parts.append(f'<polyline class="line" stroke="var(--{colour})" points="{path}"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{d:.1f}" r="4" fill="var(--{colour})"/>' for a, d in placed]
        ends.append((placed[-1], name, colour))
    return _svg(height, title, about, [*parts, *_names(ends)])


def bars(rows: Sequence[tuple[str, float, float]], *, title: str, about: str, before: str, after: str) -> str:
    """Two horizontal bars for each row: its label, and its values *before* and *after*, which name the bars."""
    left, step, thick = 24 + 7 * max(len(row[0]) for row in rows), 34, 12
    height, scale = TOP + step * len(rows) + 24, (WIDTH - left - 70) / max(max(row[1:]) for row in rows)
    parts = [_text(left + 18, TOP - 14, before, "soft"), _text(left + 57 + 7 * len(before), TOP - 14, after, "soft")]
    parts += [_bar(left, TOP - 24, 12, "--before"), _bar(left + 39 + 7 * len(before), TOP - 24, 12, "--a")]
    for number, (label, *values) in enumerate(rows):
        top = TOP + number * step
        parts.append(_text(left - 10, top + thick + 4, label, "end"))
        for at, value, colour in zip((top, top + thick + 1), values, ("--before", "--a"), strict=True):
            end = left + value * scale
            parts += [_bar(left, at, end - left, colour), _text(end + 6, at + 11, f"{value:,g}", "")]
    return _svg(height, title, about, parts)


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """The limits of an axis: one or two times, or five times, a power of ten around *values*."""
    steps = [base * 10.0**power for power in range(-6, 10) for base in (1, 2, 5)]
    return max(step for step in steps if step <= min(values)), min(step for step in steps if step >= max(values))


def _ticks(least: float, most: float) -> list[float]:
    bases = (1,) if most / least >= 500 else (1, 2, 5)
    steps = [base * 10.0**power for power in range(-6, 10) for base in bases]
    return [step for step in steps if least * 0.99 <= step <= most * 1.01]


def _guide(name: str, start: tuple[float, float], most: tuple[float, float], place: Place) -> Iterator[str]:
    """A dotted line through *start* to the edge of the picture, proportional to x."""
    factor = min(most[0] / start[0], most[1] / start[1])
    (left, low), (right, high) = place(start), place((start[0] * factor, start[1] * factor))
    yield _line(left, low, right, high, "guide")
    yield _text(right + 8, high + 14, name, "soft")


def _names(ends: Sequence[tuple[Point, str, str]]) -> Iterator[str]:
    """The names at the ends of the lines, moved down where they would overlap. *ends*: place, name and colour."""
    taken: list[tuple[float, float, float]] = []
    for (across, end), name, colour in sorted(ends, key=lambda end: end[0][1]):
        left, right, down = across + 10, across + 16 + 7.5 * len(name), end
        while any(left < last and first < right and abs(down - other) < 18 for first, last, other in taken):
            down += 2
        taken.append((left, right, down))
        place = f'x="{left:.1f}" y="{down + 4:.1f}"'
        yield f'<text class="name" {place} style="fill: var(--{colour})">{escape(name)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="12" rx="2" fill="var({colour})"/>'


def _svg(height: float, title: str, about: str, parts: Sequence[str]) -> str:
    size = f'width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {size} role="img">'
    page = f'<rect {size} rx="8" fill="var(--page)"/>'
    words = [f"<title>{escape(title)}</title>", f"<desc>{escape(about)}</desc>", f"<style>{STYLE}</style>", page]
    return "\n".join([head, *words, _text(24, 34, title, "title"), _text(24, 56, about, "soft"), *parts, "</svg>\n"])
