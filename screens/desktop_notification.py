"""Desktop notifications, for work that takes so long that the user may look away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from wizard.base.process import own_environment
from wizard.base.terminal import harmless

LONG = 20.0
"""Work that took at least this many seconds ends with a notification."""


def command(title: str, text: str) -> list[str] | None:
    """The command that shows a notification on this desktop; None if there is no desktop or the user is remote."""
    if os.environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin" and shutil.which("osascript"):
        script = "on run {title, text}\ndisplay notification text with title title\nend run"
        return ["osascript", "-e", script, title, text]
    if (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and shutil.which("notify-send"):
        return ["notify-send", "--app-name=Golive", title, text]
    return None


def escape_sequence(title: str, text: str) -> str:
    """OSC 9, with which a terminal shows a notification. Terminals that do not support it ignore it."""
    line = harmless(f"{title}: {text}").replace("\n", " ")
    return f"\x1b]9;{line}\x07"


def send(title: str, text: str, write: Callable[[str], None]) -> None:
    """Show a notification on the desktop, or else by writing to the terminal. Blocks until it is sent."""
    title, text = harmless(title), harmless(text)
    argv = command(title, text)
    if argv is None:
        write(escape_sequence(title, text))
        return
    try:
        subprocess.run(argv, env=own_environment(), check=False, capture_output=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        write(escape_sequence(title, text))
