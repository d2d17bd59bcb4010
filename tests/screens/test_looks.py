"""Snapshots (SVG) of every screen in each state and size, texts that are cut off, and contrast in each theme."""

from __future__ import annotations

import pytest
from pytest_textual_snapshot import SVGImageExtension
from rich.color import Color as RichColor
from textual.color import Color
from textual.widgets import Input, TextArea

from screens import coffee_break, themes
from tests.screens.cut_texts import cut_texts
from tests.screens.driving import session
from tests.screens.gallery import states
from tests.screens.test_themes import ratio

LARGE = (120, 40)
SIZES = [pytest.param((80, 24), id="80x24"), pytest.param(LARGE, id="120x40", marks=pytest.mark.nightly)]
LEAST = 4.5
"""The contrast that WCAG 2 AA requires of text."""


@pytest.fixture(autouse=True)
def no_animations(monkeypatch):
    """No animations, no clock, and no blinking cursor."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)
    monkeypatch.setattr(coffee_break, "monotonic", lambda: 0.0)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_looks_as_before(snapshot, shop, python, size):
    pictures = snapshot.use_extension(SVGImageExtension)
    differing, poor, cut = [], set(), set()
    async with session(shop, python, size=size) as (app, pilot):
        app.animation_level = "none"
        async for name in states(app, pilot):
            same = pictures(name=name) == app.export_screenshot(simplify=True)
            differing += [] if same else [name]
            cut |= {(name, text) for text in cut_texts(app.screen)}
            for theme in reversed(themes.OURS) if size == LARGE else ():  # ends with the theme of the snapshots
                app.theme = theme.name
                await pilot.pause()
                poor |= {(name, theme.name, *each) for each in illegible(app)}
    assert not differing, f"{differing} differ from their snapshots. Check them, then run with --snapshot-update."
    assert not cut, "cut off:\n" + "\n".join(map(str, sorted(cut)))
    assert not poor, "not enough contrast:\n" + "\n".join(map(str, sorted(poor)))


def illegible(app):
    """Text with too little contrast, and its colours. Text that a dialog dims does not count."""
    dialogs = app.screen.query(".dialog, CommandPalette > Vertical")
    region = dialogs.first().region if dialogs else app.screen.region
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        if not region.y <= y < region.bottom:
            continue
        for text, style, _ in strip.crop(region.x, region.right):
            if style and style.color and style.bgcolor and any(map(str.isalnum, text)):
                found = ratio(_color(style.color), _color(style.bgcolor))
                if found < LEAST:
                    yield text.strip(), str(style), round(found, 1)


def _color(color: RichColor) -> Color:
    return Color(*color.get_truecolor())
