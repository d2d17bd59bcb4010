"""Packages are put back in the environment they were installed into, and nowhere else; real pip, local wheels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import make_environment
from tests.engine.test_undo import Bench
from wizard.base.errors import UsageError
from wizard.base.git import Git
from wizard.cli.arguments import parse
from wizard.cli.commands import undo as undo_command
from wizard.engine import undo_packages
from wizard.engine.records import Records
from wizard.project.pip import PackageEnvironment
from wizard.state import signing


def wheel(folder, name, version, requires=()):
    lines = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {each}" for each in requires),
    ]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as made:
        made.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        made.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    wheel(folder, "limits", "1.0")
    wheel(folder, "limits", "2.0")
    wheel(folder, "throttle", "1.0", ["limits>=2", "shared"])
    wheel(folder, "noise", "1.0", ["shared"])
    wheel(folder, "shared", "1.0")
    return folder


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment") / "venv"
    make_environment(sys.executable, folder)
    return folder


@pytest.fixture
def bench(tmp_path, index, venv, monkeypatch):
    """A project with an environment of its own, in which limits 1.0 is installed."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    made = Bench(tmp_path / "shop")
    shutil.copytree(venv, made.root / "venv", symlinks=True, copy_function=os.link)
    [packages] = (made.root / "venv").glob("lib/python*/site-packages")
    made.environment = PackageEnvironment(made.root / "venv/bin/python", packages)
    pip(made, "limits==1.0")
    return made


def pip(bench, *names):
    argv = [bench.environment.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]
    subprocess.run(argv, check=True)


def install(bench, task, *names, ended=True):
    """What the engine does for `InstallPackages`, journaled."""
    before = bench.environment.versions()
    action = {"kind": "InstallPackages", "packages": list(names), "before": before,
              "environment": undo_packages.recorded(bench.environment, bench.root, bench.top)}  # fmt: skip
    about = {"batch": f"b{task}", "task": task, "index": 0}
    bench.records.journal.append("begin", **about, temporary=False, top="..", action=action)
    pip(bench, *names)
    if ended:
        after = {name: version for name, version in bench.environment.versions().items() if before.get(name) != version}
        bench.records.journal.append("end", batch=f"b{task}", index=0, result={"after": after, "removed": []})
        bench.records.journal.append("applied", batch=f"b{task}", task=task)


def versions(bench):
    return {name: version for name, version in bench.environment.versions().items() if name != "pip"}


def test_what_was_added_goes_and_what_was_changed_comes_back(bench):
    before = versions(bench)
    install(bench, 7, "throttle")
    assert versions(bench) == {"limits": "2.0", "shared": "1.0", "throttle": "1.0"}
    assert bench.records.undo([7]).left == ()
    assert versions(bench) == before


def test_an_undo_leaves_what_other_tasks_and_the_person_installed(bench):
    install(bench, 7, "throttle")
    install(bench, 9, "noise")
    left = bench.records.undo([7]).left
    assert versions(bench) == {"limits": "1.0", "noise": "1.0", "shared": "1.0"}
    assert left == ("shared stays: noise needs it",)


def test_a_version_that_a_person_installed_since_stays(bench, index):
    install(bench, 7, "noise")
    wheel(index, "noise", "2.0")
    pip(bench, "noise==2.0")
    left = bench.records.undo([7]).left
    assert versions(bench)["noise"] == "2.0"
    assert "noise 2.0 was installed since: it stays" in left


def test_a_kill_while_pip_was_at_work_is_rolled_back(bench):
    before = versions(bench)
    install(bench, 7, "throttle", ended=False)
    half = bench.environment.packages / "late-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    bench.open().recover(died=True)
    assert versions(bench) == before
    assert not half.exists()


def test_without_its_interpreter_files_are_undone_and_packages_are_told(bench):
    before = bench.tree()[0]
    install(bench, 7, "throttle")
    bench.apply(7, bench.edit("backend/shop/settings.py", b"A = 1\n"))
    python = bench.environment.python
    python.unlink()
    undone = bench.records.undo([7])
    assert undone.left == (f"throttle can't be removed: the interpreter {python} is gone",)
    settings = "backend/shop/settings.py"
    assert bench.tree()[0][settings] == before[settings]


def test_a_pip_that_fails_is_told_with_the_command_to_run(bench, monkeypatch):
    install(bench, 7, "throttle")
    monkeypatch.setenv("PIP_FIND_LINKS", str(bench.root / "nowhere"))
    [told] = bench.records.undo([7]).left
    assert "pip failed" in told
    assert f"Run it yourself: {bench.environment.python} -m pip install --no-deps limits==1.0" in told
    assert "throttle" not in versions(bench)


def test_another_environment_is_refused(bench, tmp_path):
    install(bench, 7, "throttle")
    other = tmp_path / "other" / "bin" / "python"
    for given, right in ((other, False), (bench.environment.python, True), (bench.root / "venv", True)):
        options = parse(["undo", "7", "--project", str(bench.root), "--python", str(given)])
        if right:
            undo_command.check_environment(options.python, bench.records, [7])
            continue
        with pytest.raises(UsageError, match="and are removed only there"):
            undo_command.run(options)
    assert versions(bench)["throttle"] == "1.0"


def test_a_strangers_interpreter_is_not_run_by_an_undo(bench, monkeypatch, tmp_path):
    """A journal of the user's own that came back in an archive: signed, cut off, with a script for an interpreter."""
    install(bench, 7, "throttle", ended=False)
    key = signing.key_file().read_bytes()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "untrusting"))
    signing.key_file().parent.mkdir(parents=True)
    signing.key_file().write_bytes(key)
    signing.key_file().chmod(0o600)
    python = bench.environment.python
    python.unlink()
    python.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    python.chmod(0o755)
    records = Records(bench.root, Git.of(bench.root), bench.records.checklist, bench.heard.append)
    records.recover(died=True)
    assert not (tmp_path / "ran").exists()
    assert any("its interpreter is run only if you trust" in str(event) for event in bench.heard)


def test_an_environment_outside_is_not_changed_from_a_copy_of_the_project(bench, tmp_path):
    outside = tmp_path / "shared-environment"
    (bench.root / "venv").rename(outside)
    [packages] = outside.glob("lib/python*/site-packages")
    bench.environment = PackageEnvironment(outside / "bin/python", packages)
    install(bench, 7, "throttle")
    shutil.copytree(bench.top, tmp_path / "copy", symlinks=True)
    root = tmp_path / "copy" / "backend"
    records = Records(root, Git.of(root), bench.records.checklist, bench.heard.append)
    [told] = records.undo([7]).left
    assert f"it is outside of this project, and {bench.root} uses it too" in told
    assert versions(bench)["throttle"] == "1.0"
    bench.records.undo([7])
    assert "throttle" not in versions(bench), "the project that it belongs to may"
