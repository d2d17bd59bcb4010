"""List and detail views, checked with real rows: the list shows the row, the detail shows that row and no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, shows, text_of
from wizard.journeys.global_ids import is_key
from wizard.journeys.graphql_answers import is_internal, message_of
from wizard.journeys.operations import Operation
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address, answers_of
from wizard.journeys.row_inputs import texts_of
from wizard.journeys.saved_rows import values_of
from wizard.journeys.shown_values import shown_by_another_value
from wizard.journeys.visitor import Answer, Visitor

FLAGS = 8
"""How many flags of a row are tried as the reason why a list does not show it."""
PERSONAL = re.compile(
    r"inbox|feed|following|timeline|home|mine|\bmy\b|dashboard|search|featured|latest|recent|popular|archive|draft"
)
"""Words of lists that show a choice of rows."""
SCANNED = 40
"""Rows of a model whose texts are looked for in a list."""


def check_list(
    context: Context,
    resource: Resource,
    row: Row,
    role: str,
    *,
    made_by_site: bool,
    newer: Callable[[], Row | None] = lambda: None,
) -> None:
    """Check that the list shows *row*, the newest one. *made_by_site*: this visitor made it on the site.

    *newer* makes a row that is newer.
    """
    operation = resource.operations["list"]

    def body(visitor: Visitor) -> str:
        path = address(context, operation, row, role)
        if why := listed(context, resource, operation, path, row, visitor):
            return why
        _check_newest(context, resource, operation, path, row, visitor, newer)
        others = [each for each in resource.others if each.role == "list"]
        for other in others[:3]:
            if why := listed(context, resource, other, address(context, other, row, role), row, visitor):
                return f"{why} ({path} does not)"
        with explained(context, row, lambda: bool(listed(context, resource, operation, path, row, visitor))) as flag:
            if flag:
                return f"{path} shows it once {flag} is changed, as after a moderator's approval"
        if not made_by_site or PERSONAL.search(path.lower()):
            raise Unfinished(f"{path} does not show {named(row)}; it may show only some rows")
        if why := shown_by_another_value(context, operation, row, visitor, path):
            return why
        if _shows_others(context, operation, row, visitor, path):
            raise Contradiction(f"{path} does not show {named(row)}", "the new row is in the list")
        raise Unfinished(f"{path} shows no row, so it may be drawn by a script")

    context.run(
        f"{resource.name}-list",
        f"{_who(role)} sees the list of {resource.title}",
        "list",
        resource.label,
        role,
        body,
        operation.where,
    )


def _check_newest(
    context: Context,
    resource: Resource,
    operation: Operation,
    path: str,
    row: Row,
    visitor: Visitor,
    newer: Callable[[], Row | None],
) -> None:
    """Raise Contradiction if the list lacks only its newest row: it shows *row* as soon as there is a newer one."""
    if PERSONAL.search(path.lower()) or not (row.mark or row.key) or (later := newer()) is None:
        return
    for _ in range(2):  # a list in random order hardly gives the same answer twice
        if not listed(context, resource, operation, path, row, visitor):
            return
        if listed(context, resource, operation, path, later, visitor):
            return
    raise Contradiction(f"{path} shows {named(row)} only since there is a newer row", "the newest row is in the list")


def open_list(context: Context, resource: Resource, role: str) -> None:
    """Open the list of a resource without a row that could be looked for."""
    operation = resource.operations["list"]

    def body(visitor: Visitor) -> str:
        path = address(context, operation, None, role)
        answer = next(answers_of(context, operation, path, None, visitor))
        require(context, answer, f"GET {path}")
        raise Unfinished(f"GET {path} → 200; no row could be made to look for")

    context.run(
        f"{resource.name}-list",
        f"{_who(role)} sees the list of {resource.title}",
        "list",
        resource.label,
        role,
        body,
        operation.where,
    )
    if resource.model is None and context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()  # it says nothing about a row


def _who(role: str) -> str:
    return {"staff": "A staff member", "anonymous": "An anonymous visitor", "second": "A second visitor"}.get(
        role, "A visitor"
    )


def named(row: Row) -> str:
    """The row for a sentence: its marked text, or its key."""
    text = next((value for value in texts_of(row.sent).values() if row.mark and row.mark in value), "")
    return repr(text[:60]) if text else f"row {row.key}"


def listed(context: Context, resource: Resource, operation: Operation, path: str, row: Row, visitor: Visitor) -> str:
    """Where the list at *path* shows *row*. Empty if none of its pages does.

    Raises:
        Contradiction: the list gets an error of the site.
        Unfinished: the list is not open to the visitor.
    """
    for answer in answers_of(context, operation, path, row, visitor):
        require(context, answer, f"GET {answer.path}", row)
        if is_shown(context, resource, answer, row, visitor.role):
            return f"GET {answer.path} shows {named(row)}"
    return ""


def _is_doubtful(context: Context, row: Row) -> bool:
    """Whether Golive made *row*, and its validation fails, or only the project's own code makes such rows."""
    if context.rows is None or row.key is None:
        return False
    surface = context.surface
    by_people = any(model.in_admin for model in surface.models if model.label == row.label) or any(
        row.label in {form.model, view.model if view.role == "create" else ""}
        for view in surface.views
        for form in view.forms
        if view.role not in ("detail", "update", "delete")
    )
    return row.key in context.rows.doubtful or ((row.label, row.key) in context.rows.made and not by_people)


