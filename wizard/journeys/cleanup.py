"""What journeys created at a real site is deleted again: by the site's own form, else by its admin.

In a rehearsal nothing needs that: its database is thrown away. What could not be deleted is listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from wizard.base.errors import SiteError
from wizard.base.secrets import redact
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import shows
from wizard.journeys.filling import Filled
from wizard.journeys.made import Made
from wizard.journeys.operations import UNSAFE
from wizard.journeys.reading import is_login
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.row_address import address
from wizard.journeys.visitor import Visitor

KIND = "cleanup"
WITHOUT_ROW = {
    "order": "an order",
    "payment": "a payment",
    "upload": "an uploaded file in the storage",
    "cart-add": "rows of a cart",
}
"""What journeys of a kind leave behind, of which they know no row."""

MAKING = frozenset({"create", "signup"})
"""Kinds of journeys after which something may be left, even if they do not work."""


def clean_up(context: Context) -> None:
    """Delete the rows that were made, the latest first, then the accounts. Adds a result that lists what is left.

    A row is deleted only if its page shows the mark that the journey gave it, so that it is no row of anybody else.
    """
    kept, deleted = list[Made](), list[str]()
    for each in reversed(context.made):
        if _by_site(context, each) or _row_by_admin(context, each):
            deleted.append(str(each))
        else:
            kept.append(each)
    left, cascaded = list[str](), ""
    for role in ("second", "first"):
        if _has_account(context, role):
            name = context.visitors[role].person.name
            text = _account_by_admin(context, name)
            cascaded += text or ""
            (left if text is None else deleted).append(f"account {name}")
    for each in kept:  # the admin lists what goes with an account
        (deleted if _went_with_account(each, cascaded) else left).append(str(each))
    left += [*_without_row(context, cascaded), *_perhaps(context, cascaded)]
    context.results.append(_result(deleted, left))
    context.log(context.results[-1].why)


def _went_with_account(made: Made, cascaded: str) -> bool:
    """Whether the admin's list of what goes with the accounts has the row, or rows of a model that users own."""
    model, mark = made.resource.model, made.row.mark.lower()
    owned = model is not None and bool(model.owner) and bool(model.title) and model.title.lower() in cascaded
    return owned or (bool(mark) and mark in cascaded)


def _result(deleted: Sequence[str], left: Sequence[str]) -> JourneyResult:
    title = "What the journeys created on the real site is deleted again"
    gone = f"{len(deleted)} deleted: {', '.join(deleted[:4])}" if deleted else "nothing was created"
    if not left:
        return JourneyResult(KIND, title, KIND, KIND, Verdict.WORKS, redact(gone), "staff")
    why = f"left on the site, please delete: {', '.join(left)}"
    return JourneyResult(KIND, title, KIND, KIND, Verdict.OPEN, redact(why), "staff")


def _without_row(context: Context, cascaded: str) -> Iterator[str]:
    """What the results show to be left: rows whose address no answer told, unless the admin *cascaded* to them."""
    for kind, what in WITHOUT_ROW.items():
        worked = any(each.kind == kind and each.verdict is not Verdict.OPEN for each in context.results)
        if worked and not any(word in cascaded for word in what.split()[-1:]):
            yield what


def _perhaps(context: Context, cascaded: str) -> Iterator[str]:
    """What may be left by journeys that do not work: the site accepted the form, or failed when it was sent.

    A row can be saved before the error, for example by a signal that sends mail. What the admin *cascaded* to is gone.
    """
    uploads = {sent.request for each in context.results if each.kind == "upload" for sent in each.requests}
    for each in context.results:
        if each.kind not in MAKING or each.verdict is Verdict.WORKS or (each.kind == "signup" and _signed_up(context)):
            continue
        sent = next((one for one in reversed(each.requests) if _may_have_saved(one)), None)
        name = each.subject.rpartition(".")[2].lower()
        gone = bool(name) and name in cascaded.lower()
        if sent is not None and not gone and sent.request not in uploads:  # those are listed as files
            what = "an account" if each.kind == "signup" else f"a {name or 'row'}"
            yield f"perhaps {what} ({sent.request} → {sent.status or 'no answer'})"


def _may_have_saved(sent: SentRequest) -> bool:
    """Whether the site may have saved what was sent. A form that is shown again has the status 200."""
    method, status = sent.request.partition(" ")[0].lower(), sent.status
    return method in UNSAFE and not sent.learned and (status == 0 or 201 <= status < 400 or status >= 500)


def _signed_up(context: Context) -> bool:
    """Whether the accounts are deleted or listed already."""
    return any(_has_account(context, role) for role in ("first", "second"))


def _has_account(context: Context, role: str) -> bool:
    """Whether the visitor of *role* signed up, or may have."""
    signed_up = any(each.kind == "signup" for each in context.results)
    return role in context.visitors and signed_up


# ---- by the site


def _by_site(context: Context, made: Made) -> bool:
    """Delete the row as the visitor who made it. Returns whether the site confirms that it is gone."""
    operation, visitor = made.resource.operation("delete"), context.visitors.get(made.role)
    detail = made.resource.operation("detail")
    if operation is None or visitor is None or detail is None or not made.row.mark:
        return False
    visitor.begin()
    try:
        shown = address(context, detail, made.row, made.role)
        if not shows(visitor.get(shown), made.row.mark):
            return False
        path = address(context, operation, made.row, made.role)
        visitor.request(operation.method, path, form={} if operation.method == "post" else None)
        again = visitor.get(shown)
    except (SiteError, Unfinished):
        return False
    return again.status in {404, 410}


# ---- by the admin


def _row_by_admin(context: Context, made: Made) -> bool:
    model = made.resource.model
    if model is None or not model.in_admin:
        return False
    return _delete(context, model.label, made.row.mark, made.row.key) is not None


def _account_by_admin(context: Context, name: str) -> str | None:
    """Delete the account *name*. Returns the admin's list of what goes with it; None if it could not be deleted."""
    return _delete(context, context.surface.user_model, name) if context.surface.user_model else None


def _delete(context: Context, label: str, search: str, key: object = None) -> str | None:
    """Delete the one row in the admin whose page shows *search*. Returns the text of the page that asks to confirm it.

    None if there is no such row, or it could not be deleted.
    """
    staff = context.visitors.get("staff")
    app, _, name = label.lower().partition(".")
    listed = f"{context.surface.admin}{app}/{name}/"
    if staff is None or not context.surface.admin or not search:
        return None
    staff.begin()
    try:
        found = str(key) if key is not None else _found(staff, listed, search)
        if not found:
            return None
        path = f"{listed}{quote(found, safe='')}/delete/"
        page = staff.get(path)
        if page.status != 200 or is_login(page) or not shows(page, search):
            return None  # it is gone already, or not the row that was meant
        form = next((each for each in page.page.forms if any(part.name == "post" for part in each.inputs)), None)
        if form is None:
            return None
        text = page.page.text.lower()
        staff.send(Filled(form, {each.name: each.initial for each in form.inputs}), path)
        again = staff.get(path)
        return text if again.status == 404 or again.path.partition("?")[0] != path else None
    except SiteError:
        return None


def _found(staff: Visitor, listed: str, search: str) -> str:
    """The key of the one row that the admin's search finds; empty if it finds none or several."""
    page = staff.get(f"{listed}?q={quote(search, safe='')}")
    pattern = re.compile(rf"{re.escape(listed)}([^/?]+)/change/")
    keys = {found[1] for link in page.page.links if (found := pattern.match(link.path))}
    return keys.pop() if len(keys) == 1 else ""
