"""Take the sample with planted secrets through all 24 tasks and back, and record the results for several tests.

A journey takes more than a minute, so it runs once. It includes a killed run, failures, every report, undo and forget.
All of it is searched for secrets.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field

import psutil

from tests.bench.loads import read
from tests.cli_runner import was_slow
from tests.end_to_end.planted_secrets import SETTINGS_RAISE, SITE_RAISES
from wizard.base.process import MARK
from wizard.reporting.event_text import SIGNED
from wizard.reporting.report import FORMATS

LOG = "backend/logs/django.log"
NEEDS_INPUT = 3
"""The exit code of a run after which items wait for the person."""


@dataclass
class Journey:
    """The record of a journey."""

    summary: str = ""
    stay_live: str = ""
    stay_live_progress: str = ""
    """The output of the optional day."""
    progress: str = ""
    """The events of the killed run, and the output of the run that completed it."""
    loads: list[str] = field(default_factory=list)
    """What the killed run and the one that completed it loaded the project for. Empty if the machine was too slow."""
    left_running: list[str] = field(default_factory=list)
    listening: list[str] = field(default_factory=list)
    """Addresses other than loopback on which something listened during the run."""
    env_file_mode: int = 0
    changed_by_second_run: list[str] = field(default_factory=list)
    planned_again: list[str] = field(default_factory=list)
    """The actions that the optional day would do in a second run."""
    check_output: str = ""
    changed_by_check: list[str] = field(default_factory=list)
    own_tests: tuple[int, str] = (-1, "")
    """Exit code and output of the project's own tests."""
    git_status_after_undo: str = ""
    backups_after_forget: list[str] = field(default_factory=list)
    """Names of secrets in backups."""
    leaks: list[str] = field(default_factory=list)


def run_journey(planted) -> Journey:
    journey = Journey()
    with planted.watched("the first commands"):
        planted.golive("plan", "2", "--trust")
        planted.golive("--dry-run", "--only", "1-4")
        planted.golive("doctor")
    planted.search_all("the first commands")
    planted.loads.write_bytes(b"")
    with planted.watched("a run that is killed"):
        journey.progress = planted.killed("--auto", at="Operations to perform")
    planted.search_all("a kill", copies=True)
    _run_everything(planted, journey)
    _run_again(planted, journey)
    _stay_live(planted, journey)
    _fail(planted)
    _undo_and_forget(planted, journey)
    journey.leaks = planted.hits
    return journey


def _run_everything(planted, journey):
    """Complete the run that was killed."""
    with planted.watched("the run") as watch:
        result = planted.golive("--auto", "-v", code=None)
        journey.loads = [row["purpose"] for row in read(planted.loads, []).rows]
        if was_slow(result):
            journey.progress += result.stderr
            journey.loads = []
            result = planted.golive("--auto", "-v")
    assert result.returncode == 0, result.stderr[-3000:]
    planted.search_all("the run")
    journey.summary = result.stdout
    journey.progress += result.stderr
    journey.left_running = [process.name() for process in psutil.process_iter() if _started_by(process, planted)]
    journey.listening = sorted(watch.listening)
    journey.env_file_mode = (planted.backend / ".env.production").stat().st_mode & 0o777


def _started_by(process, planted):
    try:
        return process.environ().get(MARK) == str(planted.backend)
    except psutil.Error:
        return False


def _run_again(planted, journey):
    after = tree(planted.backend.parent)
    planted.golive("--auto")
    journey.changed_by_second_run = changed(after, tree(planted.backend.parent))
    journey.check_output = planted.golive("check").stdout
    # The requests of the checks are logged.
    journey.changed_by_check = [path for path in changed(after, tree(planted.backend.parent)) if path != LOG]
    command = [planted.backend / "venv/bin/python", "manage.py", "test"]
    # With the planted secret, the sample's tests would call Razorpay.
    environment = {**os.environ, "RAZORPAY_KEY_SECRET": ""}
    tests = subprocess.run(command, cwd=planted.backend, env=environment, capture_output=True, text=True, check=False)
    journey.own_tests = (tests.returncode, tests.stderr)


def _stay_live(planted, journey):
    """Run the optional day, with the answers under which most of its items are ticked."""
    planted.environment |= {"GOLIVE_ADMIN_PATH": "yes", "GOLIVE_OSV_URL": "http://127.0.0.1:9"}
    with planted.watched("the optional day"):
        result = planted.golive("--auto", "--only", "25-30", code=None)
    planted.search_all("the optional day")
    assert result.returncode == NEEDS_INPUT, result.stderr[-3000:]
    journey.stay_live, journey.stay_live_progress = result.stdout, result.stderr
    journey.left_running += [process.name() for process in psutil.process_iter() if _started_by(process, planted)]
    plans = planted.golive("--dry-run", "--only", "25-30").stdout
    journey.planned_again = [line for line in plans.splitlines() if line.strip().startswith(SIGNED.action)]


def _fail(planted):
    """Let the site and the settings raise errors that quote every secret."""
    with planted.watched("failures"):
        with planted.broken(SITE_RAISES):
            assert "no forecast from" in planted.golive("--auto", "--only", "3", code=1).stderr
            planted.golive("--auto", "--only", "3", "--json", code=1)
        with planted.broken(SETTINGS_RAISE):
            assert "no licence for" in planted.golive("--auto", "--only", "3", code=5).stderr
            planted.golive("doctor", code=1)
    planted.search_all("failures")


def _undo_and_forget(planted, journey):
    with planted.watched("the last commands"):
        planted.golive("status")
        for form in FORMATS:
            planted.golive("report", "--format", form)
        planted.golive("check", "--only", "1-4")
        planted.golive("undo", "1-30", "--yes")
        planted.golive("report", "--format", "md")
    planted.search_all("undo")
    journey.git_status_after_undo = planted.git("status", "--porcelain").decode()
    planted.golive("forget", "--yes")
    journey.backups_after_forget = sorted(planted.in_backups())


def tree(folder):
    """The content of every file of the project by its path."""
    left_out = {".git", ".golive", "venv"}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not left_out & set(path.parts) and path.suffix != ".pyc"
    }


def changed(before, after):
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
