"""Wrapped lines go on below their own text."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.content import Content
from textual.widgets import Static, Tabs

from screens import themes
from screens.help import HelpDialog
from screens.widgets.hanging import Hanging
from tests.screens.driving import press, session
from tests.screens.test_looks import illegible


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("    evidence that is long", ["    evidence", "    that is", "    long"]),
        ("✔ 2.1 DEBUG is off now", ["✔ 2.1 DEBUG", "      is off", "      now"]),
        ("plain words that wrap", ["plain words", "that wrap"]),
        ("(in brackets) and more", ["(in", "brackets)", "and more"]),
        ("· one\n· another one and more", ["· one", "· another", "  one and", "  more"]),
    ],
)
def test_further_rows_are_indented_as_far_as_the_text_of_the_first(text, rows):
    assert [row.plain.rstrip() for row in Hanging(Content(text))._lines(12)] == rows


async def test_the_height_and_the_styles_are_those_of_the_wrapped_text():
    class Shown(App[None]):
        def compose(self):
            yield Static(Hanging(Content.assemble(("key  ", "bold"), "words that need three rows"), 5), id="shown")

    app = Shown()
    async with app.run_test(size=(15, 10)) as pilot:
        shown = app.query_one("#shown", Static)
        assert shown.size.height == 3
        assert shown.render_line(0)._segments[0].style.bold
        assert [shown.render_line(row).text.rstrip() for row in range(3)] == [
            "key  words that",
            "     need three",
            "     rows",
        ]
        await pilot.resize_terminal(60, 10)
        assert shown.size.height == 1


async def test_the_help_has_this_screens_keys_first_under_a_heading(shop, python):
    async with session(shop, python, task=2, size=(80, 24)) as (app, pilot):
        await press(app, pilot, "f1")
        assert isinstance(app.screen, HelpDialog)
        shown = [str(each.content) for each in app.screen.query("#details Static").results(Static)]
        at = [shown.index(heading) for heading in ("On this screen", "Everywhere", "Statuses")]
        assert at == sorted(at)
        here, everywhere = shown[at[0] + 1], shown[at[1] + 1]
        assert "Apply" in here
        assert "Apply" not in everywhere
        assert "Search" in everywhere


@pytest.mark.parametrize("focused", [False, True])
async def test_the_active_tab_is_clear_without_colours_in_every_theme(shop, python, focused):
    async with session(shop, python, task=2) as (app, pilot):
        if focused:
            app.screen.query_one(Tabs).focus()
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            if theme in {each.name for each in themes.OURS}:
                assert not list(illegible(app)), theme
            styles = {tab.has_class("-active"): tab.rich_style for tab in app.screen.query("Tab")}
            assert (styles[True].reverse, styles[True].bold) == (True, True)
            assert not styles[False].reverse
            assert not styles[False].bold


def test_a_line_that_begins_far_to_the_right_is_wrapped_as_usual():
    rows = [row.plain for row in Hanging(Content("          deep text"))._lines(12)]
    assert "".join(rows).split() == ["deep", "text"]
