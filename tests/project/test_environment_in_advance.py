"""The dependency file is installed while other checks run. Its output comes when the result is needed."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.project import environment_in_advance
from wizard.project.environment_in_advance import EnvironmentInAdvance
from wizard.project.release_environment import InstallError


@pytest.fixture
def project():
    return SimpleNamespace(copy=SimpleNamespace(folder=Path("/copy")), interpreter=SimpleNamespace(start=dict))


def test_other_work_goes_on_until_the_environment_is_needed(project, monkeypatch):
    free, lines = threading.Event(), []

    def provide(project, folder, on_line):
        assert free.wait(30)
        on_line(f"Collecting django for {folder}")

    monkeypatch.setattr(environment_in_advance, "provide", provide)
    advance = EnvironmentInAdvance(project)
    advance.begin()
    assert lines == []
    free.set()
    advance.wait(lines.append)
    assert lines == ["Collecting django for /copy"]
    advance.wait(lines.append)
    assert len(lines) == 1


def test_an_error_is_left_to_the_one_that_needs_the_environment(project, monkeypatch):
    def provide(project, folder, on_line):
        on_line("Collecting tea")
        raise InstallError("requirements.txt:1: tea can't be installed", "there is none", "Correct this line.")

    monkeypatch.setattr(environment_in_advance, "provide", provide)
    lines = []
    advance = EnvironmentInAdvance(project)
    advance.begin()
    advance.wait(lines.append)
    assert lines == ["Collecting tea"]
