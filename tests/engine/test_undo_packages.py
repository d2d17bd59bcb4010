"""Undo installations in the environment that was changed, and in no other. With real pip and local wheels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import make_environment
from tests.engine.repository import Repository
from wizard.base.errors import UsageError
from wizard.base.git import Git
from wizard.cli.arguments import parse
from wizard.cli.commands import undo as undo_command
from wizard.engine.actions.install_packages import environment_record
from wizard.engine.records import Records
from wizard.engine.recovery import recover
from wizard.project.pip import PipEnvironment
from wizard.state import signing


def wheel(folder, name, version, requires=()):
    lines = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {each}" for each in requires),
    ]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


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
def venv(tmp_path_factory, index):
    """An environment in which limits 1.0 is installed. Tests change copies of it."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    make_environment(sys.executable, folder)
    argv = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-index", "--find-links", index]
    subprocess.run([*argv, "limits==1.0"], check=True)
    return folder


@pytest.fixture
def repo(tmp_path, index, venv, monkeypatch):
    """A project with its own environment, in which limits 1.0 is installed."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    repository = Repository(tmp_path / "shop")
    shutil.copytree(venv, repository.root / "venv", symlinks=True, copy_function=os.link)
    [packages] = (repository.root / "venv").glob("lib/python*/site-packages")
    repository.environment = PipEnvironment(repository.root / "venv/bin/python", packages)
    assert versions(repository) == {"limits": "1.0"}
    return repository


def pip(repo, *names):
    argv = [repo.environment.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]
    subprocess.run(argv, check=True)


def install(repo, task, *names, ended=True):
    """Install and journal as the engine does for `InstallPackages`."""
    before = repo.environment.versions()
    action = {"kind": "InstallPackages", "packages": list(names), "before": before,
              "environment": environment_record(repo.environment, repo.root, repo.top)}  # fmt: skip
    about = {"batch": f"b{task}", "task": task, "index": 0}
    repo.records.journal.append("begin", **about, temporary=False, top="..", action=action)
    pip(repo, *names)
    if ended:
        after = {name: version for name, version in repo.environment.versions().items() if before.get(name) != version}
        repo.records.journal.append("end", batch=f"b{task}", index=0, result={"after": after, "removed": []})
        repo.records.journal.append("applied", batch=f"b{task}", task=task)


def versions(repo):
    return {name: version for name, version in repo.environment.versions().items() if name != "pip"}


def test_undo_removes_added_packages_and_restores_changed_versions(repo):
    before = versions(repo)
    install(repo, 7, "throttle")
    assert versions(repo) == {"limits": "2.0", "shared": "1.0", "throttle": "1.0"}
    assert repo.records.undo([7]).left == ()
    assert versions(repo) == before


def test_undo_keeps_packages_that_other_tasks_need(repo):
    install(repo, 7, "throttle")
    install(repo, 9, "noise")
    notes = repo.records.undo([7]).left
    assert versions(repo) == {"limits": "1.0", "noise": "1.0", "shared": "1.0"}
    assert notes == ("shared was kept: noise needs it",)


def test_undo_keeps_a_version_that_the_user_installed_since(repo, index):
    install(repo, 7, "noise")
    wheel(index, "noise", "2.0")
    pip(repo, "noise==2.0")
    notes = repo.records.undo([7]).left
    assert versions(repo)["noise"] == "2.0"
    assert "noise 2.0 was installed since then, so it was kept" in notes


def test_an_installation_that_was_killed_is_rolled_back(repo):
    before = versions(repo)
    install(repo, 7, "throttle", ended=False)
    half = repo.environment.packages / "late-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    recover(repo.open(), died=True)
    assert versions(repo) == before
    assert not half.exists()


def test_undo_without_the_interpreter_restores_files_and_reports_packages(repo):
    before = repo.tree()[0]
    install(repo, 7, "throttle")
    repo.apply(7, repo.edit("backend/shop/settings.py", b"A = 1\n"))
    python = repo.environment.python
    python.unlink()
    undone = repo.records.undo([7])
    assert undone.left == (f"throttle can't be removed: the interpreter {python} is gone",)
    settings = "backend/shop/settings.py"
    assert repo.tree()[0][settings] == before[settings]


def test_a_failed_removal_is_reported_with_the_command_to_run(repo, monkeypatch):
    install(repo, 7, "throttle")
    monkeypatch.setenv("PIP_FIND_LINKS", str(repo.root / "nowhere"))
    [note] = repo.records.undo([7]).left
    assert "pip failed" in note
    assert f"Run it yourself: {repo.environment.python} -m pip install --no-deps limits==1.0" in note
    assert "throttle" not in versions(repo)


def test_undo_refuses_another_interpreter(repo, tmp_path):
    install(repo, 7, "throttle")
    other = tmp_path / "other" / "bin" / "python"
    for given, right in ((other, False), (repo.environment.python, True), (repo.root / "venv", True)):
        options = parse(["undo", "7", "--yes", "--project", str(repo.root), "--python", str(given)])
        if right:
            undo_command.check_environment(options.python, repo.records, [7])
            continue
        with pytest.raises(UsageError, match="and are removed only there"):
            undo_command.run(options)
    assert versions(repo)["throttle"] == "1.0"


def test_undo_does_not_run_the_interpreter_of_an_untrusted_project(repo, monkeypatch, tmp_path):
    """A signed but interrupted journal that came back in an archive, with a script in place of the interpreter."""
    install(repo, 7, "throttle", ended=False)
    key = signing.key_file().read_bytes()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "untrusting"))
    signing.key_file().parent.mkdir(parents=True)
    signing.key_file().write_bytes(key)
    signing.key_file().chmod(0o600)
    python = repo.environment.python
    python.unlink()
    python.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    python.chmod(0o755)
    records = Records(repo.root, Git.of(repo.root), repo.records.checklist, repo.events.append)
    recover(records, died=True)
    assert not (tmp_path / "ran").exists()
    assert any("its interpreter is run only if you trust" in str(event) for event in repo.events)


def test_a_copy_of_the_project_does_not_change_a_shared_environment(repo, tmp_path):
    outside = tmp_path / "shared-environment"
    (repo.root / "venv").rename(outside)
    [packages] = outside.glob("lib/python*/site-packages")
    repo.environment = PipEnvironment(outside / "bin/python", packages)
    install(repo, 7, "throttle")
    shutil.copytree(repo.top, tmp_path / "copy", symlinks=True)
    root = tmp_path / "copy" / "backend"
    records = Records(root, Git.of(root), repo.records.checklist, repo.events.append)
    [note] = records.undo([7]).left
    assert f"it is outside of this project, and {repo.root} uses it too" in note
    assert versions(repo)["throttle"] == "1.0"
    repo.records.undo([7])
    assert "throttle" not in versions(repo), "the project that the environment belongs to may change it"
