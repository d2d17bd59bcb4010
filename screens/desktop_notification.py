"""A notice on the person's desktop, for work that took long enough to look away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from wizard.base.terminal import harmless

LONG = 20.0
"""Seconds after which the end of work is worth a notice."""


def command(title: str, text: str) -> list[str] | None:
    """The program of this desktop that shows it; None where there is none in front of the person."""
    if os.environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin" and shutil.which("osascript"):
        script = "on run {title, text}\ndisplay notification text with title title\nend run"
        return ["osascript", "-e", script, title, text]
    if (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and shutil.which("notify-send"):
        return ["notify-send", "--app-name=Golive", title, text]
    return None


def sequence(title: str, text: str) -> str:
    """What asks the terminal to show it: OSC 9, which most understand and the others leave out."""
    told = harmless(f"{title}: {text}").replace("\n", " ")
    return f"\x1b]9;{told}\x07"


def give(title: str, text: str, write: Callable[[str], None]) -> None:
    """Show it by the desktop, else by the terminal, written to by *write*. Blocks as long as the desktop's program."""
    title, text = harmless(title), harmless(text)
    argv = command(title, text)
    if argv is None:
        write(sequence(title, text))
        return
    try:
        subprocess.run(argv, check=False, capture_output=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        write(sequence(title, text))
