"""The code behind one task: inspect, plan, verify. A step reads; it never writes a file or runs a change itself."""

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
    """Base of all steps; *task* is its entry in the checklist."""

    task: Task
    temporary: ClassVar[bool] = False
    """Whether the plan is taken back as soon as its effect was looked at."""

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        """What the plan would like to know and can't find out."""
        return []

    def inspect(self, project: Project) -> list[Finding]:
        """What is there now. Reads only."""
        return []

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        """What to do about it; empty when the task is satisfied. Pure: same project and answers, same plan."""
        raise NotImplementedError

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        """Evidence for each item, from the effect and not from the edit."""
        raise NotImplementedError

    def after(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        """Evidence that can only be seen once a temporary plan was taken back."""
        return iter(())


def load(task: Task) -> Step:
    """The step the checklist names for *task*: one of Golive's own, or a package's.

    Raises:
        UsageError: the package's can't be loaded, or is no step.
    """
    if brought := plugins.steps().get(task.step):
        kind = brought.load()
        if not (isinstance(kind, type) and issubclass(kind, Step)):
            raise UsageError(f"{brought.value} is no step", f"{brought.package} offers it as {task.step}",
                             "It should be a class that extends wizard.step.Step.")  # fmt: skip
        return kind(task)
    step: Step = importlib.import_module(f"steps.{task.step}").STEP(task)
    return step
