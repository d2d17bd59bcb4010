"""The queries of GraphQL: each answers without an error of the site before there are rows, and a search finds a row."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.graphql_answers import is_internal, message_of
from wizard.journeys.operations import Operation, words_of
from wizard.journeys.plain_pages import HAS_EFFECT, ON_PURPOSE
from wizard.journeys.reading import is_shown, named, require
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import answers_of
from wizard.journeys.row_inputs import texts_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Input

MOST = 40
"""Queries that are sent."""
SEARCH = re.compile(r"q|query|text|search\w*|\w+search|keywords?|terms?|words?")
CONTAINS = re.compile(r"(\w+?)_{1,2}i?contains", re.I)
"""Arguments of django-filter, as `title_Icontains`."""


def check_queries(context: Context) -> None:
    """Send each query that needs no argument as a visitor, before there are rows."""
    queries = [each for each in _queries(context) if not any(part.required for part in _inputs(each))][:MOST]
    role = "first" if "first" in context.visitors else "anonymous"
    if not queries or role not in context.visitors:
        return

    def body(visitor: Visitor) -> str:
        for operation in queries:
            path = addresses.fill(operation.view.url.route, {})
            for answer in answers_of(context, operation, path, None, visitor):
                told = message_of(answer)
                if answer.status >= 500 or is_internal(told):
                    request = operation.request(path)
                    raise Contradiction(f"{request} got an error of the site: {told or answer.status}", "an answer")
        return f"{len(queries)} queries answer without an error of the site: {', '.join(_names(queries)[:5])}"

    title = "A visitor sends the queries of the site"
    context.run("queries", title, "other", "queries", role, body, queries[0].where)


def _queries(context: Context) -> Iterator[Operation]:
    for view in context.surface.views:
        form = view.forms[0] if view.forms else None
        if form is None or form.encoding != "graphql" or not form.source.startswith("query "):
            continue
        words = " ".join(words_of(form.action))
        plain = not addresses.parameters(view.url.route) and not HAS_EFFECT.search(words)
        if plain and view.requires != "staff" and not ON_PURPOSE.search(words):
            yield Operation(view.role or "other", view, "post", form, form.model or view.model)


def _inputs(operation: Operation) -> tuple[Input, ...]:
    return operation.form.inputs if operation.form is not None else ()


def _names(queries: list[Operation]) -> list[str]:
    return [each.form.action for each in queries if each.form is not None]


def check_search(context: Context, resource: Resource, row: Row, role: str) -> None:
    """Check that the search argument of a list finds *row*, which the list shows."""
    lists = [each for each in (resource.operation("list"), *resource.others) if each is not None]
    for operation in lists:
        if operation.role != "list" or not operation.is_graphql or operation.view.requires == "staff" or not row.mark:
            continue
        for given in _arguments(operation, row):
            _try(context, resource, operation, row, role, given)
            return


def _arguments(operation: Operation, row: Row) -> Iterator[list[dict[str, Any]]]:
    """The arguments of each search of a list by which *row* should be found, each with all its texts."""
    texts = texts_of(row.sent)
    for each in _inputs(operation):
        if each.kind != "text" or each.many or each.choices:
            continue
        if SEARCH.fullmatch(each.name.lower()):
            found = [row.mark, *texts.values(), *(text.split()[-1] for text in texts.values() if text.split())]
            yield [{each.name: text} for text in dict.fromkeys(found)]
        elif (field := CONTAINS.fullmatch(each.name)) and (text := texts.get(field[1])):
            yield [{each.name: text}]


def _try(
    context: Context, resource: Resource, operation: Operation, row: Row, role: str, given: list[dict[str, Any]]
) -> None:
    path = addresses.fill(operation.view.url.route, {})
    assert operation.form is not None
    [name] = given[0]
    request = f"{operation.request(path)} with {name}"

    def shows(visitor: Visitor, values: Mapping[str, Any]) -> bool:
        for answer in answers_of(context, _with(operation, values), path, row, visitor):
            require(context, answer, request, row)
            if is_shown(context, resource, answer, row, visitor.role):
                return True
        return False

    def body(visitor: Visitor) -> str:
        if not shows(visitor, {}):
            raise Unfinished(f"{operation.request(path)} does not show {named(row)}, so no search can find it")
        if shows(visitor, {name: secrets.token_hex(8)}):
            raise Unfinished(f"{request} does not search")
        for values in given:
            if shows(visitor, values):
                return f"{request} = {values[name]!r} finds {named(row)}"
        raise Contradiction(f"{request} = {given[0][name]!r} does not find {named(row)}, nor do its other texts",
                            "a row is found by its text")  # fmt: skip

    title = f"A visitor searches for {resource.one}"
    context.run(f"{resource.name}-search", title, "search", resource.label, role, body, operation.where)


def _with(operation: Operation, values: Mapping[str, Any]) -> Operation:
    """*operation* with the arguments *values*, and without its other optional ones."""
    assert operation.form is not None
    inputs = tuple(
        replace(each, kind="hidden", required=True, initial=values[each.name], choices=())
        if each.name in values
        else each
        for each in operation.form.inputs
    )
    return replace(operation, form=replace(operation.form, inputs=inputs))
