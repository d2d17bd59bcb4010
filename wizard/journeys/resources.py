"""Resources: the models of a project, each with the addresses where visitors list, read and change its rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from wizard.base.wording import with_article
from wizard.journeys.operations import NOISE, ROLES, Operation, of_surface, singular, words_of
from wizard.project.inputs import Model, Surface, View


@dataclass(frozen=True)
class Resource:
    """The rows of one model as one part of the site offers them.

    A model can have several: pages and an API, or pages for visitors and others for staff.

    Arguments:
        name: a short unique name, for example `book` or `book-api`.
        model: None if the code does not tell it.
        operations: the best one of each role.
        others: further operations on the same rows, such as a second list or an action that publishes a row.
    """

    name: str
    title: str
    model: Model | None
    operations: dict[str, Operation] = field(default_factory=dict)
    others: tuple[Operation, ...] = ()
    is_api: bool = False

    @property
    def label(self) -> str:
        """The label of the model, or the word from the URL."""
        return self.model.label if self.model else self.name

    @property
    def one(self) -> str:
        """Its title with an article: `a book`, `an order`."""
        return with_article(self.title)

    @property
    def owner(self) -> str:
        return self.model.owner if self.model else ""

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The labels of the models whose rows a new row must refer to."""
        create = self.operations.get("create")
        inputs = [*(create.form.inputs if create and create.form else ()), *(self.model.inputs if self.model else ())]
        found = [each.model for each in inputs if each.kind == "reference" and each.required and each.model]
        return tuple(dict.fromkeys(label for label in found if label != self.label))

    def operation(self, role: str) -> Operation | None:
        return self.operations.get(role)

    @property
    def further_pages(self) -> list[Operation]:
        """Further pages of one row, such as its download, at most three."""
        pages = [each for each in self.others if each.role == "detail" and each.parameters and not each.is_graphql]
        return [each for each in pages if each.view.requires != "staff" and not each.view.url.effects][:3]

    def requires(self, role: str) -> str:
        """Who may do it by the code: `login`, `staff`, `nobody` for everybody, or empty if the code does not tell."""
        found = self.operations.get(role)
        return found.view.requires if found else ""

    @property
    def is_own(self) -> bool:
        """Whether its pages are about the one row that each visitor has, such as a profile."""
        return "create" not in self.operations and any(each.names_no_row for each in self.operations.values())

    @property
    def is_for_staff(self) -> bool:
        """Whether all its changes are for staff."""
        changes = [
            each.view.requires for role, each in self.operations.items() if role in ("create", "update", "delete")
        ]
        return bool(changes) and all(each == "staff" for each in changes)


def find_resources(surface: Surface, without: Collection[View] = ()) -> list[Resource]:
    """The resources of a site, apart from the views *without*. One whose rows others refer to comes before those."""
    models = {model.label: model for model in surface.models}
    groups: dict[tuple[str, bool], list[Operation]] = {}
    operations_found = list(of_surface(surface, without))
    shown = {each.base: each.model for each in operations_found if each.role == "detail" and each.model}
    for operation in operations_found:
        subject = subject_of(operation, surface)
        if operation.role == "list" and not operation.model:  # `catalogue/`, where `catalogue/<pk>/` shows a product
            subject = shown.get(operation.base, subject)
        if operation.names_no_row and (operation.role == "delete" or not _is_own(subject, surface)):
            continue
        if subject:
            groups.setdefault((subject, operation.is_api), []).append(operation)
    found: list[Resource] = []
    for (subject, is_api), operations in groups.items():
        found += _resources(subject, models.get(subject), operations, is_api=is_api)
    return in_order(_with_unique_names(found))


def _is_own(subject: str, surface: Surface) -> bool:
    """Whether a visitor has one row of the model: the account, or a profile."""
    return subject == surface.user_model or bool(surface.owner_of(subject))


def subject_of(operation: Operation, surface: Surface) -> str:
    """The label of the model that *operation* is about, or a word of its route. Empty for neither."""
    if operation.model:
        return operation.model
    words = [singular(word) for word in operation.base.split("/") if word and word not in NOISE]
    named = _labels_by_name(surface)
    if label := next((named[word] for word in reversed(words) if word in named), ""):
        return label
    changes = operation.role in ("create", "update", "delete")
    return words[-1] if words and (changes or operation.form) and operation.role != "other" else ""


def _resources(subject: str, model: Model | None, operations: Sequence[Operation], *, is_api: bool) -> list[Resource]:
    """One resource for each part of the site that can create rows, or a single one that only shows them."""
    parts: dict[str, list[Operation]] = {}
    for operation in operations:
        parts.setdefault(operation.base, []).append(operation)
    ranked = sorted(parts.values(), key=lambda part: -len({each.role for each in part if each.role in ROLES}))
    makers, rest = list[list[Operation]](), list[list[Operation]]()
    for part in ranked:
        (makers if any(each.role == "create" for each in part) else rest).append(part)
    elsewhere: dict[str, Operation] = {}  # for the roles that a part lacks
    for operation in chain(*rest, *makers):
        if operation.role in ROLES and _better(operation, elsewhere.get(operation.role), in_part=False):
            elsewhere[operation.role] = operation
    found: list[Resource] = []
    word = subject.rpartition(".")[2]
    for part in makers or ranked[:1]:
        chosen: dict[str, Operation] = {}
        for operation in part:
            if operation.role in ROLES and _better(operation, chosen.get(operation.role), in_part=True):
                chosen[operation.role] = operation
        chosen |= {role: each for role, each in elsewhere.items() if role not in chosen}
        own = chain(part, *(other for other in chain(rest, makers) if other is not part)) if not found else ()
        others = tuple(each for each in own if each not in chosen.values())
        title = model.title if model else word
        name = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") + ("-api" if is_api else "")
        found.append(Resource(name, title, model, chosen, others, is_api))
    return found


