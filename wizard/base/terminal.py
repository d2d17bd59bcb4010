"""Sanitize untrusted text for display: no terminal control, no text direction changes, no invisible characters, and
nothing that can't be encoded."""

from __future__ import annotations

import re

SEQUENCES = (
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles, links, the clipboard
    r"|\x1b[P^_X][^\x1b\n]*\x1b\\"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
"""If the end of a sequence is not on the same line, only its beginning is removed, so that no text is hidden."""
CONTROLS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"  # direction, zero width
    "\U000e0000-\U000e0fff]"  # tags and selectors, in which text can be hidden
)
JOINERS = "[\u200c\u200d]+(?=[\x00-\u02ff]|\\Z)"
"""Joiners before Latin text or at the end, where they are invisible. Other scripts and emoji need them."""
ODD_BYTES = "[\ud800-\udfff]"
"""Surrogates: bytes of a file name that are not UTF-8, and halves of characters. No output can encode them."""
REPLACEMENT = "\ufffd"


def harmless(text: str) -> str:
    """*text* without control sequences and deceptive characters. Line ends and tabs are kept."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = re.sub(SEQUENCES, "", text)
    text = re.sub(CONTROLS, "", text)
    if "\u200c" in text or "\u200d" in text:
        text = re.sub(JOINERS, "", text)
    return re.sub(ODD_BYTES, REPLACEMENT, text)
