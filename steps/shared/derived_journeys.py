"""Evidence from the journeys that Golive finds in the project itself, with no golive.yaml.

They run once for each state of the deployed site. The tasks of a run share what they showed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec

from wizard.base.errors import StepError, Stopped
from wizard.checklist.answers import Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.journeys.items import Journeys, Judgement
from wizard.journeys.resource_items import resources
from wizard.journeys.result import JourneyResult, Verdict
from wizard.project import release_copy
from wizard.project.inputs import Surface
from wizard.project.project import Project
from wizard.site.session import Site
from wizard.state import generated_items
from wizard.state.generated_items import Generated
from wizard.targets.sandbox import Sandbox

ANSWER = "journeys"
GONE = "the project has no such resource any more"


@dataclass
class Explored:
    """What the journeys showed about one *state* of the project, and the tasks that have used it."""

    state: str
    journeys: Journeys
    tasks: set[int] = field(default_factory=set)


def question(sandbox: Sandbox) -> list[Question]:
    """Whether journeys may create, change and delete at a real site. A rehearsal needs no answer."""
    if not sandbox.target.real:
        return []
    why = (
        "With `full`, Golive signs up a visitor at the real site, creates, changes and deletes rows, and deletes what "
        "it created. With `read`, it only requests pages, and the items that need more stay open."
    )
    text = "Only read, or also create and delete rows on the real site?"
    return [Question("journeys", text, "read", why, choices=("read", "full"))]


def may_change(sandbox: Sandbox) -> bool:
    """Whether journeys may create rows at the target."""
    target = sandbox.target
    return target.may_write and (not target.real or sandbox.answers.get(ANSWER) == "full")


def explore(project: Project, sandbox: Sandbox, site: Site) -> Journeys | None:
    """Run the journeys of the project, or return what they showed to an earlier task of this run.

    A task that is run again runs them again. None if the project's views are not known.
    """
    target, surface = sandbox.target, _surface(project)
    if surface is None:
        return None
    state, known = _state(project, sandbox), target.explored.get(ANSWER)
    if not (isinstance(known, Explored) and known.state == state and target.task_number not in known.tasks):
        known = Explored(state, _explored(sandbox, site, surface))
        target.explored[ANSWER] = known
    known.tasks.add(target.task_number)
    return known.journeys


def evidence_of(sandbox: Sandbox, item: str, journeys: Journeys) -> Iterator[Evidence]:
    """Evidence for an *item* of the checklist. None for an item that journeys can't prove."""
    if judged := journeys.judge(item):
        yield from _evidence(sandbox, judged)
    yield from holes(sandbox, item, journeys)


def holes(sandbox: Sandbox, item: str, journeys: Journeys) -> Iterator[Evidence]:
    """The failure of *item* by a request that the site had to refuse, and did not."""
    if judged := journeys.hole(item):
        yield from _evidence(sandbox, judged)


def resource_evidence(sandbox: Sandbox, journeys: Journeys, with_flow: frozenset[str]) -> Iterator[Evidence]:
    """Evidence for the project's own resources, each of which becomes an item. Those *with_flow* are left to it."""
    checklist, facts, found = sandbox.checklist, sandbox.facts, set[str]()
    for resource in resources(journeys):
        item = generated_items.provide(checklist, facts, Generated(resource.label, resource.text))
        if item is None:
            continue
        found.add(item.id)
        if item.id not in with_flow:
            yield from _evidence(sandbox, resource.judge(item.id))
    if journeys.surface.views and not journeys.surface.problems:
        for item_id, generated in generated_items.stored(facts.state.facts).items():
            if item_id not in found and item_id not in with_flow and not _is_left(journeys, generated.resource):
                yield not_applicable(item_id, f"searched for {generated.resource}", GONE)


def _is_left(journeys: Journeys, resource: str) -> bool:
    """Whether the project still has *resource*, of which no journey was run this time."""
    views = any(view.model == resource for view in journeys.subjects.views)
    return views or any(result.subject == resource for result in journeys.results)


def _evidence(sandbox: Sandbox, judged: Judgement) -> Iterator[Evidence]:
    if judged.verdict is None:
        yield not_applicable(judged.item, judged.ran, judged.showed)
    elif judged.verdict is not Verdict.OPEN:
        holds, ran, showed = judged.verdict is Verdict.WORKS, judged.ran, judged.showed
        expected, where = judged.expected, judged.where
        yield sandbox.evidence(judged.item, holds, "request", ran, showed, expected=expected, where=where)
    elif sandbox.target.may_write:  # a check that only reads knows less than the run that ticked the item
        yield waiting(judged.item, judged.ran, judged.showed)


def _surface(project: Project) -> Surface | None:
    try:
        found = getattr(project, "surface", None)
    except Stopped:
        raise
    except StepError as error:
        return Surface(problems=(str(error),))
    return found if isinstance(found, Surface) else None


def _state(project: Project, sandbox: Sandbox) -> str:
    """The state of the project that a rehearsal would deploy. A real site is explored once for each task."""
    mode = f"{may_change(sandbox)}"
    if sandbox.target.real:
        return mode
    return mode + release_copy.fingerprint(project.top, project.git, project.python.prefix)


def _explored(sandbox: Sandbox, site: Site, surface: Surface) -> Journeys:
    """Run the journeys. An error outside of them leaves all items open."""
    changes = may_change(sandbox)
    try:
        results = tuple(_run(sandbox, site, surface, changes=changes))
    except Stopped:
        raise
    except StepError as error:
        return Journeys(Surface(problems=(str(error),)), ())
    return Journeys(surface, results, reads_only=not changes)


def _run(sandbox: Sandbox, site: Site, surface: Surface, *, changes: bool) -> list[JourneyResult]:
    if not surface.views or find_spec("wizard.journeys.explore") is None:
        return []
    module = importlib.import_module("wizard.journeys.explore")
    found: list[JourneyResult] = module.explore(sandbox, site, surface, changes)
    return found
