"""What a GraphQL answer with status 200 says about errors: those of the site, and rows that it only half made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.journeys.visitor import Answer
from wizard.project.inputs import Form

INTERNAL = re.compile(
    r"constraint failed|violates \w+[ -]\w+|Traceback|has no attribute|matching query does not exist|NoneType"
    r"|\b(Integrity|Attribute|Key|Type|Value|Operational|Programming|Data)Error|codec can't (en|de)code"
    r"|value too long for type|index out of range|no such (table|column)"
    r"|object is not (subscriptable|callable|iterable)"
)
"""Words of errors of Python and of databases, which no visitor can cause by what is sent."""
NOT_FOUND = re.compile(r"matching query does not exist")
IDS = ("id", "pk", "uuid")
LONGEST = 160


def errors_of(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """The errors of a GraphQL answer; none for another answer."""
    content = answer.json
    errors = content.get("errors") if isinstance(content, dict) and "data" in content else None
    yield from (each for each in errors[:20] if isinstance(each, dict)) if isinstance(errors, list) else ()


def message_of(answer: Answer) -> str:
    """The first error of a GraphQL answer. Empty without one."""
    return next((str(each.get("message", "error"))[:LONGEST] for each in errors_of(answer)), "")


def is_internal(message: str) -> bool:
    """Whether a query's error is one of the site itself, and not a refusal or a row that is not found."""
    return bool(INTERNAL.search(message)) and not NOT_FOUND.search(message)


def half_made(answer: Answer | None, form: Form) -> str:
    """The error of an answer whose row lacks a value that each row has, so that it was not saved. Empty without one.

    Only a value beside an id counts: a mutation that answers no row at all may have refused what was sent.
    """
    if answer is None or form.encoding != "graphql":
        return ""
    outputs = {".".join(part for part in each.split(".") if not part.startswith("@")) for each in form.outputs}
    for each in errors_of(answer):
        message, path = str(each.get("message", "")), each.get("path")
        if "null for non-null" not in message or not isinstance(path, list) or len(path) < 2:
            continue
        inside = [str(part) for part in path[1:-1] if isinstance(part, str)]
        if any(".".join([*inside, name]) in outputs for name in IDS):
            return message[:LONGEST]
    return ""
