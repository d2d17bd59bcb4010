"""Evidence made from the problems that a check found."""

from __future__ import annotations

import pytest

from steps.shared.problem import Problem, evidence
from wizard.checklist.evidence import Status

WRONG, MEANT = Problem("a is 1", "2", "settings.py:3"), Problem("b is 1", "3", "settings.py:4", optional=True)


@pytest.mark.parametrize(
    ("problems", "status", "showed", "expected", "where"),
    [
        ([], Status.DONE, "all in effect", "", ""),
        ([MEANT, WRONG], Status.FAILED, "django: a is 1 (settings.py:3); b is 1 (settings.py:4)", "2", "settings.py:3"),
        ([MEANT], Status.OPEN,
         "django: b is 1 (settings.py:4). Expected 3. Change it, or confirm the item if it is meant", "", ""),
    ],
)  # fmt: skip
def test_an_item_is_open_only_if_all_that_is_wrong_can_be_meant(problems, status, showed, expected, where):
    found = evidence("3.1", "settings", "the settings", problems, "all in effect", about="django: ")
    assert (found.status, found.showed, found.expected, found.where) == (status, showed, expected, where)
