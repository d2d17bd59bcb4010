"""Fields of a YAML file: each reads its value as the expected type, or raises an error that names file and line."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import yaml

from wizard.base import yaml_file
from wizard.base.errors import ChecklistError
from wizard.base.terminal import harmless


def parse(path: Path, content: bytes) -> Field | None:
    """The root field of a checklist file; None if the file is empty.

    Raises:
        ChecklistError: the file is not valid YAML, or not safe to read.
    """
    try:
        node = yaml_file.compose(content)
    except yaml_file.InvalidYamlError as error:
        raise ChecklistError(f"{path}:{error.line}", f"invalid YAML: {error.problem}") from error
    return None if node is None else Field(path, node, "checklist")


class Field:
    """A YAML node with its *name* and the file it is in. Each method returns the value as one type.

    Every method raises ChecklistError if the value has another type.
    """

    def __init__(self, path: Path, node: yaml.Node, name: str) -> None:
        self.path, self.node, self.name = path, node, name

    @property
    def line(self) -> int:
        """The line of the value, counted from 1."""
        return int(self.node.start_mark.line) + 1

    def refuse(self, found: str, expected: str) -> NoReturn:
        raise ChecklistError(f"{self.path}:{self.line}: {self.name}", f"found {found}, expected {expected}")

    def _described(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return repr(self.node.value)
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def _is_scalar(self, *tags: str) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag.endswith(tags)

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or self._is_scalar(":null"):
            self.refuse(self._described(), "a string")
        text = str(self.node.value)
        if harmless(text) != text:
            self.refuse(repr(text), "a string without control characters")
        return text

    def number(self) -> int:
        if not self._is_scalar(":int"):
            self.refuse(self._described(), "a whole number")
        return int(self.node.value)

    def figure(self) -> float:
        if not self._is_scalar(":int", ":float"):
            self.refuse(self._described(), "a number")
        return float(self.node.value)

    def one_of(self, allowed: tuple[str, ...]) -> str:
        value = self.text()
        if value not in allowed:
            self.refuse(repr(value), "one of " + ", ".join(allowed))
        return value

    def flag(self) -> bool:
        """A boolean, in any of YAML's spellings."""
        if not self._is_scalar(":bool"):
            self.refuse(self._described(), "one of true, false")
        return bool(yaml_file.construct(self.node))

    def entries(self) -> list[Field]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(self._described(), "a list")
        return [Field(self.path, node, f"{self.name}[{index}]") for index, node in enumerate(self.node.value)]

    def texts(self) -> tuple[str, ...]:
        return tuple(entry.text() for entry in self.entries())

    def numbers(self) -> tuple[int, ...]:
        return tuple(entry.number() for entry in self.entries())

    def mapping(self, required: str = "", optional: str = "", *, free: bool = False) -> dict[str, Field]:
        """The values by key. *required* and *optional* are key names separated by spaces; *free* allows any key."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(self._described(), "a mapping")
        allowed = {*required.split(), *optional.split()}
        values: dict[str, Field] = {}
        for key, value in self.node.value:
            field = Field(self.path, key, self.name)
            name = field.text()
            if name in values:
                field.refuse(f"the key {name!r} twice", "each key once")
            if not free and name not in allowed:
                field.refuse(f"the unknown key {name!r}", "only " + ", ".join(sorted(allowed)))
            values[name] = Field(self.path, value, name)
        if missing := [name for name in required.split() if name not in values]:
            self.refuse("no " + " and no ".join(missing), f"the keys {required.replace(' ', ', ')}")
        return values

    def without(self, key: str) -> Field:
        """The same mapping without *key*."""
        pairs = [pair for pair in self.node.value if pair[0].value != key]
        return Field(self.path, yaml.MappingNode(self.node.tag, pairs, self.node.start_mark), self.name)
