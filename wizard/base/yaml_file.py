"""YAML from outside, read so that no document can run code, loop for ever, or grow beyond what it is written as."""

from __future__ import annotations

from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST = 2**20
"""Bytes of a document."""
MOST = 100_000
"""Nodes of a document, each repetition by an alias counted."""


class InvalidYamlError(Exception):
    """A document that can't be read: *line*, counted from 1, and *problem*."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line, self.problem = line, problem


def compose(content: bytes) -> yaml.Node | None:
    """The nodes of a document, None for an empty one.

    Raises:
        InvalidYamlError: it is no YAML, is too large, or refers to itself.
    """
    if len(content) > LARGEST:
        raise InvalidYamlError(1, f"{len(content):,} bytes, more than the {LARGEST:,} that are read")
    try:
        node: yaml.Node | None = yaml.compose(content, Loader=_Loader)
        if b"*" in content:  # in any encoding; without an alias a document is as large as it is written
            _measured(node, {}, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidYamlError(mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidYamlError(1, str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise InvalidYamlError(1, "it is nested too deeply") from error
    return node


def construct(node: yaml.Node | None) -> Any:
    """The plain values of a node that `compose` has returned.

    Raises:
        InvalidYamlError: a value is none of YAML's plain ones.
    """
    if node is None:
        return None
    try:
        return yaml.SafeLoader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or node.start_mark
        raise InvalidYamlError(mark.line + 1, str(error.problem)) from error
    except (ValueError, TypeError, RecursionError) as error:  # a number, a date or a key that Python can't hold
        raise InvalidYamlError(node.start_mark.line + 1, str(error)) from error


def load(content: bytes) -> Any:
    """The plain values of a document.

    Raises:
        InvalidYamlError: as `compose` and `construct` do.
    """
    return construct(compose(content))


def _measured(node: yaml.Node | None, known: dict[int, int], above: set[int]) -> int:
    """How many nodes *node* stands for once its aliases are written out."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) in above:
        raise InvalidYamlError(node.start_mark.line + 1, "it contains itself")
    if id(node) not in known:
        above.add(id(node))
        inner = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        known[id(node)] = 1 + sum(_measured(each, known, above) for each in inner)
        above.discard(id(node))
        if known[id(node)] > MOST:
            raise InvalidYamlError(node.start_mark.line + 1, f"its aliases make it larger than {MOST:,} values")
    return known[id(node)]
