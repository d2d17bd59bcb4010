"""Addresses for a person to open: in a browser of this machine, or with a telephone where there is none in front."""

from __future__ import annotations

import os
import sys
import webbrowser


def is_remote_session() -> bool:
    """Whether no browser of this machine is in front of the person."""
    if any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY")):
        return True
    return sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_url(url: str) -> bool:
    """Open *url* in the person's browser; whether one took it."""
    return not is_remote_session() and webbrowser.open(url)


def qr_code(url: str) -> str:
    """*url* as a QR code of text, two rows of it in each line: to be shown dark on light."""
    import segno

    rows = [list(row) for row in segno.make(url, error="l", micro=False).matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    signs = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(signs[int(bool(a)), int(bool(b))] for a, b in zip(*pair, strict=True)) for pair in pairs)
