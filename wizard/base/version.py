"""The version of this Golive: its number, the commit it was built from, and the platform."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from wizard import __version__


def describe() -> str:
    """`golive 1.2.0 (commit 1a2b3c4d5 of 2026-11-25), Python 3.11.7, Linux x86_64`."""
    path = Path(__file__).parents[1] / "bundled" / "build.json"
    if path.is_file():
        import json

        facts = json.loads(path.read_text())
        origin = f"commit {facts['commit']} of {facts['date']}"
    else:
        origin = "from a source checkout"
    python, machine = ".".join(map(str, sys.version_info[:3])), os.uname()
    return f"golive {__version__} ({origin}), Python {python}, {machine.sysname} {machine.machine}"
