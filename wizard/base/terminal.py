"""Text from outside, made harmless for whoever shows it: nothing that steers a terminal, turns the direction of what is
read, or can't be seen, and nothing that can't be encoded."""

from __future__ import annotations

import re

SEQUENCES = (
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles, links, the clipboard
    r"|\x1b[P^_X][^\x1b\n]*\x1b\\"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
"""One that has no end on its line only loses its beginning: else it would hide the rest of the line, or of a report."""
CONTROLS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"  # direction, no width
    "\U000e0000-\U000e0fff]"  # tags, and selectors in which a text can be hidden
)
JOINERS = "[\u200c\u200d]+(?=[\x00-\u02ff]|\\Z)"
"""Joiners before nothing that they could join: scripts that need them, and emoji, have letters beyond Latin."""
ODD_BYTES = "[\ud800-\udfff]"
"""Surrogates: the bytes of a file's name that are no UTF-8, and halves of characters. No output can encode them."""
REPLACEMENT = "\ufffd"


def harmless(text: str) -> str:
    """*text* without what could steer its reader or deceive them; line ends and tabs stay."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = re.sub(SEQUENCES, "", text)
    text = re.sub(CONTROLS, "", text)
    if "\u200c" in text or "\u200d" in text:
        text = re.sub(JOINERS, "", text)
    return re.sub(ODD_BYTES, REPLACEMENT, text)
