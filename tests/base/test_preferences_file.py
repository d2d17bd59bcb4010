"""The file of preferences: edits keep every other byte, and a wrong value is reported and never fatal."""

from __future__ import annotations

import json
import stat

import pytest

from wizard.base import preferences
from wizard.base.errors import EditError

FILE = """\
# mine
theme = "golive-dark"   # at night
later = "kept"

# my keys
[keys]
"task.apply" = "f5"  # like run
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "golive").mkdir()
    return tmp_path / "golive" / "preferences.toml"


def test_without_a_file_the_defaults_are_used_and_none_is_written(file):
    assert preferences.load() == preferences.Preferences("golive-dark", "auto", "", {}, ())
    assert not file.exists()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_replaces_one_line_and_keeps_all_other_bytes(file, newline):
    before = FILE.replace("\n", newline).encode()
    file.write_bytes(before)
    file.chmod(0o600)
    assert preferences.save("theme", "golive-light").theme == "golive-light"
    assert file.read_bytes() == before.replace(b"golive-dark", b"golive-light")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert preferences.save("editor", 'code "a b"').editor == 'code "a b"'
    added = f'later = "kept"{newline}editor = "code \\"a b\\""{newline}'.encode()
    assert file.read_bytes() == before.replace(b"golive-dark", b"golive-light").replace(
        f'later = "kept"{newline}'.encode(), added
    )
    assert preferences.current().keys == {"task.apply": "f5"}


@pytest.mark.parametrize(
    "before", ["", "# only a comment", "[keys]\n", "side_by_side = 'never'", "\n\n[other]\na = 1\n"]
)
def test_a_preference_is_added_to_any_file(file, before):
    file.write_text(before)
    found = preferences.save("theme", "golive-contrast")
    assert found.theme == "golive-contrast"
    assert set(before.split("\n")) <= set(file.read_text().split("\n"))


def test_the_first_edit_documents_the_preferences_in_a_file_that_others_may_read(file):
    preferences.save("side_by_side", "never")
    text = file.read_text()
    assert all(f"# {name}" in text for name in ("theme", "editor", "[keys]"))
    assert preferences.load() == preferences.Preferences(side_by_side="never")
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('theme = "pink"', ":1: theme is 'pink' (expected one of golive-dark, golive-light"),
        ("\nside_by_side = true", ":2: side_by_side is True (expected one of auto, always, never)"),
        ("editor = '\"'", ":1: editor is '\"', which is no command: No closing quotation"),
        ('editor = " "', ":1: editor is ' ' (expected a command)"),
        ("colour = 1", ":1: there is no preference 'colour'"),
        ("[colour]\na = 1", ": there is no preference 'colour'"),
        ("keys = 1", ":1: keys is no table"),
        ('[keys]\n\ntask.apply = "x"', ":3: task is {'apply': 'x'} (expected a key"),
        ("theme = golive", ":1: Invalid value. Golive uses the defaults."),
        ("theme = '\udcff'", "is not UTF-8"),
    ],
)
def test_a_wrong_entry_is_reported_with_its_line_and_the_default_used(file, text, problem):
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = preferences.load()
    assert len(found.problems) == 1
    assert found.problems[0].startswith(str(file))
    assert problem in found.problems[0]
    assert (found.theme, found.side_by_side, found.editor, found.keys) == ("golive-dark", "auto", "", {})


def test_a_folder_in_place_of_the_file_is_reported(file):
    file.mkdir()
    assert "is a folder" in preferences.load().problems[0]
    with pytest.raises(EditError):
        preferences.save("theme", "golive-light")


@pytest.mark.parametrize("text", ["theme = golive\n", 'theme = """\na"""\n', '"theme" = "golive-dark"\n'])
def test_a_file_that_cannot_be_edited_safely_stays_as_it_is(file, text):
    file.write_text(text)
    with pytest.raises(EditError):
        preferences.save("theme", "golive-light")
    assert file.read_text() == text


def test_the_theme_of_an_earlier_version_is_taken_over_once(file):
    earlier = file.with_name("session.json")
    earlier.write_text(json.dumps({"theme": "golive-light"}))
    assert preferences.load().theme == "golive-light"
    assert not earlier.exists()
    preferences.save("theme", "golive-dark")
    earlier.write_text(json.dumps({"theme": "golive-light"}))
    assert preferences.load().theme == "golive-dark"


@pytest.mark.parametrize("text", ["{broken", "[]", "[" * 100_000, '{"theme": "pink"}', '{"theme": ["a"]}'])
def test_a_broken_file_of_an_earlier_version_is_left_alone(file, text):
    file.with_name("session.json").write_text(text)
    assert preferences.load() == preferences.Preferences()
    assert not file.exists()


@pytest.mark.parametrize(
    ("own", "visual", "editor", "command"),
    [
        ("code --wait", "vim", "nano", ["code", "--wait"]),
        ("", "vim -u x", "nano", ["vim", "-u", "x"]),
        ("", "", "nano", ["nano"]),
        ("", "", "", ["vi"]),
    ],
)
def test_the_editor_of_the_preferences_comes_first(file, monkeypatch, own, visual, editor, command):
    monkeypatch.setenv("VISUAL", visual)
    monkeypatch.setenv("EDITOR", editor)
    file.write_text(f'editor = "{own}"\n')
    preferences.load()
    assert preferences.editor_command() == command
