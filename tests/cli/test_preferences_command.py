"""`golive preferences` shows the file and what it says; wrong entries are a line each on stderr."""

from __future__ import annotations

import pytest

from tests.cli_runner import golive


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("VISUAL", "")
    monkeypatch.setenv("EDITOR", "nano -w")
    (tmp_path / "golive").mkdir()
    return tmp_path / "golive"


def test_without_a_file_it_shows_where_it_would_be_and_the_defaults(folder):
    found = golive("preferences")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines() == [
        f"{folder / 'preferences.toml'} (does not exist yet)",
        "theme         golive-dark",
        "side_by_side  auto",
        "editor        nano -w (from the environment)",
    ]
    assert not list(folder.iterdir())


def test_it_shows_chosen_keys_and_reports_each_wrong_entry_in_a_line(folder):
    path = folder / "preferences.toml"
    path.write_text('theme = "pink"\neditor = "code --wait"\n[keys]\n"task.apply" = "f5"\n"task.next" = "nonsense"\n')
    found = golive("preferences")
    assert found.returncode == 0
    assert found.stdout.splitlines()[3:] == [
        "editor        code --wait",
        "keys          task.apply: f5 (default: a)",
    ]
    assert [line.partition(f"golive: {path}:")[2][:2] for line in found.stderr.splitlines()] == ["1:", "5:"]


def test_an_editor_that_nothing_names_is_the_default(folder, monkeypatch):
    monkeypatch.setenv("EDITOR", "")
    assert "editor        vi (the default)" in golive("preferences").stdout.splitlines()
