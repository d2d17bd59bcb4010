"""Planted failures: edits of a finished project after which a task fails, and what the report must begin with.

Rows are in modules named AREA_failures.py, in a list FAILURES:

    Failure("a typo in the Procfile", 17, replace("Procfile", "exec gunicorn", "exec gunicron"),
            cause=["Procfile:1", "gunicron: not found"])

They use the edits of `tests.faults.fault`. Paths are relative to the folder of manage.py.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from tests.cli_runner import golive
from tests.faults.fault import Edit, every
from tests.faults.sample import Sample, environment


def nothing(root: Path) -> AbstractContextManager[Mapping[str, str]]:
    return nullcontext({})


@dataclass(frozen=True)
class Failure:
    """A failure of a task, and its cause.

    Arguments:
        task: the task to run, as a user would: `golive --auto --only TASK`.
        edit: plants the failure.
        cause: texts that the first line of the report must contain, together.
        advice: texts that the whole report must contain: what to do.
        never: texts that the whole report must not contain, such as a password or a hint that contradicts the failure.
        around: runs during the task. Yields environment variables for Golive, for example of a service that fails.
        commit: whether Golive commits its changes.
        options: more options of the command line.
        area: set by `collect`.
    """

    name: str
    task: int
    edit: Edit = field(default=every())
    cause: Sequence[str] = ()
    advice: Sequence[str] = ()
    never: Sequence[str] = ()
    around: Callable[[Path], AbstractContextManager[Mapping[str, str]]] = nothing
    commit: bool = False
    options: Sequence[str] = ()
    area: str = ""


@dataclass
class Report:
    """What Golive said about a failure: its first line, and all of it. *seconds*: how long the run took."""

    failure: Failure
    first: str
    text: str
    seconds: float = 0.0

    @property
    def missing(self) -> list[str]:
        """The texts of the cause that the first line lacks, and those of the advice that the report lacks."""
        lacking = [part for part in self.failure.cause if part not in self.first]
        return lacking + [part for part in self.failure.advice if part not in self.text]

    @property
    def wrong(self) -> list[str]:
        """The texts that must not be in the report, and are."""
        return [part for part in self.failure.never if part in self.text]

    @property
    def right(self) -> bool:
        return bool(self.first) and not self.missing and not self.wrong


def planted(failure: Failure, sample: Sample) -> Report:
    """Plant *failure* into *sample*, run its task, and restore the sample."""
    try:
        failure.edit(sample.root)
        with failure.around(sample.root) as variables:
            result = golive(
                "--auto", "--json", *([] if failure.commit else ["--no-commit"]), "--only", failure.task,
                *failure.options, project=sample.root, env={**environment(), "GOLIVE_TESTS": "no", **variables},
            )  # fmt: skip
        return read(failure, result)
    finally:
        sample.restore()


def read(failure: Failure, result: CompletedProcess[str]) -> Report:
    """The report of a run: of the task that failed first, or of an error that ended the run."""
    from wizard.diagnosis.cause import Cause

    for line in result.stdout.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if record.get("event") == "TaskFailed":
            cause = Cause(**record["cause"]) if record["cause"] else record["error"]
            hints = [f"{hint['confirmed']} {hint['hint']}: {hint['seen']}" for hint in record["diagnoses"]]
            return Report(failure, str(cause), "\n".join([str(cause), record["error"], *hints]))
    error = next((line for line in result.stderr.splitlines() if line.startswith("golive: ")), "")
    return Report(failure, error.removeprefix("golive: "), result.stderr)


def collect() -> list[Failure]:
    """The failures of every module AREA_failures.py of this folder."""
    found: list[Failure] = []
    for path in sorted(Path(__file__).parent.glob("*_failures.py")):
        rows: list[Failure] = importlib.import_module(f"tests.faults.{path.stem}").FAILURES
        found += [dataclasses.replace(row, area=path.stem.removesuffix("_failures")) for row in rows]
    names = [failure.name for failure in found]
    assert len(set(names)) == len(names), f"names of failures: {sorted({n for n in names if names.count(n) > 1})}"
    return found
