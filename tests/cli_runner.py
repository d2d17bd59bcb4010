"""Run `golive` in a new process, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
"""The repository."""
GOLIVE = (sys.executable, "-m", "wizard")


def golive(*arguments, python=None, project=None, cwd=TOP, env=None, timeout=600, **options):
    """Run `golive` with *arguments* and return the finished process, whatever its exit code.

    *python* and *project* are passed as options. *env* replaces the environment. The output is captured as text, unless
    *options* of `subprocess.run` redirect it.
    """
    command = [*GOLIVE, *map(str, arguments)]
    for name, value in (("--python", python), ("--project", project)):
        command += [name, str(value)] if value else []
    environment = {"PYTHONPATH": str(TOP), **(os.environ if env is None else env)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, cwd=cwd, env=environment, timeout=timeout, text=True, check=False, **streams)
