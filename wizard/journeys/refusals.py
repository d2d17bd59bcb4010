"""What a site's answer says against a form: which field, and why.

It reads the error formats of Django REST framework, drf-standardized-errors, django-ninja and pydantic, allauth
headless, GraphQL, RFC 9457, and of pages that show their form again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wizard.base.secrets import excerpt
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.filling import Filled
from wizard.journeys.html_page import Page
from wizard.journeys.visitor import Answer
from wizard.project.inputs import Form

WHOLE = frozenset(
    {
        "non_field_errors",
        "nonfielderrors",
        "__all__",
        "detail",
        "details",
        "error",
        "errors",
        "message",
        "messages",
        "non_field",
        "general",
        "form",
        "root",
        "_error",
        "msg",
        "reason",
        "description",
        "error_description",
        "title",
    }
)
"""Names that stand for the whole form."""
ABOUT = frozenset({"code", "status", "status_code", "statuscode", "type", "instance", "success", "ok", "data",
"timestamp", "path",
                   "trace_id", "request_id", "meta", "field_order", "url", "ctx", "__typename", "input"})  # fmt: skip
"""Names of an error answer that are no field of the form."""
ENVELOPES = frozenset(
    {"errors", "error", "detail", "details", "field_errors", "validation_errors", "data", "fields", "form_errors"}
)
SCOPES = frozenset({"body", "form", "query", "path", "header", "file", "payload", "data", "json"})
FAILED = frozenset({"error", "fail", "failed", "failure", "invalid"})
ALSO_FIELDS = frozenset({"title", "description", "message", "reason", "form", "root"})
"""Names of WHOLE that are fields, too, if they have a list of errors."""
MOST, DEEPEST, LONGEST = 60, 6, 300


@dataclass(frozen=True)
class Refusal:
    """Why the site refused a form.

    Arguments:
        field: the field's name, of an object's part with a dot between. Empty for the whole form.
        message: the site's own words.
        code: the site's code for the reason, such as `unique`, or the status of the response.
    """

    field: str
    message: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def refusals_of(answer: Answer, filled: Filled | None = None, before: Page | None = None) -> list[Refusal]:
    """Why *answer* refuses what *filled* sent; empty if it does not.

    *before* is the page before the request: what it showed already is no answer.
    """
    form = filled.form if filled else None
    if is_next_step(answer):
        return []
    if answer.json is not None:
        found = list(_from_json(answer, form))
    elif answer.is_page and answer.status < 500:
        found = list(_from_page(answer, filled, before))
    else:
        found = []
    if not found and answer.status >= 400:
        text = answer.page.title or answer.text if answer.is_page else answer.text
        message = excerpt(text, 160) or answer.response.reason_phrase
        found = [Refusal("", message, str(answer.status))]
    return [_named(each, form) for each in dict.fromkeys(found)][:MOST]


def is_next_step(answer: Answer) -> bool:
    """Whether a 401 of allauth's API means that the request was accepted, and which steps may follow."""
    content = answer.json
    if answer.status != 401 or not isinstance(content, dict) or "errors" in content:
        return False
    return "meta" in content and isinstance(content.get("data"), dict) and "flows" in content["data"]


def has_pending_step(answer: Answer) -> bool:
    """Whether allauth's API says that one more step is needed, which it does with a 401."""
    data = answer.json.get("data") if isinstance(answer.json, dict) else None
    flows = data.get("flows") if isinstance(data, dict) else None
    return isinstance(flows, list) and any(isinstance(each, dict) and each.get("is_pending") for each in flows)


def _named(refusal: Refusal, form: Form | None) -> Refusal:
    """*refusal* with the form's own name for its field, where an answer writes it in another way."""
    if form is None or not refusal.field:
        return refusal
    names = {each.name for each in form.inputs}
    if refusal.field in names:
        return refusal
    plain = _plain(refusal.field)
    same = next((name for name in names if _plain(name) == plain), "")
    return replace(refusal, field=same) if same else refusal


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


# ---- JSON


def _from_json(answer: Answer, form: Form | None) -> Iterator[Refusal]:
    content = answer.json
    if answer.status >= 400:
        yield from _parsed(content, "", 0, form)
        return
    if not isinstance(content, dict):
        return
    if (form is not None and form.encoding == "graphql") or ("errors" in content and "data" in content):
        yield from _of_graphql(content, form)
        return
    failed = content.get("success") is False or content.get("ok") is False or content.get("valid") is False
    failed = failed or str(content.get("status", "")).lower() in FAILED or content.get("result") is False
    for name in ("errors", "error", "field_errors", "form_errors"):
        if content.get(name) not in (None, False, "", [], {}):
            yield from _parsed({name: content[name]}, "", 0, form)
            return
    if failed:
        yield from list(_parsed(content, "", 0, form)) or [Refusal("", excerpt(answer.text, 160), "failed")]


def _of_graphql(content: Mapping[str, Any], form: Form | None) -> Iterator[Refusal]:
    for each in _list(content.get("errors")):
        if isinstance(each, dict):
            message = str(each.get("message", "error"))[:LONGEST]
            named = re.search(
                r"[Aa]rgument ['\"](\w+)['\"]|[Ff]ield ['\"]?(?:\w+\.)?(\w+)['\"]? of required type", message
            )
            inner = re.search(r"at ['\"](?:\w+\.)*(\w+)['\"]", message)
            field = (named[1] or named[2]) if named else inner[1] if inner else ""
            yield Refusal(field, message, str((each.get("extensions") or {}).get("code", "") or "graphql"))
    for payload in (content.get("data") or {}).values() if isinstance(content.get("data"), dict) else ():
        if not isinstance(payload, dict):
            continue
        for name in ("errors", "error", "validationErrors", "formErrors"):
            if payload.get(name) not in (None, False, "", [], {}):
                yield from _parsed({"errors": payload[name]}, "", 0, form)
                return
        if payload.get("success") is False or payload.get("ok") is False:
            yield Refusal("", str(payload.get("message") or "success is false")[:LONGEST], "failed")
        if str(payload.get("__typename", "")).endswith(("Error", "Errors", "Failure", "OperationInfo")):
            yield from _parsed(payload, "", 0, form)


