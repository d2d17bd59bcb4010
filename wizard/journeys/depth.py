"""Which resources are tried in depth, by a budget of time and number, and all journeys of one resource in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from wizard.base.errors import SiteError
from wizard.journeys import (
    actions,
    changes,
    crud,
    drafts,
    further_pages,
    holes,
    mailed_rows,
    queries,
    reading,
    references,
)
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.operations import Operation
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.rows import RowsError
from wizard.journeys.saved_rows import values_of
from wizard.journeys.searching import check_search

MOST_SEARCHED = 50
"""Rows among which the visitor's own is looked for."""
OF_ALL = re.compile(r"unsubscribe|clear|all\b|leave|withdraw")
"""Words of deletions that may delete all rows of a visitor."""
MOST = 12
"""Resources that are tried in depth."""


def in_depth(resources: Sequence[Resource]) -> set[str]:
    """The names of the resources that are tried in depth: those with the most operations, MOST at most."""
    ranked = sorted(resources, key=lambda each: -len(each.operations))
    return {each.name for each in ranked[:MOST]}


def try_resource(context: Context, resource: Resource) -> Row | None:
    """Create, list, show, change and delete rows of *resource*, as two visitors. Returns a row that is left."""
    role = _role(context, resource)
    if role not in context.visitors:
        role = next(iter(context.visitors))
    if resource.is_own:
        return _try_own(context, resource, role)
    others, mails = [_other_row(context, resource)], len(context.mails())
    row = crud.create(context, resource) if resource.operation("create") else None
    by_site = row is not None
    if context.results and row is not None:
        role = context.results[-1].visitor
        mailed_rows.follow_link(context, resource, row, role, mails)
    if row is None:
        row = _own_row(context, resource, role)
    if row is None:
        _read_without_rows(context, resource, role)
        return None
    _read_list(context, resource, row, role, by_site=by_site)  # while it is the newest row
    others.append(_other_row(context, resource))  # some views take the newest row, others the oldest
    known = [each for each in others if each is not None]
    changes_rows = resource.operation("update") or resource.operation("delete")
    mine = _own_row(context, resource, role) if by_site and resource.owner and changes_rows else None
    beside = [*known, *([mine] if mine else [])]
    _read(context, resource, row, beside, role, by_site=by_site)
    if by_site and row.label == resource.label:
        further_pages.check_further(context, resource, row, beside, role)
    update = resource.operation("update")
    if update is not None and not actions.is_action(update, resource.label):
        changes.update(context, resource, row, known, _writer(context, resource, "update", role), mine)
    _second(context, resource, role, row, by_site=by_site)
    holes.check_anonymous(context, resource, [row])
    holes.check_other_visitor(context, resource, row)
    holes.check_own_lists(context, resource, row)
    if by_site:
        holes.check_below_others(context, resource, row)
        create = resource.operation("create")
        references.check_reference(context, create, resource.label, resource.name, resource.title)
        drafts.check_draft(context, resource, role)
    actions.try_actions(context, resource, row, known, role)
    if resource.operation("delete"):
        changes.delete(
            context, resource, row, must_stay(resource, known, beside), _writer(context, resource, "delete", role)
        )
        if context.results[-1].verdict is Verdict.WORKS:
            context.made = [each for each in context.made if each.row is not row]
        return known[-1] if known else None
    return row


def must_stay(resource: Resource, known: Sequence[Row], beside: Sequence[Row]) -> Sequence[Row]:
    """The rows that the deletion of one must not delete: *known*, or *beside*, with one of the same visitor."""
    return known if OF_ALL.search(resource.operations["delete"].view.url.route.lower()) else beside


def _try_own(context: Context, resource: Resource, role: str) -> Row | None:
    """Change the one row that a visitor has, such as the profile."""
    row = _existing(context, resource, role)
    other = _existing(context, resource, "second")
    update = resource.operation("update")
    if row is None or update is None or role not in context.accounts:
        return row
    changes.update(context, resource, row, [other] if other is not None else [], role)
    if role == "first" and other is not None and "second" in context.visitors:
        changes.update(context, resource, other, [row], "second")
    return row


def _existing(context: Context, resource: Resource, role: str) -> Row | None:
    """The visitor's account, or the row that belongs to it."""
    account = context.accounts.get(role)
    if account is None or context.rows is None:
        return None
    if resource.label == context.surface.user_model:
        return Row(resource.label, account)
    for key in context.rows.keys(resource.label)[:MOST_SEARCHED] if resource.owner else []:
        if context.rows.related(resource.label, key, resource.owner) == account:
            return Row(resource.label, key)
    return None


