"""Entries are inserted into and moved in lists, calls and imports. Comments stay with their entry."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steps.shared import middleware
from steps.shared.url_patterns import insert_route
from wizard.base.errors import EditError
from wizard.editing import sequences
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.settings import SettingsFiles

SECURITY, WHITENOISE = "django.middleware.security.SecurityMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware"


def edited(text, edit, *arguments):
    """*text* after *edit* of the first list, tuple, dict, call or import in it."""
    source = Source.of(Path("/nowhere/settings.py"), text.encode())
    node = next(each for each in source.nodes if isinstance(each, sequences.Node))
    edit(source, node, *arguments)
    return source.result().decode()


INSERTED = [
    pytest.param('["a", "b"]  # both\n', 1, '["a", "new", "b"]  # both\n', id="one line"),
    pytest.param('["a", "b"]\n', 2, '["a", "b", "new"]\n', id="one line, last"),
    pytest.param('("a",)\n', 0, '("new", "a",)\n', id="tuple"),
    pytest.param("()\n", 0, '("new",)\n', id="empty tuple"),
    pytest.param("[]\n", 0, '["new"]\n', id="empty list"),
    pytest.param(
        '[\n    "a",  # about a\n    "b",\n]\n', 1, '[\n    "a",  # about a\n    "new",\n    "b",\n]\n',
        id="comment in the line",
    ),
    pytest.param(
        '[  # all\n    # about a\n    "a",\n]\n', 0, '[  # all\n    "new",\n    # about a\n    "a",\n]\n',
        id="comment above",
    ),
    pytest.param(
        '[\n    "a",\n    # about a, too\n\n    "b",\n]\n', 1,
        '[\n    "a",\n    # about a, too\n    "new",\n\n    "b",\n]\n',
        id="comment below",
    ),
    pytest.param('[\n    "a"  # about a\n]\n', 1, '[\n    "a",  # about a\n    "new",\n]\n', id="no last comma"),
    pytest.param('["a",  # about a\n "b"]\n', 1, '["a",  # about a\n "new",\n "b"]\n', id="hanging"),
    pytest.param('["a",\n "b"]\n', 2, '["a",\n "b",\n "new"]\n', id="bracket in the last line"),
    pytest.param(
        '[\n    "a", "b",  # both\n    "c",\n]\n', 1, '[\n    "a", "new", "b",  # both\n    "c",\n]\n',
        id="groups",
    ),
    pytest.param(
        '[\n    "a"  # about a\n  , "b"\n]\n', 1, '[\n    "a"  # about a\n  , "new"\n  , "b"\n]\n',
        id="comma first",
    ),
    pytest.param('[\n    ("a"),\n    "b" "c",\n]\n', 1, '[\n    ("a"),\n    "new",\n    "b" "c",\n]\n', id="brackets"),
    pytest.param('[\r\n\t"a",  # about a\r\n]\r\n', 1, '[\r\n\t"a",  # about a\r\n\t"new",\r\n]\r\n', id="CRLF, tabs"),
    pytest.param(
        'f(\n    a,  # about a\n    b=1\n)\n', 1, 'f(\n    a,  # about a\n    "new",\n    b=1\n)\n',
        id="call",
    ),
    pytest.param("{\n    1: 2  # about 1\n}\n", 1, '{\n    1: 2,  # about 1\n    "new",\n}\n', id="dict"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "index", "after"), INSERTED)
def test_an_entry_is_inserted(before, index, after):
    if "dict" in after or before.startswith("{"):
        assert edited("X = " + before, sequences.insert, index, "3: 4") == "X = " + after.replace('"new"', "3: 4")
    else:
        assert edited("X = " + before, sequences.insert, index, '"new"') == "X = " + after


@pytest.mark.parametrize("before", ['X = "a", "b"\n', 'X = ("a"), ("b")\n', "X = [lambda a, b: a]\n"])
def test_entries_that_can_not_be_told_apart_are_not_edited(before):
    with pytest.raises(EditError, match="its entries can't be told apart"):
        edited(before, sequences.insert, 1, '"new"')


MOVED = [
    pytest.param('["a", "b", "c"]\n', 2, 0, '["c", "a", "b"]\n', id="one line, up"),
    pytest.param('["a", "b", "c"]\n', 0, 3, '["b", "c", "a"]\n', id="one line, down"),
    pytest.param('["a", "b"]\n', 1, 1, '["a", "b"]\n', id="not at all"),
    pytest.param(
        '[\n    "a",  # about a\n    # about b\n    # more\n    "b"  # b\n]\n', 1, 0,
        '[\n    # about b\n    # more\n    "b",  # b\n    "a",  # about a\n]\n', id="with its comments",
    ),
    pytest.param(
        "[\n    'a',  # \"quoted\"\n    'b',\n]\n", 0, 2, "[\n    'b',\n    'a',  # \"quoted\"\n]\n", id="byte for byte"
    ),
    pytest.param(
        '[\n    "a",  # a\n    "b"  # b\n]\n', 0, 2, '[\n    "b",  # b\n    "a",  # a\n]\n', id="down, no last comma"
    ),
    pytest.param(
        '[\n    "a", "b",\n    "c", "d",\n]\n', 2, 0, '[\n    "c",\n    "a", "b",\n    "d",\n]\n',
        id="groups",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "index", "place", "after"), MOVED)
def test_an_entry_is_moved_with_its_comments(before, index, place, after):
    assert edited("X = " + before, sequences.move, index, place) == "X = " + after


def test_an_entry_is_not_moved_away_from_a_comment_that_may_be_its_own():
    with pytest.raises(EditError, match="a comment is in a line with several entries"):
        edited('X = ["a", "b",  # both\n     "c"]\n', sequences.move, 1, 0)


def test_several_entries_are_inserted_at_the_same_place():
    source = Source.of(Path("/nowhere/settings.py"), b'X = [\n    "a"  # about a\n]\n')
    for new in ('"b"', '"c"'):
        sequences.insert(source, source.tree.body[0].value, 1, new)
    assert source.result().decode() == 'X = [\n    "a",  # about a\n    "b",\n    "c",\n]\n'


@st.composite
def lists(draw):
    """A list with an entry in each line, and comments that name the entry that they belong to."""
    count, lines = draw(st.integers(1, 5)), []
    for number in range(count):
        lines += [""] * draw(st.integers(0, 1)) if number else []
        lines += [f"    # above {number}"] * draw(st.integers(0, 2))
        comma = "," if number < count - 1 or draw(st.booleans()) else ""
        lines.append(f'    "{number}"{comma}' + draw(st.sampled_from(["", f"  # beside {number}"])))
    opening, closing = draw(st.sampled_from(["[]", "()"])) if count > 1 else "[]"
    head = f"X = {opening}" + draw(st.sampled_from(["", "  # all of them"]))
    text = "\n".join([head, *lines, f"{closing}  # the end", "Y = 1", ""])
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"]))), count


def lines_of(text):
    """The lines without commas, since an entry that is no longer the last one gets a comma."""
    return [line.replace(",", "") for line in re.split(r"\r\n|\r|\n", text)]


def owners(text):
    """The comments of each entry, as a list of pairs: a comment's text, and the entry at or below it."""
    found, waiting = [], []
    for line in re.split(r"\r\n|\r|\n", text):
        entry = re.match(r'\s*"(\w+)"', line)
        comment = line.partition("# ")[2]
        if entry:
            found += [(each, entry[1]) for each in [*waiting, *([comment] if comment else [])]]
            waiting = []
        elif line.startswith("    #"):
            waiting.append(comment)
    return sorted(found)


