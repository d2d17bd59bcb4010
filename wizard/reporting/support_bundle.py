"""A support bundle: the data to diagnose a failure, in one file without secrets."""

from __future__ import annotations

import platform
import time
import zipfile
from pathlib import Path

from wizard import __version__
from wizard.base import files
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.model import Checklist
from wizard.reporting import report
from wizard.state.state_file import State, folder_of

LOG = 2 * 2**20
"""The number of bytes at the end of the log to include."""


def make(root: Path, checklist: Checklist, state: State, *, log: bytes, failure: str) -> Path:
    """Write the bundle to the state folder, readable only by its owner. Returns its path."""
    about = f"golive {__version__}\nPython {platform.python_version()}\n{platform.platform()}\n"
    parts = {
        "about.txt": about,
        "failure.txt": failure + "\n",
        "log.txt": log[-LOG:].decode("utf-8", "replace"),
        "report.md": report.render("md", root, checklist, state),
        "state.json": files.text(folder_of(root) / "state.json") or "{}\n",
    }
    path = folder_of(root) / "runs" / f"bundle-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.zip"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, redact(harmless(text)))
    return path
