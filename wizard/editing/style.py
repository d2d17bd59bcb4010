"""How a project writes its Python: quotes, indentation and line length, so that what is added looks like its own.

Whole statements are laid out by Black at the project's line length: what its own Black, or Ruff's formatter, would
leave alone.
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
"""A text in double quotes that reads the same in single ones."""
_LEAD = re.compile(r"^(?: {4})+", re.MULTILINE)


@dataclass(frozen=True)
class Style:
    """*quote* is the sign texts stand in, *indent* one level, *width* the longest line a formatter would leave."""

    quote: str = '"'
    indent: str = "    "
    width: int = BLACKS_WIDTH

    @classmethod
    def of(cls, text: str, path: Path) -> Style:
        """The style of a file with *text*; its formatter's settings are looked for upwards from *path*."""
        settings = _settings(path.parent)
        quote = settings.get("quote") or _quote(text)
        return cls(quote, _indent(text), int(settings.get("width", BLACKS_WIDTH)))

    def formatted(self, code: str, lead: str = "") -> str:
        """Whole statements, laid out to stand behind *lead* on each line; without it."""
        import black

        return self.written(black.format_str(code, mode=black.Mode(line_length=self.width - len(lead))))

    def written(self, code: str) -> str:
        """*code* with this style's quotes and indentation; its lines stay as they are."""
        code = self.quoted(code)
        return code if self.indent == "    " else _LEAD.sub(lambda lead: self.indent * (len(lead[0]) // 4), code)

    def quoted(self, code: str) -> str:
        """*code* with this style's quotes, where a text needs no escapes in them."""
        return code if self.quote == '"' else _PLAIN.sub(r"\1'\2'", code)


_BLOCK = re.compile(r":[ \t]*(?:#.*)?\r?\n([ \t]+)\S")
_TEXT = re.compile(r"""(?<![\w"'\\])[rbfu]{0,2}(["'])(?!\1\1)""", re.I)
"""Where a text may begin; in comments and longer texts it is only nearly so, which is enough for a majority."""


def _quote(text: str) -> str:
    """The sign that most of a file's texts stand in; double where there is none to go by."""
    signs = Counter(_TEXT.findall(text))
    return "'" if signs["'"] > signs['"'] else '"'


def _indent(text: str) -> str:
    """The first level of indentation of a file, four spaces where it has none."""
    found = _BLOCK.search(text)
    return found[1] if found else "    "


@lru_cache(maxsize=64)
def _settings(folder: Path) -> dict[str, str]:
    """What a formatter is told at or above *folder*: `width`, and `quote` where one is demanded."""
    for place in (folder, *folder.parents):
        found = {**_flake8(place / "setup.cfg"), **_flake8(place / ".flake8"), **_flake8(place / "tox.ini")}
        for name in ("pyproject.toml", "ruff.toml", ".ruff.toml"):
            found |= _from_toml(place / name)
        if found or (place / ".git").exists():
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
    """The table *name*, empty where there is none or it is something else."""
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
    # A longer line than Black's is allowed, not asked for.
    return {"width": width} if width.isdigit() and 60 <= int(width) < BLACKS_WIDTH else {}
