"""The first line about a failed service names it, quotes its message, and says what to do. No hint contradicts it.

`./dev faults --failures` plants all of them into the finished sample. Here they are planted into a small project.
"""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.faults.failure import read
from tests.faults.services_failures import FAILURES
from tests.targets.railway_project import write_project
from wizard.cli import main
from wizard.targets.railway import polling

SLOW = {"certificate", "is reset", "is closed", "DNS", "proxy", "503", "502", "500"}
"""Parts of the names of failures after which Golive retries for seconds."""
QUICK = [failure for failure in FAILURES if failure.task == 11 and not any(part in failure.name for part in SLOW)]
REST = [failure for failure in FAILURES if failure.task in {11, 12, 17} and failure not in QUICK]


def report_of(failure, folder, python, monkeypatch, capsys):
    """The report of a run on a small project in *folder*, in this process."""
    monkeypatch.setattr(polling, "PAUSES", (0.1,))
    write_project(folder)
    (folder / "venv").symlink_to(Path(python).parents[1])
    (folder / ".gitignore").write_text(".env*\nvenv\n")
    with failure.around(folder) as variables, monkeypatch.context() as patch:
        for name in set(os.environ) - set(variables):
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        arguments = ["--auto", "--json", "--no-commit", "--only", str(failure.task)]
        code = main.main([*arguments, *failure.options, str(folder)])
    captured = capsys.readouterr()
    return read(failure, CompletedProcess([], code, captured.out, captured.err))


@pytest.mark.parametrize(
    "failure",
    [
        *(pytest.param(failure, id=failure.name) for failure in QUICK),
        *(pytest.param(failure, id=failure.name, marks=pytest.mark.nightly) for failure in REST),
    ],
)
def test_the_cause_of_a_failed_service_comes_first(failure, tmp_path, python, monkeypatch, capsys):
    report = report_of(failure, tmp_path, python, monkeypatch, capsys)
    assert report.right, f"{report.first}\nmissing: {report.missing}\nwrong: {report.wrong}\n{report.text}"
