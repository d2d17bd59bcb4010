"""The lines that differ between two versions of a file."""

from __future__ import annotations

import pytest

from tests.base.special_files import time_limit
from wizard.base.git_history import Hunk, hunks


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("abc", "abc", [], id="nothing"),
        pytest.param("abc", "aXc", [Hunk(2, "b\nX", 1)], id="a changed line"),
        pytest.param("abc", "abcd", [Hunk(4, "d", 1)], id="a line at the end"),
        pytest.param("abc", "ab", [Hunk(2, "c", 0)], id="the last line is gone"),
        pytest.param("abc", "bc", [Hunk(1, "a", 0)], id="the first line is gone"),
        pytest.param("abc", "", [Hunk(1, "a\nb\nc", 0)], id="the file is gone"),
        pytest.param("abcde", "aXcYe", [Hunk(2, "b\nX", 1), Hunk(4, "d\nY", 1)], id="two changed lines"),
        pytest.param("a" * 900, "a" * 400 + "X" + "a" * 499, [Hunk(401, "a\nX", 1)], id="among repeated lines"),
        pytest.param("aab", "aaab", [Hunk(3, "a", 1)], id="a repeated line"),
    ],
)
def test_each_changed_part_is_a_hunk(old, new, expected):
    assert hunks(list(old), list(new)) == expected


def test_a_long_file_of_repeated_lines_is_compared_fast():
    record = ["{{", '  "active": true,', '  "age": {},', '  "groups": [],', '  "staff": false', "}},"]
    old = [line.format(number) for number in range(10_000) for line in record]
    new = [*old]
    new[12_002] = new[48_002] = "changed"
    with time_limit(10):
        assert [hunk.line for hunk in hunks(old, new)] == [12_003, 48_003]
