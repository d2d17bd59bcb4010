"""Levels that keep ordinary errors out of the log are found, and corrected where they are written."""

from __future__ import annotations

import pytest

from steps.shared import log_levels
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft

LOGGING = """LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["console"], "level": "CRITICAL"},  # quiet
    "loggers": {"django.request": {"level": 50}, "django.security.DisallowedHost": {"level": "CRITICAL"}},
}
"""


@pytest.mark.parametrize(
    ("level", "quiet"), [("CRITICAL", True), ("FATAL", True), (50, True), ("ERROR", False), (40, False), ("X", False)]
)
def test_a_level_above_error_is_quiet(level, quiet):
    assert log_levels.is_quiet(level) is quiet


def project(tmp_path, text):
    names = {}
    exec(text, names)
    return FakeProject(tmp_path, text, {"LOGGING": names["LOGGING"]})


def test_the_levels_are_corrected_in_place_and_deliberate_ones_stay(tmp_path):
    draft = Draft()
    assert log_levels.raise_voices(project(tmp_path, LOGGING), draft) == []
    [action] = draft.actions()
    expected = LOGGING.replace('"level": "CRITICAL"},  # quiet', '"level": "WARNING"},  # quiet')
    assert action.after.decode() == expected.replace('"level": 50', '"level": "WARNING"')


def test_a_level_that_is_computed_is_set_below(tmp_path):
    text = 'LOGGING = dict(version=1, root=dict(level="CRITICAL", handlers=[]))\n'
    draft = Draft()
    assert log_levels.raise_voices(project(tmp_path, text), draft) == ['LOGGING["root"]["level"] = "WARNING"']
    assert draft.actions() == []
