"""Run Golive as it is installed, and compare folders before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
GOLIVE = Path(sys.executable).parent / "golive"
READING = (("plan", "2"), ("--dry-run",), ("check",), ("doctor",), ("status",), ("report",), ("flows",))
WRITING = (("--auto", "--only", "2"), ("undo", "2"), ("forget",), ("launch",), ("waive", "2.1", "because"))


def golive(*words, cwd=TOP, **environment):
    """Golive as it is installed."""
    given = {**os.environ, **environment}
    argv = [str(GOLIVE), *map(str, words)]
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env=given)


def on(shop, python, words):
    """The command *words* on the project, with the interpreter where the command takes one."""
    runs = words[0] in {"plan", "--dry-run", "check", "doctor", "flows", "--auto"}
    return [*words, "--project", shop, *(["--python", python] if runs else [])] if words[0] != "--auto" else [
        *words, "--python", python, shop]  # fmt: skip


def whole(folder):
    """Every file, folder and link with its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = "link" if path.is_symlink() else "folder" if path.is_dir() else "file"
        found[str(path.relative_to(folder))] = (kind, path.read_bytes() if kind == "file" else b"")
    return found
