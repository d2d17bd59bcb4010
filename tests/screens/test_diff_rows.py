"""Diffs as rows: numbers, replaced lines, changed words, syntax, and limits. Lines are wrapped by their width."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len

from screens.widgets import diff_rows, syntax
from screens.widgets.diff import fold
from screens.widgets.diff_rows import MOST_ROWS, changed_words, diff_of, parse_diff
from wizard.base.secrets import remember
from wizard.plan.actions import MakeDirectory, WriteFile


def parsed(before, after, name="x.txt"):
    return diff_of(WriteFile(Path("/shop") / name, before, after))


def shown(diff):
    return [(row.kind, row.old, row.new, row.text) for row in diff.rows]


def paired(diff):
    return [(old and old.text, new and new.text) for old, new in diff.pairs]


def marked(before, after):
    """The changed words of two lines."""
    return [
        [text[slice(*span)] for span in spans] for text, spans in zip((before, after), changed_words(before, after))
    ]


def coloured(row):
    return {row.text[start:end]: name for start, end, name in row.colours}


def test_a_row_has_its_numbers_in_both_files():
    diff = parsed(b"a\nb\nc\nd\n", b"a\nB\nnew\nc\nd\n")
    assert shown(diff) == [
        (" ", 1, 1, "a"), ("-", 2, 0, "b"), ("+", 0, 2, "B"), ("+", 0, 3, "new"), (" ", 3, 4, "c"), (" ", 4, 5, "d"),
    ]  # fmt: skip
    assert diff.first_line == 2 and diff.digits == 1 and diff.longest == 3


def test_hunks_are_separated():
    lines = [b"%d" % number for number in range(30)]
    after = [b"x", *lines[1:20], b"y", *lines[21:]]
    rows = parsed(b"\n".join(lines), b"\n".join(after)).rows
    assert [row.kind for row in rows if row.kind not in "+-"] == [" ", " ", "@", " ", " ", " ", " "]
    assert [(row.old, row.new) for row in rows if row.text in {"20", "y"}] == [(21, 0), (0, 21)]


def test_new_emptied_and_unchanged_files():
    assert shown(parsed(None, b"a\n")) == [("+", 0, 1, "a")]
    emptied = parsed(b"a\nb\n", b"")
    assert shown(emptied) == [("-", 1, 0, "a"), ("-", 2, 0, "b")] and not emptied.replaces and emptied.first_line == 1
    assert shown(parsed(b"a\n", b"a\n")) == [] and parsed(b"a\n", b"a\n").first_line == 1
    assert diff_of(MakeDirectory(Path("/shop/logs"))) is None


def test_a_missing_line_end_and_changed_line_ends_are_visible():
    note = ("\\", 0, 0, "No newline at end of file")
    assert shown(parsed(b"a", b"a\n")) == [("-", 1, 0, "a"), note, ("+", 0, 1, "a")]
    assert shown(parsed(b"a\r\n", b"b\r\n")) == [("-", 1, 0, "a"), ("+", 0, 1, "b")]
    assert shown(parsed(b"a\r\n", b"a\n")) == [("-", 1, 0, "a␍"), ("+", 0, 1, "a")]


def test_lines_that_look_like_headings_of_a_diff_are_lines():
    assert shown(parsed(b"-- x\n@@ -1 +1 @@\n", b"++ y\n")) == [
        ("-", 1, 0, "-- x"), ("-", 2, 0, "@@ -1 +1 @@"), ("+", 0, 1, "++ y"),
    ]  # fmt: skip


def test_control_characters_and_secrets_are_removed_and_markup_stays():
    remember("a-secret-of-the-shop")
    diff = parsed(None, "[b]x[/b]\x1b[31m\x07\x0c\u2028\u202e \ty # a-secret-of-the-shop\n".encode())
    assert shown(diff) == [("+", 0, 1, "[b]x[/b]    y # [hidden]")]
    assert diff.added == "[b]x[/b] \ty # [hidden]", "tabs are copied as they are"


def test_a_line_is_paired_with_the_one_that_replaces_it():
    diff = parsed(b"DEBUG = True\n", b'import os\n\nDEBUG = os.environ["DEBUG"] == "1"\n')
    assert paired(diff) == [(None, "import os"), (None, ""), ("DEBUG = True", 'DEBUG = os.environ["DEBUG"] == "1"')]
    unlike = parsed(b"one two\n", b"3 + 4\nfive()\n")
    assert paired(unlike) == [("one two", "3 + 4"), (None, "five()")], "they share a line to save space"
    assert [row.changed for row in unlike.rows] == [[], [], ()]


@pytest.mark.parametrize(
    ("before", "after", "gone", "came"),
    [
        ("DEBUG = True", "DEBUG = False", ["True"], ["False"]),
        ("a = 1", "a = 1  # one", [], ["  # one"]),
        ("  x = 1", "    x = 1", ["  "], ["    "]),
        ('x = "[hidden]"', 'x = os["KEY"]', ['[hidden]"'], ['os["KEY"']),
        ("entirely other", "words = here()", [], []),
        ("naïve 日本 x", "naïve 日本語 x", ["日本"], ["日本語"]),
    ],
)
def test_changed_words_are_marked(before, after, gone, came):
    assert marked(before, after) == [gone, came]


def test_words_of_very_long_lines_are_not_compared():
    assert changed_words("x " * diff_rows.LONGEST_MARKED, "y") == ([], [])


def test_code_is_coloured_by_the_name_of_its_file():
    rows = parsed(b"x = 1\n", b"def f():\n    return 2  # why\n", "settings.py").rows
    assert [coloured(row) for row in rows] == [
        {"1": "number"},
        {"def": "keyword", "f": "name"},
        {"return": "keyword", "2": "number", "# why": "comment"},
    ]
    assert coloured(parsed(None, b'<h1 class="x">', "404.html").rows[0])['"x"'] == "string"
    assert coloured(parsed(None, b"# a\n", ".env.production").rows[0]) == {"# a": "comment"}
    assert not any(coloured(parsed(None, b"def\n", name).rows[0]) for name in ("notes.txt", "LICENSE", "x.nothing"))


def test_an_open_string_of_the_old_file_does_not_colour_the_new_one():
    rows = parsed(b'"""a\nb\n', b'"""a\nb"""\nc = 1\n', "x.py").rows
    assert [row.text for row in rows] == ['"""a', "b", 'b"""', "c = 1"]
    assert [set(coloured(row).values()) for row in rows] == [{"string"}, {"string"}, {"string"}, {"number"}]


