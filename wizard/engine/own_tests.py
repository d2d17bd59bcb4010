"""Compare the results of the project's own tests before the first change and at the end of a run.

The names of the tests that passed are kept in the state folder until they are compared, so a run that was killed, or a
session that goes on tomorrow, is compared with the project as it was before. Those that passed at the end of a run are
kept too: the next run does not start them again if nothing has changed since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base import files
from wizard.base.wording import name_tasks
from wizard.checklist.answers import Question
from wizard.engine import project_tests
from wizard.engine.events import TestsCompared, Verifying
from wizard.engine.likely_cause import Change, likely_cause
from wizard.engine.project_tests import NotRun, Results
from wizard.engine.run_context import RunContext
from wizard.plan.actions import InstallPackages, Plan, RecordRequirements, WriteFile
from wizard.project import release_copy
from wizard.state.state_folder import folder_of

if TYPE_CHECKING:
    from wizard.checklist.model import Task

QUESTION = Question("tests", "Run the project's own tests before and after?", "yes", choices=("no", "yes"))


@dataclass
class OwnTests:
    """The project's own tests during one run of the engine."""

    context: RunContext
    _looked: bool = False
    """Whether this run had its first change, so that the tests ran or there is a reason why not."""
    _changes: list[Change] = field(default_factory=list)

    def before_change(self, task: Task, plan: Plan) -> None:
        """Run the tests before the first change of files or packages.

        An earlier run may have done so and not compared them yet. Then its results count, as do those with which an
        earlier run has ended if nothing has changed since.
        """
        if not any(isinstance(action, WriteFile | InstallPackages | RecordRequirements) for action in plan.work):
            return
        self._changes.append(Change.of(task.number, plan))
        if self._looked:
            return
        kept = self._kept()
        self._looked = True
        if "passed" in kept or not self._wanted() or not project_tests.exist(self.context.project):
            return
        broken = kept.get("broken", {})
        passed = self._passed_last(kept)
        if passed is None and (results := self._run("before the first change")) and not self.context.stopping:
            passed = results.passed
        if passed is not None:
            self._keep({"passed": sorted({*passed, *broken}), "broken": broken})

    def compare(self) -> tuple[str, ...]:
        """Run the tests again if something changed since they ran. Returns those that passed before and fail now."""
        kept = self._kept()
        if kept.keys().isdisjoint({"passed", "compared"}) or not self._wanted():
            return ()
        state = self._state()
        if kept.get("compared") == state:
            return self._report(kept["count"], kept["broken"])
        passed = {*kept.get("passed", ()), *kept.get("broken", {})}
        results = self._run("after the changes")
        if results is not None and _lost(passed, results):  # a second time, since some tests fail now and then
            second = self._run("after the changes, once more")
            results = results if second is None else _best(results, second)
        if results is None or self.context.stopping:  # a run that was stopped has too few results
            return ()
        lost = _lost(passed, results)
        causes = dict(kept.get("broken", {})) | {name: self._cause(results.messages.get(name, "")) for name in lost}
        broken = {name: causes[name] for name in lost}
        count = max(len(passed), kept.get("count", 0))
        last = {"passed": sorted(results.passed), "state": state}
        self._keep({"last": last} | ({"broken": broken, "count": count, "compared": state} if broken else {}))
        return self._report(count, broken)

    def _report(self, count: int, broken: Mapping[str, str]) -> tuple[str, ...]:
        self.context.emit(TestsCompared(count, tuple(broken), tuple(broken.values())))
        return tuple(broken)

    def _wanted(self) -> bool:
        answers = self.context.answers
        return answers.validated([QUESTION]).get(QUESTION.name, QUESTION.default) == "yes"

    def _run(self, when: str) -> Results | None:
        """The results, or None with a sentence for the user if the tests can't be run."""
        self.context.report(Verifying(f"the project's own tests, {when}"))
        try:
            return project_tests.run(self.context.project, self.context.sandbox)
        except NotRun as error:
            self.context.emit(TestsCompared(0, note=f"The project's own tests are left out: {error.what}"))
            return None

    def _cause(self, message: str) -> str:
        numbers = likely_cause(message, self._changes)
        return f"likely {name_tasks(numbers)}" if numbers else ""

    def _state(self) -> str:
        """Identifies what the tests run on: it differs after an undo, a change, or an edit of the user."""
        project = self.context.project
        return release_copy.state(project.top, project.git, project.python.prefix)

    def _passed_last(self, kept: Mapping[str, Any]) -> set[str] | None:
        """The tests that passed at the end of an earlier run, if nothing has changed since."""
        last = kept.get("last", {})
        return set(last["passed"]) if last and last["state"] == self._state() else None

    # ---- the record

    @property
    def _path(self) -> Path:
        return folder_of(self.context.project.root) / "own_tests.json"

    def _kept(self) -> dict[str, Any]:
        """The record of an earlier run. It counts only while Golive's changes are there."""
        content = files.read(self._path)
        if content and self._looked is False and not self.context.records.undoing.active():
            files.discard(self._path)
            return {}
        try:
            record = json.loads(content or b"{}")
        except ValueError:
            return {}
        return record if isinstance(record, dict) else {}

    def _keep(self, record: dict[str, Any]) -> None:
        files.write(self._path, json.dumps(record, indent=1).encode(), mode=0o600)


def _lost(passed: set[str], results: Results) -> list[str]:
    """The tests of *passed* that fail now, or are not found any more because their module can't be imported."""
    good = {name for name, outcome in results.outcomes.items() if outcome != project_tests.FAILED}
    return sorted(passed - good)


def _best(first: Results, second: Results) -> Results:
    """The results of two runs: a test that passed in one of them passed."""
    outcomes = {**second.outcomes, **dict.fromkeys(first.passed | second.passed, project_tests.PASSED)}
    return Results(outcomes, {**first.messages, **second.messages})
