"""The changed lines of a file: its encoding, and what is too large to compare."""

from __future__ import annotations

import pytest

from tests.engine.repository import git
from wizard.base.git import Git
from wizard.engine import changed_lines
from wizard.engine.changed_lines import ChangedLines
from wizard.state.tick_points import TickPoint

NAME = "names.txt"


@pytest.fixture
def asked(monkeypatch):
    """The objects whose content git was asked for."""
    names, blob = [], Git.blob
    monkeypatch.setattr(Git, "blob", lambda git, name, *limit: names.append(name) or blob(git, name, *limit))
    return names


def committed(repo, content):
    """The changed lines since a commit of *content*."""
    (repo.top / NAME).write_bytes(content)
    git(repo.top, "add", NAME)
    git(repo.top, "commit", "--quiet", "-m", "Names")
    return ChangedLines(repo.top, repo.project.git, TickPoint(repo.project.git.head(), {}))


def test_lines_that_are_not_in_utf_8_are_compared(repo):
    lines = committed(repo, "Zoé\r\nRené\nAda\n".encode("latin-1"))
    (repo.top / NAME).write_bytes("Zoé\r\nRené\nIda\n".encode("latin-1"))
    assert [(hunk.line, hunk.text) for hunk in lines.of(NAME)] == [(3, "Ada\nIda")]


def test_a_large_earlier_content_is_not_read(repo, monkeypatch):
    monkeypatch.setattr(changed_lines, "LARGEST", 100)
    lines = committed(repo, b"a line\n" * 100)
    (repo.top / NAME).unlink()
    assert lines.of(NAME) == []


def test_git_is_not_asked_about_a_file_that_has_become_too_large(repo, monkeypatch, asked):
    monkeypatch.setattr(changed_lines, "LARGEST", 100)
    lines = committed(repo, b"a line\n")
    (repo.top / NAME).write_bytes(b"a line\n" * 100)
    assert lines.of(NAME) == asked == []
