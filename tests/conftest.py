"""Real projects for the tests: the sample, and one virtual environment shared by those that install nothing."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "projects" / "election_cart"


def in_git(folder: Path) -> None:
    for command in (
        ["init", "--quiet"],
        ["config", "user.name", "A developer"],
        ["config", "user.email", "developer@example.com"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "Before"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The interpreter of an environment with the sample's requirements; made once for all workers."""
    shared = tmp_path_factory.getbasetemp().parent
    venv = shared / "sample-environment"
    with (shared / "sample-environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            requirements = SAMPLE / "backend" / "requirements.txt"
            install = [venv / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]
            subprocess.run([*install, requirements], check=True)
            (venv / "ready").touch()
    return str(venv / "bin/python")


@pytest.fixture
def shop(tmp_path):
    """A fresh copy of the sample in a repository of its own; the folder of its manage.py."""
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "venv", ".golive", "*.sqlite3"))
    in_git(folder)
    return folder / "backend"
