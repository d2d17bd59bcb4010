"""Make the projects of the matrix, and compare and format their files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import in_git, installer, make_environment
from tests.projects import generated

PROJECTS = Path(__file__).parents[1] / "projects"
BIN = Path(sys.executable).parent


def interpreter_of(version):
    """A working Python of *version* on PATH or from pyenv, or None."""
    candidates = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}*/bin/python")]
    for each in filter(None, candidates):
        if not subprocess.run([each, "--version"], capture_output=True, check=False).returncode:
            return each
    return None


def make_project(expected, folder):
    """Make the project in *folder* with its own environment. Skips the test if its Python is not installed."""
    requirements, python = expected.requirements, expected.python
    if expected.name in generated.PROJECTS:
        project = generated.write(expected.name, folder)
        requirements, python = project.needs, project.python
    elif (PROJECTS / expected.name).is_dir():
        shutil.copytree(PROJECTS / expected.name, folder)
    else:
        folder.mkdir()
    interpreter = interpreter_of(python)
    if interpreter is None:
        pytest.skip(f"{expected.name} needs Python {python}, which is not installed")
    venv = folder / ".venv"
    make_environment(interpreter, venv)
    subprocess.run([*installer(venv / "bin/python"), *requirements], check=True)
    if expected.name in {"fresh", "old"}:
        subprocess.run([venv / "bin/django-admin", "startproject", "mysite", folder], check=True)
        (folder / ".gitignore").write_text(".venv/\n")
    if expected.name == "old":
        settings = folder / "mysite" / "settings.py"
        settings.write_bytes(settings.read_bytes().replace(b"\n", b"\r\n"))
        (folder / "requirements.txt").write_bytes(b"Django==3.2.25\r\n")
    for path in expected.formatted:  # a user of these formatters has formatted files
        format_with(folder, path)
    if expected.git:
        in_git(folder)
    return folder


def format_with(folder, path, *, check=False):
    """Run the project's formatters with its settings: Black and isort, or Ruff."""
    settings = next((each for each in (folder / path).parents if (each / "pyproject.toml").is_file()), folder)
    formatter_settings = settings / "pyproject.toml"
    more = ["--check", "--diff"] if check else []
    commands = [["ruff", "format", "--no-cache", *more]]
    commands += [["ruff", "check", "--no-cache", "--select", "I", *(["--diff"] if check else ["--fix"])]]
    if formatter_settings.is_file() and "[tool.black]" in formatter_settings.read_text():
        commands = [["black", "--quiet", *more], ["isort", "--profile", "black", *more]]
    for program, *options in commands:
        argv = [BIN / program, *options, path]
        result = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        assert not result.returncode, f"{path}: {result.stdout}{result.stderr}"


def tree(folder):
    # The project's own logging writes the last two.
    left_out = {".git", ".golive", ".venv", "__pycache__", "backend.log", "log"}
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not left_out & set(path.parts)
    }
