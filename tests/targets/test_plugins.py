"""A package beside Golive that brings a task and a target: the example of this repository, really installed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from doubles.internet import Internet

from tests.targets.test_railway import put

TOP = Path(__file__).parents[2]
HOST = "small-shop.up.railway.app"  # the name that the stand-in of the internet leads to its edge
DEPLOY = """#!/bin/sh
set -e
test -n "$DJANGO_SECRET_KEY"
test -z "$UPTIMEROBOT_API_KEY"
PORT={port} setsid {python} serve.py >/dev/null 2>&1 &
echo $! >../server.pid
until {python} -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{port}/health/")' 2>/dev/null; do :; done
echo put up
"""
ANSWERS = f"script: {{host: {HOST}}}\npolicy: {{address: security@example.com}}\n"


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """A folder in which the example is installed."""
    folder = tmp_path_factory.mktemp("beside")
    example = str(TOP / "examples" / "golive-script")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
               "--disable-pip-version-check", "--target", str(folder), example]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder


BESIDE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from wizard.cli.main import main; sys.exit(main())"
"""Golive with a folder among those of its environment: it takes none from PYTHONPATH."""


def golive(folder, *arguments, environment=None, **more):
    command = [sys.executable, "-c", BESIDE, str(folder), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **{"cwd": TOP, **more})


def small(folder):
    folder.mkdir()
    put(folder)
    with (folder / ".env.production").open("a") as secrets:
        secrets.write("DATABASE_URL=sqlite:///db.sqlite3\n")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def internet(tmp_path):
    (tmp_path / "net").mkdir()
    made = Internet(tmp_path / "net")
    yield made
    made.close()


def test_a_package_brings_a_task_and_a_target(beside, internet, tmp_path, python):
    folder = small(tmp_path / "small-shop")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    internet.edge.host, internet.edge.upstream = HOST, port
    (folder / "deploy.sh").write_text(DEPLOY.format(port=port, python=python))
    (folder / "deploy.sh").chmod(0o755)
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    answers = str(tmp_path / "answers.yaml")
    arguments = ["--auto", "--json", "--target", "script", "--answers", answers, "--python", python, str(folder)]
    environment = internet.environment(UPTIMEROBOT_API_KEY="")
    try:
        first = golive(beside, *arguments, "--only", "25", environment=environment)
        done = golive(beside, *arguments, "--only", "11,12,17", "--keep-going", environment=environment)
        events = [json.loads(line) for line in (first.stdout + done.stdout).splitlines()]
        seen = {each["item"]["id"]: each["evidence"] for each in events if each["event"] == "Ticked"}
        told = done.stderr + done.stdout[-3000:]
        assert seen["12.1"]["showed"] == HOST, told
        assert seen["17.1"]["status"] == "done", told
        assert seen["17.3"]["status"] == "done", "the site was asked at its public address"
        assert (seen["25.1"]["status"], seen["25.1"]["showed"]) == ("done", "security@example.com")
        assert seen["25.2"]["status"] == "done"
        assert seen["11.2"]["status"] == "open", "no account at Sentry"
        assert not [each for each in seen.values() if each["status"] == "failed"], told
        assert "put up" in done.stdout
        # The second time there is nothing to do: what runs is what the project is.
        again = golive(beside, *arguments, "--only", "11,12,17", "--keep-going", environment=environment)
        planned = [each for each in map(json.loads, again.stdout.splitlines()) if each["event"] == "Planned"]
        assert not [each for each in planned if each["plan"]["actions"]]
        undone = golive(beside, "undo", "25", "--project", str(folder), environment=environment)
        assert undone.returncode == 0, undone.stderr
        assert not (folder / "SECURITY.md").exists()
        # Without the package its task is gone, and its target said to be.
        environment["PYTHONPATH"] = str(TOP)
        without = golive(tmp_path, "--auto", "--python", python, "--only", "11", str(folder), environment=environment)
        assert without.returncode == 2
        assert "There is no target script" in without.stderr
    finally:
        os.killpg(int((tmp_path / "server.pid").read_text()), signal.SIGKILL)


def test_status_and_help_know_of_the_package(beside, tmp_path):
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    told = golive(beside, "status", cwd=tmp_path)
    assert "25 Say where weaknesses are reported" in told.stdout
    wrong = golive(beside, "--auto", "--target", "vps", str(tmp_path))
    assert wrong.returncode == 2
    assert "Targets are local, railway, script." in wrong.stderr


def brought(folder, name, group, entry, module=""):
    """A package in *folder*, as pip leaves one."""
    information = folder / f"{name}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
    (folder / f"{name}.py").write_text(module)


WRONG = {
    "The package one provides the step by_hand: Golive has one": [("one", "golive.steps", "by_hand = one:Step")],
    "The target vps of the package one can't be loaded: AttributeError": [("one", "golive.targets", "vps = one:Gone")],
    "The target vps of the package one can't be loaded: ModuleNotF": [("one", "golive.targets", "vps = none:Gone")],
    "one:Path is no target": [("one", "golive.targets", "vps = one:Path", "from pathlib import Path")],
    "one and two both offer vps": [("one", "golive.targets", "vps = one:A"), ("two", "golive.targets", "vps = two:A")],
}


@pytest.mark.parametrize(("told", "packages"), WRONG.items())
def test_what_is_wrong_with_a_package_is_told(told, packages, tmp_path, python):
    for package in packages:
        brought(tmp_path / "beside", *package)
    folder = small(tmp_path / "small")
    done = golive(tmp_path / "beside", "--auto", "--python", python, "--target", "vps", "--only", "11", str(folder))
    if "by_hand" in told:
        done = golive(tmp_path / "beside", "status", "--project", str(folder))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert told in done.stderr


def test_a_step_that_is_none_is_told(tmp_path, python):
    brought(tmp_path / "beside", "one", "golive.steps", "mine = one:Path", "from pathlib import Path")
    folder = small(tmp_path / "small")
    (folder / "golive.yaml").write_text(
        "version: 1\ntasks: [{day: 3, session: Afternoon, task: 25, title: T, minutes: 1, step: mine, items: []}]\n"
    )
    done = golive(tmp_path / "beside", "plan", "25", "--python", python, "--project", str(folder))
    assert done.returncode == 2
    assert "one:Path is no step: one offers it as mine" in done.stderr
