"""SIGKILL at random times: the next run ends with the same files as an uninterrupted one, and no process is left.

GOLIVE_KILLS is the number of kills (8 in the nightly run). GOLIVE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests.cli_runner import GOLIVE, golive
from tests.conftest import copied, fresh
from wizard.base.process import MARK
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.engine.actions.install_packages import environment_record
from wizard.engine.runner import Engine
from wizard.project.detection import detect
from wizard.project.pip import PipEnvironment

HERE = Path(__file__).parents[2]
KILLS = int(os.environ.get("GOLIVE_KILLS", "8"))
SEED = int(os.environ.get("GOLIVE_KILL_SEED", random.randrange(10**6)))
GENERATED = re.compile(rb"(?m)^((?:DJANGO_SECRET_KEY|DB_PASSWORD)=).*$")


def command(shop):
    return [*GOLIVE, "--auto", "--only", "1-10", "--project", ".", str(shop)]


def run(shop):
    return golive("--auto", "--only", "1-10", "--project", ".", shop)


def tree(folder):
    """Every file with its mode, git's status and log, and the packages. Generated secrets get equal values."""
    left_out = {".git", ".golive", "venv", "__pycache__"}
    files = {
        str(path.relative_to(folder)): (GENERATED.sub(rb"\1x", path.read_bytes()), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and not left_out & set(path.parts) and path.name != "django.log"
    }
    ask = ["git", "-C", str(folder)]
    status = subprocess.run([*ask, "status", "--short"], capture_output=True, text=True, check=True).stdout
    log = subprocess.run([*ask, "log", "--format=%s"], capture_output=True, text=True, check=True).stdout
    packages = {path.name for path in folder.glob("backend/venv/lib/python*/site-packages/*.dist-info")}
    return files, status, log, packages


@pytest.fixture(scope="module")
def uninterrupted(python, tmp_path_factory):
    shop = fresh(tmp_path_factory.mktemp("uninterrupted") / "shop", python)
    began = time.monotonic()
    result = run(shop)
    assert result.returncode == 0, result.stderr[-3000:]
    return tree(shop.parent), time.monotonic() - began


@pytest.mark.nightly
def test_a_run_killed_at_any_time_is_completed_by_the_next(uninterrupted, python, tmp_path):
    expected, uninterrupted_tree = uninterrupted
    chance = random.Random(SEED)
    for number in range(KILLS):
        shop = fresh(tmp_path / str(number) / "shop", python)
        child = subprocess.Popen(
            command(shop), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2]
        )
        instant = chance.uniform(0.1, uninterrupted_tree * 0.95)
        try:
            child.wait(instant)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        child.wait()
        attempt = f"seed {SEED}, number {number}, killed after {instant:.2f} of {uninterrupted_tree:.2f} s"
        result = run(shop)
        assert result.returncode == 0, f"{attempt}\n{result.stderr[-3000:]}"
        assert tree(shop.parent) == expected, attempt
        assert not left_running(shop), attempt
        shutil.rmtree(shop.parent)


def test_half_written_copies_of_a_killed_run_are_removed(shop, python):
    """For example a half-migrated database, which the next run would take for a complete one."""
    found = detect(shop, python=python)
    half = found.work / "databases" / "default.sqlite3"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"SQLite format 3 cut sho")
    engine = Engine(found, loader.load(shop), Answers(), lambda event: None)
    engine.recover(died=False)
    assert half.exists()
    engine.recover(died=True)
    assert not half.exists()
    found.close()


def test_packages_of_a_killed_run_are_removed_and_no_longer_listed(python, tmp_path, monkeypatch):
    found = detect(fresh(tmp_path / "shop", python))
    engine = Engine(found, loader.load(found.root), Answers(), lambda event: None)
    before = engine.applier.context.installed_versions()
    half = next(found.python.prefix.glob("lib/python*/site-packages")) / "late-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    (half / "RECORD").touch()
    environment = environment_record(engine.applier.context.package_environment, found.root, found.top)
    action = {"kind": "InstallPackages", "packages": ["late"], "before": before, "environment": environment}
    engine.journal.append("begin", batch="b", task=7, index=0, temporary=False, action=action)
    engine.journal.append("end", batch="b", index=0, result={"after": {"late": "1.0"}, "removed": []})
    removed = []

    def pip(_, verb, *names, **more):
        removed.append((verb, *names))
        shutil.rmtree(half)

    monkeypatch.setattr(PipEnvironment, "run", pip)
    engine.recover(died=False)
    assert removed == [("uninstall", "--yes", "late")]
    assert found.installed()["versions"] == before
    found.close()


def only(tasks, shop, *more):
    return [*GOLIVE, "--auto", *more, "--only", tasks, "--project", ".", str(shop)]


@pytest.mark.nightly
def test_a_temporary_view_of_a_killed_run_is_removed(rehearsed, tmp_path):
    """Task 23 adds the view temporarily. The next run restores every byte, and stops the orphans."""
    shop = copied(rehearsed, tmp_path / "shop") / "backend"
    urls = shop / "election_cart" / "urls.py"
    before = tree(shop.parent)
    child = subprocess.Popen(
        only("23", shop, "--json"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE
    )
    for line in child.stdout:
        if "Operations to perform" in line:  # the service starts with the view
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert "golive_broken_on_purpose" in urls.read_text()
    assert left_running(shop)
    result = golive("--auto", "--only", "2", "--project", ".", shop)
    assert result.returncode == 0, result.stderr
    assert "Task 23 was interrupted" in result.stderr
    assert "golive_broken_on_purpose" not in urls.read_text()
    assert tree(shop.parent) == before
    assert not left_running(shop)
    owners = Path(tempfile.gettempdir()).glob("golive-postgres-*/owner")
    assert str(child.pid) not in [path.read_text() for path in owners]


def left_running(shop):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(shop):
                found.append(process)
        except psutil.Error:
            continue
    return found
