"""Run Golive, and compare folders before and after."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests import cli_runner

TOP = Path(__file__).parents[2]
GOLIVE = Path(sys.executable).parent / "golive"
"""Golive as it is installed."""
READING = (("plan", "2"), ("--dry-run",), ("check",), ("doctor",), ("status",), ("report",), ("flows",))
WRITING = (
    ("--auto", "--only", "2"), ("undo", "2", "--yes"), ("forget", "--yes"), ("launch", "--now", "--yes"),
    ("waive", "2.1", "because"),
)  # fmt: skip


def golive(*words, cwd=TOP, **environment):
    """Run `golive` with *words*, and with *environment* in addition to the variables of the tests."""
    return cli_runner.golive(*words, cwd=cwd, env={**os.environ, **environment}, timeout=120)


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
