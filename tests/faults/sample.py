"""A finished sample: the shop after `golive demo --auto`, to plant faults into and to restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from doubles.osv import Osv
from doubles.serving import EventLoop

from steps.shared import backup_copy
from tests.cli_runner import golive
from tests.faults.fault import git

LEFT_ALONE = "venv"
"""The environment is large, and no fault changes it."""


class Sample:
    """The project in *top*, a repository with manage.py in backend/, and a snapshot of it beside it.

    State is signed and caches depend on paths, so a sample is restored where it was made.
    """

    def __init__(self, top: Path) -> None:
        self.top, self.root = top, top / "backend"
        self.kept = top.with_name(f"{top.name}.snapshot")
        if not self.kept.exists():
            shutil.copytree(top, self.kept, symlinks=True, ignore=self._environment)

    def _environment(self, folder: str, names: list[str]) -> list[str]:
        return [LEFT_ALONE] if Path(folder) == self.root and LEFT_ALONE in names else []

    def restore(self) -> None:
        """Make every byte, mode and time of the project what it was, except in its environment."""
        for folder, left in ((self.top, self.root.name), (self.root, LEFT_ALONE)):
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    if path.name != left:
                        shutil.rmtree(path)
                else:
                    path.unlink()
        shutil.copytree(self.kept, self.top, symlinks=True, dirs_exist_ok=True)

    def check(self, only: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        """`golive check --json`, of all tasks or of the tasks *only*."""
        chosen = ("--only", ",".join(map(str, only))) if only else ()
        return golive("check", "--json", *chosen, project=self.root, env=environment())


NEEDS_INPUT = 3
"""The exit code of a run after which items wait for the person."""
STAY_LIVE = "25-30"
"""The tasks of the optional day."""
ANSWERS = {"GOLIVE_ADMIN_PATH": "yes", "GOLIVE_ADMIN_SECOND_FACTOR": "yes", "GOLIVE_BACKUP_COPY": "github"}
"""Answers with which items of the optional day are ticked that otherwise wait for the person."""
CRON = """{
  "cron": [
    {
      "command": "python manage.py clearsessions",
      "schedule": "30 3 * * *"
    }
  ]
}
"""
"""A job of the shop, in the file app.json."""


@cache
def vulnerabilities() -> Osv:
    """The database of vulnerabilities of this process, which knows releases of one package."""
    loop, database = EventLoop(), Osv()
    loop.run(database.start())
    database.add("sqlparse", "0.5.0", "GHSA-2m57-hf25-phgg", "0.5.4", cve="CVE-2026-4340")
    database.add("sqlparse", "0.5.1", "GHSA-7x4w-9v2p-m3qj", cve="CVE-2026-5017")
    database.add("sqlparse", "0.5.2", "GHSA-q8vj-3h6c-xw52", "1.0.0", cve="CVE-2026-6120")
    return database


def environment() -> dict[str, str]:
    """This process's variables, without those that would change a run."""
    left_out = {"CI", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out and name[:7] != "GOLIVE_"}
    return {**kept, "GOLIVE_OSV_URL": vulnerabilities().base_url}


def finished(folder: Path, *, stay_live: bool = False) -> Sample:
    """The finished sample at *folder*, made if it is not there. That takes a minute, and two with the optional day."""

    def make(top: Path) -> None:
        quiet = {**environment(), "GOLIVE_TESTS": "no"}
        result = golive("demo", "--auto", top, env=quiet)
        assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-5000:]
        if stay_live:
            write_jobs(top)
            result = golive("--auto", "--only", STAY_LIVE, project=top / "backend", env={**quiet, **ANSWERS})
            assert result.returncode in {0, NEEDS_INPUT}, result.stdout[-1000:] + result.stderr[-5000:]

    return kept(folder / ("stay-live" if stay_live else "demo"), make)


def kept(top: Path, make: Callable[[Path], None]) -> Sample:
    """The finished project in the folder *top*. *make* makes it if it is not there."""
    if not top.with_name(f"{top.name}.snapshot").exists():
        shutil.rmtree(top, ignore_errors=True)
        top.parent.mkdir(parents=True, exist_ok=True)
        make(top)
    sample = Sample(top)
    sample.restore()  # an interrupted run leaves a fault in it
    return sample


def write_jobs(top: Path) -> None:
    """Add a job of cron and the workflow of task 29, as the plan writes it. GitHub runs what is committed."""
    jobs, path = top / "backend/app.json", top / backup_copy.WORKFLOW
    jobs.write_text(CRON)
    path.parent.mkdir(parents=True)
    path.write_bytes(backup_copy.TEMPLATE.read_bytes())
    git("add", "--", str(path), str(jobs))(top)
    git("commit", "--quiet", "-m", "Clear sessions, and back up", "--", str(path), str(jobs))(top)
