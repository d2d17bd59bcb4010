"""Management commands with the settings of this machine, which leave nothing behind in the project."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from tests.steps.fakes import FakeProject
from wizard.targets.verification import commands

MANAGE = """
import sqlite3
import tax
sqlite3.connect("db.sqlite3").close()
print("module of libs:", tax.RATE)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs/tax.py").write_text("RATE = 7\n")
    (tmp_path / "manage.py").write_text(MANAGE)
    extra_files = SimpleNamespace(import_path="libs")
    return FakeProject(
        tmp_path, python=SimpleNamespace(path=sys.executable), loader=SimpleNamespace(extra_files=extra_files)
    )


def test_a_development_command_finds_the_folders_that_the_project_imports_from(project):
    done = commands.development_command(project, "check")
    assert (done.returncode, done.last_lines(1)) == (0, "module of libs: 7")


def test_an_empty_database_that_a_command_made_is_removed(project):
    commands.development_command(project, "check")
    assert not list(project.root.glob("*.sqlite3"))


def test_a_database_that_was_there_is_kept(project):
    (project.root / "db.sqlite3").touch()
    commands.development_command(project, "check")
    assert list(project.root.glob("*.sqlite3"))
