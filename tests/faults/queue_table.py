"""Faults of workers, schedules and Redis, planted into a finished project that has Celery and a cache on Redis."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cli_runner import golive
from tests.conftest import in_git, installer, linked_environment, make_environment
from tests.faults.fault import Fault, append, every, replace, without_line
from tests.faults.own_table import print_table
from tests.faults.sample import Sample, environment, kept

PROJECT = Path(__file__).parents[1] / "projects" / "queue_redis"
TASKS = "1-5,8,9,13,15-17,27"
"""What the task needs: a deployed service, and its own changes."""
CELERY, SETTINGS, WORKER = "parcels/celery.py", "parcels/settings.py", "exec celery -A parcels worker"
OF_WORK = {"27.1", "27.3", "27.4", "27.5"}

FAULTS = [
    Fault("worker: no line", without_line("Procfile", "worker:"), items=OF_WORK, says=["celery -A parcels worker"]),
    Fault("worker: another application", replace("Procfile", WORKER, "exec celery -A parcel worker"),
          items=OF_WORK, says=["parcel"], where="Procfile:2"),
    Fault("worker: a shell keeps SIGTERM from it",
          replace("Procfile", WORKER, "python manage.py check && celery -A parcels worker"),
          items={"27.5"}, says=["exec"], where="Procfile:2"),
    Fault("worker: SIGTERM ends it during work", replace("Procfile", WORKER, f"export REMAP_SIGTERM=SIGQUIT; {WORKER}"),
          items={"27.5"}, says=["0 times"], where="Procfile:2"),
    Fault("worker: does not know the tasks",
          every(without_line(CELERY, "app.autodiscover_tasks()"),
                replace("Procfile", WORKER, "exec celery --skip-checks -A parcels worker")),
          items={"27.3", "27.4"}, says=["depot.tasks.label"]),
    Fault("worker: takes no work from a queue",
          append(SETTINGS, '\nCELERY_TASK_ROUTES = {"depot.tasks.label": {"queue": "labels"}}\n'),
          items={"27.3"}, says=["depot.tasks.label", "the queue labels"], where="settings.py:"),
    Fault("worker: the site does the work itself", append(SETTINGS, "\nCELERY_TASK_ALWAYS_EAGER = True\n"),
          items={"27.3"}, says=["Procfile:2 gets none"], where="settings.py:"),
    Fault("worker: discards what waits when it starts", replace("Procfile", WORKER, f"{WORKER} --purge"),
          items={"27.5"}, says=["work queued after it 0 times"], where="Procfile:2"),
    Fault("worker: also runs the schedule", replace("Procfile", "--concurrency 2", "--concurrency 2 -B"),
          items={"27.1"}, says=["worker, beat"]),
    Fault("schedule: no line", without_line("Procfile", "beat:"), items={"27.1", "27.4"}, says=["beat"]),
    Fault("schedule: a task that does not exist", replace(CELERY, "depot.tasks.count_parcels", "depot.tasks.count"),
          items={"27.4"}, says=["depot.tasks.count"]),
    Fault("Redis: the broker is on localhost",
          append(SETTINGS, '\nCELERY_BROKER_URL = "redis://localhost:6379/0"\n'),
          items={*OF_WORK, "27.2"}, says=["redis://localhost"], where="views.py:"),
    Fault("Redis: the result backend is not there",
          append(SETTINGS, '\nCELERY_RESULT_BACKEND = "redis://127.0.0.1:1/0"\n'),
          items={"27.2", "27.3", "27.4", "27.5"}, says=["the result backend"]),
    Fault("Redis: a cache for each process", append(SETTINGS, '\nCACHES["default"]["KEY_PREFIX"] = str(os.getpid())\n'),
          items={"27.6"}, says=["cache default", "session"]),
]  # fmt: skip


def finished(folder: Path, python: str = "") -> Sample:
    """The finished project at *folder*, made if it is not there. That takes a minute.

    *python*: an environment with its packages.
    """

    def make(top: Path) -> None:
        shutil.copytree(PROJECT, top / "backend", ignore=shutil.ignore_patterns("__pycache__"))
        (top / ".gitignore").write_text("venv/\n.env*\n.golive/\n")
        (top / "backend/.env").write_text("DJANGO_SECRET_KEY=a-key-for-this-machine-0123456789abcdef\nDJANGO_DEBUG=1\n")
        in_git(top)
        venv = top / "backend/venv"
        if python:
            linked_environment(venv, python)
        else:
            make_environment(sys.executable, venv)
            subprocess.run([*installer(venv / "bin/python"), "-r", PROJECT / "requirements.txt"], check=True)
        quiet = {**environment(), "GOLIVE_TESTS": "no"}
        result = golive("--auto", "--trust", "--only", TASKS, top / "backend", env=quiet)
        assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-5000:]

    return kept(folder / "queue", make)


def main(names: Sequence[str], folder: Path | None) -> int:
    """Print a row for each fault that has one of *names*. Returns the exit code."""
    return print_table(FAULTS, 27, finished, names, folder)
