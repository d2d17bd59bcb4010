"""Every theme is readable by WCAG AA, and no status is shown by colour alone."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.color import Color

from screens import desktop_notification, themes
from screens.help import LEGEND
from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Status
from wizard.reporting.status_words import WORDS

PAIRS = [
    (front, back)
    for back in ("background", "surface", "panel")
    for front in (
        "foreground",
        "text-muted",
        "text-success",
        "text-warning",
        "text-error",
        "text-accent",
        "text-primary",
    )
] + [
    ("text-success", "success-muted"),
    ("text-error", "error-muted"),
    ("block-cursor-foreground", "block-cursor-background"),
    *(
        (front, back)
        for back in ("block-cursor-background", "block-cursor-blurred-background")
        for front in ("text-muted", "text-success", "text-warning", "text-error", "text-accent")
    ),
    ("footer-key-foreground", "panel"),
    ("background", "warning"),
    ("background", "accent"),
]


def ratio(front: Color, back: Color) -> float:
    """Contrast by WCAG 2: (lighter + 0.05) / (darker + 0.05) of relative luminance."""

    def luminance(color: Color) -> float:
        parts = [part / 255 for part in color.rgb]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))

    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", themes.OURS, ids=lambda theme: theme.name)
def test_text_has_enough_contrast(theme):
    app = App()
    app.register_theme(theme)
    app.theme = theme.name
    variables = app.get_css_variables()
    base = Color.parse(variables["background"])
    poor = {}
    for front, back in PAIRS:
        below = (
            base + Color.parse(variables[back]) if Color.parse(variables[back]).a < 1 else Color.parse(variables[back])
        )
        found = ratio(below + Color.parse(variables[front]), below)
        if found < 4.5:
            poor[front, back] = round(found, 2)
    assert not poor


def test_every_status_has_its_own_symbol_and_label_and_a_meaning():
    assert set(SIGNS) == {str(status) for status in LEGEND} == {str(status) for status in Status}
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert len({WORDS[status] for status in Status}) == len(Status)


def test_a_notification_contains_no_control_sequences(monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "1")
    written = []
    desktop_notification.send("Task 9\x07\x1b]52;c;x\x07", "done\nnow", written.append)
    assert written == ["\x1b]9;Task 9: done now\x07"]
