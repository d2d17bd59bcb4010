"""Verify tasks: collect evidence for their items, and decide whether it replaces earlier evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Iterator, Mapping

from wizard import step
from wizard.base.errors import NotYetError, StepError, Stopped
from wizard.checklist.evidence import WORST, Evidence, Status, shown, waiting
from wizard.checklist.model import Checklist, Item, Task
from wizard.diagnosis.cause import of_error
from wizard.engine.events import Ticked, Verifying
from wizard.engine.failure_places import completed
from wizard.engine.present_point import present_point
from wizard.engine.run_context import RunContext
from wizard.state import generated_items
from wizard.state.crash_log import Contained
from wizard.state.generated_items import Generated
from wizard.state.state_file import State
from wizard.state.tick_points import TickPoint

TICKED = {Status.DONE, Status.REHEARSED}
KEPT = {*TICKED, Status.WAIVED}
CHECKED = {*TICKED, Status.DRIFTED, Status.NOT_APPLICABLE}
"""The statuses that `check` verifies. A drifted item is checked until it passes again."""


@dataclasses.dataclass
class Checker:
    """Verifies the items of tasks."""

    context: RunContext
    elsewhere: dict[str, Evidence] = dataclasses.field(default_factory=dict)
    """Failures of other tasks' items that the last task found, by item."""

    def verify(self, task: Task, only: Container[str] | None = None) -> list[Evidence]:
        """Evidence for every item of *task*, or for the items in *only*. Items without evidence wait for the user.

        An item keeps its earlier evidence if an error ended the checks before it.

        Raises:
            StepError: the checks could not be completed. The evidence until then is recorded.
        """
        context, point = self.context, present_point(self.context)
        found, problem = self.collect(task)
        self._record_elsewhere()
        items = [item for item in task.items if only is None or item.id in only]
        failed = problem is not None and not isinstance(problem, NotYetError)
        if problem is not None and failed:
            _blame(problem, items, found, of_error(problem, context.project).where)
        reason = _reason(problem, failed=failed)
        for item in items:
            previous, new = context.state.evidence.get(item.id), found.get(item.id)
            kept = new is None and failed and previous and previous.status in KEPT
            if previous and (kept or self.outlasts(previous, new, incomplete=problem is not None)):
                found[item.id] = previous
            evidence = found.setdefault(item.id, waiting(item.id, "", reason))
            evidence = found[item.id] = completed(evidence, item, task, context.project)
            self.record(task, item, evidence, point if evidence is not previous else None)
        if problem is not None and failed:
            raise problem
        return [found[item.id] for item in items]

    def record(self, task: Task, item: Item, evidence: Evidence, point: TickPoint | None) -> None:
        """Record and report *evidence*, and that *item* is ticked at *point*."""
        context = self.context
        context.records.record(task, evidence)
        if point and evidence.status in TICKED:
            context.state.points[item.id] = point
        context.report(Ticked(item, evidence))

    def collect(self, task: Task) -> tuple[dict[str, Evidence], StepError | None]:
        """Run the checks of *task*. Returns the evidence by item, and the error that ended them early.

        Raises:
            Stopped: the user stopped the task.
        """
        context = self.context
        context.report(Verifying(task.title))
        context.sandbox.begin(task.number, temporary=step.load(task).temporary)
        return self._collect(task)

    def _collect(self, task: Task) -> tuple[dict[str, Evidence], StepError | None]:
        """The evidence of *task* by item, and the error that ended its checks early.

        Raises:
            Stopped: the user stopped the task.
        """
        context, found = self.context, dict[str, Evidence]()
        self.elsewhere = {}
        others = self._items_elsewhere(task)
        try:
            with Contained(context.project.root, reading=context.reading):
                for evidence in self._evidence(task):
                    if any(item.id == evidence.item for item in task.items):  # the checks can add items
                        found[evidence.item] = _combined(found.get(evidence.item), evidence)
                    elif evidence.item in others and evidence.status is Status.FAILED:
                        self.elsewhere[evidence.item] = _combined(self.elsewhere.get(evidence.item), evidence)
                    elif evidence.item in others:
                        context.records.record(task, evidence)
        except Stopped:
            raise
        except StepError as error:
            if context.stopping:
                raise
            return found, error
        return found, None

    def _record_elsewhere(self) -> None:
        """Keep the failures of other tasks' items, unless earlier evidence outranks them."""
        for task, item in self.context.checklist.items():
            previous, new = self.context.state.evidence.get(item.id), self.elsewhere.get(item.id)
            if new and not (previous and self.outlasts(previous, new, incomplete=False)):
                self.record(task, item, completed(new, item, task, self.context.project), None)

    def _items_elsewhere(self, task: Task) -> set[str]:
        """Items of other tasks and of the go-live lists, for which *task* may have evidence too."""
        checklist = self.context.checklist
        go_live = {item.id for section in checklist.go_live for item in section.items}
        return go_live | {item.id for _, item in checklist.items()} - {item.id for item in task.items}

    def _evidence(self, task: Task) -> Iterator[Evidence]:
        context, work = self.context, step.load(task)
        yield from work.verify(context.project, context.sandbox, context.answers)
        if work.temporary:
            context.roll_back(task)
            yield from work.after(context.project, context.sandbox)

    def outlasts(self, previous: Evidence, new: Evidence | None, *, incomplete: bool) -> bool:
        """Whether the *previous* evidence of an item is kept. *incomplete*: the verification could not finish."""
        if new is None and not incomplete and not self.context.sandbox.may_write and previous.status is not Status.OPEN:
            return True  # a read-only check can't collect evidence that needs an action
        if new is not None and new.status is Status.REHEARSED and previous.status is Status.DONE:
            # Evidence from production outranks evidence from the rehearsal.
            return previous.kind != "note"
        if previous.kind != "note" or previous.status not in {Status.DONE, Status.WAIVED, Status.NOT_APPLICABLE}:
            return False
        # The user's confirmation counts until there is evidence to the contrary.
        return new is None or not (
            (new.status in {*TICKED, Status.NOT_APPLICABLE} and new.kind != "skipped")
            or (new.status is Status.FAILED and previous.status is Status.DONE)
        )


