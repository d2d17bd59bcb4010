"""A checkout of several pages, such as address, shipping, payment and confirmation, until there is an order."""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.journeys import addresses
from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import status_of
from wizard.journeys.operations import Operation, methods_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

STEPS = 8
"""Pages after which a checkout that has made no order is given up."""
FORWARD = re.compile(
    r"\b(continue|next|proceed|confirm|place|review|submit|check ?out|complete|finish|pay|order|buy|weiter)\b",
    re.IGNORECASE,
)
"""Words of the link that leads to the next page."""
ASIDE = re.compile(
    r"log_?-?(in|out)|sign_?-?(in|up|out)|register|search|lang|i18n|coupon|voucher|promo|newsletter|subscribe|delete"
    r"|remove|cancel|currency|wish",
    re.IGNORECASE,
)
"""Words of addresses that are no step of a checkout."""
Seen = set[tuple[str, frozenset[str]]]


def starts_elsewhere(visitor: Visitor, operation: Operation, path: str) -> Answer | None:
    """The page of the checkout to which *path* leads a visitor who opens it; None if it is the page with the form."""
    methods = methods_of(operation.view)
    if operation.is_api or operation.view.url.by_get or (methods is not None and "get" not in methods):
        return None
    answer = visitor.get(path)
    leads_on = answer.is_page and answer.status < 400 and answer.redirects and _is_step(answer.path, path)
    return answer if leads_on and answer.path.partition("?")[0] != path else None


def walk(
    context: Context, visitor: Visitor, answer: Answer, start: str, is_placed: Callable[[], bool]
) -> tuple[Attempt | None, int]:
    """Fill the forms of the checkout that began at *start*, and follow its links, from the page of *answer* on.

    Returns what was sent last and how many pages were passed. Nothing was sent if no page leads on.

    Raises:
        Contradiction: a page got an error of the site.
        Unfinished: a form was refused, or it leads to another site.
    """
    seen: Seen = {(start, frozenset())}
    went: Attempt | None = None
    for number in range(STEPS):
        context.check_status(answer, f"GET {answer.path}")
        if answer.elsewhere:
            raise Unfinished(f"the checkout leads to {answer.elsewhere}")
        if (form := _form_of(answer, start, seen)) is not None:
            seen.add(_signature(form))
            went = _send(context, visitor, form, answer.path)
            assert went.answer is not None
            if is_placed():
                return went, number + 1
            answer = went.answer
        elif (link := _link_of(answer, start, seen)) is not None:
            seen.add((link, frozenset()))
            answer = visitor.get(link)
            if is_placed():
                return Attempt(answer, went.filled, True, link) if went is not None else None, number + 1
        else:
            return went, number
    raise Unfinished(f"the checkout has made no order after {STEPS} pages, the last of which is {answer.path}")


def _form_of(answer: Answer, start: str, seen: Seen) -> Form | None:
    """The form of the page that leads on: the one with the most fields."""
    found = [
        form
        for form in answer.page.forms
        if form.method == "post" and _is_step(form.path or answer.path, start) and _signature(form) not in seen
    ]
    return max(found, key=lambda form: len([each for each in form.inputs if each.kind != "hidden"]), default=None)


def _link_of(answer: Answer, start: str, seen: Seen) -> str | None:
    here = answer.path.partition("?")[0]
    for link in answer.page.links:
        path = link.path.partition("?")[0]
        leads = FORWARD.search(link.text) and _is_step(path, start) and path not in (here, start)
        if leads and (link.path, frozenset[str]()) not in seen:
            return link.path
    return None


def _is_step(path: str, start: str) -> bool:
    """Whether *path* is in the part of the site where the checkout *start* is."""
    area = start.strip("/").split("/")
    base = "/" + "/".join(area[:-1] if len(area) > 1 else area)
    path = path.partition("?")[0]
    return (path.rstrip("/") + "/").startswith(base.rstrip("/") + "/") and not ASIDE.search(path)


def _signature(form: Form) -> tuple[str, frozenset[str]]:
    return form.path.partition("?")[0], frozenset(each.name for each in form.inputs)


def _send(context: Context, visitor: Visitor, shown: Form, path: str) -> Attempt:
    """Fill the page's form, with what the code tells about its fields."""
    path = shown.path or path
    form = _in_code(context, shown, path) or shown
    given = context.prepare(form, visitor.role)
    went = attempt(visitor, context.fillers[visitor.role], form, path, given=given)
    if went.broken:
        raise Contradiction(f"POST {path} got {status_of(went)}", "the next page of the checkout")
    if not went.accepted or went.answer is None:
        raise Unfinished(f"{path}: {went.why or 'the form was refused'}")
    return went


def _in_code(context: Context, shown: Form, path: str) -> Form | None:
    """The form of the view at *path* that has fields of the page's form."""
    names = {each.name for each in shown.inputs}
    for view in context.surface.views:
        if addresses.fill(view.url.route, {}) == path.partition("?")[0]:
            for form in view.forms:
                if form.method == "post" and names & {each.name for each in form.inputs}:
                    return form
    return None
