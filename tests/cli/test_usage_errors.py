"""Wrong usage is reported first, in one line, whatever is wrong with the project."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.cli_runner import golive


@pytest.mark.parametrize("line", ["--auto --only 0-99", "--only 0-99", "plan 101", "undo x", "check --from 0"])
def test_wrong_task_numbers_are_reported_before_a_missing_project(line, tmp_path):
    result = golive(*line.split(), cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("golive: Invalid task number: ") and result.stderr.count("\n") == 1


def test_a_task_of_the_projects_own_checklist_is_no_wrong_usage(tmp_path):
    (tmp_path / "manage.py").touch()
    (tmp_path / "golive.yaml").write_text(
        "version: 1\ntasks:\n  - {day: 3, session: Afternoon, task: 101, title: Tell the team, minutes: 5,\n"
        '     items: [{id: "101.1", text: "The team knows the address"}]}\n'
    )
    result = golive("undo", "101", "--yes", cwd=tmp_path)
    assert result.stdout.startswith("Nothing to undo"), result.stderr


@pytest.mark.parametrize(("numbers", "message"), [("0-99", "Invalid task number: 0 "), ("101", "2 projects below")])
def test_among_several_projects_only_certain_mistakes_are_wrong_usage(numbers, message, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / ".golive").mkdir(parents=True)
    assert message in golive("undo", numbers, "--yes", cwd=tmp_path).stderr


@pytest.mark.parametrize(("value", "plain"), [("1", True), ("0", False), ("", False)])
def test_accessible_means_plain(value, plain, tmp_path):
    (tmp_path / "manage.py").touch()
    given = golive("--plain", cwd=tmp_path, stdin=subprocess.DEVNULL)
    result = golive(cwd=tmp_path, stdin=subprocess.DEVNULL, env={**os.environ, "ACCESSIBLE": value})
    assert ("The guided session needs a terminal" in result.stderr) is not plain
    assert (result.stdout == given.stdout and result.returncode == given.returncode) is plain, result.stderr
