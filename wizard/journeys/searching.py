"""Searches: a row that the site shows is found by one of its own texts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, read, text_of
from wizard.journeys.operations import Operation, methods_of, words_of
from wizard.journeys.reading import is_shown, named, require
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address, answers_of
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Surface, View

FIELD = re.compile(r"q|s|query|search\w*|keywords?|terms?|words?")
"""Names of the field of a search."""
PAGING = re.compile(r"page|p|limit|offset|size|per_page|page_size|sort\w*|order\w*")
"""Names of fields that say which part of the results is shown."""
NO_TEXT = re.compile(r"password|token|secret|hash|image|file|photo|avatar|cover|uuid|^id$")
"""Names of fields in which nobody searches."""
MOST = 10
"""Words that are looked for."""


@dataclass(frozen=True)
class Search:
    """A search of the site.

    Arguments:
        path: its address, without the words.
        name: the name of the field with the words.
        others: the other values of its form.
        model: the label of the model in whose rows it searches. Empty if that is not known.
        data: whether it answers JSON.
        view: None for a form that only a page tells of.
        more: whether it takes more fields, whose values are not known.
    """

    path: str
    name: str
    others: tuple[tuple[str, str], ...] = ()
    model: str = ""
    data: bool = False
    view: View | None = None
    more: bool = False

    def address(self, words: str) -> str:
        query = urlencode([*self.others, (self.name, words)], quote_via=quote)
        return f"{self.path}?{query}"


def check_search(context: Context, resource: Resource, row: Row, role: str) -> None:
    """Check that the searches for rows of *resource* find *row*, which the visitor of *role* may see."""
    if not row.mark or role not in context.visitors:
        return
    tried: set[str] = set()
    for search in searches(context, resource, row, role):
        if search.path in tried or len(tried) >= 2:
            continue
        tried.add(search.path)
        _try(context, resource, search, row, role, len(tried))


def searches(context: Context, resource: Resource, row: Row, role: str) -> Iterator[Search]:
    """The searches for rows of *resource*: on its list, at an address of their own, or as its API's usual filter."""
    listed = resource.operation("list")
    path = ""
    if listed is not None and not listed.is_graphql:
        with suppress(Unfinished):
            path = address(context, listed, row, role)
    if path and listed is not None and not listed.is_api:
        for form in context.visitors[role].get(path).page.forms:
            if (found := _of_form(form, path)) and found.path == path.partition("?")[0]:
                yield found
    about = _by_subject(context.surface)
    numbered = {**about.get(resource.label, {}), **about.get(path, {})}
    yield from (numbered[number] for number in sorted(numbered))
    if path and listed is not None and listed.view.url.drf:
        yield Search(path, "search", model=resource.label, data=True, view=listed.view)


def of_site(surface: Surface) -> Sequence[Search]:
    """The searches that the code tells of, apart from those of libraries."""
    found: Sequence[Search] = surface.once("searches", lambda: tuple(_of_views(surface.views)))
    return found


def _by_subject(surface: Surface) -> Mapping[str, Mapping[int, Search]]:
    """The searches of the site by their model and by their path, with their number in the order of the views."""

    def grouped() -> Mapping[str, Mapping[int, Search]]:
        found: dict[str, dict[int, Search]] = {}
        for number, search in enumerate(of_site(surface)):
            for subject in filter(None, (search.model, search.path)):
                found.setdefault(subject, {})[number] = search
        return found

    found: Mapping[str, Mapping[int, Search]] = surface.once("searches by subject", grouped)
    return found


def _of_views(views: Iterable[View]) -> Iterator[Search]:
    for view in views:
        methods = methods_of(view)
        if view.library or addresses.parameters(view.url.route) or (methods is not None and "get" not in methods):
            continue
        path = addresses.fill(view.url.route, {})
        if not path or view.requires == "staff":
            continue
        found = next((made for form in view.forms if (made := _of_form(form, path))), None)
        is_api = view.url.drf or "api" in words_of(view.url.route)
        if found is not None:
            yield replace(found, path=path, model=view.model, data=is_api, view=view)
        elif is_api and view.model and "search" in words_of(view.url.route):
            yield Search(path, "q", (), view.model, is_api, view)


def _of_form(form: Form, path: str) -> Search | None:
    """The search behind a form that is sent by GET. None for another form."""
    field = next((each for each in form.inputs if each.kind == "text" and FIELD.fullmatch(each.name)), None)
    if form.method != "get" or field is None:
        return None
    others = tuple((each.name, each.initial) for each in form.inputs if each.initial and each is not field)
    unknown = [each for each in form.inputs if not (each.initial or each is field or PAGING.fullmatch(each.name))]
    more = bool(unknown) and not form.source.startswith("page")
    return Search(form.path.partition("?")[0] or path.partition("?")[0], field.name, others, more=more)


def _try(context: Context, resource: Resource, search: Search, row: Row, role: str, number: int) -> None:
    def body(visitor: Visitor) -> str:
        if _is_ignored(context, resource, search, row, visitor):
            raise Unfinished(f"{search.path} does not search by {search.name}")
        if found := finds(context, resource, search, row, visitor):
            return f"GET {search.address(found)} finds {named(row)}"
        if search.more or not _is_visible(context, resource, row, visitor, search):
            raise Unfinished(f"GET {search.address(row.mark)} does not show {named(row)}; it may search other rows")
        raise Contradiction(
            f"GET {search.address(row.mark)} does not find {named(row)}, nor does any other of its texts",
            "a row is found by its text",
        )

    name = f"{resource.name}-search" + (f"-{number}" if number > 1 else "")
    where = search.view.where if search.view is not None else resource.operations["list"].where
    context.run(name, f"A visitor searches for {resource.one}", "search", resource.label, role, body, where)
    if context.results[-1].why.endswith(f"does not search by {search.name}"):
        context.results.pop()


