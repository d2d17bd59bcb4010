"""Evidence from the journeys that Golive finds in the project itself, with no golive.yaml.

They run once for each state of the deployed site. The tasks of a run share what they showed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from steps.shared.exploring import explore_site
from wizard.base.errors import EditError, GoliveError, StepError, Stopped
from wizard.checklist.answers import Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.checklist.model import Item
from wizard.journeys import store
from wizard.journeys.items import Journeys
from wizard.journeys.judgement import Judgement
from wizard.journeys.resource_items import OTHERS, Resource, label_of, resources
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.store import StoredJourney
from wizard.journeys.vocabulary import PAYMENT_SERVICES, words_in
from wizard.project import release_copy
from wizard.project.inputs import Surface
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.site.session import Site
from wizard.state import generated_items
from wizard.state.generated_items import Generated
from wizard.targets.sandbox import Sandbox

ANSWER = "journeys"
FAILING = "journeys.failing"
NOT_TRIED = "not tried: the journeys before took the time for all. Run `golive journeys`, and look for slow answers"
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
    return [
        Question(
            "journeys", "Only read, or also create and delete rows on the real site?", "read", why, ("read", "full")
        )
    ]


def may_change(sandbox: Sandbox) -> bool:
    """Whether journeys may create rows at the target."""
    target = sandbox.target
    return target.may_write and (not target.real or sandbox.answers.get(ANSWER) == "full")


def explore(project: Project, sandbox: Sandbox, site: Site) -> Journeys:
    """Run the journeys of the project, or return what they showed to an earlier task of this run.

    A task that is run again runs them again.
    """
    target = sandbox.target
    state, known = _state(project, sandbox), target.explored.get(ANSWER)
    if not (isinstance(known, Explored) and known.state == state and target.task_number not in known.tasks):
        known = Explored(state, _explored(project, sandbox, site))
        target.explored[ANSWER] = known
        target.explored[FAILING] = failing_paths(sandbox) | _failing(known.journeys.results)
        keep(sandbox, _named(sandbox, known.journeys), derived=True)
    known.tasks.add(target.task_number)
    return known.journeys


def failing_paths(sandbox: Sandbox) -> frozenset[str]:
    """The paths at which journeys of this run got an error of the site, and for which their items are not ticked."""
    known: frozenset[str] = sandbox.target.explored.get(FAILING, frozenset())
    return known


def _failing(results: Iterable[JourneyResult]) -> frozenset[str]:
    return frozenset(
        each.request.partition(" ")[2].partition("?")[0]
        for result in results
        if result.verdict is not Verdict.WORKS
        for each in result.requests
        if each.status >= 500
    )


def keep(sandbox: Sandbox, found: Iterable[StoredJourney], *, derived: bool) -> None:
    """Keep the results for `golive journeys`. A run that only reads keeps none."""
    state = sandbox.facts.state
    if state.read_only:
        return
    try:
        store.write(state.folder.parent, found, derived=derived)
    except EditError as error:
        sandbox.on_line(f"The results of the journeys could not be kept: {error}")


def _named(sandbox: Sandbox, journeys: Journeys) -> Iterator[StoredJourney]:
    """The results with the items that they are about. A resource gets its number with them."""
    numbers = {
        label_of(journeys, result): item.id
        for each, item in _with_items(sandbox, journeys)
        if item
        for result in each.results
    }
    for result in journeys.results:
        number = numbers.get(label_of(journeys, result), "")
        items = journeys.items_of(result) or ([number] if number else [])
        yield StoredJourney(result, tuple(items), target=sandbox.name)


def _with_items(sandbox: Sandbox, journeys: Journeys) -> list[tuple[Resource, Item | None]]:
    """The project's own resources with their items. None in place of an item if there are too many."""
    found = resources(journeys)
    generated = [Generated(each.label, each.text) for each in found]
    items = generated_items.provide(sandbox.checklist, sandbox.facts, generated)
    return list(zip(found, items, strict=True))


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
    found, together = set[str](), dict[str, str]()
    for resource, item in _with_items(sandbox, journeys):
        if item is None:
            continue
        found.add(item.id)
        if resource.label == OTHERS:
            together = {label_of(journeys, result): item.id for result in resource.results}
        if item.id not in with_flow:
            yield from _evidence(sandbox, resource.judge(item.id))
    if journeys.surface.views and not journeys.surface.problems:
        for item_id, generated in generated_items.stored(sandbox.facts.state.facts).items():
            if item_id in found or item_id in with_flow:
                continue
            ran = f"searched for {generated.resource}"
            if generated.resource in together:
                yield not_applicable(item_id, ran, f"item {together[generated.resource]} tells about it")
                continue
            if not _is_left(journeys, generated.resource):
                yield not_applicable(item_id, ran, GONE)
            elif package := _package_of(journeys, generated.resource):
                yield not_applicable(item_id, ran, f"no journey could use these pages of {package} as they are set up")
            elif sandbox.target.may_write and not any(each.subject == generated.resource for each in journeys.results):
                yield waiting(item_id, f"journeys of {generated.resource}", NOT_TRIED)


def _package_of(journeys: Journeys, resource: str) -> str:
    """The installed app whose pages *resource* is about. Empty for the project's own."""
    about = [result for result in journeys.results if label_of(journeys, result) == resource]
    packages = {journeys.package_of(result) for result in about}
    return packages.pop() if len(packages) == 1 else ""


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


def _surface(project: Project) -> Surface:
    """What visitors can do on the site. An error is one of its problems, so that the items stay open with it."""
    try:
        return surface(project)
    except Stopped:
        raise
    except GoliveError as error:
        return Surface(problems=(str(error),))


def _state(project: Project, sandbox: Sandbox) -> str:
    """The state of the project that a rehearsal would deploy. A real site is explored once for each task."""
    mode = f"{may_change(sandbox)}"
    if sandbox.target.real:
        return mode
    return mode + release_copy.fingerprint(project.top, project.git, project.python.prefix)


def _explored(project: Project, sandbox: Sandbox, site: Site) -> Journeys:
    """Run the journeys. An error outside of them leaves all items open."""
    found, changes = _surface(project), may_change(sandbox)
    try:
        results = tuple(explore_site(sandbox, site, found, changes=changes)) if found.views else ()
    except Stopped:
        raise
    except StepError as error:
        return Journeys(Surface(problems=(str(error),)), ())
    names = [*project.dependencies.requirements(), *sandbox.target.settings_variables("")]
    services = sorted(PAYMENT_SERVICES & {word for name in names for word in words_in(name)})
    return Journeys(found, results, reads_only=not changes, services=tuple(services))
