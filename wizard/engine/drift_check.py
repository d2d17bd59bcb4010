"""Check ticked items again. An item that is no longer fulfilled has drifted; an error is never drift."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from wizard import step
from wizard.base.errors import (
    BlockedError,
    GoliveError,
    LoadingLimit,
    MissingModule,
    NotYetError,
    SettingsError,
    SiteError,
    StartError,
    StepError,
)
from wizard.checklist.evidence import UNDECIDED, Evidence, Status, waiting
from wizard.checklist.model import Item, Task
from wizard.diagnosis.cause import of_error
from wizard.engine.checking import CHECKED, TICKED, Checker
from wizard.engine.drift_causes import DriftCauses
from wizard.engine.events import Drifted, NotChecked
from wizard.engine.failure_places import completed
from wizard.engine.present_point import present_point
from wizard.engine.run_context import RunContext
from wizard.project.dependencies import requirement_for
from wizard.state.tick_points import TickPoint
from wizard.targets.deployment_failure import DeploymentFailure
from wizard.targets.verification.commands import development_command

PASSED = {*TICKED, Status.NOT_APPLICABLE}


@dataclasses.dataclass
class DriftCheck:
    """Checks ticked items again with *checker*."""

    context: RunContext
    checker: Checker
    drifted: list[Evidence] = dataclasses.field(default_factory=list)
    not_checked: list[NotChecked] = dataclasses.field(default_factory=list)
    """What could not be checked: items with the same error are together."""

    def __post_init__(self) -> None:
        self._errors: list[tuple[GoliveError, Task, Item]] = []
        self._known_words: dict[GoliveError, tuple[str, str, str]] = {}

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
        problem = self._loading_error() if selected else None
        now = present_point(context)
        ticked = [item for item in state.points if state.status(item) in TICKED]
        latest = max(ticked, key=lambda item: state.evidence[item].at, default="")
        self._causes = DriftCauses(context.project, dict(state.points), now, state.points.get(latest))
        for task, items in selected:
            if problem:
                self._unchecked(task, items, problem)
            else:
                self._check(task, items, now)
        self._report_errors()
        state.save()

    def _loading_error(self) -> GoliveError | None:
        """Load the project, so that a check of one task alone has a copy of it. Returns the error."""
        project = self.context.project
        try:
            modules = project.inspect_settings().get("absent", ())
        except GoliveError as error:
            if self.context.stopping:
                raise
            return error
        missing = sorted({requirement_for(module, project.root, project.top) for module in modules} - {""})
        if not missing:
            return None
        return MissingModule(", ".join(missing), "the settings name it, and the project's environment lacks it")

    def _check(self, task: Task, items: list[Item], now: TickPoint | None) -> None:
        """Check *items* of *task*. Those that pass are known to hold at the point *now*."""
        problem: GoliveError | None
        try:
            with self.context.sandbox.read_only():
                found, problem = self.checker.collect(task)
        except GoliveError as error:  # the project can't be read any more
            if self.context.stopping:
                raise
            found, problem = {}, error
        left = []
        for item in items:
            evidence = found.get(item.id)
            previous = self.context.state.evidence[item.id]
            if evidence is None:
                left.append(item)
            elif evidence.kind == UNDECIDED:
                reason = f"{evidence.ran}: {evidence.showed}" if evidence.ran else evidence.showed
                self._errors.append((StepError(reason), task, item))
            elif self.checker.outlasts(previous, evidence, incomplete=problem is not None):
                self.checker.record(task, item, previous, None)
            elif evidence.status in PASSED:
                self.checker.record(task, item, evidence, now)
            elif (blocked := self._blocked()) and blocked.task != task.number and _needs_site(previous, evidence):
                self._unchecked(task, [item], blocked.as_waiting())
            else:
                self._drift(task, item, evidence)
        for owner, item in self.context.checklist.items():
            if item.id in self.checker.elsewhere and self.context.state.status(item.id) in TICKED:
                self._drift(owner, item, self.checker.elsewhere[item.id])
        if problem and left:  # without an error, the check is not possible at a production that it only reads
            self._unchecked(task, left, problem)

    def _drift(self, task: Task, item: Item, evidence: Evidence) -> None:
        """Record that *item* has drifted, with what changed since it was ticked."""
        failed = dataclasses.replace(evidence, status=Status.FAILED)
        found = completed(failed, item, task, self.context.project)
        text = f"{found.ran} {found.showed} {found.expected} {item.text}"
        causes = self._causes.of(item.id, text, found.where)
        named = evidence.where or (found.where and found.where in found.showed)
        where = found.where if named else causes.place or found.where
        drift = dataclasses.replace(found, status=Status.DRIFTED, where=where, changed=str(causes))
        self.checker.record(task, item, drift, None)
        self.context.report(Drifted(item, drift.expected, drift.showed, drift.where, causes.changes))
        self.drifted.append(drift)

    # ---- errors

    def _unchecked(self, task: Task, items: list[Item], problem: GoliveError) -> None:
        """Sort out *items*, about which the error *problem* leaves nothing known: which of them it makes untrue."""
        if (blocked := self._blocked()) and (isinstance(problem, BlockedError) or str(problem) == blocked.error):
            problem = BlockedError(f"The deployment failed in task {blocked.task}", blocked.error)
        for item in items:
            if isinstance(problem, NotYetError) and not isinstance(problem, BlockedError):
                self._drift(task, item, waiting(item.id, "", str(problem)))  # something that it needs is gone
            elif evidence := self._contradicted(item, problem, first=item is items[0]):
                self._drift(task, item, evidence)
            else:
                self._errors.append((problem, task, item))

    def _contradicted(self, item: Item, problem: GoliveError, *, first: bool) -> Evidence | None:
        """The evidence that *item* is not fulfilled, if *problem* shows that; None if it only prevented the check.

        *first*: it is the first item of its task that has no evidence.
        """
        context = self.context
        what, why, where = self._words(problem)
        found = f"{what}: {why}" if why and why not in what else what
        target = context.sandbox.active_target
        if isinstance(problem, SiteError) and target and not target.real and first:
            return _failed(item, f"the check of item {item.id}", found, where)
        if item.starts == "deployment" and (blocked := self._blocked()) and blocked.from_project:
            # What has drifted already is the reason, for example the Procfile.
            return None if self.drifted else _failed(item, "the deployment", blocked.error)
        if not self._is_broken(problem):
            return None
        if item.starts == "production":
            return _failed(item, f"the project with {context.project.production_module}", found, where)
        if item.starts == "development":
            done = development_command(context.project, "check")
            showed = done.last_lines(1) or f"exit code {done.returncode}"
            return _failed(item, done.command, showed) if done.returncode else None
        return None

    def _blocked(self) -> DeploymentFailure | None:
        """The deployment that failed during this check, if one did."""
        target = self.context.sandbox.active_target
        return target.failure if target else None

    def _words(self, error: GoliveError) -> tuple[str, str, str]:
        """What happened, why, and where, without the path of the repository. To find it may read the whole project."""
        if error not in self._known_words:
            cause, top = of_error(error, self.context.project), f"{self.context.project.top}/"
            what, why = cause.found.replace(top, ""), (cause.error or error.why).replace(top, "")
            self._known_words[error] = (what, why, cause.where)
        return self._known_words[error]

    def _is_broken(self, problem: GoliveError) -> bool:
        """Whether *problem* says that the project itself does not start, not that this machine lacks something."""
        if isinstance(problem, StartError):
            project, module = self.context.project, problem.missing_module
            return not (module and requirement_for(module, project.root, project.top))
        return isinstance(problem, SettingsError) and not isinstance(problem, MissingModule | LoadingLimit)

    def _report_errors(self) -> None:
        """Report what could not be checked, the items with the same error in one event."""
        found: dict[tuple[str, ...], list[tuple[Task, Item]]] = {}
        for error, task, item in self._errors:
            found.setdefault((*self._words(error), error.hint), []).append((task, item))
        for (what, why, where, hint), pairs in found.items():
            tasks, items = dict.fromkeys(task for task, _ in pairs), (item for _, item in pairs)
            event = NotChecked(tuple(tasks), tuple(items), what, why, hint, where)
            self.not_checked.append(event)
            self.context.report(event)


def _needs_site(previous: Evidence, new: Evidence) -> bool:
    """Whether *new* evidence, like the *previous*, is about the deployed site, and not about a file."""
    return previous.status is Status.REHEARSED and new.kind not in {"file", "git", "settings"}


def _failed(item: Item, ran: str, showed: str, where: str = "") -> Evidence:
    return Evidence(item.id, Status.FAILED, "command", ran, showed, where=where)
