"""Planning costs at most linear work. Calls of functions are counted, since clocks vary."""

from __future__ import annotations

from functools import partial

import pytest

from tests.bench.growing import KINDS, start
from tests.call_counts import calls_during, faster_than_linear
from wizard.checklist.answers import Answers
from wizard.editing import syntax
from wizard.engine.opening import open_engine
from wizard.engine.present_point import present_point
from wizard.engine.start_options import StartOptions
from wizard.project import release_copy

SIZES = (10, 20, 50)
TASKS = range(1, 17)
CONSTANT = {("git.py", "_run"), ("interpreter.py", "ask_all")}
"""Functions that are called as often for a large project as for a small one: a start of git, and a request to the
project's interpreter."""


def project_of(size, folder):
    """A project in *folder* with *size* more URL patterns, files, apps and migrations than a new one."""
    start(folder)
    for kind in KINDS:
        kind.grow(folder, size)
    return folder


def plan_all(engine):
    """Plan the tasks, and describe the files as after each task."""
    for number in TASKS:
        engine.plan(engine.checklist.tasks[number])
    engine.fingerprint()
    present_point(engine)


@pytest.mark.nightly
def test_planning_is_linear_in_the_size_of_the_project(python, tmp_path, monkeypatch):
    monkeypatch.setattr(release_copy, "UNSETTLED", 0)  # a slow machine would remember the digests of more files
    counts = []
    for number, size in enumerate((SIZES[0], *SIZES)):  # the first one imports the steps
        project = project_of(size, tmp_path / str(number))
        with open_engine(StartOptions(project, python=python), Answers({}), lambda event: None) as engine:
            syntax.parsed.cache_clear()
            counts.append(calls_during(partial(plan_all, engine)))
    assert list(faster_than_linear(SIZES, counts[1:])) == []
    for module, name in CONSTANT:
        found = [sum(calls for ((path, _, each), _), calls in count.items() if path.endswith(module) and each == name)
                 for count in counts[1:]]  # fmt: skip
        assert found[0] > 0 and len({*found}) == 1, (module, name, found)