def _is_ignored(context: Context, resource: Resource, search: Search, row: Row, visitor: Visitor) -> bool:
    """Whether a list shows the row also for words that it does not have, as one does that a script searches."""
    if search.view is not None and search.name != "search" and "search" in words_of(search.view.url.route):
        return False
    if "search" in words_of(search.path):
        return False
    nothing = _weight(context, resource, _ask(context, search, secrets.token_hex(8), row, visitor), row, visitor)
    if not nothing:
        return False
    whole = read(visitor, search.path, data=search.data)
    return nothing >= _weight(context, resource, whole, row, visitor)


def finds(context: Context, resource: Resource, search: Search, row: Row, visitor: Visitor) -> str:
    """The text of *row* by which *search* finds it. Empty if none does.

    A page repeats the words, and may show the row in its menu: it must have more of the row than one without results.
    """
    nothing = secrets.token_hex(8)
    without = _ask(context, search, nothing, row, visitor)
    repeated = text_of(without).count(nothing)
    base = _weight(context, resource, without, row, visitor)
    for words in terms_of(context, row, visitor):
        answer = _ask(context, search, words, row, visitor)
        spoken = repeated * words.casefold().count(row.mark.casefold())
        if _weight(context, resource, answer, row, visitor) > base + spoken:
            return words
    return ""


def _weight(context: Context, resource: Resource, answer: Answer, row: Row, visitor: Visitor) -> int:
    """How often *answer* shows the row: its mark, and its key in data or a link to its page."""
    bare = Row(row.label, row.key, "", {}, row.path, row.content)
    return text_of(answer).count(row.mark.casefold()) + is_shown(context, resource, answer, bare, visitor.role)


def _ask(context: Context, search: Search, words: str, row: Row, visitor: Visitor) -> Answer:
    path = search.address(words)
    answer = read(visitor, path, data=search.data)
    require(context, answer, f"GET {path}", row)
    return answer


def terms_of(context: Context, row: Row, visitor: Visitor) -> list[str]:
    """What a visitor may search for: the row's mark, its texts, their last words, and the name of who made it."""
    values: Mapping[str, Any] = {**row.sent, **values_of(context, row)}
    texts = [
        value.strip()
        for name, value in values.items()
        if isinstance(value, str) and 2 < len(value.strip()) <= 200 and not NO_TEXT.search(name)
    ]
    texts = [each for each in texts if not re.match(r"\d{4}-\d\d-\d\d|\d\d:\d\d", each)]
    texts.sort(key=lambda each: row.mark not in each)
    found = [row.mark, *texts[:4], *(each.split()[-1] for each in texts[:4]), visitor.person.name, str(row.key)]
    return list(dict.fromkeys(found))[:MOST]


def _is_visible(context: Context, resource: Resource, row: Row, visitor: Visitor, search: Search) -> bool:
    """Whether the visitor sees *row* in its list or on its page, so that a search should find it, too."""
    for role in ("list", "detail"):
        operation = resource.operation(role)
        if operation is None or (role == "list" and search.view is operation.view and not _shows_all(operation)):
            continue
        with suppress(Unfinished):
            path = address(context, operation, row, visitor.role)
            for answer in answers_of(context, operation, path, row, visitor):
                if answer.status == 200 and is_shown(context, resource, answer, row, visitor.role):
                    return True
    return False


def _shows_all(operation: Operation) -> bool:
    return "search" not in words_of(operation.view.url.route)


def check_site_search(
    context: Context, resources: Sequence[Resource], rows: Mapping[str, Row | None], role: str
) -> None:
    """Check that a search of which no model is known finds one of *rows*, which the site shows."""
    known = {each.path for each in of_site(context.surface) if each.model}
    unknown = [each for each in of_site(context.surface) if not (each.model or each.more or each.path in known)]
    lists = {each.subject for each in context.results if each.kind == "list" and each.verdict is Verdict.WORKS}
    shown = [
        (each, row) for each in resources
        if (row := rows.get(each.name)) is not None and row.mark and each.label in lists
    ]  # fmt: skip
    if not unknown or not shown or role not in context.visitors:
        return
    search = unknown[0]

    def body(visitor: Visitor) -> str:
        seen = []
        for resource, row in shown[:4]:
            if found := finds(context, resource, search, row, visitor):
                return f"GET {search.address(found)} finds {named(row)}"
            if _is_visible(context, resource, row, visitor, search):
                seen.append(f"the {resource.title} {named(row)}")
        answer = _ask(context, search, shown[0][1].mark, shown[0][1], visitor)
        path = search.address(shown[0][1].mark)
        if not seen or (answer.is_page and b"<script" in answer.response.content.lower()):
            raise Unfinished(f"GET {path} shows none of the rows; it may search others")
        raise Contradiction(f"GET {path} finds nothing, nor do other texts of {', '.join(seen)}",
                            "a row is found by its text")  # fmt: skip

    where = search.view.where if search.view is not None else ""
    context.run("site-search", "A visitor searches the site", "search", "search", role, body, where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()  # the search may be about something else
