"""User journeys, from golive.yaml or found by Golive itself: list them, run them again, and save them as flows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import files
from wizard.base.errors import ChecklistError, GoliveError, Stopped, UsageError
from wizard.base.secrets import HIDDEN
from wizard.checklist import loader
from wizard.checklist.model import OVERLAY, Checklist, Task
from wizard.engine import single_change
from wizard.journeys import flow_text, store
from wizard.journeys.items import RULES
from wizard.journeys.result import Verdict
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.plan.actions import WriteFile
from wizard.site.journey_reader import parse_config, read_config
from wizard.state.generated_items import TASK

if TYPE_CHECKING:
    from wizard.engine.runner import Engine

TASKS = (18, 21, 22)
"""The tasks whose items journeys prove."""
LIST = "`golive journeys` lists all."
PROVEN = frozenset(rule.item for rule in RULES)


@dataclass(frozen=True)
class Draft:
    """golive.yaml with a journey as a flow, not written yet: the content *before* and *after*, the flow's *line*."""

    path: Path
    before: bytes | None
    after: bytes
    line: int


def journeys_of(root: Path) -> list[StoredJourney]:
    """The flows of golive.yaml, each with its last result, and the journeys that Golive found itself.

    Raises:
        ChecklistError: golive.yaml is invalid.
    """
    stored = store.read(root)
    flows = []
    for flow in read_config(root).journeys:
        last = next((each for each in stored if each.source != DERIVED and each.name == flow.name), None)
        missing = StoredJourney(store.of_flow(flow.name, flow.title, (), Verdict.OPEN, ""))
        found = last or missing
        flows.append(StoredJourney(found.result, (flow.item,), flow.location, found.at, found.target))
    return [*flows, *(each for each in stored if each.source == DERIVED)]


def named(known: Sequence[StoredJourney], name: str) -> StoredJourney:
    """The journey *name*.

    Raises:
        UsageError: there is none.
    """
    found = next((each for each in known if each.name == name), None)
    if found is None:
        close = get_close_matches(name, [each.name for each in known], 1)
        hint = f"Did you mean {close[0]}?" if close else f"{LIST} `golive --auto` finds new ones."
        raise UsageError(f"There is no journey {name}", "", hint)
    return found


def can_prove(item: str) -> bool:
    """Whether a journey can prove *item*: one of the checklist, or one of a resource of the project."""
    return item in PROVEN or item.startswith(f"{TASK}.")


# ---- running


def run_again(engine: Engine, name: str, items: Iterable[str] = ()) -> StoredJourney:
    """Run the journey *name*, and record the evidence of its *items*.

    A journey needs what others create, such as an account. So the tasks of the items are verified as in a run, with
    all journeys of the project. The other items keep their evidence.

    Raises:
        UsageError: the journey was not run.
        StepError: the checks of the task could not be completed.
    """
    root = engine.project.root
    before = store.written(root)
    verify(engine, frozenset(items))
    found = named(journeys_of(root), name)
    if not found.at or store.written(root) == before:
        why = "another flow proves its items, or the project no longer has it"
        raise UsageError(f"The journey {name} was not run", why, LIST)
    return found


def verify(engine: Engine, items: frozenset[str]) -> None:
    """Verify *items* by their tasks. Without items, the journeys run and no evidence is recorded.

    Raises:
        StepError: the checks of a task could not be completed.
    """
    engine.project.inspect_settings()
    try:
        for task in _tasks_of(engine.checklist, items):
            engine.verify(task, items)
    except GoliveError as error:
        if not engine.stopping:
            raise
        engine.sandbox.forget_failure()
        raise Stopped("The journeys were stopped", "their items keep their earlier evidence") from error
    finally:
        engine.state.save()


def _tasks_of(checklist: Checklist, items: frozenset[str]) -> list[Task]:
    found = [task for task in checklist.tasks.values() if any(item.id in items for item in task.items)]
    return found or [checklist.tasks[TASK]]


# ---- saving


