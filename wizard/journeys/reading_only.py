"""Journeys that only read, for a real site: its lists, and the first page that each links to."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.journeys import addresses
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.crud import is_address_of
from wizard.journeys.evidence import Row, read
from wizard.journeys.filling import Filler, Person
from wizard.journeys.operations import Operation
from wizard.journeys.reading import mappings, require
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address
from wizard.journeys.visitor import Answer, Visitor
from wizard.site.session import Site


def read_only(context: Context, site: Site, resources: Sequence[Resource]) -> None:
    """Open the lists of *resources* as a visitor who is not logged in, and one page of each."""
    person = Person.made_up()
    context.visitors["anonymous"] = Visitor(site, person, role="anonymous")
    context.fillers["anonymous"] = Filler(person)
    for resource in resources:
        if context.is_late:
            break
        listed, detail = resource.operation("list"), resource.operation("detail")
        if listed is None or not _may_open(listed):
            continue
        answers: list[Answer] = []
        _list(context, resource, listed, answers)
        if detail is not None and answers and _may_open(detail):
            _detail(context, resource, detail, answers[0])


def _may_open(operation: Operation) -> bool:
    """Whether everybody can open it without an effect: even a GET request may delete rows or send mail."""
    view = operation.view
    return view.requires not in ("login", "staff") and not view.url.effects and not view.url.by_get


def _list(context: Context, resource: Resource, listed: Operation, answers: list[Answer]) -> None:
    def body(visitor: Visitor) -> str:
        path = address(context, listed, None, "anonymous")
        answer = read(visitor, path, data=listed.is_api)
        require(context, answer, f"GET {path}")
        answers.append(answer)
        return f"GET {path} → 200"

    title = f"A visitor sees the list of {resource.title}"
    context.run(f"{resource.name}-list", title, "list", resource.label, "anonymous", body, listed.where)


def _detail(context: Context, resource: Resource, detail: Operation, shown: Answer) -> None:
    def body(visitor: Visitor) -> str:
        path = _first_address(detail, shown)
        if not path:
            raise Unfinished(f"{shown.path} has no row whose page could be opened")
        answer = read(visitor, path, data=detail.is_api)
        require(context, answer, f"GET {path}")
        return f"GET {path} → 200"

    title = f"A visitor opens {resource.one}"
    context.run(f"{resource.name}-detail", title, "detail", resource.label, "anonymous", body, detail.where)


def _first_address(detail: Operation, shown: Answer) -> str:
    """The address of the first row in a list: a link that fits, or one made of an API's values. Empty without one."""
    for link in shown.page.links:
        if is_address_of(detail, link.path):
            return link.path
    for each in mappings(shown.json) if shown.json is not None else ():
        row = Row("", None, content=each)
        values = {name: of_row_without_database(row, name, detail) for name in detail.parameters}
        if values and all(value is not None for value in values.values()):
            return addresses.fill(detail.view.url.route, values)
    return ""


def of_row_without_database(row: Row, name: str, detail: Operation) -> object:
    field = detail.view.parameters.get(name, "").rpartition(".")[2] or name
    return row.content.get("id" if field == "pk" and "pk" not in row.content else field, row.content.get(name))