def _parsed(value: Any, field: str, depth: int, form: Form | None) -> Iterator[Refusal]:
    """The refusals in a part of an answer that is about *field*."""
    if depth > DEEPEST or value is None or isinstance(value, bool | int | float):
        return
    if isinstance(value, str):
        if value.strip():
            yield Refusal(field, value.strip()[:LONGEST])
    elif isinstance(value, list):
        for number, each in enumerate(value[:MOST]):
            if isinstance(each, dict) and (described := _described(each, form)):
                yield described
            else:
                is_row = isinstance(each, dict) and field and not _is_message(each)
                yield from _parsed(each, f"{field}.{number}" if is_row else field, depth + 1, form)
    elif isinstance(value, dict):
        yield from _of_mapping(value, field, depth, form)


def _of_mapping(value: Mapping[str, Any], field: str, depth: int, form: Form | None) -> Iterator[Refusal]:
    if described := _described(value, form):
        yield described
        return
    if _is_message(value):
        yield Refusal(field, str(value.get("message") or value.get("string") or value.get("detail"))[:LONGEST],
                      str(value.get("code", "")))  # fmt: skip
        return
    names = {each.name for each in form.inputs} if form else set()
    for name, part in list(value.items())[:MOST]:
        key = str(name)
        if key not in names and _is_envelope(key.lower(), part):
            yield from _parsed(part, field, depth + 1, form)
        elif key in names or key.lower() not in ABOUT:
            yield from _parsed(part, f"{field}.{key}" if field else key, depth + 1, form)


def _is_envelope(key: str, part: Any) -> bool:
    """Whether a name stands for the whole form, or contains the errors of its fields."""
    if isinstance(part, list) and key in ALSO_FIELDS:
        return False
    return (key in ENVELOPES and isinstance(part, dict | list)) or key in WHOLE


def _described(row: Mapping[str, Any], form: Form | None) -> Refusal | None:
    """The refusal in an entry that names its field and its message: pydantic, allauth, and others. None without."""
    message = next(
        (row[name] for name in ("msg", "message", "detail", "messages", "reason", "string") if row.get(name)), None
    )
    if message is None:
        return None
    if isinstance(message, list):
        message = " ".join(map(str, message))
    code = str(row.get("code") or row.get("type") or "")
    for name in ("loc", "param", "attr", "field", "name", "path", "property", "pointer"):
        place = row.get(name)
        if place in (None, "") or (name in ("name", "path") and not isinstance(place, str | list)):
            continue
        parts = [str(each) for each in place] if isinstance(place, list) else str(place).strip("/#").split("/")
        return Refusal(_joined(parts, form), str(message)[:LONGEST], code)
    return None


def _joined(parts: Sequence[str], form: Form | None) -> str:
    """The field's name from the place of an error, as `("body", "payload", "title")`: `title`."""
    names = {each.name for each in form.inputs} if form else set()
    kept = list(parts)
    while len(kept) > 1 and kept[0] not in names and (kept[0] in SCOPES or kept[1] in names):
        kept.pop(0)
    found = ".".join(kept)
    return "" if found not in names and (found.lower() in WHOLE or found in SCOPES) else found


def _is_message(value: Mapping[str, Any]) -> bool:
    texts = [name for name in ("message", "string", "detail") if isinstance(value.get(name), str)]
    return len(texts) == 1 and set(value) <= {texts[0], "code", "type", "status", "status_code", "extra", "params"}


def _list(value: Any) -> list[Any]:
    return value[:MOST] if isinstance(value, list) else []


# ---- pages


def _from_page(answer: Answer, filled: Filled | None, before: Page | None) -> Iterator[Refusal]:
    page = answer.page
    known = {(each.name, each.message) for each in before.errors} if before else set()
    for each in page.errors:
        if (each.name, each.message) not in known:
            yield Refusal(each.name, each.message, "page")
    shown = set(before.alerts) if before else set()
    fresh = [each for each in page.alerts if each not in shown]
    for alert in fresh:
        yield Refusal("", alert, "page")
    moved = answer.first in (301, 302, 303, 307, 308)
    if filled and not moved and answer.status < 400 and not page.errors and not fresh and is_shown_again(page, filled):
        yield Refusal("", "the form is shown again with what was sent, and without a message", "again")


def is_shown_again(page: Page, filled: Filled) -> bool:
    """Whether *page* has the form of *filled* with the values that were sent, as Django shows a form with errors."""
    if page.notices:
        return False
    sent = {
        name: value.strip()
        for name, value in filled.values.items()
        if isinstance(value, str) and len(value.strip()) > 3 and name != CSRF_FIELD
    }
    visible = {each.name for each in filled.form.inputs if each.kind not in ("hidden", "password", "choice", "captcha")}
    for form in page.forms:
        values = {each.name: each.initial.strip() for each in form.inputs}
        common = values.keys() & sent.keys() & visible
        if form.method != "get" and common and all(values[name] == sent[name] for name in common):
            initial = {each.name: each.initial.strip() for each in filled.form.inputs}
            return any(initial.get(name, "") != sent[name] for name in common)
        passwords = {each.name for each in form.inputs if each.kind == "password"}
        if (
            form.method != "get"
            and passwords
            and passwords <= filled.values.keys()
            and values.keys() & visible <= common
        ):
            return True  # passwords are never shown again
    return False
