"""The commands that `golive undo` suggests have the options that choose the project."""

from __future__ import annotations

import pytest

from wizard.cli.arguments import parse
from wizard.cli.state import project_options


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(["undo", "3"], "", id="current folder"),
        pytest.param(["undo", "3", "--project=my shop", "--python", "venv"], "--project 'my shop'", id="quoted"),
        pytest.param(["--manage", "api/manage.py", "undo", "3"], "--manage api/manage.py", id="manage"),
    ],
)
def test_options_that_choose_the_project_are_repeated(line, expected):
    assert project_options(parse(line)) == expected
