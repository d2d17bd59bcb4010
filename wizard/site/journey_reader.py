"""The `flows` and `rehearsal` of a project's golive.yaml → `Extras`; what is wrong is told with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from wizard.base import files, yaml_file
from wizard.base.errors import ChecklistError
from wizard.checklist import yaml_fields
from wizard.checklist.yaml_fields import Field
from wizard.site.journeys import PNG, Extras, File, Flow, JourneyStep

METHODS = ("get", "post", "put", "patch", "delete", "head")
STEP_KEYS = "get post put patch delete head json form files headers expect keep csrf repeat as"
MOST = 1000
"""How often one step may be sent."""
LARGEST = 100 << 20
"""Bytes of a file that a flow makes up."""


def read(path: Path) -> Extras:
    """What the golive.yaml at *path* says beyond the checklist.

    Raises:
        ChecklistError: it is wrong; names file, line, what was found and expected.
    """
    root = yaml_fields.parse(path, files.read(path) or b"")
    if root is None:
        return Extras()
    values = root.mapping("version", "items tasks guides flows rehearsal")
    flows = tuple(_flow(entry) for entry in values["flows"].entries()) if "flows" in values else ()
    rehearsal = values["rehearsal"].mapping("", "environment seed") if "rehearsal" in values else {}
    environment = _texts_by_name(rehearsal["environment"]) if "environment" in rehearsal else {}
    return Extras(flows, environment, rehearsal["seed"].text() if "seed" in rehearsal else "")


def _flow(entry: Field) -> Flow:
    values = entry.mapping("flow item title steps", "as")
    who = values["as"].text() if "as" in values else "visitor"
    steps = tuple(_step(each, who) for each in values["steps"].entries())
    place = f"{entry.path.name}:{entry.line}"
    return Flow(values["flow"].text(), values["item"].text(), values["title"].text(), steps, place)


def _step(entry: Field, who: str) -> JourneyStep:
    values = entry.mapping("", STEP_KEYS)
    methods = [name for name in METHODS if name in values]
    if len(methods) != 1:
        entry.refuse(f"{len(methods)} methods", "one of " + ", ".join(METHODS) + ", with its path")
    texts = {name: _texts_by_name(values[name]) for name in ("form", "headers", "keep") if name in values}
    return JourneyStep(
        method=methods[0],
        path=values[methods[0]].text(),
        who=values["as"].text() if "as" in values else who,
        json=_plain(values["json"]) if "json" in values else None,
        form=texts.get("form"),
        files={name: _file(each) for name, each in values["files"].mapping(free=True).items()}
        if "files" in values
        else None,
        headers=texts.get("headers", {}),
        expect=_expected(values["expect"]) if "expect" in values else {},
        keep=texts.get("keep", {}),
        csrf="csrf" in values and values["csrf"].flag(),
        repeat=_within(values["repeat"], 1, MOST) if "repeat" in values else 1,
    )


def _expected(field: Field) -> dict[str, Any]:
    """What an answer should be, with statuses and texts always as lists."""
    values = field.mapping("", "status has json text without header max_ms")
    found: dict[str, Any] = {}
    if "status" in values:
        found["status"] = [_within(each, 100, 599) for each in _one_or_several(values["status"])]
    for name in ("text", "without", "has"):
        if name in values:
            found[name] = [each.text() for each in _one_or_several(values[name])]
    if "header" in values:
        found["header"] = _texts_by_name(values["header"])
    if "json" in values:
        found["json"] = {name: _plain(each) for name, each in values["json"].mapping(free=True).items()}
    if "max_ms" in values:
        found["max_ms"] = values["max_ms"].figure()
    return found


def _file(field: Field) -> File:
    if isinstance(field.node, yaml.ScalarNode):
        return File(field.text())
    values = field.mapping("", "name size type")
    texts = {name: values[name].text() for name in ("name", "type") if name in values}
    return File(**texts, size=_within(values["size"], 0, LARGEST) if "size" in values else len(PNG))


def _one_or_several(field: Field) -> list[Field]:
    return field.entries() if isinstance(field.node, yaml.SequenceNode) else [field]


def _texts_by_name(field: Field) -> dict[str, str]:
    return {name: each.text() for name, each in field.mapping(free=True).items()}


def _within(field: Field, least: int, most: int) -> int:
    number = field.number()
    if not least <= number <= most:
        field.refuse(str(number), f"a number from {least:,} to {most:,}")
    return number


def _plain(field: Field) -> Any:
    try:
        return yaml_file.constructed(field.node)
    except yaml_file.NotYamlError as error:
        raise ChecklistError(f"{field.path}:{error.line}", f"found {error.problem}, expected plain values") from error
