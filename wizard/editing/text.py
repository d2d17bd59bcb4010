"""What edits of any kind of text file share."""

from __future__ import annotations


def line_end(text: str) -> str:
    """The line end most used in *text*; that of Unix where there is none."""
    crlf, lf = text.count("\r\n"), text.count("\n")
    if not lf and "\r" in text:
        return "\r"
    return "\r\n" if crlf * 2 > lf else "\n"
