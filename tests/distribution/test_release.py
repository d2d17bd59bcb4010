"""The release: reproducible wheels with everything they need, and complete locks for development."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cli_runner import golive

TOP = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def built(folder):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=TOP, env=environment, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("first"))


def test_wheels_are_reproducible(wheel, tmp_path):
    assert wheel.read_bytes() == built(tmp_path).read_bytes()


def test_a_wheel_is_complete_and_contains_no_tests(wheel, tmp_path):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (TOP / "screens").rglob("*.tcss"):
        assert str(path.relative_to(TOP)) in names
    assert "wizard/bundled/checklist.yaml" in names
    assert {"wizard/py.typed", "steps/py.typed", "screens/py.typed"} <= names, "the classifier says typed"
    assert not [name for name in names if name.startswith(("tests/", "docs/")) or name.endswith(".pyc")]
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"}

    location = [sys.executable, "-c", "import wizard; print(wizard.__file__)"]
    found = subprocess.run(location, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(tmp_path))
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    result = golive("status", cwd=tmp_path, env=environment)
    assert result.returncode == 0, result.stderr
    assert "24 Final Checks" in result.stdout


@pytest.mark.parametrize(("group", "extras"), [("dev", True), ("release", False)])
def test_a_lock_has_every_requirement_with_hashes(group, extras):
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    text = (TOP / "locks" / f"{group}.txt").read_text()
    locked = {canonicalize_name(name): version for name, version in PINNED.findall(text)}
    required = list(project["dependency-groups"][group])
    if extras:
        required += project["project"]["dependencies"]
        required += [each for listed in project["project"]["optional-dependencies"].values() for each in listed]
    for requirement in map(Requirement, required):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        if not entry.startswith("#"):
            assert "--hash=sha256:" in entry, entry
    assert not re.findall(r"https?://|file://|--index-url", text), "the machine decides which index to use"


def test_the_reason_for_each_dependency_is_documented():
    reasons = (TOP / "ARCHITECTURE.md").read_text()
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    listed = [*project["dependencies"], *(each for some in project["optional-dependencies"].values() for each in some)]
    missing = [name for each in listed if f"`{(name := Requirement(each).name)}`" not in reasons]
    assert not missing