def require(context: Context, answer: Answer, what: str, row: Row | None = None) -> None:
    """Raise unless *answer* is a page that the visitor may see."""
    if answer.status >= 500 and row is not None and _is_doubtful(context, row):
        raise Unfinished(f"{what} got {answer.status} with a row that Golive made, which may lack something")
    context.check_status(answer, what)
    if told := message_of(answer):
        if is_internal(told):
            raise Contradiction(f"{what} got an error of the site: {told}", "an answer without an error of the site")
        raise Unfinished(f"{what} was refused: {told}")
    if answer.status != 200 or is_login(answer):
        led = f"led to {answer.path} with" if answer.redirects else "got"
        raise Unfinished(f"{what} {led} status {answer.status}")


def is_login(answer: Answer) -> bool:
    """Whether the visitor was sent to a page to log in."""
    return bool(answer.redirects) and bool(re.search(r"log_?-?in|sign_?-?in|[?&]next=", answer.path.lower()))


def is_shown(context: Context, resource: Resource, answer: Answer, row: Row, role: str) -> bool:
    """Whether a list or page shows *row*: its marked text, its key in the data, or a link to its page."""
    if row.mark and shows(answer, row.mark):
        return True
    if answer.json is not None:
        rows = items_of(answer.json) if row.mark else mappings(answer.json)
        return any(is_key(each[name], row.key) for each in rows for name in ("id", "pk", "uuid") if name in each)
    paths = {row.path} if row.path else set()
    for part in ("detail", "update", "delete"):
        operation = resource.operation(part)
        if operation is not None and operation.parameters:
            with suppress(Unfinished):
                paths.add(address(context, operation, row, role))
    return any(link.path.partition("?")[0] in paths for link in answer.page.links)


def items_of(content: Any) -> list[dict[str, Any]]:
    """The rows in an API's answer: the items of a list, or of the list in it, or the answer itself."""
    waiting = [content] if isinstance(content, dict) else []
    while waiting:
        values = list(waiting.pop(0).values())
        for rows in values:
            if isinstance(rows, list) and rows and isinstance(rows[0], dict):
                return [each for each in rows if isinstance(each, dict)]
        waiting += [each for each in values[:50] if isinstance(each, dict)]
    if isinstance(content, dict):
        return [content]
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def mappings(content: Any) -> Iterator[dict[str, Any]]:
    """The mappings in the content of an API's answer, at most 2000."""
    waiting, count = [content], 0
    while waiting and count < 2000:
        each, count = waiting.pop(), count + 1
        if isinstance(each, dict):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


@contextmanager
def explained(context: Context, row: Row, check: Callable[[], bool]) -> Iterator[str]:
    """The flag of *row* whose change in the database makes *check* hold. Empty without one. It is changed back."""
    changed: list[str] = []
    kept = values_of(context, row)
    try:
        yield _flag(context, row, check, changed)
    finally:
        for name in changed:
            assert context.rows is not None and row.key is not None
            context.rows.change(row.label, row.key, {name: kept.get(name)})