@settings(max_examples=200, deadline=None)
@given(made=lists(), data=st.data())
def test_any_list_keeps_its_lines_and_every_comment_its_entry(made, data):
    text, count = made
    index, place = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))
    inserted = edited(text, sequences.insert, index, '"new"')
    names = [str(each) for each in range(count)]
    assert list(ast.literal_eval(ast.parse(inserted).body[0].value)) == [*names[:index], "new", *names[index:]]
    assert owners(inserted) == owners(text)
    assert [line for line in lines_of(inserted) if "new" not in line] == lines_of(text)
    if index < count:
        moved = edited(text, sequences.move, index, place)
        expected = [each for each in names if each != str(index)]
        expected.insert(place - (place > index), str(index))
        assert list(ast.literal_eval(ast.parse(moved).body[0].value)) == expected
        assert owners(moved) == owners(text)


CHAIN = f"""
MIDDLEWARE = [
    # Static files.
    "{WHITENOISE}",  # no nginx
    "{SECURITY}",  # redirects
]
"""
MIDDLEWARE = [
    pytest.param(
        CHAIN,
        f"""
        MIDDLEWARE = [
            "{SECURITY}",  # redirects
            # Static files.
            "{WHITENOISE}",  # no nginx
        ]
        """,
        id="list",
    ),
    pytest.param(
        f"""
        MIDDLEWARE = ["a.A", "{SECURITY}"]
        MIDDLEWARE.insert(0, "{WHITENOISE}")  # no nginx
        """,
        f"""
        MIDDLEWARE = ["a.A", "{SECURITY}"]
        MIDDLEWARE.insert(MIDDLEWARE.index("{SECURITY}") + 1, "{WHITENOISE}")  # no nginx
        """,
        id="insert",
    ),
]


