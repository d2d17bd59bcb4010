"""JSON Schemas of the events and of the answers file, from the event classes and the questions."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from typing import Any

from generated.answers import known_answers
from generated.reference import event_name
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine import events
from wizard.engine.drift import Change
from wizard.plan.actions import Action, Finding, Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    Task: {"$ref": "#/$defs/task"}, Item: {"$ref": "#/$defs/item"}, Plan: {"$ref": "#/$defs/plan"},
    Action: {"$ref": "#/$defs/action"}, Evidence: {"$ref": "#/$defs/evidence"}, Finding: {"$ref": "#/$defs/finding"},
    Diagnosis: {"$ref": "#/$defs/diagnosis"}, Cause: {"$ref": "#/$defs/cause"},
    Change: {"$ref": "#/$defs/change"},
}  # fmt: skip


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


STRING, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
DEFINITIONS = {
    "task": _object(number={"type": "integer"}, title=STRING),
    "item": _object(id=STRING, text=STRING),
    "action": _object(kind=STRING, text=STRING, preview=STRING, paths=TEXTS),
    "plan": _object(actions={"type": "array", "items": {"$ref": "#/$defs/action"}}, remarks=TEXTS),
    "finding": _object(text=STRING, warning={"type": "boolean"}),
    "evidence": _object(item=STRING, status={"enum": [status.value for status in Status]}, kind=STRING, ran=STRING,
                        showed=STRING, at={"type": "string", "format": "date-time"},
                        expected=STRING, where=STRING, changed=STRING),
    "cause": _object(found=STRING, expected=STRING, where=STRING, error=STRING, advice=STRING),
    "change": _object(path=STRING, what=STRING, variable=STRING, line={"type": "integer"}, commit=STRING,
                      subject=STRING, date=STRING, day=STRING, uncommitted={"type": "boolean"}),
    "diagnosis": _object(guide=STRING, hint=STRING, confirmed={"type": ["boolean", "null"]}, seen=STRING, fix=STRING),
}  # fmt: skip


def _field(kind: Any) -> dict[str, Any]:
    """Return the schema of a field of type *kind*."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, types.UnionType):
        return {
            "anyOf": [{"type": "null"} if part is types.NoneType else _field(part) for part in typing.get_args(kind)]
        }
    assert typing.get_origin(kind) is tuple, kind
    return {"type": "array", "items": _field(typing.get_args(kind)[0])}


def events_schema() -> dict[str, Any]:
    """Return the schema of one line of `golive --json`."""
    kinds = []
    for kind in events.Event.__subclasses__():
        hints = typing.get_type_hints(kind)
        fields = {field.name: _field(hints[field.name]) for field in dataclasses.fields(kind)}
        name = event_name(kind)
        kinds.append(_object(v={"const": events.VERSION}, event={"const": name}, **fields) | {"title": name})
    return {"$schema": DIALECT, "title": "One line of golive --json", "oneOf": kinds, "$defs": DEFINITIONS}


def answers_schema() -> dict[str, Any]:
    """Return the schema of the answers file."""
    properties: dict[str, Any] = {}
    known = known_answers()
    for name, answer in known.items():
        about: dict[str, Any] = {"description": answer.text} if answer.text else {}
        about |= {"default": answer.default} if answer.default else {}
        boolean = [{"type": "boolean"}] if set(answer.choices) == {"yes", "no"} else []
        about |= {"anyOf": [{"enum": list(answer.choices)}, *boolean]} if answer.choices else {"type": "string"}
        section, _, key = name.rpartition(".")
        place = properties
        if section in known:  # an answer itself, and no section
            key = name
        elif section:
            place = properties.setdefault(section, {"type": "object", "properties": {}})["properties"]
        place[key] = about
    properties["done"] = {"type": "object", "description": "Your confirmation of items that Golive can't verify, by id",
                          "additionalProperties": {"type": "string"}}  # fmt: skip
    return {"$schema": DIALECT, "title": "The answers file of golive --answers", "type": "object",
            "properties": properties}  # fmt: skip


def as_json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
