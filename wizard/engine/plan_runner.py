"""Plan tasks and apply their plans, so that the project still loads afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wizard import step
from wizard.base.errors import MissingModule, ProjectError, StaleError, StepError
from wizard.checklist.answers import Question
from wizard.checklist.model import Task
from wizard.engine.events import FindingReported, Planned
from wizard.engine.local_starts import LocalStart, LocalStarts
from wizard.engine.own_tests import OwnTests
from wizard.engine.run_context import RunContext
from wizard.plan.actions import (
    Assist,
    Choice,
    CommitFiles,
    GenerateSecrets,
    InstallPackages,
    MakeDirectory,
    Plan,
    RecordRequirements,
    RunCommand,
    UntrackFiles,
    WriteFile,
)
from wizard.state.crash_log import Contained

OF_FILES = (
    WriteFile, MakeDirectory, RunCommand, InstallPackages, RecordRequirements, UntrackFiles, CommitFiles,
    GenerateSecrets, Assist,
)  # fmt: skip
"""Actions that change the repository and packages only."""
ROUNDS = 3
"""How often a task may be planned: again if a file changed meanwhile, or if its own changes revealed more to do."""


@dataclass
class PlanRunner:
    """Plans tasks and applies the plans."""

    context: RunContext

    def __post_init__(self) -> None:
        self._starts = LocalStarts(self.context.project)
        self.own_tests = OwnTests(self.context)

    def plan(self, task: Task) -> Plan:
        """The plan of *task*, or one that installs what its project needs to load."""
        context = self.context
        context.sandbox.begin(task.number)
        with Contained(context.project.root, reading=context.reading):
            return self._installation() or step.load(task).plan(context.project, context.sandbox, context.answers)

    def complete_environment(self, task: Task) -> None:
        """Install the recorded packages that the settings need to load, as a plan of *task*.

        Raises:
            MissingModule: a module is still missing after the installation.
        """
        installed: set[str] = set()
        while plan := self._installation():
            names = {name for action in plan.actions if isinstance(action, InstallPackages) for name in action.packages}
            if names <= installed:
                self.context.project.inspect_settings()
            installed |= names
            self.context.report(Planned(task, plan))
            self.context.applier.apply(task.number, plan.work)
            self.context.project.refresh()

    def _installation(self) -> Plan:
        """A plan that installs the module that the settings need to load; empty if they load."""
        try:
            self.context.project.inspect_settings()
        except MissingModule as missing:
            return Plan.of(InstallPackages((missing.package,), "the settings don't load without it"))
        return Plan()

    def change(self, task: Task, choice: Choice) -> bool:
        """Apply the plan of *task* with the user's *choice*, without loading the project afterwards.

        Returns False, and changes nothing, if the plan does more than change files and packages.

        Raises:
            StaleError: files changed while they were edited.
            StepError: an action failed.
        """
        context, work = self.context, step.load(task)
        context.sandbox.begin(task.number)
        self._keep_answers(work.questions(context.project, context.sandbox))
        for finding in work.inspect(context.project):
            context.report(FindingReported(finding))
        plan = choice.of(work.plan(context.project, context.sandbox, context.answers))
        context.report(Planned(task, plan))
        if not all(isinstance(action, OF_FILES) for action in plan.work):
            return False
        if plan.work:
            self.own_tests.before_change(task, plan)
            context.applier.apply(task.number, plan.work)
        return True

    def run(self, task: Task, choice: Choice, *, changed: bool = False) -> None:
        """Apply the plan of *task* with the user's *choice*. Plan again until nothing is left to do.

        *changed*: `change` has applied its first plan.

        Raises:
            StaleError: files kept changing while they were edited.
            StepError: an action failed, or the project no longer loads.
        """
        context, work = self.context, step.load(task)
        context.sandbox.begin(task.number, temporary=work.temporary)
        for attempt in range(2 if changed else 1, ROUNDS + 1):
            self._keep_answers(work.questions(context.project, context.sandbox))
            if attempt == 1:
                for finding in work.inspect(context.project):
                    context.report(FindingReported(finding))
            plan = choice.of(work.plan(context.project, context.sandbox, context.answers))
            if attempt == 1 or plan.work:
                context.report(Planned(task, plan))
            if not plan.work:
                return
            try:
                self.apply(task, plan, temporary=work.temporary)
            except StaleError:
                context.roll_back(task)
                if attempt == ROUNDS:
                    raise

    def apply(self, task: Task, plan: Plan, *, temporary: bool = False) -> None:
        """Apply *plan*, and undo it if the project no longer loads. The rehearsal shows it for a *temporary* one.

        Raises:
            StepError: an action failed, or the project no longer loads.
        """
        if temporary and not self.context.sandbox.target.real:
            self.context.applier.apply(task.number, plan.work, temporary=True)
            self.context.look_at_files()
            return
        before = self.starts()
        if not temporary:
            self.own_tests.before_change(task, plan)
        self.context.applier.apply(task.number, plan.work, temporary=temporary)
        self.context.refresh()
        self._require_loading(before)

    def starts(self) -> Mapping[str, LocalStart]:
        """How the project starts locally."""
        return self._starts.observe()

    def require_starts(self, before: Mapping[str, LocalStart]) -> None:
        """Check that the project still starts as *before*, in production and locally.

        Raises:
            StepError: it does not. Says why.
        """
        try:
            problem = self._starts.worse(before)
        except ProjectError as error:
            problem = str(error)
        if problem:
            raise StepError("The project no longer starts as before this change", problem)

    def _keep_answers(self, questions: list[Question]) -> None:
        """Keep the answers in the state, so that later runs verify against the same values."""
        for name, answer in self.context.answers.validated(questions).items():
            self.context.keep_answer(name, answer)

    def _require_loading(self, before: Mapping[str, LocalStart]) -> None:
        """Undo the last batch if the project no longer starts as before, in production or locally.

        *before*: how it started locally.

        Raises:
            StepError: it does not. Says why.
        """
        undoing = self.context.records.undoing
        try:
            self.require_starts(before)
        except StepError as error:
            undoing.run(undoing.active()[-1:])
            self.context.refresh()
            raise StepError(f"{error.what}, so the change was rolled back", error.why) from error
