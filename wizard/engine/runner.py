"""The engine: runs tasks (inspect, plan, apply, verify), checks them, applies fixes, and undoes changes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from wizard.base.errors import GoliveError, StepError, Stopped
from wizard.checklist.evidence import Evidence, Status, waiting
from wizard.checklist.model import Task
from wizard.diagnosis import cause
from wizard.diagnosis.diagnose import Diagnosis, Failure, diagnose
from wizard.engine import kept_failures, recovery
from wizard.engine.checking import Checker
from wizard.engine.drift_check import DriftCheck
from wizard.engine.events import NotChecked, Planned, TaskFailed, TaskFinished, TaskStarted, Ticked, Verifying
from wizard.engine.fix_commands import fix_command
from wizard.engine.joint_changes import JointChanges, groups
from wizard.engine.plan_runner import PlanRunner
from wizard.engine.run_context import RunContext
from wizard.engine.undo import Undone
from wizard.plan.actions import Choice, Plan
from wizard.project import release_copy
from wizard.state import state_file
from wizard.state.crash_log import Contained

DEPENDENCIES = 8
"""The task that needs an environment made from the dependency file alone. Making it takes seconds."""


@dataclass
class Engine(RunContext):
    """Runs the tasks of one project. Synchronous: front ends call it from a thread that may block."""

    choices: dict[int, Choice] = field(default_factory=dict)
    """The user's choices for the next plan of a task, by the task's number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._checker, self._plans = Checker(self), PlanRunner(self)
        self._joint = JointChanges(self, self._plans)
        self.not_checked: list[NotChecked] = []
        """The tasks whose checks ended with an error in the last `check`."""

    def recover(self, *, died: bool) -> None:
        """Roll back what an interrupted run left unfinished. The task can then be run again."""
        recovery.recover(self.records, died=died)
        self.refresh()

    # ---- running

    def plan(self, task: Task) -> Plan:
        return self._plans.plan(task)

    def complete_environment(self, task: Task) -> None:
        """Install the recorded packages that the settings need to load; see `PlanRunner`."""
        self._plans.complete_environment(task)

    def run(self, tasks: Iterable[Task], *, keep_going: bool = False) -> list[Task]:
        """Run *tasks* in order and return those that failed. Stop at the first failure unless *keep_going*."""
        failed = []
        for group in groups(tasks):
            waiting = group
            while waiting:
                self._change(waiting)
                changed = max(1, len(self._joint.made))
                for task in waiting[:changed]:
                    if not self.run_task(task):
                        failed.append(task)
                        if not keep_going:
                            self._joint.leave_out()
                            return failed
                waiting = waiting[changed:]
        return failed

    def _change(self, tasks: list[Task]) -> None:
        """Make the changes of several tasks at once, if that is possible.

        Raises:
            Stopped: the user stopped them.
        """
        try:
            self._joint.make(tasks, self.choices)
            if DEPENDENCIES in self._joint.made:
                self.sandbox.environment_in_advance.begin()
        except Stopped:
            self.emit(TaskStarted(tasks[0]))
            self.emit(TaskFinished(tasks[0], self.state.task_status(tasks[0])))
            raise

    def run_task(self, task: Task) -> bool:
        """Plan, apply and verify *task*. Return whether it succeeded; a failure is reported as an event."""
        made = self._joint.events(task)
        for event in [TaskStarted(task)] if made is None else made:
            self.emit(event)
        self.state.position = task.number
        self.state.save()
        began, choice = time.monotonic(), self.choices.pop(task.number, Choice())
        try:
            with Contained(self.project.root, reading=self.reading):
                self._plans.run(task, choice, changed=made is not None)
            evidence = self.verify(task)
            self._record_duration(task, round(time.monotonic() - began, 1))
        except GoliveError as error:
            if self.stopping:
                raise self._stopped(task) from error
            self.roll_back(task)
            if not isinstance(error, StepError):
                raise
            self.state.save()
            self._fail(Failure(task, str(error), cause.of_error(error, self.project), error))
            self.emit(TaskFinished(task, Status.FAILED))
            return False
        failed = [found for found in evidence if found.status is Status.FAILED]
        if choice.left_out:
            self._leave_open(task, failed)
            failed = []
        if failed:
            message = "; ".join(f"{found.item}: {found.result()}" for found in failed)
            self._fail(Failure(task, message, cause.of_evidence(task, failed, self.project, self.sandbox)))
        else:
            kept_failures.forget(self.project.root, task)
        self.state.fingerprint = self.fingerprint() if not failed else ""
        self.state.save()
        self.emit(TaskFinished(task, self.state.task_status(task)))
        return not failed

    def _record_duration(self, task: Task, seconds: float) -> None:
        self.journal.append("spent", task=task.number, seconds=seconds)
        self.state.spent[str(task.number)] = seconds

    def _leave_open(self, task: Task, failed: list[Evidence]) -> None:
        """Record as open, not failed, the items that need an action that the user left out of the plan."""
        for found in failed:
            evidence = waiting(found.item, found.ran, f"you left out a part of the plan: {found.showed}")
            self.records.record(task, evidence)
            self.report(Ticked(task.item(found.item), evidence))

    def _stopped(self, task: Task) -> Stopped:
        """Roll back the unfinished changes of *task*. Return the error that says what remains."""
        self.resume()
        self.sandbox.forget_failure()
        self.project.interpreter.close()
        unfinished = self.roll_back(task)
        self.emit(TaskFinished(task, self.state.task_status(task)))
        outcome = (
            "its unfinished changes were rolled back"
            if unfinished
            else "its changes were kept, but are not verified yet"
        )
        return Stopped(f"Task {task.number} was stopped", outcome, "Run it again to continue.")

    def _fail(self, failure: Failure) -> None:
        """Report a failure with its cause and the diagnoses of its troubleshooting guides."""
        self.emit(Verifying("the hints of the troubleshooting guide"))
        known, diagnoses = diagnose(self.checklist, failure, self.project, self.sandbox)
        event = TaskFailed(failure.task, failure.error, diagnoses, known)
        kept_failures.keep(self.project.root, event)
        self.emit(event)

    def compare_tests(self) -> tuple[str, ...]:
        """Run the project's own tests again, if they ran before a change; see `OwnTests.compare`."""
        return self._plans.own_tests.compare()

    # ---- checking

    def verify(self, task: Task, only: Container[str] | None = None) -> list[Evidence]:
        """Evidence for every item of *task*, or for the items in *only*."""
        return self._checker.verify(task, only)

    def check(self, tasks: Iterable[Task]) -> list[Evidence]:
        """Verify again every item that is done, rehearsed or drifted. Return those that have drifted."""
        check = DriftCheck(self, self._checker)
        check.run(tasks)
        self.not_checked = check.not_checked
        return check.drifted

    def skip_open_items(self, task: Task, reason: str) -> None:
        """Skip every item of *task* that is neither done, rehearsed nor skipped."""
        for item in task.items:
            if self.state.status(item.id) not in {*state_file.SETTLED, Status.NOT_APPLICABLE}:
                self.report(Ticked(item, self.records.note(task, item, Status.WAIVED, reason)))

    def fingerprint(self) -> str:
        """A hash of everything that evidence depends on. While it stays the same, a run has nothing to do."""
        generated = (self.project.root / "staticfiles", self.project.root / "logs")
        tree = release_copy.fingerprint(self.project.top, self.project.git, self.project.python.prefix, generated)
        target = f"{self.sandbox.name} {self.sandbox.target.connected_accounts()}"
        return hashlib.sha256(f"{target} {tree} {self.answers.fingerprint()}".encode()).hexdigest()

    # ---- fixes

    def fixes_for(self, diagnosis: Diagnosis) -> Iterator[tuple[Task, Plan]]:
        """The plans that fix what *diagnosis* confirmed, each with its task; none if only the user can fix it.

        Consume one at a time: applying a plan changes files that the next one edits.
        """
        for number in diagnosis.hint.tasks:
            task = self.checklist.tasks[number]
            if (plan := self.plan(task)).work:
                yield task, plan
        if command := fix_command(self.project, diagnosis.hint):
            yield self.checklist.tasks[self.state.position], Plan.of(command)

    def apply_fixes(self, diagnosis: Diagnosis) -> None:
        """Apply the plans of `fixes_for`. Roll back each one after which the project no longer loads.

        Raises:
            GoliveError: a plan failed. Its unfinished changes were rolled back.
        """
        for task, plan in self.fixes_for(diagnosis):
            self.report(Planned(task, plan))
            try:
                self._plans.apply(task, plan)
            except GoliveError as error:
                if self.stopping:
                    raise self._stopped(task) from error
                self.roll_back(task)
                raise

    # ---- undoing

    def undo(self, numbers: Iterable[int], *, revert: bool = False) -> Undone:
        """Undo Golive's changes for these tasks; see `Records.undo`."""
        undone = self.records.undo(numbers, revert=revert)
        self.refresh()
        return undone
