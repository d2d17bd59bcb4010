"""The part of the platform's build that a rehearsal repeats: front ends, translations, a Dockerfile's commands.

Packages of the operating system and of Python are not installed. The deployment's environment has those of Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.project.build_steps import NODE, build_steps
from wizard.project.project import Project
from wizard.project.start_sources import StartSource, find
from wizard.targets.local.traffic import unguarded

INSTALL = re.compile(r"\b(npm|pnpm|yarn)\b(?: +(?:--prefix|--dir|--cwd) +(\S+))? +(?:ci|install)\b")
PYTHON_INSTALL = re.compile(r"\b(pip3?|uv|poetry|pipenv|apt(-get)?|apk) +(install|sync|update|add)\b")


def run(
    project: Project,
    copy: Path,
    source: StartSource,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    inside: Callable[[list[str]], list[str]] = list,
) -> None:
    """Run the build of the service in *copy*, whose start command is in *source*.

    *inside* returns the command that runs a command in the network of the service.

    Raises:
        CommandError: a command failed. Has the end of its output.
    """
    if source.image:
        commands, folder = source.build_commands(), source.folder
    else:
        steps = build_steps(project, find(project.root, project.top))
        given = [part for command in source.builds for part in re.split(r"\s*&&\s*", command)]
        commands = [*(part for part in given if not PYTHON_INSTALL.search(part)), *steps.build]
        folder = source.uploaded
    for command in commands:
        found = INSTALL.search(command)
        if found is None or not _reuse_packages(project, copy, folder / (found[2] or "."), on_line):
            run_command(command, folder, environment, on_line, "The build", inside)


def _reuse_packages(project: Project, copy: Path, folder: Path, on_line: Callable[[str], None]) -> bool:
    """Link the node_modules of this machine into *folder* of the copy, without a download, if there are any."""
    mine = project.top / folder.relative_to(copy) / "node_modules"
    if not mine.is_dir():
        return False
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(mine, target_is_directory=True)
    on_line(f"The packages in {project.display_path(mine)} are used")
    return True


def run_command(
    command: str,
    folder: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    what: str,
    inside: Callable[[list[str]], list[str]] = list,
) -> None:
    """Run a shell command of the build, or one that runs before the service starts.

    Raises:
        CommandError: it failed. Has the end of its output.
    """
    hint = "Fix the command, then run the task again."
    if NODE.search(command):
        hint = "Run it in the project's folder to see the whole error. It needs Node.js on this machine."
    argv = ["/bin/sh", "-c", command]
    if NODE.search(command) or INSTALL.search(command) or PYTHON_INSTALL.search(command):
        environment = unguarded(environment)  # they download packages
    else:
        argv = inside(argv)
    done = process.run(argv, cwd=folder, env=environment, on_line=on_line)
    if done.returncode:
        shown = shlex.join(command.split())
        summary = f"{what} `{shown}` {process.ended(done.returncode)}"
        raise CommandError(f"{what} failed: {shown}", done.last_lines(3), hint, output=done.output, summary=summary)
