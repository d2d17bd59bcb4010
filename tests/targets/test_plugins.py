"""Packages that add tasks and targets: the example of this repository, installed with pip, and invalid ones."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.targets.railway_project import write_project

TOP = Path(__file__).parents[2]
HOST = "small-shop.up.railway.app"  # a name that the test double of the internet routes to its edge
DEPLOY = """#!/bin/sh
set -e
test -n "$DJANGO_SECRET_KEY"
test -z "$UPTIMEROBOT_API_KEY"
PORT={port} setsid {python} serve.py >/dev/null 2>&1 &
echo $! >../server.pid
until {python} -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{port}/health/")' 2>/dev/null; do :; done
echo the new version is running
"""
ANSWERS = f"script: {{host: {HOST}}}\npolicy: {{address: security@example.com}}\n"


@pytest.fixture(scope="module")
def installed_example(tmp_path_factory):
    """A folder in which the example is installed."""
    folder = tmp_path_factory.mktemp("installed")
    example = str(TOP / "examples" / "golive-script")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
               "--disable-pip-version-check", "--target", str(folder), example]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder


RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from wizard.cli.main import main; sys.exit(main())"
"""Golive with one more folder on sys.path; Golive itself ignores PYTHONPATH."""


def golive(folder, *arguments, environment=None, **more):
    command = [sys.executable, "-c", RUN, str(folder), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **{"cwd": TOP, **more})


def small(folder):
    folder.mkdir()
    write_project(folder)
    with (folder / ".env.production").open("a") as secrets:
        secrets.write("DATABASE_URL=sqlite:///db.sqlite3\n")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_a_package_adds_a_task_and_a_target(installed_example, internet, tmp_path, python):
    folder = small(tmp_path / "small-shop")
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
    internet.edge.host, internet.edge.upstream = HOST, port
    (folder / "deploy.sh").write_text(DEPLOY.format(port=port, python=python))
    (folder / "deploy.sh").chmod(0o755)
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    answers = str(tmp_path / "answers.yaml")
    arguments = ["--auto", "--json", "--target", "script", "--answers", answers, "--python", python, str(folder)]
    environment = internet.environment(UPTIMEROBOT_API_KEY="")
    try:
        first = golive(installed_example, *arguments, "--only", "101", environment=environment)
        result = golive(installed_example, *arguments, "--only", "11,12,17", "--keep-going", environment=environment)
        events = [json.loads(line) for line in (first.stdout + result.stdout).splitlines()]
        evidence = {each["item"]["id"]: each["evidence"] for each in events if each["event"] == "Ticked"}
        output = result.stderr + result.stdout[-3000:]
        assert evidence["12.1"]["showed"] == HOST, output
        assert evidence["17.1"]["status"] == "done", output
        assert evidence["17.3"]["status"] == "done", "the site was asked at its public address"
        assert (evidence["101.1"]["status"], evidence["101.1"]["showed"]) == ("done", "security@example.com")
        assert evidence["101.2"]["status"] == "done"
        assert evidence["11.2"]["status"] == "open", "no account at Sentry"
        assert not [each for each in evidence.values() if each["status"] == "failed"], output
        assert "the new version is running" in result.stdout
        # The second run has nothing to do: the deployed version is current.
        second = golive(installed_example, *arguments, "--only", "11,12,17", "--keep-going", environment=environment)
        planned = [each for each in map(json.loads, second.stdout.splitlines()) if each["event"] == "Planned"]
        assert not [each for each in planned if each["plan"]["actions"]]
        undone = golive(installed_example, "undo", "101", "--yes", "--project", str(folder), environment=environment)
        assert undone.returncode == 0, undone.stderr
        assert not (folder / "SECURITY.md").exists()
        # Without the package, its target is an error.
        environment["PYTHONPATH"] = str(TOP)
        without = golive(tmp_path, "--auto", "--python", python, "--only", "11", str(folder), environment=environment)
        assert without.returncode == 2
        assert "There is no target script" in without.stderr
    finally:
        os.killpg(int((tmp_path / "server.pid").read_text()), signal.SIGKILL)


def test_status_and_error_messages_include_the_packages_task_and_target(installed_example, tmp_path):
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    status = golive(installed_example, "status", cwd=tmp_path)
    assert "101 Publish a security contact" in status.stdout
    wrong = golive(installed_example, "--auto", "--target", "vps", str(tmp_path))
    assert wrong.returncode == 2
    assert "Targets are local, railway, script." in wrong.stderr


def install(folder, name, group, entry, module=""):
    """Create an installed package in *folder*."""
    information = folder / f"{name}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
    (folder / f"{name}.py").write_text(module)


INVALID = {
    "The package one provides the step by_hand: Golive has one with that name": [
        ("one", "golive.steps", "by_hand = one:Step")
    ],
    "The target vps of the package one can't be loaded: AttributeError": [("one", "golive.targets", "vps = one:Gone")],
    "The target vps of the package one can't be loaded: ModuleNotF": [("one", "golive.targets", "vps = none:Gone")],
    "one:Path is not a target": [("one", "golive.targets", "vps = one:Path", "from pathlib import Path")],
    "one and two both offer vps": [("one", "golive.targets", "vps = one:A"), ("two", "golive.targets", "vps = two:A")],
}


@pytest.mark.parametrize(("message", "packages"), INVALID.items())
def test_an_invalid_package_is_an_error(message, packages, tmp_path, python):
    for package in packages:
        install(tmp_path / "packages", *package)
    folder = small(tmp_path / "small")
    result = golive(tmp_path / "packages", "--auto", "--python", python, "--target", "vps", "--only", "11", str(folder))
    if "by_hand" in message:
        result = golive(tmp_path / "packages", "status", "--project", str(folder))
    assert (result.returncode, "Traceback" in result.stderr) == (2, False), result.stderr
    assert message in result.stderr


def test_a_class_that_is_not_a_step_is_an_error(tmp_path, python):
    install(tmp_path / "packages", "one", "golive.steps", "mine = one:Path", "from pathlib import Path")
    folder = small(tmp_path / "small")
    (folder / "golive.yaml").write_text(
        "version: 1\ntasks: [{day: 3, session: Afternoon, task: 101, title: T, minutes: 1, step: mine, items: []}]\n"
    )
    result = golive(tmp_path / "packages", "plan", "101", "--python", python, "--project", str(folder))
    assert result.returncode == 2
    assert "one:Path is not a step: one registers it as the step mine" in result.stderr