def flows_to_save(known: Sequence[StoredJourney], names: Sequence[str], taken: set[str]) -> list[flow_text.Flow]:
    """The journeys *names*, or all that work, as flows, with the journeys that they need. *taken* are flows already.

    Raises:
        UsageError: a journey can't be saved. It says why.
    """
    derived = [each for each in known if each.source == DERIVED]
    chosen = [_derived(known, name, taken) for name in names]
    wanted = flow_text.with_needs(chosen or [each for each in derived if each.result.verdict is Verdict.WORKS], derived)
    flows = [flow for each in wanted if each.name not in taken and (flow := flow_text.flow_of(each))]
    saved = {flow["flow"] for flow in flows}
    for each in chosen:
        if each.name not in saved:
            what = f"The journey {each.name} can't be saved as a flow"
            raise UsageError(what, _obstacle(each), "Write the flow yourself.")
    if not flows:
        raise UsageError("There is no journey to save", "", "Run `golive --auto` first.")
    return flows


def _derived(known: Sequence[StoredJourney], name: str, taken: set[str]) -> StoredJourney:
    found = named(known, name)
    if found.source != DERIVED or name in taken:
        raise UsageError(f"{OVERLAY} has a flow {name} already", "", "Edit it there.")
    return found


def _obstacle(journey: StoredJourney) -> str:
    """Why golive.yaml can't hold *journey*."""
    if journey.result.kind == "hole":
        return "it tries what the site must refuse"
    if not journey.items:
        return "no item of the checklist is about it"
    if any(HIDDEN in str(each.replay) for each in journey.result.requests):
        return "it needs a secret"
    return "none of its requests can be sent again as it was"


def draft(root: Path, journey: StoredJourney) -> Draft:
    """golive.yaml with *journey* as a flow, and those that it needs. A flow that is there already stays as it is.

    Raises:
        UsageError: the journey can't be saved as a flow, or not into this file.
    """
    path, known = root / OVERLAY, journeys_of(root)
    before = files.read(path)
    taken = {flow.name for flow in read_config(root).journeys}
    after = before or b""
    if journey.name not in taken:
        after = flow_text.add_flows(before, flows_to_save(known, [journey.name], taken))
    flows = parse_config(Path(OVERLAY), after).journeys
    place = next(flow.location for flow in flows if flow.name == journey.name)
    return Draft(path, before, after, _line(place))


def _line(location: str) -> int:
    return int(location.rpartition(":")[2])


def problem_with(draft: Draft, content: bytes) -> str:
    """Why *content* can't be saved as golive.yaml, with its line. Empty if it can."""
    from wizard.checklist.reader import read as read_checklist

    try:
        if files.read(draft.path) != draft.before:
            return f"{OVERLAY} was changed by another program. Copy your text, cancel, and edit the file again."
        parse_config(Path(OVERLAY), content)
        if line := _unfinished(content):
            return f"{OVERLAY}:{line}: this journey does not work. Replace the text with one that shows its success."
        bundled = loader.bundled()
        read_checklist([(bundled, files.read(bundled) or b""), (Path(OVERLAY), content)])
    except GoliveError as error:
        return str(error)
    return ""


def _unfinished(content: bytes) -> int:
    """The line of an expectation that the user has to write; 0 without one."""
    mark = flow_text.TO_REPLACE.encode()
    return next((number for number, line in enumerate(content.splitlines(), 1) if mark in line), 0)


def save(engine: Engine, draft: Draft, content: bytes) -> None:
    """Write *content* to golive.yaml as a change of task 21, which can be undone.

    Raises:
        UsageError: it is not valid.
        StaleError: the file has changed since the draft was made.
    """
    if problem := problem_with(draft, content):
        raise ChecklistError(problem)
    if content != draft.before:
        _write(engine, draft.path, draft.before, content)


def add_flows(engine: Engine, flows: Sequence[flow_text.Flow]) -> None:
    """Add *flows* to golive.yaml as a change of task 21, which can be undone."""
    path = engine.project.root / OVERLAY
    before = files.read(path)
    _write(engine, path, before, flow_text.add_flows(before, flows))


def _write(engine: Engine, path: Path, before: bytes | None, after: bytes) -> None:
    action = WriteFile(path, before, after, "user journeys for editing")
    single_change.apply(engine, engine.checklist.tasks[TASK], action)


def flow_at(content: bytes, name: str, line: int) -> StoredJourney | None:
    """The flow *name* of golive.yaml with *content*, or else the one at *line*, which may have been renamed."""
    flows = parse_config(Path(OVERLAY), content).journeys
    above = [flow for flow in flows if _line(flow.location) <= line]
    found = next((flow for flow in flows if flow.name == name), above[-1] if above else None)
    if found is None:
        return None
    return StoredJourney(store.of_flow(found.name, found.title, (), Verdict.OPEN, ""), (found.item,), found.location)
