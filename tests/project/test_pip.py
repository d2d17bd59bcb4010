"""Which program installs packages, and how much of its output is shown."""

from __future__ import annotations

import venv
import zipfile

import pytest

from wizard.base.errors import CommandError
from wizard.project import pip
from wizard.project.pip import MOST_LINES, FirstLines


def shown(count):
    found = list[str]()
    lines = FirstLines(found.append)
    for number in range(count):
        lines(str(number))
    lines.end()
    return found


def test_an_endless_explanation_is_cut_and_its_length_is_said():
    assert shown(MOST_LINES) == [str(number) for number in range(MOST_LINES)]
    assert shown(MOST_LINES + 23_000)[-2:] == [str(MOST_LINES - 1), "… 23,000 more lines"]


@pytest.fixture
def without_pip(tmp_path, monkeypatch):
    """An environment without pip, on a machine without uv."""
    venv.create(tmp_path / "venv", with_pip=False)
    monkeypatch.setattr(pip.shutil, "which", lambda name: None)
    [packages] = (tmp_path / "venv").glob("lib/python*/site-packages")
    return pip.PipEnvironment(tmp_path / "venv/bin/python", packages)


def test_an_environment_without_pip_gets_packages_by_the_pip_beside_golive(without_pip, tmp_path):
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    without_pip.run("install", "--no-index", str(wheel), project=tmp_path, on_line=lambda line: None)
    assert without_pip.versions() == {"tiny": "1.0"}
    without_pip.run("uninstall", "--yes", "tiny", project=tmp_path, on_line=lambda line: None)
    assert without_pip.versions() == {}


def test_without_any_installer_the_error_says_how_to_get_one(without_pip, tmp_path, monkeypatch):
    monkeypatch.setattr(pip.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CommandError) as raised:
        without_pip.run("install", "tiny", project=tmp_path, on_line=lambda line: None)
    assert raised.value.hint == f"Run `{without_pip.python} -m ensurepip`, or install uv."
