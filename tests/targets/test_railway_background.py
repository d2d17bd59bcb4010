"""Workers, schedulers and Redis at Railway: a service for each line of the Procfile, with references to the site's."""

from __future__ import annotations

import json
import subprocess

import pytest
from doubles.railway.cron import cron_refusal, run_due

from tests.targets.railway_project import evidence_texts
from wizard.checklist.evidence import Status
from wizard.project import cron_jobs
from wizard.targets.railway.background import DONE, DUE

WORK = """
import os, signal
assert os.environ["REDIS_URL"].startswith("redis://"), "it has the site's variables"
assert len(os.environ["DJANGO_SECRET_KEY"]) > 40
print("Task shop.tasks.mail[1-2] succeeded in 0.1s: None", flush=True)
print("Scheduler: Sending due task nightly (shop.tasks.nightly)", flush=True)
signal.pause()
"""
CELERY = """
from celery import Celery

app = Celery("site_")
app.conf.beat_schedule = {"nightly": {"task": "shop.tasks.nightly", "schedule": 60}}
"""
PROCFILE = (
    "web: exec python serve.py\nworker: exec python work.py celery worker\nbeat: exec python work.py celery beat\n"
)


@pytest.fixture
def queue(small):
    """The small project with a queue, deployed."""
    settings = small.folder / "site_/settings.py"
    settings.write_text(settings.read_text() + "CELERY_BROKER_URL = os.environ.get('REDIS_URL', 'redis://localhost')\n")
    for name, text in {"site_/celery.py": CELERY, "work.py": WORK, "Procfile": PROCFILE}.items():
        (small.folder / name).write_text(text)
    (small.folder / "requirements.txt").write_text("django\ncelery[redis]\n")
    subprocess.run(["git", "commit", "-qam", "A queue"], cwd=small.folder, check=False)
    small.golive("--only", "11-12,15,17")
    assert small.status("17.1") is Status.DONE
    return small


def test_each_line_and_redis_get_a_service_that_refers_to_the_site(queue):
    """Nothing is created without consent, a second run changes nothing, and a crashed worker is deployed again."""
    cloud = queue.internet.cloud
    before = len(cloud.calls)
    _, events = queue.golive("--only", "27")
    assert not [call for call in cloud.calls[before:] if call["argv"][0] == "add"]
    assert "background: yes" in " ".join(evidence_texts(events).values())
    queue.golive("--only", "27", GOLIVE_BACKGROUND="yes")
    [project] = cloud.projects.values()
    assert {each["name"] for each in project["services"].values()} == {"web", "Postgres", "Redis", "worker", "beat"}
    worker, web = cloud.service("worker"), cloud.service("web")
    assert worker["settings"]["startCommand"] == "exec python work.py celery worker"
    assert worker["settings"]["drainingSeconds"] == 30 and worker["settings"]["numReplicas"] == 1
    assert worker["variables"]["DJANGO_SECRET_KEY"] == "${{web.DJANGO_SECRET_KEY}}", "no secret is copied"
    assert web["variables"]["REDIS_URL"] == worker["variables"]["REDIS_URL"] == "${{Redis.REDIS_URL}}"
    assert worker["domain"] == "" and cloud.of(worker)[0].status == "SUCCESS"
    statuses = {item: queue.status(item) for item in ("27.1", "27.2", "27.3", "27.4")}
    assert set(statuses.values()) == {Status.DONE}, statuses
    assert queue.status("27.5") is Status.OPEN, "no work was seen to survive here"
    before, mutations = len(cloud.calls), len([each for each in cloud.queries if each.startswith("mutation")])
    queue.golive("--only", "27", GOLIVE_BACKGROUND="yes")
    assert not [call for call in cloud.calls[before:] if call["argv"][0] in {"add", "up"}]
    assert len([each for each in cloud.queries if each.startswith("mutation")]) == mutations
    cloud.of(cloud.service("worker"))[0].status = "CRASHED"
    queue.golive("--only", "27", GOLIVE_BACKGROUND="yes")
    assert [each.status for each in cloud.of(cloud.service("worker"))] == ["SUCCESS", "CRASHED"]


@pytest.fixture
def cron(small):
    """The small project with commands on a schedule, deployed."""
    (small.folder / "job.py").write_text(
        "import os\nassert os.environ['DJANGO_SECRET_KEY']\nprint('sent', flush=True)\n"
    )
    entries = [{"command": "python job.py digest", "schedule": "@daily"}]
    (small.folder / "app.json").write_text(json.dumps({"cron": entries}))
    small.golive("--only", "11-12,15,17")
    return small


