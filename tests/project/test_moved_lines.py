"""Lines of a settings file are found again after changes above, below and at them."""

from __future__ import annotations

import pytest

from wizard.project.moved_lines import line_now

BEFORE = b"import os\nKEY = 1\n\nDEBUG = True\nif X:\n    DEBUG = True\n"


@pytest.mark.parametrize(
    ("now", "line", "found"),
    [
        pytest.param(BEFORE, 4, 4, id="no change"),
        pytest.param(b"import sys\n" + BEFORE, 4, 5, id="a line above"),
        pytest.param(b"import sys\n" + BEFORE, 6, 7, id="the second of two equal lines"),
        pytest.param(BEFORE + b"DEBUG = False\n", 6, 6, id="a line below"),
        pytest.param(BEFORE.replace(b"= 1", b"= 2"), 2, 2, id="another value"),
        pytest.param(b"import a\n" + BEFORE.replace(b"= 1", b"= 2"), 2, 3, id="another value, moved"),
        pytest.param(b"", 4, 4, id="the file is gone"),
    ],
)
def test_a_line_is_followed(now, line, found):
    assert line_now(BEFORE, now, line) == found
