"""Colours for the lines of a run, on terminals that can show them."""

from __future__ import annotations

import os
import re
from typing import TextIO

from wizard.cli.accessible import is_accessible

RESET, BOLD, RED, GREEN, YELLOW, CYAN = (f"\x1b[{code}m" for code in (0, 1, 31, 32, 33, 36))
SIGNS = {"✔": GREEN, "◐": CYAN, "✘": RED, "☐": YELLOW, "!": YELLOW, "↯": RED, "▶": BOLD}
SIGN = re.compile(rf"^(\s*)([{''.join(SIGNS)}]) ", re.MULTILINE)
TITLE = re.compile(r"^(\d+\. .*|Summary)$", re.MULTILINE)

DIFF = re.compile(r"^( *)--- .*\n\1\+\+\+ .*(?:\n\1[ +@\\-].*)*", re.MULTILINE)
DIFF_COLOURS = {"+": GREEN, "-": RED, "@": CYAN}


def are_shown(stream: TextIO) -> bool:
    """Whether *stream* shows colours: a terminal, if the user did not ask for plain output."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") in {"", "dumb"} or is_accessible()
    return stream.isatty() and not plain


def paint(text: str) -> str:
    """*text*, which has no control sequences, with the signs of statuses and diffs in colour, and titles in bold."""
    text = SIGN.sub(lambda match: f"{match[1]}{SIGNS[match[2]]}{match[2]}{RESET} ", text)
    text = TITLE.sub(rf"{BOLD}\g<0>{RESET}", text)
    return DIFF.sub(_paint_diff, text)


def _paint_diff(match: re.Match[str]) -> str:
    indent = len(match[1])
    painted = []
    for number, line in enumerate(match[0].split("\n")):
        colour = BOLD if number < 2 else DIFF_COLOURS.get(line[indent : indent + 1])
        painted.append(f"{line[:indent]}{colour}{line[indent:]}{RESET}" if colour else line)
    return "\n".join(painted)