def _flag(context: Context, row: Row, check: Callable[[], bool], changed: list[str]) -> str:
    rows, key, kept = context.rows, row.key, values_of(context, row)
    model = context.surface.model(row.label)
    if rows is None or key is None or model is None:
        return ""
    tried = 0
    for each in model.inputs:
        if each.name not in kept or tried >= FLAGS:
            continue
        others: list[Any] = []
        if each.kind == "boolean":
            others = [not kept[each.name]]
        elif each.choices and not each.many:
            others = [value for value in each.choices if value != str(kept[each.name])][:3]
        elif each.kind in ("date", "datetime") and not re.search(r"creat|updat|modif", each.name):
            others = (
                ["2020-01-01", "2120-01-01"]
                if each.kind == "date"
                else ["2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"]
            )
        elif each.model == context.surface.user_model and not each.many and kept[each.name] is None:
            others = [context.accounts.get("first")]
        for value in others:
            tried += 1
            changed.append(each.name)
            rows.change(row.label, key, {each.name: value})
            if check():
                return each.name
            rows.change(row.label, key, {each.name: kept[each.name]})
    return ""


def _shows_others(context: Context, operation: Operation, row: Row, visitor: Visitor, path: str) -> bool:
    """Whether the list lists rows at all: it shows another one, or is empty and has no script that could draw rows."""
    answer = next(answers_of(context, operation, path, None, visitor))
    content = answer.json
    if isinstance(content, list) and not content:
        return True
    if isinstance(content, dict) and content.get("results") == []:
        return True
    if context.rows is None or answer.status != 200:
        return False
    if answer.is_page and b"<script" not in answer.response.content.lower():
        return True
    text = text_of(answer)
    for key in context.rows.keys(row.label)[:SCANNED]:
        if key == row.key:
            continue
        values = context.rows.values(row.label, key) or {}
        texts = [value for name, value in values.items() if isinstance(value, str) and len(value) >= 8 and " " in value]
        if any(value.casefold() in text for value in texts):
            return True
    return False


def check_detail(
    context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str, *, made_by_site: bool
) -> None:
    """Check that the page of *row* shows it, and none of *others*."""
    operation = resource.operations["detail"]

    def body(visitor: Visitor) -> str:
        path = row.path or address(context, operation, row, role)
        answer = next(answers_of(context, operation, path, row, visitor))
        if answer.status == 404:
            return _missing(context, row, visitor, path, made_by_site=made_by_site)
        require(context, answer, f"GET {path}", row)
        if not (operation.parameters or row.path):  # it shows the visitor's own, whatever was made
            return shown_row(answer, replace(row, key=None), (), path)
        return shown_row(answer, row, others, path)

    context.run(
        f"{resource.name}-detail" + ("-second" if role == "second" else ""),
        f"{_who(role)} opens {resource.one}",
        "detail",
        resource.label,
        role,
        body,
        operation.where,
    )


def _missing(context: Context, row: Row, visitor: Visitor, path: str, *, made_by_site: bool) -> str:
    with explained(context, row, lambda: visitor.get(path).status == 200) as flag:
        if flag:
            return f"GET {path} shows it once {flag} is changed, as after a moderator's approval"
    if made_by_site:
        raise Contradiction(f"GET {path} got 404 for a row that the visitor has just made", "the page of the row")
    raise Unfinished(f"GET {path} got 404 for a row that Golive made in the database")


def shown_row(answer: Answer, row: Row, others: Sequence[Row], path: str) -> str:
    """What the page of *row* shows of it.

    Raises:
        Contradiction: it shows one of *others* instead.
        Unfinished: it shows nothing of either.
    """
    if row.mark and shows(answer, row.mark):
        return f"GET {path} shows {named(row)}"
    for other in (each for each in others if each.mark and shows(answer, each.mark)):
        raise Contradiction(f"GET {path} shows {named(other)}, another row", f"{named(row)}")
    if isinstance(answer.json, dict):
        for name in ("id", "pk", "uuid"):
            if name in answer.json and row.key is not None:
                if str(answer.json[name]) == str(row.key):
                    return f"GET {path} answers the row with {name} {row.key}"
                raise Contradiction(f"GET {path} answers {name} {answer.json[name]}", f"{name} {row.key}")
    text = text_of(answer)
    seen = [name for name, value in row.sent.items() if len(str(value)) >= 3 and str(value).casefold() in text]
    if seen:
        return f"GET {path} shows its {', '.join(seen[:4])}"
    raise Unfinished(f"GET {path} shows none of the row's values, so it may be drawn by a script")
