"""Later commands use the interpreter that a run was given with --python."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.engine.repository import MANAGE
from wizard.checklist.answers import Answers
from wizard.engine.opening import open_engine
from wizard.engine.remembered_python import remembered_python
from wizard.engine.start_options import StartOptions


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project whose environment is in a folder in which none is searched for."""
    monkeypatch.setenv("CI", "true")
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "manage.py").write_text(MANAGE)
    (root / "shop" / "settings.py").write_text("DEBUG = True\n")
    (root / "tools" / "py" / "bin").mkdir(parents=True)
    (root / "tools" / "py" / "bin" / "python").symlink_to(sys.executable)
    return root


def opened_with(root: Path, python: Path | None = None, *, reading: bool = False) -> tuple[Path, str]:
    """The interpreter of an engine that is opened with --python, and what is remembered afterwards."""
    start = StartOptions(root, python=str(python) if python else None)
    with open_engine(start, Answers({}), lambda event: None, reading=reading) as engine:
        return engine.project.python.path, engine.state.facts.get("python", "")


def test_a_later_run_uses_the_interpreter_of_an_earlier_one(root, tmp_path):
    python = root / "tools" / "py" / "bin" / "python"
    assert opened_with(root)[0] != python
    assert opened_with(root, python.parent.parent) == (python, "tools/py/bin/python")
    assert opened_with(root)[0] == python
    assert opened_with(root, reading=True)[0] == python
    moved = root.rename(tmp_path / "moved")
    assert remembered_python(moved) == str(moved / "tools" / "py" / "bin" / "python")
    shutil.rmtree(moved / "tools")
    assert remembered_python(moved) is None
    assert opened_with(moved)[0].exists()


def test_a_command_that_only_reads_remembers_nothing(root):
    assert opened_with(root, root / "tools" / "py" / "bin" / "python", reading=True)[1] == ""
    assert remembered_python(root) is None
