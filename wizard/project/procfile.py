"""The Procfile as the platform reads it, and edits that keep its other lines, comments and line ends.

Source: Railpack's source: the Procfile is YAML, and one of its commands is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from wizard.base import files, yaml_file
from wizard.base.errors import StepError

PROCESS_TYPES = ("web", "worker")
"""The preferred process types, in this order. Without these, any other is used. Source: Railpack's source."""
EXAMPLE = "Write one line: `web: python manage.py migrate --noinput && exec gunicorn …`."
LINE = re.compile(
    r"^(?P<name>[A-Za-z0-9_-]+)[ \t]*:(?P<gap>[ \t]*)(?P<value>[^\r\n]*?)(?P<end>[ \t]*\r?)$", re.MULTILINE
)
COMMENT = re.compile(r"[ \t]#[^'\"]*$")
MARK = "\ufeff"


def web_command(path: Path) -> str:
    """Return the command that Railpack takes from the Procfile at *path*.

    Raises:
        StepError: the file is missing, or is not a YAML mapping of process types to commands.
    """
    try:
        written = files.read(path)
        if written is None:
            raise StepError(f"There is no {path.name}", "without it the platform has no start command", EXAMPLE)
        content = yaml_file.load(written)
    except yaml_file.InvalidYamlError as error:
        raise StepError(
            f"{path}:{error.line}: the Procfile is not valid YAML, so the build would fail", error.problem, EXAMPLE
        ) from error
    if not isinstance(content, dict) or not content or not all(isinstance(value, str) for value in content.values()):
        raise StepError(f"{path}:1: the Procfile has no process type", "is the space after the colon missing?", EXAMPLE)
    name = next((name for name in PROCESS_TYPES if name in content), next(iter(content)))
    return str(content[name])


def commands(content: bytes) -> dict[str, str]:
    """The command of each process type, with faults of the notation corrected. Empty if it can't be read."""
    return {name: value for name, value, _, _ in _entries(repaired(_text(content)))}


def with_command(content: bytes | None, command: str, name: str = "web") -> bytes:
    """The Procfile with *command* as its process *name*. Other lines stay, except for faults of their notation."""
    text = repaired(_text(content or b""))
    newline = "\r\n" if "\r\n" in text else "\n"
    entries = {name: (start, end) for name, _, start, end in _entries(text)}
    written = name if name in entries else next((each for each in entries if each.lower() == name), "")
    if written:
        start, end = entries[written]
        space = "" if text[start - 1 : start].isspace() else " "
        text = text[:start] + space + _scalar(command) + text[end:]
        if written != name:  # the platform compares names with their case
            text = re.sub(rf"^{re.escape(written)}(?=[ \t]*:)", name, text, count=1, flags=re.MULTILINE)
    else:
        text += newline if text and not text.endswith("\n") else ""
        text += f"{name}: {_scalar(command)}{newline}"
    mark = MARK if (content or b"").startswith(MARK.encode()) else ""
    return (mark + text).encode("utf-8", "surrogateescape")


def is_readable(content: bytes) -> bool:
    """Whether every reader of YAML accepts the Procfile, and finds its web process."""
    text = _text(content)
    return repaired(text) == text and any(name == "web" and command for name, command, _, _ in _entries(text))


def repaired(text: str) -> str:
    """*text* with each line in valid YAML: a space after the colon, and quotes where YAML needs them."""
    return LINE.sub(_repaired_line, text) if not _entries_or_none(text) else LINE.sub(_without_tab, text)


def _without_tab(match: re.Match[str]) -> str:
    """The line with a space instead of tabs after the colon. Railpack's reader refuses a tab there."""
    return match[0].replace(match["gap"], " ", 1) if "\t" in match["gap"] else match[0]


def _repaired_line(match: re.Match[str]) -> str:
    value = match["value"]
    if not value or value[0] in "|>":
        return match[0]
    found = COMMENT.search(value)
    comment = found[0] if found else ""
    command = value.removesuffix(comment) if comment else value
    plain = f"{match['name']}: {command}"
    entries = _entries_or_none(plain)
    written = command if entries else _quoted(command)
    return f"{match['name']}: {written}{comment}{match['end']}"


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape").removeprefix(MARK)


def _entries(text: str) -> list[tuple[str, str, int, int]]:
    return _entries_or_none(text) or []


def _entries_or_none(text: str) -> list[tuple[str, str, int, int]] | None:
    """Each process type: name, command, and the start and end of the command in *text*. None if it can't be read."""
    try:
        node = yaml_file.compose(text.encode("utf-8", "surrogateescape"))
    except yaml_file.InvalidYamlError:
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    return list(_scalars(node, text))


def _scalars(node: yaml.MappingNode, text: str) -> Iterator[tuple[str, str, int, int]]:
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode):
            start = starts[value.start_mark.line] + value.start_mark.column
            end = starts[min(value.end_mark.line, len(starts) - 1)] + value.end_mark.column
            written = text[start:end].rstrip()
            yield str(key.value), " ".join(str(value.value).split("\n")).strip(), start, start + len(written)


def _scalar(command: str) -> str:
    """*command* as a YAML value, with quotes only where it needs them."""
    try:
        plain = yaml_file.load(f"web: {command}".encode("utf-8", "surrogateescape"))
    except yaml_file.InvalidYamlError:
        plain = None
    return command if plain == {"web": command} else _quoted(command)


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "''") + "'"
