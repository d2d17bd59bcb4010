"""Read the `flows` and `rehearsal` sections of golive.yaml. Errors name the file and the line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from wizard.base import files, yaml_file
from wizard.base.errors import ChecklistError
from wizard.checklist import yaml_fields
from wizard.checklist.model import OVERLAY
from wizard.checklist.yaml_fields import Field
from wizard.site.journeys import PNG, File, Journey, JourneyStep, ProjectConfig

METHODS = ("get", "post", "put", "patch", "delete", "head")
STEP_KEYS = "get post put patch delete head json form files headers expect keep csrf repeat as"
HOST = re.compile(r"(\*\.)?[\w.-]{1,253}(:\d{1,5})?")
MAX_REPEAT = 1000
MAX_FILE_SIZE = 100 << 20
"""The maximum size of a generated file in bytes."""


def read_config(root: Path) -> ProjectConfig:
    """Read golive.yaml in *root*; without the file, return an empty configuration.

    Raises:
        ChecklistError: the file is invalid. The message has file, line, found and expected value.
    """
    path = root / OVERLAY
    if not path.exists():
        return ProjectConfig()
    return parse_config(path, files.read(path) or b"")


def parse_config(path: Path, content: bytes) -> ProjectConfig:
    """Read the *content* of a golive.yaml at *path*.

    Raises:
        ChecklistError: it is invalid.
    """
    root_field = yaml_fields.parse(path, content)
    if root_field is None:
        return ProjectConfig()
    values = root_field.mapping("version", "items tasks guides flows rehearsal skip_urls")
    journeys = tuple(_journey(entry) for entry in values["flows"].entries()) if "flows" in values else ()
    rehearsal = values["rehearsal"].mapping("", "environment seed egress") if "rehearsal" in values else {}
    environment = _texts_by_name(rehearsal["environment"]) if "environment" in rehearsal else {}
    skipped = tuple(entry.text() for entry in values["skip_urls"].entries()) if "skip_urls" in values else ()
    seed = rehearsal["seed"].text() if "seed" in rehearsal else ""
    egress = tuple(_host(entry) for entry in _one_or_several(rehearsal["egress"])) if "egress" in rehearsal else ()
    return ProjectConfig(journeys, environment, seed, skipped, egress)


def _host(entry: Field) -> str:
    name = entry.text().strip().lower()
    if not HOST.fullmatch(name):
        entry.refuse(repr(name), "a host such as api.example.com, *.example.com or db.example.com:5432")
    return name


def _journey(entry: Field) -> Journey:
    values = entry.mapping("flow item title steps", "as")
    visitor = values["as"].text() if "as" in values else "visitor"
    steps = tuple(_step(step, visitor) for step in values["steps"].entries())
    location = f"{entry.path.name}:{entry.line}"
    return Journey(values["flow"].text(), values["item"].text(), values["title"].text(), steps, location)


def _step(entry: Field, visitor: str) -> JourneyStep:
    values = entry.mapping("", STEP_KEYS)
    methods = [name for name in METHODS if name in values]
    if len(methods) != 1:
        entry.refuse(f"{len(methods)} methods", "one of " + ", ".join(METHODS) + ", with its path")
    texts = {name: _texts_by_name(values[name]) for name in ("form", "headers", "keep") if name in values}
    uploads = values["files"].mapping(free=True) if "files" in values else None
    return JourneyStep(
        method=methods[0],
        path=values[methods[0]].text(),
        visitor=values["as"].text() if "as" in values else visitor,
        json=_plain(values["json"]) if "json" in values else None,
        form=texts.get("form"),
        files=None if uploads is None else {name: _file(upload) for name, upload in uploads.items()},
        headers=texts.get("headers", {}),
        expect=_expectations(values["expect"]) if "expect" in values else {},
        keep=texts.get("keep", {}),
        csrf="csrf" in values and values["csrf"].flag(),
        repeat=_number_between(values["repeat"], 1, MAX_REPEAT) if "repeat" in values else 1,
    )


def _expectations(field: Field) -> dict[str, Any]:
    """Read an `expect` mapping. Statuses and texts become lists, even where only one is given."""
    values = field.mapping("", "status has json text without header max_ms")
    expect: dict[str, Any] = {}
    if "status" in values:
        expect["status"] = [_number_between(entry, 100, 599) for entry in _one_or_several(values["status"])]
    for name in ("text", "without", "has"):
        if name in values:
            expect[name] = [entry.text() for entry in _one_or_several(values[name])]
    if "header" in values:
        expect["header"] = _texts_by_name(values["header"])
    if "json" in values:
        expect["json"] = {name: _plain(entry) for name, entry in values["json"].mapping(free=True).items()}
    if "max_ms" in values:
        expect["max_ms"] = values["max_ms"].figure()
    return expect


def _file(field: Field) -> File:
    if isinstance(field.node, yaml.ScalarNode):
        return File(field.text())
    values = field.mapping("", "name size type")
    texts = {name: values[name].text() for name in ("name", "type") if name in values}
    return File(**texts, size=_number_between(values["size"], 0, MAX_FILE_SIZE) if "size" in values else len(PNG))


def _one_or_several(field: Field) -> list[Field]:
    return field.entries() if isinstance(field.node, yaml.SequenceNode) else [field]


def _texts_by_name(field: Field) -> dict[str, str]:
    return {name: entry.text() for name, entry in field.mapping(free=True).items()}


def _number_between(field: Field, least: int, most: int) -> int:
    number = field.number()
    if not least <= number <= most:
        field.refuse(str(number), f"a number from {least:,} to {most:,}")
    return number


def _plain(field: Field) -> Any:
    try:
        return yaml_file.construct(field.node)
    except yaml_file.InvalidYamlError as error:
        raise ChecklistError(f"{field.path}:{error.line}", f"found {error.problem}, expected plain values") from error
