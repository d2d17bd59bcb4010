"""A recording of the guided session: an animated SVG, which plays in a README without a player.

Each frame is a picture of the real session, taken while keys are pressed and while Golive works. Long work is cut.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from screens.app import Golive
from screens.formatting import next_task
from screens.forms import Form
from screens.propose_commit import ProposeCommit
from screens.session_review import SessionReview
from tests.screens.driving import session, wait_until_idle

WIDTH, HEIGHT = 100, 30
LINE, MARGIN = 24.4, 1.5
"""The height of a line in the pictures of Textual, and the space above the first."""
WORKING, LOOK = 0.25, 0.2
"""Seconds that a frame of work is shown, and seconds between two looks at it."""
MOST_FRAMES = 10
"""Frames that are kept of one piece of work: the first ones and the last ones."""
RULE = re.compile(r"-r(\d+) \{ ([^}]*) \}")
SHAPE = re.compile(r'<rect [^>]*? y="([\d.]+)"[^>]*/>|<text [^>]*? y="([\d.]+)"[^>]*>[^<]*</text>')
SCREEN = re.compile(r'-clip-terminal">\s*<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"')
STYLED = re.compile(r'class="[^"]*-r(\d+)"')
DROPPED = re.compile(r' (?:clip-path|shape-rendering)="[^"]*"')

Row = tuple[int, str]


class Film:
    """The frames of a recording. *hidden* is the folder that the pictures show as /home/you."""

    def __init__(self, app: Golive, hidden: str) -> None:
        self.app, self.hidden = app, hidden
        self.frames: list[tuple[float, frozenset[Row]]] = []
        self.classes: dict[str, str] = {}
        self.size = ("0", "0")

    def take(self, seconds: float) -> None:
        """Add what is on the screen now, to be shown for *seconds*."""
        self.frames.append((seconds, self._rows()))

    def _rows(self) -> frozenset[Row]:
        picture = self.app.export_screenshot().replace(self.hidden, "/home/you")
        rules = dict(RULE.findall(picture))
        matrix = picture.partition('-matrix">')[2]
        self.size = SCREEN.findall(picture)[0]
        rows: dict[int, list[str]] = defaultdict(list)
        for shape in SHAPE.finditer(matrix):
            drawn = STYLED.sub(lambda found: f'class="{self._class(rules[found[1]])}"', DROPPED.sub("", shape[0]))
            rows[int((float(shape[1] or shape[2]) - MARGIN) / LINE)].append(drawn)
        return frozenset((line, "".join(shapes)) for line, shapes in rows.items())

    def _class(self, rule: str) -> str:
        return self.classes.setdefault(rule, f"c{len(self.classes)}")

    async def work(self, pilot) -> None:
        """Take frames until nothing works any more."""
        kept = len(self.frames)
        while self.app.work_item:
            await pilot.pause(LOOK)
            rows = self._rows()
            if not self.frames or rows != self.frames[-1][1]:
                self.frames.append((WORKING, rows))
        await wait_until_idle(self.app, pilot)
        del self.frames[kept + MOST_FRAMES // 2 : max(kept + MOST_FRAMES // 2, len(self.frames) - MOST_FRAMES // 2)]

    def save(self, path: Path) -> float:
        """Write the animation to *path*; returns how many seconds it plays."""
        seconds = sum(each for each, _ in self.frames)
        shown: dict[Row, list[int]] = defaultdict(list)
        for number, (_, rows) in enumerate(self.frames):
            for row in rows:
                shown[row].append(number)
        together: dict[tuple[int, ...], list[Row]] = defaultdict(list)
        for row, numbers in shown.items():
            together[tuple(numbers)].append(row)
        styles = [f".{name} {{ {rule} }}" for rule, name in self.classes.items()]
        groups = []
        for count, (numbers, rows) in enumerate(sorted(together.items())):
            last = len(self.frames) - 1 in numbers
            styles.append(f"@keyframes f{count} {{ {self._keyframes(set(numbers), seconds)} }}")
            styles.append(f".f{count} {{ visibility: {'visible' if last else 'hidden'}; animation-name: f{count} }}")
            groups.append(f'<g class="film f{count}">{"".join(drawn for _, drawn in sorted(rows))}</g>')
        path.write_text(PAGE.format(
            width=self.size[0], height=self.size[1], seconds=f"{seconds:.2f}", styles="\n".join(styles),
            groups="\n".join(groups),
        ))  # fmt: skip
        return seconds

    def _keyframes(self, numbers: set[int], seconds: float) -> str:
        """When frames *numbers* are visible, as percentages of the whole time."""
        steps, began, before = [], 0.0, None
        for number, (lasts, _) in enumerate(self.frames):
            if (number in numbers) is not before:
                before = number in numbers
                steps.append(f"{began / seconds:.4%} {{ visibility: {'visible' if before else 'hidden'} }}")
            began += lasts
        return " ".join(steps)


PAGE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>A guided session of Golive</title>
<style>
text {{ font-family: "Fira Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 20px; white-space: pre }}
.film {{ animation-duration: {seconds}s; animation-timing-function: step-end; animation-iteration-count: infinite }}
@media (prefers-reduced-motion: reduce) {{ .film {{ animation: none }} }}
{styles}
</style>
<rect width="100%" height="100%" fill="#12161d"/>
{groups}
</svg>
"""


async def record(project: Path, python: str, path: Path) -> float:
    """Record a guided session on *project* to *path*: one task by hand, then each half-day. Returns its seconds."""
    async with session(project, python, size=(WIDTH, HEIGHT)) as (app, pilot):
        app.animation_level = "none"
        film = Film(app, str(project.parent.parent))
        film.take(3.0)
        for key, seconds in (("enter", 3.0), ("n", 3.5)):
            await pilot.press(key)
            await wait_until_idle(app, pilot)
            film.take(seconds)
        await pilot.press("a")
        await film.work(pilot)
        film.take(3.0)
        await pilot.press("escape")
        engine = app.engine_session.engine
        for _half_day in range(6):
            assert next_task(engine.checklist, engine.state), "the half-days before did not take this many runs"
            await wait_until_idle(app, pilot)
            film.take(2.0)
            await _half_day_of(app, pilot, film)
        film.take(4.0)
        await pilot.press("g")
        await wait_until_idle(app, pilot)
        film.take(4.0)
        return film.save(path)


async def _half_day_of(app: Golive, pilot, film: Film) -> None:
    """Run the half-day: its questions, the review of its plans, its work, and the proposed commit."""
    await pilot.press("s")
    await wait_until_idle(app, pilot)
    while isinstance(app.screen, Form | SessionReview):
        film.take(1.2)
        await pilot.press("ctrl+s")
        await pilot.pause()
        if app.work_item:
            await film.work(pilot)
        await wait_until_idle(app, pilot)
    if isinstance(app.screen, ProposeCommit):
        film.take(3.0)
        await pilot.press("ctrl+s")
        await wait_until_idle(app, pilot)
