"""Probes of workers, schedules and Redis confirm their hint, or rule it out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.steps.fakes import FakeProject
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.probes import PROBES

WEB, WORKER, BEAT = "web: gunicorn a\n", "worker: exec celery -A shop worker\n", "beat: exec celery -A shop beat\n"


def run_probe(name, folder, procfile="", text="", copy=None, **values):
    (folder / "Procfile").write_text(procfile or WEB)
    (folder / "shop").mkdir()
    given = {"copy": copy} if copy else {}
    project = FakeProject(
        folder,
        text,
        values,
        service_values=dict,
        display_path=lambda path: path.name,
        set_by=lambda name: " (here)",
        **given,
    )
    return PROBES[name](ProbeContext(project, SimpleNamespace(active_target=None), ""))


@pytest.mark.parametrize(
    ("probe", "procfile", "is_confirmed", "message"),
    [
        ("worker_command", "", None, "no process besides `web`"),
        ("worker_command", WEB + WORKER, False, "worker: exec celery -A shop worker"),
        (
            "worker_command",
            WEB + WORKER.replace("shop", "shops"),
            True,
            "Procfile:2: worker names the application shops",
        ),
        ("worker_signal", WEB + WORKER, False, "gets its signals itself"),
        (
            "worker_signal",
            "worker: python check.py && celery -A shop worker\n",
            True,
            "Procfile:1: worker: a shell runs",
        ),
        ("worker_signal", "worker: python check.py && exec celery -A shop worker\n", False, "signals"),
        ("schedule_lines", WEB, False, "no process runs a schedule"),
        ("schedule_lines", WEB + WORKER + BEAT, False, "one process runs the schedule: beat"),
        ("schedule_lines", WEB + WORKER.replace("worker\n", "worker -B\n") + BEAT, True, "worker, beat each run"),
    ],
)
def test_the_lines_of_the_procfile_are_judged(tmp_path, probe, procfile, is_confirmed, message):
    found = run_probe(probe, tmp_path, procfile)
    assert found.confirmed is is_confirmed and message in found.seen


@pytest.mark.parametrize(
    ("queues", "is_confirmed", "message"),
    [("", True, "tasks.py:1 puts work into the queue mail"), (" -Q celery,mail", False, "from each queue")],
)
def test_a_queue_without_a_worker_is_named(tmp_path, queues, is_confirmed, message):
    path = tmp_path / "tasks.py"
    path.write_text("send.apply_async(queue='mail')\n")
    procfile = WEB + WORKER.replace("worker\n", f"worker{queues}\n")
    found = run_probe("worker_queues", tmp_path, procfile, copy=SimpleNamespace(files=lambda: [path]))
    assert found.confirmed is is_confirmed and message in found.seen


@pytest.mark.parametrize(
    ("text", "url", "is_confirmed", "message"),
    [
        (
            "",
            "redis://localhost:6379/0",
            True,
            "CELERY_BROKER_URL names a Redis server on the service's own machine (here)",
        ),
        (
            'import os\nA = os.environ.get("REDIS_URL", "redis://localhost")\n',
            "redis://localhost",
            False,
            "REDIS_URL replace",
        ),
        ("", "rediss://default:secret@redis.example.com:6379", False, "no setting names"),
    ],
)
def test_the_address_of_redis_is_judged_without_its_password(tmp_path, text, url, is_confirmed, message):
    found = run_probe("redis_address", tmp_path, text=text, CELERY_BROKER_URL=url)
    assert found.confirmed is is_confirmed and message in found.seen and "secret" not in found.seen
