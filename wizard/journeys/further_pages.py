"""Further pages of a row, such as its results: those that its page links to answer, and all show that row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO
from wizard.journeys.evidence import Row, read, shows
from wizard.journeys.operations import Operation
from wizard.journeys.plain_pages import HAS_EFFECT, ON_PURPOSE
from wizard.journeys.reading import is_login, named
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address
from wizard.journeys.visitor import Visitor

OF_OTHERS = re.compile(
    r"relat|similar|next|prev|recommend|suggest|compar|merge|move|sibling|child|parent|other|like|vote|toggle|follow"
)
"""Words of pages about other rows, or with an effect."""


def check_further(context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str) -> None:
    """Open the further pages of *row*, which the visitor of *role* made on the site."""
    pages = [each for each in resource.further_pages if _only_shows(each)]
    marked = [each for each in others if each.mark]
    if not pages or not row.mark or len(marked) < 2:  # a page with all rows would show each of them
        return

    def body(visitor: Visitor) -> str:
        seen = []
        for operation in pages:
            path = address(context, operation, row, visitor.role)
            answer = read(visitor, path, data=operation.is_api)
            if answer.status >= 500 and path in _linked(context, resource, row, visitor):
                context.check_status(answer, f"GET {path}")
            if answer.status != 200 or is_login(answer):
                continue
            found = [each for each in marked if shows(answer, each.mark)]
            if len(found) == 1 and not shows(answer, row.mark):
                raise Contradiction(f"GET {path} shows {named(found[0])}, another row", named(row))
            seen.append(f"GET {path} → {answer.status}")
        if not seen:
            raise Unfinished("no further page is for this visitor")
        return ", ".join(seen)

    title = f"{WHO[role]} opens the further pages of {resource.one}"
    context.run(f"{resource.name}-pages", title, "detail", resource.label, role, body, pages[0].where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()


def _linked(context: Context, resource: Resource, row: Row, visitor: Visitor) -> set[str]:
    """The addresses to which the page of *row* links: a row may not be in the state for the others."""
    detail = resource.operation("detail")
    if detail is None or detail.is_api:
        return set()
    page = visitor.get(address(context, detail, row, visitor.role)).page
    return {link.path.partition("?")[0] for link in page.links}


def _only_shows(operation: Operation) -> bool:
    words = f"{operation.view.url.route} {operation.view.url.name or ''}".lower()
    found = any(pattern.search(words) for pattern in (OF_OTHERS, HAS_EFFECT, ON_PURPOSE))
    return operation.method == "get" and not operation.view.url.by_get and not found