def _better(operation: Operation, present: Operation | None, *, in_part: bool) -> bool:
    """Whether *operation* replaces the one chosen so far for its role."""
    if present is None:
        return in_part or operation.view.requires != "staff" or operation.role in ("list", "detail")
    if not in_part:
        return False
    if operation.role == "update":  # a partial update says which field changes
        return operation.method == "patch" and present.method == "put"
    return len(operation.parameters) < len(present.parameters) and operation.role == "list"


def _with_unique_names(found: Iterable[Resource]) -> list[Resource]:
    taken: dict[str, int] = {}
    named = []
    for resource in found:
        taken[resource.name] = number = taken.get(resource.name, 0) + 1
        name = resource.name if number == 1 else f"{resource.name}-{number}"
        named.append(
            Resource(name, resource.title, resource.model, resource.operations, resource.others, resource.is_api)
        )
    return named


def in_order(found: Sequence[Resource]) -> list[Resource]:
    """*found* with each resource after those that it needs. A circle of needs keeps its order."""
    waiting, placed = list(found), list[Resource]()
    while waiting:
        labels = {each.label for each in waiting}
        ready = [each for each in waiting if not labels & (set(each.needs) - {each.label})] or waiting[:1]
        placed += ready
        done = {each.name for each in ready}
        waiting = [each for each in waiting if each.name not in done]
    return placed


def parent_of(operation: Operation, parameter: str, surface: Surface) -> str:
    """The label of the model that a route's *parameter* names a row of: `shop.Book` for `books/<int:book_id>/`.

    Empty if nothing tells.
    """
    by_name = _labels_by_word(surface)
    stem = re.sub(r"_?(pk|id|slug|uuid|code|number|name)$", "", parameter.lower()).replace("_", "")
    if stem in by_name:
        return by_name[stem]
    head = re.split(rf"\(\?P<{parameter}>|<(?:\w+:)?{parameter}>", operation.view.url.route)[0]
    for word in reversed(words_of(head)):
        if singular(word) in by_name:
            return by_name[singular(word)]
    if operation.role == "create" and (label := _model_of_page(operation, parameter, surface)):
        return label
    return operation.view.model or (operation.model if operation.role in ("detail", "update", "delete") else "")


def _model_of_page(operation: Operation, parameter: str, surface: Surface) -> str:
    """The label of the model with a page at the address of *operation* up to *parameter*, whatever words it has.

    So `rezepte/<uuid:pk>/bewerten/` is below the page `rezepte/<uuid:pk>/`. Empty if there is none.
    """
    end = re.search(rf"\(\?P<{parameter}>[^/]*\)|<(?:\w+:)?{parameter}>", operation.view.url.route)
    if end is None:
        return ""
    page = _without_names(operation.view.url.route[: end.end()])
    views = _pages(surface).get(page, ())
    return next((view.model for view in views if view.role == "detail"), views[0].model if views else "")


def _labels_by_name(surface: Surface) -> Mapping[str, str]:
    """The label of the first model with each class name or title, in the singular."""

    def find() -> Mapping[str, str]:
        found: dict[str, str] = {}
        for model in surface.models:
            for name in (model.label.rpartition(".")[2].lower(), singular(model.title.lower())):
                found.setdefault(name, model.label)
        return found

    labels: Mapping[str, str] = surface.once("labels by name", find)
    return labels


def _labels_by_word(surface: Surface) -> Mapping[str, str]:
    """The label of the last model with each class name, or with each title as one word."""

    def find() -> Mapping[str, str]:
        by_class = {model.label.rpartition(".")[2].lower(): model.label for model in surface.models}
        by_title = {re.sub(r"\W", "", singular(model.title.lower())): model.label for model in surface.models}
        return by_class | by_title

    labels: Mapping[str, str] = surface.once("labels by word", find)
    return labels


def _pages(surface: Surface) -> Mapping[str, Sequence[View]]:
    """The views with a model, by their routes without the names of the parameters."""

    def find() -> Mapping[str, Sequence[View]]:
        found: dict[str, list[View]] = {}
        for view in surface.views:
            if view.model:
                found.setdefault(_without_names(view.url.route), []).append(view)
        return found

    pages: Mapping[str, Sequence[View]] = surface.once("pages", find)
    return pages


def _without_names(route: str) -> str:
    """*route* without the names of its parameters, which may differ from view to view."""
    return re.sub(r"\(\?P<\w+>([^/]*)\)|<(?:\w+:)?\w+>", "<>", route).strip("^$/")
