"""The line of the settings that may keep events from being sent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared.sentry_events import place_of_loss

INIT = "SENTRY_DSN = 'x'\n# before_send is not used\nsentry_sdk.init(\n    dsn=SENTRY_DSN,\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (INIT + ")\n", "settings.py:3"),
        (INIT + "    before_send=lambda event, hint: None,\n)\n", "settings.py:5"),
        (INIT + "    sample_rate=0.0,\n    ignore_errors=[Exception],\n)\n", "settings.py:6"),
        (INIT + "    traces_sample_rate=0.0,\n)\n", "settings.py:3"),
        ("DEBUG = False\n", ""),
    ],
)
def test_the_likeliest_line_is_named(text, place):
    source = SimpleNamespace(path=Path("/shop/settings.py"), text=text)
    project = SimpleNamespace(
        settings=SimpleNamespace(sources=[source]), display_path=lambda path: path.relative_to("/shop").as_posix()
    )
    assert place_of_loss(project) == place
