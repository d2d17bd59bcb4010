"""The bundled sample project in a fresh folder, with a repository and an environment of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError, UsageError
from wizard.project.trust import is_trusted, trust


def make(folder: Path) -> Path:
    """Copy the sample to *folder*, commit it, install its requirements; returns the folder of its manage.py.

    Raises:
        UsageError: the folder is there already and is not a demo's.
        CommandError: git or pip failed.
    """
    target = folder.resolve()
    backend = target / "backend"
    if (backend / ".golive").is_dir() and (backend / "venv" / "pyvenv.cfg").is_file() and is_trusted(backend):
        return backend
    if target.exists():
        raise UsageError(
            f"{target} exists already", "the demo wants a fresh folder", "Give another one: golive demo FOLDER"
        )
    here = Path(__file__).parents[1]
    installed = here / "bundled" / "election_cart"
    sample = installed if installed.is_dir() else here.parent / "tests" / "projects" / "election_cart"
    shutil.copytree(sample, target, ignore=shutil.ignore_patterns("__pycache__", "venv", ".golive", "*.sqlite3"))
    for command in (
        ["git", "init", "--quiet"],
        ["git", "config", "user.name", "Golive demo"],
        ["git", "config", "user.email", "demo@example.com"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "-m", "The shop before it goes live"],
        [sys.executable, "-m", "venv", str(backend / "venv")],
        [
            str(backend / "venv/bin/python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(backend / "requirements.txt"),
        ],
    ):
        print(f"$ {' '.join(Path(part).name if part.startswith('/') else part for part in command)}", file=sys.stderr)  # noqa: T201
        done = process.run(command, cwd=target, env=process.own_environment())
        if done.returncode:
            raise CommandError(f"`{done.command}` failed", done.last_lines(), "Remove the folder, then try again.")
    trust(backend)  # its code is Golive's own
    return backend