def test_a_command_of_cron_gets_a_service_with_its_schedule_until_the_project_drops_it(cron):
    cloud = cron.internet.cloud
    [project] = cloud.projects.values()

    def names():
        return {each["name"] for each in project["services"].values()}

    def run(**more):
        _, events = cron.golive("--only", "27", **more)
        return cron.status("27.4"), evidence_texts(events).get("27.4", "")

    run()
    assert names() == {"web", "Postgres"}, "nothing is created without consent"
    assert run(GOLIVE_BACKGROUND="yes")[0] is Status.OPEN, "it has not run yet"
    service = cloud.service("cron-digest")
    assert service["settings"]["cronSchedule"] == "0 0 * * *" and service["settings"]["restartPolicyType"] == "NEVER"
    assert service["settings"]["startCommand"] == "python job.py digest" and service["domain"] == ""
    assert cron.status("27.1") is Status.DONE
    run_due(cloud, service, "2030-01-02T00:00:00.000Z")
    status, text = run()
    assert status is Status.DONE and "2030-01-02" in text
    service["variables"].clear()
    run_due(cloud, service, "2030-01-03T00:00:00.000Z")
    status, text = run()
    assert status in {Status.FAILED, Status.DRIFTED} and "DJANGO_SECRET_KEY" in text
    (cron.folder / "app.json").write_text('{"cron": [{"command": "python job.py", "schedule": "* * * * *"}]}')
    status, text = run(GOLIVE_BACKGROUND="yes")
    assert names() == {"web", "Postgres"} and "more often than every 5 minutes" in text and status is Status.OPEN


IN_LOGS = [
    (DONE, "[2026-11-28: INFO/Pool-1] Task shop.send-mail[f3d5edf6-fd89-4715] succeeded in 0.1s: None"),
    (DONE, "12:00:00 Worker abc: default: Job OK (0b1c-22)"),
    (DONE, "12:00:00 [Q] INFO Processed 'shop.tasks.tidy [nightly]' (lion-echo-two-low)"),
    (DONE, "INFO:huey:Worker-1:shop.tasks.tidy: 5f0c8a1e-1111-4a2b-9c3d-0123456789ab executed in 0.003s"),
    (DONE, "Task id=abc path=shop.tasks.tidy state=SUCCESSFUL"),
    (DUE, "Scheduler: Sending due task Send the digest (shop.tasks.digest)"),
    (DUE, "INFO:huey:Scheduler:Enqueueing periodic task shop.tasks.tidy: 5f0c."),
    (DUE, "Enqueued job tidy to queue default"),
    (DUE, "Process-1 created task lion-echo from schedule [nightly]"),
]


@pytest.mark.parametrize(("pattern", "line"), IN_LOGS)
def test_what_a_worker_logs_of_its_work_is_found(pattern, line):
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line",
    ["SELECT 1 executed in 3 ms", "Processed 14 rows [ok]", "Task mail failed", "the order (no. 3): Job OK",
     "Task shop.mail[f3d5] received", "Task id=abc path=shop.tasks.tidy state=RUNNING", "scheduled a task"],
)  # fmt: skip
def test_what_an_application_logs_itself_is_no_work(line):
    assert not DONE.search(line) and not DUE.search(line)


@pytest.mark.parametrize("schedule", ["* * * * *", "*/2 * * * *", "0 3 * *"])
def test_the_double_refuses_what_golive_does_not_send(schedule):
    assert cron_refusal(schedule) and cron_jobs.problem_of(schedule)


CACHE = """
from django.core.cache.backends.filebased import FileBasedCache

class RedisCache(FileBasedCache):
    pass
"""
MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""


def test_what_is_on_redis_is_kept_and_found_by_two_processes_inside_the_service(small, tmp_path):
    settings = small.folder / "site_/settings.py"
    folder = "os.environ.get('KEPT', '/tmp')"
    settings.write_text(
        settings.read_text()
        + f"CACHES = {{'default': {{'BACKEND': 'redis_cache.RedisCache', 'LOCATION': {folder}}}}}\n"
        "SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n"
    )
    for name, text in {"redis_cache.py": CACHE, "manage.py": MANAGE}.items():
        (small.folder / name).write_text(text)
    with (small.folder / ".env.production").open("a") as file:
        file.write(f"KEPT={tmp_path / 'kept'}\n")
    small.golive("--only", "11-12,15,17")
    small.golive("--only", "27")
    assert small.status("27.6") is Status.OPEN, "a deployment more needs consent"
    cloud = small.internet.cloud
    _, events = small.golive("--only", "27", GOLIVE_BACKGROUND="yes")
    assert small.status("27.6") is Status.DONE, evidence_texts(events)["27.6"]
    assert not {name for name in cloud.service("web")["variables"] if name.startswith("GOLIVE_")}
    assert cloud.service("web")["settings"]["preDeployCommand"] == []
    settings.write_text(settings.read_text() + "CACHES['default']['KEY_PREFIX'] = str(os.getpid())\n")
    _, events = small.golive("--only", "27", GOLIVE_BACKGROUND="yes")
    assert (
        small.status("27.6") in {Status.FAILED, Status.DRIFTED} and "not found again" in evidence_texts(events)["27.6"]
    )
