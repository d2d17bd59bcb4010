"""The part of the session that is about failures: what they were, how to fix them, and what to send about them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from wizard.base.errors import GoliveError
from wizard.checklist.evidence import Status
from wizard.checklist.model import Task
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine import kept_failures
from wizard.engine.events import TaskFailed
from wizard.engine.runner import Engine
from wizard.plan.actions import Plan
from wizard.reporting import support_bundle
from wizard.reporting.session_log import RunLog

LAST_LINES = 12
"""Lines of the log that a failure shows."""


class SessionFailures:
    """Mixed into the session. Methods that use the engine block."""

    engine: Engine
    log: RunLog

    def _locked_engine(self) -> AbstractContextManager[Engine]:
        raise NotImplementedError

    def last_failure(self, task: Task) -> TaskFailed | None:
        """The last failure of *task*, also of an earlier session. None if it did not fail."""
        engine = self.engine
        if engine.state.task_status(task) is not Status.FAILED:
            return None
        return kept_failures.load(engine.project.root, engine.checklist, task)

    def find_fix(self, diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, list[tuple[Task, Plan]]] | None:
        """The first confirmed diagnosis that Golive can fix, with the plans that fix it."""
        for diagnosis in diagnoses:
            if not diagnosis.confirmed:
                continue
            try:
                with self._locked_engine() as engine:
                    plans = list(engine.fixes_for(diagnosis))
            except GoliveError:  # the failure itself may prevent planning; the hint's text is still shown
                continue
            if plans:
                return diagnosis, plans
        return None

    def apply_fix(self, diagnosis: Diagnosis) -> None:
        with self._locked_engine() as engine:
            engine.apply_fixes(diagnosis)

    def last_lines(self, task: Task) -> list[str]:
        """The last lines of the log of *task* that are not blank."""
        return [line for line in self.log.last(200, task.number) if line.strip()][-LAST_LINES:]

    def bundle(self, failure: str) -> Path:
        """Write a support bundle about *failure*; returns its path."""
        with self._locked_engine() as engine:
            log = self.log.whole()
            return support_bundle.make(engine.project.root, engine.checklist, engine.state, log=log, failure=failure)
