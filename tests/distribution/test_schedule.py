"""The tests are distributed so that the longest begin first, and a worker runs a whole file."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from tests import schedule

NAMES = [f"{file}.py::test_{number}" for file in ("a", "b", "c", "d", "e") for number in range(3)]
"""15 tests in five files."""


def chunks(order, workers):
    """What xdist gives each worker at first: an equal number of consecutive tests."""
    pending, given = list(order), []
    for left in range(workers, 0, -1):
        count = len(pending) // left
        given.append([NAMES[index] for index in pending[:count]])
        del pending[:count]
    return given


def test_the_longest_files_begin_first_on_workers_of_their_own():
    order = schedule.arrange(NAMES, {"b.py": 9.0, "d.py": 8.0, "e.py": 2.0}, 2)
    first, second = chunks(order, 2)
    assert [name[0] for name in first] == [*"bbb", *"aaa", "c"]
    assert [name[0] for name in second] == [*"ddd", *"eee", *"cc"]


def test_a_long_test_is_separate_from_its_file():
    order = schedule.arrange(NAMES, {"a.py::test_2": 30.0, "a.py": 20.0, "b.py": 5.0}, 3)
    starts = [given[0] for given in chunks(order, 3)]
    assert starts == ["a.py::test_2", "a.py::test_0", "b.py::test_0"]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7, 15, 20])
@pytest.mark.parametrize("seconds", [{}, {"c.py": 1.0}, {f"{file}.py": 1.0 for file in "abcde"}])
def test_every_test_is_run_once(workers, seconds):
    order = schedule.arrange(NAMES, seconds, workers)
    assert Counter(order) == Counter(range(len(NAMES)))


def test_a_run_records_its_files_and_its_long_tests(tmp_path, monkeypatch):
    monkeypatch.setenv(schedule.VARIABLE, str(tmp_path / "durations.json"))
    recorder = schedule.Recorder()
    for name, when, duration in (
        ("a.py::test_1", "setup", 40), ("a.py::test_1", "call", 0.5), ("a.py::test_2", "call", 25),
        ("b.py::test_1", "call", 0.9),
    ):  # fmt: skip
        recorder.pytest_runtest_logreport(SimpleNamespace(nodeid=name, when=when, duration=duration))
    recorder.pytest_sessionfinish()
    assert json.loads((tmp_path / "durations.json").read_text()) == {"a.py": 40.5, "a.py::test_2": 25}


def test_every_recorded_file_exists():
    files = {name.partition("::")[0] for name in schedule.recorded()}
    assert files and not [name for name in files if not (schedule.RECORDED.parents[1] / name).is_file()]