def test_a_huge_diff_is_limited_and_says_so():
    diff = parsed(None, b"x = 1\n" * 10_000, "x.py")
    assert len(diff.rows) == MOST_ROWS
    assert diff.rows[-1].text == "… 8,001 more lines", "the heading of the hunk counts as a line"
    assert diff.added.count("\n") == 9_999, "all lines are copied"


def test_a_very_long_line_is_cut_and_says_so():
    (row,) = parsed(None, b"x" * 500_000 + b"\n", "x.js").rows
    assert len(row.text) < 2_100 and row.text.endswith("… 498,000 more characters")
    assert not row.colours and syntax.LONGEST_LEXED < 2_000


@pytest.mark.parametrize(
    "text", ["x" * 90, "word " * 20, "日本語" * 20, "a日本 b" * 12, "e\u0301 " * 20, "❤\ufe0f" * 30]
)
@pytest.mark.parametrize("room", [2, 3, 7, 40])
def test_no_part_of_a_wrapped_line_is_too_wide_or_lost(text, room):
    places = [0, *fold(text, room), len(text)]
    parts = [text[start:end] for start, end in pairwise(places)]
    assert "".join(parts) == text and all(parts)
    assert max(cell_len(part) for part in parts) <= room


def test_a_line_is_broken_after_a_space_if_the_part_stays_long_enough():
    assert fold("DEBUG = os.environ", 10) == [8]
    assert fold("x = environment_variable", 10) == [10, 20]
    assert fold("fits", 10) == fold("日本", 4) == []


def test_parsing_a_plain_text_of_headings_only():
    assert parse_diff("").rows == [] and parse_diff("--- a\n+++ b").rows == []
