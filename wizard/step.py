"""The interface of a step, the code of one task: inspect, plan, verify. A step never changes anything itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from wizard.base.errors import UsageError
from wizard.checklist import plugins
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.checklist.model import Task
from wizard.plan.actions import Finding, Plan
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox


@dataclass(frozen=True)
class Step:
    """Base class of all steps. *task* is its entry in the checklist."""

    task: Task
    temporary: ClassVar[bool] = False
    """Whether the plan is undone as soon as its effect was verified."""

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        """Questions whose answers the plan needs."""
        return []

    def inspect(self, project: Project) -> list[Finding]:
        """Findings about the project as it is. Changes nothing."""
        return []

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        """The actions that complete the task; none if it is complete. Deterministic: depends only on its arguments."""
        raise NotImplementedError

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        """Evidence for each item, from how the project behaves and not from what was edited."""
        raise NotImplementedError

    def after(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        """Evidence that is only available after a temporary plan was undone."""
        return iter(())


def load(task: Task) -> Step:
    """The step that the checklist names for *task*, from Golive or from a plug-in.

    Raises:
        UsageError: the plug-in can't be loaded, or its class is not a step.
    """
    if plugin := plugins.steps().get(task.step):
        kind = plugin.load()
        if not (isinstance(kind, type) and issubclass(kind, Step)):
            why = f"{plugin.package} registers it as the step {task.step}"
            raise UsageError(f"{plugin.value} is not a step", why, "It must be a subclass of wizard.step.Step.")
        return kind(task)
    step: Step = importlib.import_module(f"steps.{task.step}").STEP(task)
    return step
