"""Read and edit .env files with python-dotenv's own parser. Comments, order, quotes and line ends are kept."""

from __future__ import annotations

import io
import logging
import re

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from wizard.base.errors import EditError
from wizard.editing.text import line_end

logging.getLogger("dotenv.main").disabled = True  # its warnings about single lines would go to the terminal


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(io.StringIO(text, newline="")))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EditError("The .env file is not UTF-8", str(error), "Save it as UTF-8.") from error


def values(content: bytes) -> dict[str, str]:
    """Names and values as python-dotenv reads them, without names that have no value."""
    text = _decode(content).removeprefix("\ufeff")
    return {
        binding.key: binding.value
        for binding in _bindings(text)
        if binding.key is not None and binding.value is not None and not binding.error
    }


def line_of(content: bytes, name: str) -> int:
    """The line that sets *name*, counted from 1; the last one if there are several, and 0 if there is none."""
    lines = [binding.original.line for binding in _bindings(_decode(content)) if binding.key == name]
    return lines[-1] if lines else 0


def continuation_lines(text: str) -> set[int]:
    """The lines of *text*, counted from 0, that may belong to a value that began on an earlier line.

    After a line that can't be parsed, such as an open quote, these are all lines.
    """
    found: set[int] = set()
    for binding in _bindings(text):
        original = binding.original.string
        body = original.lstrip()
        # The text of a binding starts with the blank lines before it.
        first = binding.original.line - 1 + _line_ends(original[: len(original) - len(body)])
        if binding.error:
            return found | set(range(first + 1, _line_ends(text) + 1))
        found |= set(range(first + 1, first + 1 + _line_ends(body.rstrip())))
    return found


def _line_ends(text: str) -> int:
    return len(re.findall(r"\r\n|\n|\r", text))


def with_value(content: bytes, name: str, value: str, *, library: str = "dotenv", note: str = "") -> bytes:
    """*content* with *name* set to *value*: in the line that sets it, or in a new last line.

    Arguments:
        library: the parser that will read the file: dotenv, environ or decouple. The value is quoted for it.
        note: a comment above a new line.

    Raises:
        EditError: the library can't read this value from a .env file.
    """
    text = _decode(content)
    newline = line_end(text)
    written = quoted(name, value, library)
    parts, placed = [], False
    for binding in _bindings(text):
        original = binding.original.string
        if binding.key != name:
            parts.append(original)
            continue
        body = original.rstrip("\r\n")
        lead = body[: len(body) - len(body.lstrip())]
        export = "export " if body.lstrip().startswith("export ") and library == "dotenv" else ""
        parts.append(f"{lead}{export}{name}={written}{_comment(binding, body)}{original[len(body) :]}")
        placed = True
    result = "".join(parts)
    if not placed:
        if result and not result.endswith(("\n", "\r")):
            result += newline
        if note:
            result += f"# {note}{newline}"
        result += f"{name}={written}{newline}"
    return result.encode()


def _comment(binding: Binding, body: str) -> str:
    """The comment after the old value. A `#` in quotes or without a space before it starts no comment."""
    if binding.value is None:
        return ""
    head, sign, tail = body.rpartition(" #")
    return (
        f" #{tail}"
        if sign
        and binding.value not in tail
        and dotenv_values(stream=io.StringIO(head)).get(binding.key or "") == binding.value
        else ""
    )


def quoted(name: str, value: str, library: str) -> str:
    """*value* quoted so that *library* reads it back unchanged.

    Source: measured with python-dotenv 1.2, django-environ 0.14 and python-decouple 3.8.

    Raises:
        EditError: there is no such form.
    """
    if library in {"environ", "decouple"}:
        unreadable = (
            "\n" in value
            or value != value.strip()
            or value[:1] in {"'", '"'}
            or (library == "environ" and value.startswith("$"))
        )
        if unreadable:
            raise EditError(
                f"The value of {name} can't be written into a .env file",
                f"{library} would read it back wrong",
                "Set it in the environment instead.",
            )
        return value
    single = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    for candidate in (value, single):
        if dotenv_values(stream=io.StringIO(f"{name}={candidate}\n")) == {name: value}:
            return candidate
    raise EditError(
        f"The value of {name} can't be written into a .env file",
        "python-dotenv would expand it",
        "Set it in the environment instead.",
    )