def _role(context: Context, resource: Resource) -> str:
    if resource.is_for_staff:
        return "staff"
    needed = [each.view.requires for each in resource.operations.values()]
    if needed and all(each == "staff" for each in needed):
        return "staff"
    return "first" if "first" in context.visitors else "anonymous"


def _writer(context: Context, resource: Resource, role: str, maker: str) -> str:
    """The visitor who changes the row that *maker* made."""
    return "staff" if resource.requires(role) == "staff" and "staff" in context.visitors else maker


def _other_row(context: Context, resource: Resource) -> Row | None:
    try:
        return crud.fill_other_row(context, resource)
    except RowsError as error:
        context.log(f"No row of {resource.title} could be made in the database: {error}")
        return None


def _own_row(context: Context, resource: Resource, role: str) -> Row | None:
    """A row in the database that belongs to the visitor of *role*, for views that only read."""
    if context.rows is None or resource.model is None:
        return None
    try:
        return crud.own_row(context, resource, role)
    except RowsError:
        return None


def _reader(context: Context, operation: Operation | None, role: str) -> str:
    is_for_staff = operation is not None and operation.view.requires == "staff"
    return "staff" if is_for_staff and "staff" in context.visitors else role


def _newer_row(context: Context, resource: Resource, row: Row, role: str) -> Row | None:
    """A row of the same visitor whose times are later than those of *row*, so that it comes first in a list by time."""
    later = _own_row(context, resource, role)
    if later is None or context.rows is None or resource.model is None or later.key is None:
        return later
    kept, values = values_of(context, row), dict[str, str]()
    for each in resource.model.inputs:
        present = str(kept.get(each.name) or "")
        if each.kind == "date" and present:
            values[each.name] = present
        elif each.kind == "datetime" and present:
            with suppress(ValueError):
                values[each.name] = (datetime.fromisoformat(present) + timedelta(milliseconds=1)).isoformat()
    if values:
        context.rows.change(later.label, later.key, values)
    return later


def _read_list(context: Context, resource: Resource, row: Row, role: str, *, by_site: bool) -> None:
    listed = resource.operation("list")
    if listed is None or row.label != resource.label:  # the form made a row of another model
        return
    reader = _reader(context, listed, role)

    def newer() -> Row | None:
        return _newer_row(context, resource, row, role)

    reading.check_list(context, resource, row, reader, made_by_site=by_site, newer=newer)
    context.drop_wrong_guess(listed)


def _read(context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str, *, by_site: bool) -> None:
    if row.label != resource.label:  # the form made a row of another model
        return
    listed = resource.operation("list")
    try:
        check_search(context, resource, row, _reader(context, listed, role))
    except (SiteError, Unfinished):
        context.log(f"The search of {resource.title} could not be tried")
    queries.check_search(context, resource, row, role)
    if detail := resource.operation("detail"):
        reader = _reader(context, detail, role)
        reading.check_detail(context, resource, row, others, reader, made_by_site=by_site)
        if reader != "staff" and "staff" in context.visitors and _is_forbidden(context):
            context.results.pop()
            reading.check_detail(context, resource, row, others, "staff", made_by_site=by_site)


def _is_forbidden(context: Context) -> bool:
    """Whether the last journey got 403, as where only those with a permission may see a row."""
    last = context.results[-1]
    return last.verdict is Verdict.OPEN and last.why.endswith("got status 403")


def _read_without_rows(context: Context, resource: Resource, role: str) -> None:
    """Open the list of a resource of which no row can be made, to see at least that it answers."""
    listed = resource.operation("list")
    if listed is not None:
        reading.open_list(context, resource, role)
        context.drop_wrong_guess(listed)


def _second(context: Context, resource: Resource, role: str, earlier: Row, *, by_site: bool) -> None:
    """Let the second visitor create a row, too: some faults appear only for the second user."""
    create = resource.operation("create")
    if not by_site or role != "first" or "second" not in context.visitors or create is None:
        return
    row = crud.create(context, resource, "second", earlier)
    detail = resource.operation("detail")
    if row is not None and row.label == resource.label and detail is not None and detail.view.requires != "staff":
        reading.check_detail(context, resource, row, [], "second", made_by_site=True)


def read_resource(context: Context, resource: Resource) -> Row | None:
    """Only list and show a row of *resource*."""
    role = _role(context, resource)
    if role not in context.visitors:
        return None
    row = _own_row(context, resource, role)
    if row is not None:
        _read_list(context, resource, row, role, by_site=False)
        _read(context, resource, row, [], role, by_site=False)
    return row
