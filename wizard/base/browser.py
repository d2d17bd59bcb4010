"""Open URLs in the user's browser, or show them as a QR code if the session is remote."""

from __future__ import annotations

import os
import sys
import webbrowser


def is_remote_session() -> bool:
    """Whether the user can't see a browser on this machine: over SSH, or without a display."""
    if any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY")):
        return True
    return sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_url(url: str) -> bool:
    """Open *url* in the user's browser. Return whether it was opened."""
    return not is_remote_session() and webbrowser.open(url)


def qr_code(url: str) -> str:
    """*url* as a QR code in text, with two rows per line. Show it in dark on light."""
    import segno

    rows = [list(row) for row in segno.make(url, error="l", micro=False).matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    blocks = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(blocks[int(bool(a)), int(bool(b))] for a, b in zip(*pair, strict=True)) for pair in pairs)
