"""Make the changes of several tasks, and load the project once for all of them.

Each plan is made from the files as they are by then, and from how the project loaded before the first of these tasks.
Then the project is loaded. If it no longer starts as before, or a plan can't be applied, all of these changes are taken
back and the tasks run one at a time. Otherwise each task is planned once more, so that it finds what the earlier ones
changed, and is verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from wizard.base.errors import GoliveError, Stopped
from wizard.checklist.model import Task
from wizard.engine import recovery
from wizard.engine.events import Event, Recovered, TaskStarted
from wizard.engine.plan_runner import PlanRunner
from wizard.engine.run_context import RunContext
from wizard.plan.actions import Choice
from wizard.state.crash_log import Contained
from wizard.state.journal import Batch

TOGETHER = ((1, 2, 3, 4, 5), tuple(range(7, 17)), tuple(range(25, 31)))
"""Tasks in a row whose plans need nothing of what the others of them start."""
STOPPED = ("The tasks were stopped", "their unfinished changes were rolled back", "Run them again to continue.")


def groups(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """*tasks* in their order, those together that can be changed together."""
    for _, found in groupby(tasks, lambda task: next((group for group in TOGETHER if task.number in group), task)):
        yield list(found)


@dataclass
class JointChanges:
    """The changes of a group of tasks. `made` are the tasks that are changed and not verified yet."""

    context: RunContext
    plans: PlanRunner
    made: dict[int, list[Event]] = field(default_factory=dict)
    """The events of each task, which are passed on when it is its turn."""
    _batches: set[str] = field(default_factory=set)

    def make(self, tasks: list[Task], choices: dict[int, Choice]) -> None:
        """Plan and apply *tasks*, up to the first one that does more than change files and packages.

        If that fails, nothing is changed, and `made` is empty.

        Raises:
            Stopped: the user stopped them. Their changes were taken back.
        """
        self.made.clear()
        if len(tasks) < 2:
            return
        context, emit = self.context, self.context.emit
        before = len(self._active())
        try:
            with Contained(context.project.root, reading=context.reading):
                starts = self.plans.starts()
                for task in tasks:
                    events = self.made[task.number] = [TaskStarted(task)]
                    context.emit = events.append
                    if not self.plans.change(task, choices.get(task.number, Choice())):
                        del self.made[task.number]
                        break
                    context.look_at_files()
                context.refresh()
                self.plans.require_starts(starts)
            self._batches = {batch.id for batch in self._active()[before:]}
        except GoliveError as error:
            context.emit, stopped = emit, context.stopping
            context.resume()
            self._take_back(self._active()[before:])
            self.made.clear()
            if stopped:
                context.project.interpreter.close()
                raise Stopped(*STOPPED) from error
        finally:
            context.emit = emit

    def leave_out(self) -> None:
        """Take back the changes of the tasks whose turn has not come, because an earlier one failed."""
        self._take_back([batch for batch in self._active() if batch.task in self.made and batch.id in self._batches])
        self.made.clear()

    def events(self, task: Task) -> list[Event] | None:
        """The events of *task*, whose turn it is. None if it is not changed yet."""
        return self.made.pop(task.number, None)

    def _active(self) -> list[Batch]:
        return self.context.records.undoing.active()

    def _take_back(self, batches: list[Batch]) -> None:
        for batch in reversed(batches):
            if problem := recovery.roll_back(self.context.records, batch):
                self.context.emit(Recovered(f"Task {batch.task}: {problem}"))
        self.context.refresh()
