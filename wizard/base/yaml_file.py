"""Read untrusted YAML. No document can run code, loop forever, or expand beyond its written size."""

from __future__ import annotations

from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST = 2**20
"""The size limit of a document in bytes."""
MOST_NODES = 100_000
"""The limit of nodes in a document, with each repetition by an alias counted."""


class InvalidYamlError(Exception):
    """A document that can't be read: *line*, counted from 1, and *problem*."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line, self.problem = line, problem


def compose(content: bytes) -> yaml.Node | None:
    """The root node of a document; None for an empty one.

    Raises:
        InvalidYamlError: it is not YAML, is too large, or contains itself.
    """
    if len(content) > LARGEST:
        raise InvalidYamlError(1, f"{len(content):,} bytes, more than the limit of {LARGEST:,}")
    try:
        node: yaml.Node | None = yaml.compose(content, Loader=_Loader)
        if b"*" in content:  # in any encoding; a document without aliases can't expand
            _count_nodes(node, {}, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidYamlError(mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidYamlError(1, str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise InvalidYamlError(1, "it is nested too deeply") from error
    return node


def construct(node: yaml.Node | None) -> Any:
    """The plain values of a node that `compose` returned.

    Raises:
        InvalidYamlError: a value has a type that is not plain YAML.
    """
    if node is None:
        return None
    try:
        return yaml.SafeLoader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or node.start_mark
        raise InvalidYamlError(mark.line + 1, str(error.problem)) from error
    except (ValueError, TypeError, RecursionError) as error:  # a number, a date or a key that Python can't represent
        raise InvalidYamlError(node.start_mark.line + 1, str(error)) from error


def load(content: bytes) -> Any:
    """The plain values of a document.

    Raises:
        InvalidYamlError: as `compose` and `construct` do.
    """
    return construct(compose(content))


def _count_nodes(node: yaml.Node | None, counts: dict[int, int], parents: set[int]) -> int:
    """The number of nodes in *node* after its aliases are expanded.

    *counts* has the results so far, by the id of the node. *parents* are the ids of the nodes that contain *node*.
    """
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) in parents:
        raise InvalidYamlError(node.start_mark.line + 1, "it contains itself")
    if id(node) not in counts:
        parents.add(id(node))
        inner = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        counts[id(node)] = 1 + sum(_count_nodes(part, counts, parents) for part in inner)
        parents.discard(id(node))
        if counts[id(node)] > MOST_NODES:
            raise InvalidYamlError(node.start_mark.line + 1, f"its aliases make it larger than {MOST_NODES:,} values")
    return counts[id(node)]
