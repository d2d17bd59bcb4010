"""The user's preferences: theme, layout of diffs, editor and keys, in `preferences.toml` of the configuration folder.

A wrong value is reported and its default used; it is never fatal. An edit by Golive replaces one line and keeps every
other byte, so that comments and unknown entries stay.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError

NAME = "preferences.toml"
EARLIER = "session.json"
"""The file in which earlier versions kept the theme."""
THEMES = ("golive-dark", "golive-light", "golive-contrast", "ansi-dark", "ansi-light")
LAYOUTS = ("auto", "always", "never")
CHOICES = {"theme": THEMES, "side_by_side": LAYOUTS}
NO_EDITOR = "Set EDITOR, or editor in preferences.toml, to the editor you want to use."
LARGEST = 1 << 20
"""The most bytes of the file that are read."""
TEMPLATE = f"""\
# Golive's preferences. `golive preferences` shows them; the command palette (Ctrl+P) changes them.
# theme = {" | ".join(f'"{name}"' for name in THEMES)}
# side_by_side = {" | ".join(f'"{name}"' for name in LAYOUTS)}   how diffs are shown; auto: if there is room
# editor = "code --wait"   otherwise $VISUAL, $EDITOR or vi
# [keys]                   the names are in the documentation, on the page "Preferences"
# "task.apply" = "f5"
"""


@dataclass(frozen=True)
class Preferences:
    """The preferences, and sentences about the entries that are wrong. An empty editor means the environment's."""

    theme: str = THEMES[0]
    side_by_side: str = LAYOUTS[0]
    editor: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


_loaded: dict[Path, Preferences] = {}
"""What was read last, by the file."""


def path() -> Path:
    return files.config_folder() / NAME


def current() -> Preferences:
    """The preferences as they were read or saved last in this process."""
    return _loaded.get(path()) or load()


def load() -> Preferences:
    """Read the preferences. The theme that an earlier version saved is taken over first."""
    file = path()
    try:
        _take_over(file)
        content = files.read(file, LARGEST)
    except EditError as error:
        found = Preferences(problems=(f"{error.what}: {error.why}. Golive uses the defaults.",))
    else:
        found = _parse(file, content) if content is not None else Preferences()
    _loaded[file] = found
    return found


def save(name: str, value: str) -> Preferences:
    """Set the preference *name* in the file and return all of them.

    Raises:
        EditError: the file can't be read, written, or edited safely. It is unchanged.
    """
    file = path()
    content = files.read(file, LARGEST)
    before = TEMPLATE.encode() if content is None else content
    files.write(file, _with(file, before, name, value), over=files.digest(content))
    return load()


def create() -> None:
    """Create the file, with comments that name every preference, unless there is one.

    Raises:
        EditError: it can't be written.
    """
    if not files.exists(path()):
        files.write(path(), TEMPLATE.encode(), over=None)


def editor_command() -> list[str]:
    """The command of the user's editor: that of the preferences, otherwise that of the environment, otherwise vi."""
    return shlex.split(current().editor or environment_editor() or "vi")


def environment_editor() -> str:
    """The editor that the environment names; empty if it names none."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def line_of(name: str, *, key: bool = False) -> str:
    """The file and line of the entry *name*, which is a key's if *key*: `…/golive/preferences.toml:3`."""
    return _place(path(), files.text(path()), name, "keys" if key else "")