def moved(tmp_path, text):
    """The settings *text* after WhiteNoise was moved below SecurityMiddleware."""
    (tmp_path / "settings.py").write_text(text)
    settings_files = SettingsFiles("settings", tmp_path / "settings.py", (tmp_path,))
    project = SimpleNamespace(settings=settings_files, value=lambda name: [WHITENOISE, SECURITY])
    draft = Draft()
    if lines := middleware.move(project, draft, WHITENOISE, after=SECURITY):
        draft.source(settings_files.main).append("\n" + "\n".join(lines) + "\n")
    return draft.source(settings_files.main).result().decode()


@pytest.mark.parametrize(("before", "after"), MIDDLEWARE)
def test_middleware_is_moved_where_it_is_written(tmp_path, before, after):
    assert moved(tmp_path, textwrap.dedent(before)) == textwrap.dedent(after)


@pytest.mark.parametrize(
    "text",
    [
        f'MIDDLEWARE = ("a.A", "{WHITENOISE}") + EXTRA + ("{SECURITY}",)\n',
        f'MIDDLEWARE = ["a.A", "{WHITENOISE}", *("e.E", "{SECURITY}")]\n',
        f'MIDDLEWARE = ["a.A", "e.E", "{SECURITY}"]\nif EXTRA:\n    MIDDLEWARE.insert(1, "{WHITENOISE}")\n',
        f'MIDDLEWARE = ["a.A",  # a\n    "{WHITENOISE}", "e.E",  # e\n    "{SECURITY}"]\n',
    ],
)
def test_middleware_is_moved_by_more_settings_if_the_list_is_computed(tmp_path, text):
    after = moved(tmp_path, text)
    assert after.startswith(text), "nothing above changes"
    names = {"EXTRA": ("e.E",)}
    exec(after, names)
    assert names["MIDDLEWARE"] == ["a.A", "e.E", SECURITY, WHITENOISE]


def test_middleware_that_later_settings_remove_is_not_inserted_twice(tmp_path):
    (tmp_path / "settings.py").write_text(f'MIDDLEWARE = ["{SECURITY}", "{WHITENOISE}"]\nMIDDLEWARE.pop()\n')
    settings_files = SettingsFiles("settings", tmp_path / "settings.py", (tmp_path,))
    project = SimpleNamespace(settings=settings_files, value=lambda name: [SECURITY])
    draft = Draft()
    assert middleware.insert(project, draft, WHITENOISE, after=SECURITY)[1].startswith("MIDDLEWARE.insert(")
    assert not draft.actions()


def test_comments_stay_in_an_import_and_in_url_patterns():
    source = Source.of(
        Path("/nowhere/urls.py"),
        b"from django.urls import (\n    include,  # apps\n    re_path,  # old\n)\n\n"
        b"urlpatterns = [  # shop\n    a,\n]\n",
    )
    source.add_import("from django.urls import path")
    insert_route(source, "b")
    assert source.result().decode() == (
        "from django.urls import (\n    include,  # apps\n    path,\n    re_path,  # old\n)\n\n"
        "urlpatterns = [  # shop\n    b,\n    a,\n]\n"
    )
