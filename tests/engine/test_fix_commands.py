"""The command of a hint runs where it can be undone, and changes no file that git tracks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.steps.fakes import FakeProject
from wizard.checklist.model import Hint
from wizard.engine.fix_commands import fix_command
from wizard.plan.actions import RunCommand


def command(tmp_path, run, static_root="public", tracked=()):
    git = SimpleNamespace(tracked=lambda *patterns: {tmp_path / name for name in tracked})
    python = SimpleNamespace(path=Path(sys.executable))
    manage = tmp_path / "manage.py"
    project = FakeProject(tmp_path, values={"STATIC_ROOT": static_root}, git=git, python=python, manage=manage,
                          own=lambda path: None)  # fmt: skip
    return fix_command(project, Hint("static.1", "Run it again", "collectstatic", "Run it.", run=run))


def test_collectstatic_runs_on_the_release_copy(tmp_path):
    argv = (sys.executable, str(tmp_path / "manage.py"), "collectstatic", "--noinput")
    expected = RunCommand(argv, tmp_path, "run it again", "release", (tmp_path / "public",))
    assert command(tmp_path, "collectstatic --noinput") == expected


@pytest.mark.parametrize(("static_root", "tracked"), [("/srv/static", ()), ("public", ["public/a.css"])])
def test_collectstatic_writes_no_tracked_file_and_nothing_outside(tmp_path, static_root, tracked):
    assert command(tmp_path, "collectstatic --noinput", static_root, tracked) is None


def test_other_commands_run_in_the_project(tmp_path):
    assert command(tmp_path, "compilemessages").environment == "development"
    assert command(tmp_path, "") is None
