"""Text from outside, made harmless for a terminal: no escape sequences, no control characters, no turned direction."""

from __future__ import annotations

import re

SEQUENCES = (
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, the clipboard
    r"|\x1b[P^_X][^\x1b]*(?:\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
"""Both are compiled where a text first has something of it: most commands never meet one."""


def harmless(text: str) -> str:
    """*text* with what could steer the terminal taken out; line ends and tabs stay."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = re.sub(SEQUENCES, "", text)
    return re.sub(CONTROLS, "", text)
