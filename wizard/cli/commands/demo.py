"""`golive demo`: run the tasks on a copy of the bundled sample project."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError, UsageError
from wizard.cli.progress_line import ProgressLine
from wizard.project.trust import is_trusted, trust

PACKAGE = Path(__file__).parents[2]


def run(options: argparse.Namespace) -> int:
    from wizard.cli.commands import run as run_command

    options.project = str(create_demo(Path(options.folder or "golive-demo")))
    return run_command.run(options)


def create_demo(folder: Path) -> Path:
    """Copy the sample to *folder*, commit it, and install its requirements. Returns the folder of its manage.py.

    A demo that exists already is used again.

    Raises:
        UsageError: the folder exists and is not a demo.
        CommandError: git or pip failed.
    """
    target = folder.resolve()
    backend = target / "backend"
    if (backend / ".golive").is_dir() and (backend / "venv" / "pyvenv.cfg").is_file() and is_trusted(backend):
        return backend
    if target.exists():
        raise UsageError(f"{target} already exists", "the demo needs a new folder", "Run `golive demo FOLDER`.")
    bundled = PACKAGE / "bundled" / "election_cart"
    sample = bundled if bundled.is_dir() else PACKAGE.parent / "tests" / "projects" / "election_cart"
    shutil.copytree(sample, target, ignore=shutil.ignore_patterns("__pycache__", "venv", ".golive", "*.sqlite3"))
    commands = (
        ("git", "init", "--quiet"),
        ("git", "config", "user.name", "Golive demo"),
        ("git", "config", "user.email", "demo@example.com"),
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "-m", "The shop before it goes live"),
        *_installation(backend),
    )
    with ProgressLine(sys.stderr) as progress:
        for command in commands:
            _run(command, target, progress)
    trust(backend)  # Golive's own code
    return backend


def _installation(backend: Path) -> tuple[tuple[str, ...], ...]:
    """The commands that make the virtual environment in *backend* and install the requirements. uv takes a tenth."""
    venv, requirements = str(backend / "venv"), str(backend / "requirements.txt")
    python = f"{venv}/bin/python"
    if shutil.which("uv"):
        # Golive's children write no bytecode. Without that of the packages, each would compile what it imports.
        install = ("uv", "pip", "install", "--compile-bytecode", "--python", python, "-r", requirements)
        return ("uv", "venv", "--quiet", "--python", sys.executable, venv), install
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check")
    return (sys.executable, "-m", "venv", venv), (*pip, "-r", requirements)


def _run(command: tuple[str, ...], folder: Path, progress: ProgressLine) -> None:
    shown = " ".join(Path(part).name if part.startswith("/") else part for part in command)
    progress.write(f"$ {shown}")
    progress.show("Making the sample")
    environment = process.own_environment()
    done = process.run(list(command), cwd=folder, env=environment, on_line=lambda line: progress.show(line.strip()))
    if done.returncode:
        raise CommandError(f"`{done.command}` failed", done.last_lines(), "Remove the folder, then try again.")
