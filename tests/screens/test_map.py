"""The map at every size: no title is cut, the columns of the days stay apart, and the counts are in columns."""

from __future__ import annotations

import itertools
import re

import pytest

from screens.widgets.day_list import INDENT, DayList
from tests.screens.cut_texts import cut_texts
from tests.screens.driving import press, session, wait_until_idle
from wizard.checklist.evidence import Evidence, Status

COUNT = re.compile(r"(.) (..) (..)/(..) (\S.*)")
LONGEST = 15
"""The task with the longest title."""


def rows_of(app):
    """The rows of the screen as text."""
    return ["".join(segment.text for segment in row) for row in app.screen._compositor.render_strips()]


def plant(app, statuses):
    """Give the items before the longest title each of *statuses* in turn, so that it is next and every text is long."""
    engine = app.engine_session.engine
    items = [item for number, task in engine.checklist.tasks.items() if number < LONGEST for item in task.items]
    for index, item in enumerate(items):
        status = statuses[index % len(statuses)]
        engine.state.evidence[item.id] = Evidence(item.id, status, "", "as expected", "2026-03-02T09:30:00+00:00")
    for number in engine.checklist.tasks:
        engine.state.spent[str(number)] = 75.0
    app.screen.show()


BETWEEN = [pytest.param(size, marks=pytest.mark.nightly) for size in ((100, 30), (120, 40), (240, 60))]


@pytest.mark.parametrize("size", [(80, 24), *BETWEEN, (200, 60)], ids=lambda size: str(size[0]))
async def test_no_title_is_cut_and_the_days_stay_apart(shop, python, size):
    async with session(shop, python, size=size) as (app, pilot):
        app.open_dashboard()
        await wait_until_idle(app, pilot)
        for statuses in ([Status.DONE], list(Status)):
            plant(app, statuses)
            await wait_until_idle(app, pilot)
            shown = " ".join(rows_of(app))
            if statuses == [Status.DONE]:
                assert f"Next: {LONGEST} Set Environment Variables in Railway" in " ".join(shown.split())
            for day in app.screen.query(DayList):
                await press(app, pilot, "right", *["home", *["down"] * day.option_count])
                assert list(cut_texts(app.screen)) == []
                assert "…" not in "".join(rows_of(app))
            visible = [day for day in app.screen.query(DayList) if day.region]
            for left, right in itertools.pairwise(visible):
                for row in rows_of(app)[left.region.y : left.region.bottom]:
                    assert row[left.region.right - 1] == " " == row[right.region.x], row


async def test_counts_and_titles_are_in_columns(shop, python):
    async with session(shop, python, size=(100, 30)) as (app, pilot):
        app.open_dashboard()
        await wait_until_idle(app, pilot)
        days = [day for day in app.screen.query(DayList) if day.parent.display]
        for day in days:
            found = 0
            for row in rows_of(app)[day.region.y : day.region.bottom]:
                text = row[day.region.x + 1 : day.region.right]
                is_heading = not text[0].isspace() and " h: " in text
                assert not text[:INDENT].strip() or COUNT.match(text) or is_heading, text
                found += bool(COUNT.match(text))
            assert found == sum(task is not None for task in day.tasks)


async def test_the_headings_do_not_move_with_the_selection(shop, python):
    async with session(shop, python, size=(80, 24)) as (app, pilot):
        app.open_dashboard()
        await wait_until_idle(app, pilot)
        places = set()
        for _ in app.screen.query(DayList):
            await press(app, pilot, "right")
            row = next(row for row in rows_of(app) if "Day 1 " in row and "Day 2 " in row)
            assert row.count("›") == 1
            places.add(tuple(match.start() for match in re.finditer("Day", row)))
        assert len(places) == 1
