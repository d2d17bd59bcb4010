"""Find the Python that the project runs with."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.base import process
from wizard.base.errors import ProjectError

USUAL_FOLDERS = (".venv", "venv", "env", ".env", "virtualenv")
BROKEN = "broken environment"


@dataclass(frozen=True)
class PythonEnvironment:
    """The interpreter at *path*, and *how* it was found: by an option, a folder, a variable, a tool or PATH."""

    path: Path
    how: str

    @property
    def prefix(self) -> Path:
        return self.path.parent.parent


def find_python(root: Path, repository: Path, option: str | None) -> PythonEnvironment:
    """The interpreter of the project with manage.py in *root*.

    The order is: the value of --python (*option*), a virtual environment at or above manage.py, VIRTUAL_ENV and
    CONDA_PREFIX, the environments of poetry and pipenv, and `python3` on PATH.

    Raises:
        ProjectError: the option names no interpreter, the virtual environment has lost its own, or none was found.
    """
    if option:
        return _given(Path(option).expanduser())
    for candidate in _candidates(root, repository):
        if candidate.path.is_file() and os.access(candidate.path, os.X_OK):
            return candidate
        if candidate.how == BROKEN:
            raise ProjectError(
                f"The project's interpreter is missing: {candidate.path}",
                "its environment points to a Python that is gone",
                "Recreate the environment (`python3 -m venv …`, then install the requirements), or use --python.",
            )
    raise ProjectError(
        "No interpreter was found for the project",
        "it has no virtual environment, and there is no python3 on PATH",
        "Create one with `python3 -m venv .venv` and install the requirements, or use --python.",
    )


def _given(path: Path) -> PythonEnvironment:
    if path.is_dir():
        path = path / "bin" / "python"
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ProjectError(
            f"There is no interpreter at {path}",
            "--python names it",
            "Pass the python of the project's environment.",
        )
    return PythonEnvironment(path.absolute(), "--python")


def virtual_environment_python(root: Path, repository: Path) -> Path | None:
    """The interpreter of a virtual environment at or above *root* in the repository. Runs nothing."""
    return next((candidate.path for candidate in _in_folders(_upwards(root, repository))), None)


def _upwards(root: Path, repository: Path) -> list[Path]:
    return [root, *(folder for folder in root.parents if folder.is_relative_to(repository))]


def _in_folders(folders: list[Path]) -> Iterator[PythonEnvironment]:
    for folder in folders:
        usual = [name for name in USUAL_FOLDERS if (folder / name / "pyvenv.cfg").is_file()]
        others = sorted(path.parent.name for path in folder.glob("*/pyvenv.cfg"))
        for name in dict.fromkeys([*usual, *others]):
            python = folder / name / "bin" / "python"
            yield PythonEnvironment(python, name if python.exists() else BROKEN)


def _candidates(root: Path, repository: Path) -> Iterator[PythonEnvironment]:
    folders = _upwards(root, repository)
    yield from _in_folders(folders)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(variable):
            yield PythonEnvironment(Path(os.environ[variable]) / "bin" / "python", variable)
    for folder in folders:
        if (folder / "poetry.lock").exists() and (path := _output(["poetry", "env", "info", "--path"], folder)):
            yield PythonEnvironment(Path(path) / "bin" / "python", "poetry")
        if (folder / "Pipfile").exists() and (path := _output(["pipenv", "--venv"], folder)):
            yield PythonEnvironment(Path(path) / "bin" / "python", "pipenv")
    for name in ("python3", "python"):
        if on_path := shutil.which(name):
            yield PythonEnvironment(Path(on_path), "PATH")


def _output(argv: list[str], folder: Path) -> str:
    """The last line that a tool prints. Empty if it is not installed or fails."""
    if not shutil.which(argv[0]):
        return ""
    try:
        done = subprocess.run(
            argv, cwd=folder, env=process.own_environment(), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout.strip() else ""
