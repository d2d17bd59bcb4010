"""Check ticked items again. An item that is no longer fulfilled has drifted; an error is never drift."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from wizard import step
from wizard.base.errors import GoliveError, LoadingLimit, MissingModule, SettingsError
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.engine.checking import CHECKED, TICKED, Checker
from wizard.engine.drift_causes import DriftCauses
from wizard.engine.events import Drifted, NotChecked
from wizard.engine.present_point import present_point
from wizard.engine.run_context import RunContext
from wizard.state.tick_points import TickPoint
from wizard.targets.verification.commands import development_command

Selected = list[tuple[Task, list[Item]]]
"""Tasks with the items of each that are checked."""


@dataclasses.dataclass
class DriftCheck:
    """Checks ticked items again with *checker*."""

    context: RunContext
    checker: Checker
    drifted: list[Evidence] = dataclasses.field(default_factory=list)
    not_checked: list[NotChecked] = dataclasses.field(default_factory=list)
    """The tasks whose checks an error ended, those with the same error together."""

    def run(self, tasks: Iterable[Task]) -> None:
        """Check every item of *tasks* that is done, rehearsed or drifted.

        Raises:
            Stopped: the user stopped the check.
        """
        context, state = self.context, self.context.state
        selected = [
            (task, items)
            for task in tasks
            if not step.load(task).temporary  # a read-only check can't apply a temporary plan
            and (items := [item for item in task.items if state.status(item.id) in CHECKED])
        ]
        errors: list[tuple[GoliveError, Task, list[Item]]] = []
        problem = self._loading_error() if selected else None
        now = present_point(context)
        self._causes = DriftCauses(context.project, dict(state.points), now)
        if problem:
            left = self._check_loading(selected, problem)
            errors += [(problem, task, items) for task, items in left]
            selected = []
        for task, items in selected:
            try:
                self._check(task, items, now)
            except GoliveError as error:
                if context.stopping:
                    raise
                errors.append((error, task, items))
        self._report(errors)
        state.save()

    def _loading_error(self) -> GoliveError | None:
        """Load the project, so that a check of one task alone has a copy of it. Returns the error."""
        try:
            self.context.project.inspect_settings()
        except GoliveError as error:
            if self.context.stopping:
                raise
            return error
        return None

    def _check(self, task: Task, items: list[Item], now: TickPoint | None) -> None:
        """Check *items* of *task*. Those that pass are known to hold at the point *now*."""
        with self.context.sandbox.read_only():
            found = self.checker.verify(task, {item.id for item in items}, checking=True, point=now)
        for item, evidence in zip(items, found, strict=True):
            if evidence.status not in {*TICKED, Status.NOT_APPLICABLE}:
                self._drift(task, item, evidence)

    def _drift(self, task: Task, item: Item, evidence: Evidence) -> None:
        """Record that *item* has drifted, with what changed since it was ticked."""
        text = f"{evidence.ran} {evidence.showed} {item.text}"
        causes = self._causes.of(item.id, text, evidence.where)
        drift = dataclasses.replace(evidence, status=Status.DRIFTED, changed=str(causes))
        self.context.records.record(task, drift)
        self.context.report(Drifted(item, drift.expected, drift.showed, drift.where, causes.changes))
        self.drifted.append(drift)

    def _check_loading(self, selected: Selected, problem: GoliveError) -> Selected:
        """Report as drifted the items that need the settings to load, if the project itself is the reason that they
        don't. Returns the others."""
        if not isinstance(problem, SettingsError) or isinstance(problem, MissingModule | LoadingLimit):
            return selected
        left: Selected = []
        for task, items in selected:
            failing = {item.id: evidence for item in items if (evidence := self._not_loading(item, problem))}
            for item in items:
                if evidence := failing.get(item.id):
                    self._drift(task, item, evidence)
            if others := [item for item in items if item.id not in failing]:
                left.append((task, others))
        return left

    def _not_loading(self, item: Item, problem: SettingsError) -> Evidence | None:
        """The evidence that *item* is not fulfilled, as the settings that it needs don't load; None if they do."""
        project = self.context.project
        if item.loads == "production":
            what = f"{problem.what}: {problem.why}".replace(f"{project.top}/", "")
            return Evidence(item.id, Status.FAILED, "settings", f"loading {project.production_module}", what)
        if item.loads == "development":
            done = development_command(project, "check")
            if done.returncode:
                return Evidence(item.id, Status.FAILED, "command", done.command, done.last_lines(1))
        return None

    def _report(self, errors: list[tuple[GoliveError, Task, list[Item]]]) -> None:
        """Report the tasks that could not be checked, those with the same error in one event."""
        for text in dict.fromkeys(str(error) for error, _, _ in errors):
            same = [each for each in errors if str(each[0]) == text]
            error = same[0][0]
            items = tuple(item for _, _, items in same for item in items)
            event = NotChecked(tuple(task for _, task, _ in same), items, error.what, error.why, error.hint)
            self.not_checked.append(event)
            self.context.report(event)