def _take_over(file: Path) -> None:
    """Move the theme from the file of an earlier version to *file*, unless there is such a file already."""
    earlier = file.with_name(EARLIER)
    if files.exists(file) or not files.is_file(earlier):
        return
    try:
        theme = json.loads(files.read(earlier, LARGEST) or b"")["theme"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    if theme in THEMES:
        files.write(file, _with(file, TEMPLATE.encode(), "theme", theme), over=None)
        files.discard(earlier)


def _parse(file: Path, content: bytes) -> Preferences:
    import tomllib  # only if there is a file: the first screen is drawn without it

    try:
        text = content.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError:
        return Preferences(problems=(f"{file} is not UTF-8. Golive uses the defaults.",))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Preferences(problems=(f"{_error_place(file, str(error))}. Golive uses the defaults.",))
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, value in table.items():
        where = _place(file, text, name, "")
        if name == "keys" and isinstance(value, dict):
            values["keys"] = _keys(file, text, value, problems)
        elif problem := _problem(name, value):
            problems.append(f"{where}: {problem}")
        else:
            values[name] = value
    return Preferences(**values, problems=tuple(problems))


def _error_place(file: Path, message: str) -> str:
    """A message of tomllib with its line after the name of the file: `…/preferences.toml:3: Invalid value`."""
    found = re.search(r" \(at line (\d+), column \d+\)", message)
    return f"{file}:{found[1]}: {message.replace(found[0], '')}" if found else f"{file}: {message}"


def _problem(name: str, value: object) -> str:
    """What is wrong with an entry; empty if nothing is."""
    if name in CHOICES:
        expected = ", ".join(CHOICES[name])
        return "" if value in CHOICES[name] else f"{name} is {value!r} (expected one of {expected})"
    if name == "keys":
        return "keys is no table (expected [keys])"
    if name != "editor":
        return f"there is no preference {name!r}"
    try:
        words = shlex.split(value) if isinstance(value, str) else None
    except ValueError as error:
        return f"editor is {value!r}, which is no command: {error}"
    return "" if words is not None and (words or not value) else f"editor is {value!r} (expected a command)"


def _keys(file: Path, text: str, table: dict[str, Any], problems: list[str]) -> dict[str, str]:
    """The keys of the table [keys]. Whether the names and keys exist is for the screens to say."""
    found = {}
    for name, value in table.items():
        if isinstance(value, str) and value.strip():
            found[name] = value
        else:
            hint = 'expected a key, as in "task.apply" = "f5", with the name in quotes'
            problems.append(f"{_place(file, text, name, 'keys')}: {name} is {value!r} ({hint})")
    return found


def _place(file: Path, text: str, name: str, table: str) -> str:
    """The file and the line of the entry *name* in *table*; the file alone if the entry is written in another way."""
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([^\]]*?)\s*\]", line):
            here = header[1]
        elif here == table and re.match(rf"\s*([\"']?){re.escape(name)}\1\s*[=.]", line):
            return f"{file}:{number}"
    return str(file)


def _with(file: Path, content: bytes, name: str, value: str) -> bytes:
    """The *content* of *file* with *value* for *name*: its line is replaced, or one is added after the last entry."""
    import tomllib

    text = content.decode("utf-8", "surrogateescape")
    entry = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    header = re.search(r"(?m)^[ \t]*\[", text)
    top, rest = (text[: header.start()], text[header.start() :]) if header else (text, "")
    pattern = rf"""(?m)^[ \t]*{name}[ \t]*=[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[^#\s]+)"""
    if re.search(pattern, top):
        top = re.sub(pattern, lambda _: entry, top, count=1)
    else:
        newline = "\r\n" if "\r\n" in text else "\n"
        entries = list(re.finditer(r"(?m)^[ \t]*[\w\"'-]+[ \t]*=.*\n?", top))
        end = entries[-1].end() if entries else len(top)
        start = newline if end and not top[:end].endswith("\n") else ""
        top = f"{top[:end]}{start}{entry}{newline}{top[end:]}"
    after = f"{top}{rest}"
    try:
        expected = tomllib.loads(text) | {name: value}
        edited = tomllib.loads(after) == expected
    except (tomllib.TOMLDecodeError, RecursionError, UnicodeError) as error:
        raise EditError(_error_place(file, str(error)), "the file is not valid TOML", "Correct it first.") from error
    if not edited:
        raise EditError(f"{file} was not changed", f"{name} is written in an unusual way", f"Write: {entry}")
    return after.encode("utf-8", "surrogateescape")
