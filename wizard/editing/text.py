"""Line ends, for edits of any kind of text file."""

from __future__ import annotations


def line_end(text: str) -> str:
    """The line end that *text* uses most, or `\\n` if it has none."""
    crlf, lf = text.count("\r\n"), text.count("\n")
    if not lf and "\r" in text:
        return "\r"
    return "\r\n" if crlf * 2 > lf else "\n"
