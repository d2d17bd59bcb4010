"""The lines that gave settings their values: they are known only for the settings that are traced."""

from __future__ import annotations

import re
from pathlib import Path

from wizard.project.questions import TRACED

TOP = Path(__file__).parents[2]
ASKED = re.compile(r"\.(?:origin|set_by)\([\"'](\w+)[\"']\)")


def test_each_setting_whose_place_is_asked_for_is_traced():
    modules = [path for folder in ("steps", "wizard") for path in (TOP / folder).rglob("*.py")]
    asked = {name for path in modules for name in ASKED.findall(path.read_text())}
    assert {"DEBUG", "CRONJOBS"} <= asked
    assert asked - set(TRACED) == set()
