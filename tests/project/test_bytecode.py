"""Packages that uv installs have bytecode. Children of Golive write none, and would compile what they import again."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.cli_runner import uv
from wizard.cli.commands import demo
from wizard.project.pip import PipEnvironment

pytestmark = pytest.mark.skipif(uv() is None, reason="uv is not installed")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """The folder of the packages of a new environment without pip, and of a package to install there."""
    monkeypatch.setenv("PATH", str(uv()).removesuffix("/uv"), prepend=":")
    source = tmp_path / "source"
    (source / "parcels").mkdir(parents=True)
    (source / "parcels" / "__init__.py").write_text("FEE = 3\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "build"\nbackend-path = ["."]\n'
        '[project]\nname = "parcels"\nversion = "1"\n'
    )
    (source / "build.py").write_text(BUILD)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    return next((tmp_path / "venv").glob("lib/python*/site-packages"))


BUILD = """
import zipfile

def build_wheel(folder, *options):
    name = "parcels-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("parcels/__init__.py")
        wheel.writestr("parcels-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: parcels\\nVersion: 1\\n")
        wheel.writestr("parcels-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("parcels-1.dist-info/RECORD", "")
    return name
"""


def test_packages_that_uv_adds_to_a_project_have_bytecode(packages, tmp_path):
    environment = PipEnvironment(tmp_path / "venv/bin/python", packages)
    environment.run("install", str(tmp_path / "source"), project=tmp_path, on_line=print)
    assert list((packages / "parcels/__pycache__").glob("__init__.*.pyc"))
    environment.run("uninstall", "--yes", "parcels", project=tmp_path, on_line=print)
    assert not (packages / "parcels/__init__.py").exists()


def test_packages_of_the_demo_have_bytecode(packages, tmp_path):
    backend = tmp_path / "backend"
    backend.mkdir()
    (backend / "requirements.txt").write_text(f"{tmp_path / 'source'}\n")
    for command in demo._installation(backend):
        subprocess.run(command, cwd=backend, check=True)
    assert shutil.which("uv") and list(backend.glob("venv/lib/python*/site-packages/parcels/__pycache__/*.pyc"))