def import_ticked(
    state: State,
    checklist: Checklist,
    ticked: Iterable[Evidence],
    points: Mapping[str, TickPoint],
    generated: Mapping[str, Generated],
) -> None:
    """Take over evidence and its points from a report, for items that are open and don't depend on this machine.

    The items of resources are those *generated* where the report was made. Here they may have other numbers.
    """
    local = {item.id for _, item in checklist.items() if item.here}
    numbers = generated_items.take_over(checklist, state.facts, generated)
    here = generated_items.stored(state.facts)
    points = {numbers.get(item, item): point for item, point in points.items()}
    for found in ticked:
        evidence = dataclasses.replace(found, item=numbers.get(found.item, found.item))
        if evidence.item in here and found.item not in numbers:
            continue  # the report means another item by this number
        if evidence.status in TICKED and evidence.item not in local and state.status(evidence.item) is Status.OPEN:
            state.evidence[evidence.item] = evidence
            if point := points.get(evidence.item):
                state.points[evidence.item] = point


def _blame(problem: StepError, items: list[Item], found: dict[str, Evidence], where: str) -> None:
    """Record *problem* as the failure of the first item that has no evidence. *where* is its place."""
    first = next((item for item in items if item.id not in found), None)
    if first is not None:
        found[first.id] = shown(first.id, False, "command", f"the check of item {first.id}", str(problem), where=where)


def _reason(problem: StepError | None, *, failed: bool) -> str:
    """Why an item has no evidence."""
    if problem is None:
        return "needs your input"
    return f"not checked, because of an error: {problem}" if failed else str(problem)


def _combined(first: Evidence | None, second: Evidence) -> Evidence:
    """The evidence of several checks of one item: that of the worse status, or all results of the same status."""
    if first is None:
        return second
    if first.status is not second.status:
        return min(first, second, key=_badness)
    showed = f"{first.showed}; {second.showed}" if first.showed != second.showed else second.showed
    expected, where = first.expected or second.expected, first.where or second.where
    return dataclasses.replace(second, showed=showed, expected=expected, where=where)


def _badness(evidence: Evidence) -> int:
    return WORST.index(evidence.status) if evidence.status in WORST else len(WORST)
