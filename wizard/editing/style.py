"""The style of a project's Python: quotes, indentation and line length. New code is written in it.

Whole statements are formatted by Black with the project's line length, so that the project's own Black or Ruff does not
change them.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError

BLACKS_WIDTH = 88
_PLAIN = re.compile(r"""(?<![\w"'\\])([rbf]{0,2})"(?!"")([^"'\\\n]*)"(?!")""", re.I)
"""A string in double quotes that can have single quotes without escapes."""
_LEAD = re.compile(r"^(?: {4})+", re.MULTILINE)


@dataclass(frozen=True)
class Style:
    """The quote character of strings, one level of indentation, and the maximum line length."""

    quote: str = '"'
    indent: str = "    "
    width: int = BLACKS_WIDTH

    @classmethod
    def of(cls, text: str, path: Path) -> Style:
        """The style of a file with *text*. The settings of a formatter at or above *path* come first."""
        settings = _settings(path.parent)
        quote = settings.get("quote") or _quote(text)
        return cls(quote, _indent(text), int(settings.get("width", BLACKS_WIDTH)))

    def formatted(self, code: str, lead: str = "") -> str:
        """Format whole statements that will be indented by *lead*. The result is not indented yet."""
        import black

        return self.written(black.format_str(code, mode=black.Mode(line_length=self.width - len(lead))))

    def written(self, code: str) -> str:
        """*code* with this style's quotes and indentation. Its line breaks stay."""
        code = self.quoted(code)
        return code if self.indent == "    " else _LEAD.sub(lambda lead: self.indent * (len(lead[0]) // 4), code)

    def quoted(self, code: str) -> str:
        """*code* with this style's quotes around strings that need no escapes for that."""
        return code if self.quote == '"' else _PLAIN.sub(r"\1'\2'", code)


_BLOCK = re.compile(r":[ \t]*(?:#.*)?\r?\n([ \t]+)\S")
_TEXT = re.compile(r"""(?<![\w"'\\])[rbfu]{0,2}(["'])(?!\1\1)""", re.I)
"""Matches where a string may begin. Inexact in comments and long strings, but good enough to find the majority."""


def _quote(text: str) -> str:
    """The quote character of most strings in a file. Double quotes if there are none."""
    signs = Counter(_TEXT.findall(text))
    return "'" if signs["'"] > signs['"'] else '"'


def _indent(text: str) -> str:
    """The first indentation in a file, or four spaces."""
    found = _BLOCK.search(text)
    return found[1] if found else "    "


@lru_cache(maxsize=64)
def _settings(folder: Path) -> dict[str, str]:
    """A formatter's settings at or above *folder*: `width`, and `quote` if it enforces one."""
    for parent in (folder, *folder.parents):
        found = {**_flake8(parent / "setup.cfg"), **_flake8(parent / ".flake8"), **_flake8(parent / "tox.ini")}
        for name in ("pyproject.toml", "ruff.toml", ".ruff.toml"):
            found |= _from_toml(parent / name)
        if found or (parent / ".git").exists():
            return found
    return {}


def _from_toml(path: Path) -> dict[str, str]:
    try:
        document = tomllib.loads((files.read(path) or b"").decode())
    except (EditError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    tools = _table(document, "tool")
    ruff = document if "ruff" in path.name else _table(tools, "ruff")
    found = {}
    if "black" in tools:
        black = _table(tools, "black")
        found["width"] = _width(black)
        if not black.get("skip-string-normalization"):
            found["quote"] = '"'
    if ruff or "ruff" in tools:
        found.setdefault("width", _width(ruff))
        asked = _table(ruff, "format").get("quote-style")
        if asked in {"single", "double"}:
            found["quote"] = "'" if asked == "single" else '"'
    return found


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The table *name*. Empty if it is missing or not a table."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _width(settings: dict[str, Any]) -> str:
    asked = settings.get("line-length")
    return str(asked if isinstance(asked, int) and asked > 0 else BLACKS_WIDTH)


def _flake8(path: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string((files.read(path) or b"").decode())
    except (configparser.Error, EditError, UnicodeDecodeError):
        return {}
    width = parser.get("flake8", "max-line-length", fallback="") or parser.get("flake8", "max_line_length", fallback="")
    # flake8's limit is a maximum: lines longer than Black's are allowed, but new code need not have them.
    return {"width": width} if width.isdigit() and 60 <= int(width) < BLACKS_WIDTH else {}
