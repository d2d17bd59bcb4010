"""Workers of each library really run: work is handed over, its effect is seen, and none is lost at SIGTERM."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest

from steps import t27_workers
from steps.shared import cron_evidence
from steps.shared.background_evidence import Workers
from steps.shared.background_processes import Needed
from steps.t07_rate_limiting import NO_QUEUE
from steps.t27_workers import WorkersAndSchedules
from tests.conftest import installer, made_once, make_environment
from tests.steps import real_project
from tests.steps.deployed import by_item, make_sandbox
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import UNDECIDED, Evidence, Status
from wizard.project import queue_names, release_environment
from wizard.project.cron_jobs import CronJob
from wizard.project.process_lines import Line
from wizard.targets.base import Database

PACKAGES = (
    "django>=5.2,<6", "redis", "django-rq", "rq-scheduler", "huey", "django-q2", "dramatiq", "django-dramatiq",
    "django-tasks", "django-tasks-db",
    "celery[redis]", "channels", "channels-redis",
)  # fmt: skip
SERVE = """
    import http.server
    import os

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
    """
CELERY = """
    import os

    from celery import Celery

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")

    @app.task(name="shop.tasks.nightly")
    def nightly():
        pass

    @app.task(name="shop.tasks.later")
    def later():
        pass
    """
APPS = 'INSTALLED_APPS += ["{}"]\n'
URL = 'os.environ.get("REDIS_URL", "redis://localhost:6379/0")'
WEB = "web: python manage.py migrate --noinput && exec python serve.py\n"
LIBRARIES = {
    "celery": (
        APPS.format("shop") + f"CELERY_BROKER_URL = {URL}\n"
        'CELERY_TASK_ROUTES = {"shop.tasks.later": {"queue": "slow"}, "shop.tasks.nightly": "reports"}\n'
        'CELERY_BEAT_SCHEDULE = {"nightly": {"task": "shop.tasks.nightly", "schedule": 86400}}\n',
        "celery -A shop worker --loglevel INFO --concurrency 2 --queues celery,reports,slow",
        {"shop/__init__.py": "from .celery import app\n", "shop/celery.py": CELERY},
    ),
    "rq": (
        APPS.format("django_rq") + f'RQ_QUEUES = {{"default": {{"URL": {URL}}}}}\n',
        "python manage.py rqworker default --with-scheduler",
        {"shop/__init__.py": "", "shop/tasks.py": "def nightly():\n    pass\n", "shop/schedule.py": """
            from rq import cron

            from shop.tasks import nightly

            cron.register(nightly, "default", cron="0 3 * * *")
            """},
    ),
    "rq-scheduler": (
        APPS.format("django_rq") + APPS.format("shop") + f'RQ_QUEUES = {{"default": {{"URL": {URL}}}}}\n',
        "python manage.py rqworker default --with-scheduler",
        {"shop/__init__.py": "", "shop/tasks.py": "def nightly():\n    pass\n",
         "Procfile": WEB.replace("exec", "python manage.py plan && exec"), "shop/management/__init__.py": "",
         "shop/management/commands/__init__.py": "",
         "shop/management/commands/plan.py": """
            import django_rq
            from django.core.management.base import BaseCommand

            from shop.tasks import nightly


            class Command(BaseCommand):
                def handle(self, **options):
                    django_rq.get_scheduler("default").cron("0 3 * * *", nightly, queue_name="default")
            """},
    ),
    "huey": (
        APPS.format("huey.contrib.djhuey") + APPS.format("shop")
        + f'HUEY = {{"huey_class": "huey.RedisHuey", "name": "shop", "immediate": False, "url": {URL}}}\n',
        "python manage.py run_huey & worker=$!; trap 'kill -INT $worker' TERM; wait $worker; wait $worker",
        {"shop/__init__.py": "", "shop/tasks.py": """
            from huey import crontab
            from huey.contrib.djhuey import periodic_task

            @periodic_task(crontab(hour="3"))
            def nightly():
                pass
            """},
    ),
    "django-q2": (
        APPS.format("django_q") + APPS.format("shop")
        + f'Q_CLUSTER = {{"name": "shop", "workers": 1, "guard_cycle": 30, "redis": {URL}}}\n',
        "python manage.py qcluster",
        {"shop/__init__.py": "", "shop/tasks.py": "def nightly():\n    pass\n", "shop/migrations/__init__.py": "",
         "shop/migrations/0001_schedule.py": """
            from django.db import migrations


            def add(apps, editor):
                rows = apps.get_model("django_q", "Schedule").objects
                rows.create(func="shop.tasks.nightly", schedule_type="C", cron="0 3 * * *", repeats=-1)


            class Migration(migrations.Migration):
                dependencies = [("django_q", "0018_task_success_index")]
                operations = [migrations.RunPython(add)]
            """},
    ),
    "dramatiq": (
        APPS.format("django_dramatiq") + 'DRAMATIQ_BROKER = {"BROKER": "dramatiq.brokers.redis.RedisBroker", '
        f'"OPTIONS": {{"url": {URL}}}, "MIDDLEWARE": []}}\n',
        "python manage.py rundramatiq --processes 1 --threads 4", {},
    ),
    "django-tasks": (
        APPS.format("django_tasks") + APPS.format("django_tasks_db")
        + 'TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}\n',
        "python manage.py db_worker", {},
    ),
}  # fmt: skip
TASKS = """
    from django.tasks import task

    @task
    def tidy():
        pass
    """
WITH_DJANGO_6 = {
    "celery": (
        APPS.format("django_celery_beat") + APPS.format("shop") + f'CELERY_BROKER_URL = {URL}\n',
        "celery -A shop worker --loglevel INFO --concurrency 2",
        {"shop/__init__.py": "from .celery import app\n", "shop/celery.py": CELERY,
         "shop/migrations/__init__.py": "", "shop/migrations/0001_schedule.py": """
            from datetime import datetime, timedelta

            from django.db import migrations


            def add(apps, editor):
                for name, hours in (("nightly", 12), ("later", 1)):
                    hour = (datetime.now() + timedelta(hours=hours)).hour
                    row = apps.get_model("django_celery_beat", "CrontabSchedule").objects.create(minute="0", hour=hour)
                    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
                    tasks.create(name=name, task=f"shop.tasks.{name}", crontab=row)


            class Migration(migrations.Migration):
                dependencies = [("django_celery_beat", "0019_alter_periodictasks_options")]
                operations = [migrations.RunPython(add)]
            """},
    ),
    "database": (
        APPS.format("django_tasks_db") + 'TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}\n',
        "python manage.py db_worker", {"tasks.py": TASKS},
    ),
    "immediate": (
        'TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}\n', "",
        {"tasks.py": TASKS},
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def queue_python(tmp_path_factory):
    """The interpreter of an environment with the libraries."""
    with made_once(tmp_path_factory, "queue-environment") as (venv, missing):
        if missing:
            make_environment(sys.executable, venv)
            subprocess.run([*installer(venv / "bin/python"), *PACKAGES], check=True)
    return str(venv / "bin/python")


@pytest.fixture(scope="session")
def django_6_python(tmp_path_factory):
    """The interpreter of an environment with Django 6, which needs Python 3.12."""
    found = filter(None, (shutil.which(f"python3.{minor}") for minor in (12, 13, 14)))
    # A version manager has a program for each version, also for those that it does not select.
    newer = next((each for each in found if not subprocess.run([each, "-c", ""], check=False).returncode), None)
    if newer is None:
        pytest.skip("no Python from 3.12 on is on PATH")
    with made_once(tmp_path_factory, "django-6-environment") as (venv, missing):
        if missing:
            make_environment(newer, venv)
            packages = ("django>=6", "redis", "celery[redis]", "django-celery-beat", "django-tasks-db")
            subprocess.run([*installer(venv / "bin/python"), *packages], check=True)
    return str(venv / "bin/python")


def verified(folder, python, monkeypatch, settings, files):
    """The status and the text of each item, in a rehearsal whose site is a server of a few lines."""
    given = {"serve.py": SERVE, "requirements.txt": "django\n", **files}
    with real_project.opened(folder, python, given, "import os\n" + settings) as (project, sandbox):
        packages = project.interpreter.start()["packages"]
        environment = release_environment.ReleaseEnvironment(project.python.path, "", packages, (), "a test")
        monkeypatch.setattr(release_environment, "provide", lambda *given: environment)
        sandbox.target.__dict__["database"] = Database(f"sqlite:///{folder}/unused.sqlite3", "", None)
        plan = WorkersAndSchedules(None).plan(project, sandbox, Answers({}))
        real_project.apply(project, SimpleNamespace(actions=[each for each in plan.actions if hasattr(each, "after")]))
        evidence = by_item(WorkersAndSchedules(None).verify(project, sandbox, Answers({})))
        return (project.root / "Procfile").read_text(), evidence


NIGHTLY = {"rq-scheduler", "django-q2", "dramatiq", "django-tasks"}
"""Libraries that every night is enough for. What is common to all is tried with the others in each run."""


@pytest.mark.parametrize(
    "library", [pytest.param(name, marks=pytest.mark.nightly if name in NIGHTLY else ()) for name in LIBRARIES]
)
def test_a_worker_does_work_and_loses_none(library, tmp_path, queue_python, monkeypatch):
    settings, command, files = LIBRARIES[library]
    procfile, found = verified(tmp_path, queue_python, monkeypatch, settings, {"Procfile": WEB, **files})
    assert f"worker: {command}\n" in procfile.replace("exec ", ""), procfile
    assert [found[item][0] for item in ("27.1", "27.3", "27.5")] == ["rehearsed"] * 3, found
    assert found["27.2"][0] == ("not-applicable" if library == "django-tasks" else "rehearsed"), found
    if library in {"dramatiq", "django-tasks"}:
        assert found["27.4"][0] == "not-applicable", found
    else:
        assert found["27.4"][0] == "rehearsed" and "nightly" in found["27.4"][1], found


def test_the_check_of_rate_limits_needs_no_server_for_the_work_of_views(queue_python):
    lines = textwrap.dedent(CELERY).replace("django.conf:settings", "settings") + NO_QUEUE + "later.delay()\n"
    code = f"""
import sys, types

settings = sys.modules["settings"] = types.ModuleType("settings")
settings.CELERY_BROKER_URL = settings.CELERY_RESULT_BACKEND = "redis://127.0.0.1:1"
{lines}
print(app.conf.broker_url, app.conf.result_backend)
"""
    done = subprocess.run([queue_python, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "memory:// cache+memory://\n"), done.stderr


@pytest.mark.nightly
def test_a_worker_that_leaves_a_queue_alone_is_noticed(tmp_path, queue_python, monkeypatch):
    settings, command, files = LIBRARIES["celery"]
    lines = {"Procfile": f"{WEB}worker: exec {command.replace(',slow', '')}\n"}
    monkeypatch.setattr(queue_names, "without_worker", lambda *given: {})  # what runs shows it, too
    _, found = verified(tmp_path, queue_python, monkeypatch, settings, {**files, **lines})
    assert found["27.3"] == (
        "failed",
        "shop.tasks.later puts work into the queue slow, and no worker takes it from there",
    )


@pytest.mark.nightly
@pytest.mark.parametrize("library", WITH_DJANGO_6)
def test_workers_with_django_6(library, tmp_path, django_6_python, monkeypatch):
    settings, command, files = WITH_DJANGO_6[library]
    procfile, found = verified(tmp_path, django_6_python, monkeypatch, settings, {"Procfile": WEB, **files})
    if not command:
        assert {status for status, _ in found.values()} == {"not-applicable"}, found
        return
    assert f"worker: {command}\n" in procfile.replace("exec ", ""), procfile
    assert [found[item][0] for item in ("27.1", "27.3", "27.5")] == ["rehearsed"] * 3, found
    if library == "celery":
        assert found["27.4"] == ("rehearsed", "done: shop.tasks.later, shop.tasks.nightly")


def test_channels_pass_messages_between_processes(tmp_path, queue_python, monkeypatch):
    layer = f'{{"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {{"hosts": [{URL}]}}}}'
    settings = f'CHANNEL_LAYERS = {{"default": {layer}}}\n'
    _, found = verified(tmp_path, queue_python, monkeypatch, settings, {"Procfile": WEB})
    assert found["27.6"] == ("rehearsed", "found again: channel default")
    assert found["27.1"][0] == "not-applicable"


def test_without_a_redis_server_the_items_stay_open_and_say_what_to_install(tmp_path, queue_python, monkeypatch):
    monkeypatch.setattr("wizard.targets.local.background.find_program", lambda: None)
    settings, _, files = LIBRARIES["rq"]
    _, found = verified(tmp_path, queue_python, monkeypatch, settings, {"Procfile": WEB, **files})
    assert {status for status, _ in found.values()} == {"open"}, found
    assert "install redis-server" in found["27.2"][1] and "install redis-server" in found["27.3"][1]


def test_a_broker_of_another_kind_and_a_job_that_is_too_frequent_leave_their_items_open(
    tmp_path, queue_python, monkeypatch
):
    files = {
        "Procfile": WEB,
        "shop/__init__.py": "",
        "shop/celery.py": "from celery import Celery\napp = Celery('shop')\n",
    }
    settings = 'CELERY_BROKER_URL = "amqps://u:secret@mq.example.com/v"\n' + APPS.format("django_crontab")
    (tmp_path / "django_crontab.py").write_text("")
    settings += 'CRONJOBS = [("* * * * *", "shop.nightly")]\n'
    _, found = verified(tmp_path, queue_python, monkeypatch, settings, files)
    assert "amqps://mq.example.com: a rehearsal reaches" in found["27.3"][1] and "secret" not in str(found)
    assert found["27.4"][0] == "open" and found["27.2"][0] == found["27.6"][0] == "not-applicable", found


def test_a_command_of_cron_runs_once_beside_the_service(tmp_path, queue_python, monkeypatch):
    files = {"Procfile": WEB, "shop/__init__.py": "", "shop/cron.py": """
        from pathlib import Path

        def nightly(name):
            Path(name).write_text("done")
        """}  # fmt: skip
    (tmp_path / "django_crontab.py").write_text("")
    ran = tmp_path / "ran"
    settings = f'CRONJOBS = [("0 3 * * *", "shop.cron.nightly", [{str(ran)!r}])]\n' + APPS.format("django_crontab")
    _, found = verified(tmp_path, queue_python, monkeypatch, settings, files)
    assert found["27.4"][0] == "rehearsed" and "0 3 * * * (UTC)" in found["27.4"][1], found
    assert ran.read_text() == "done" and found["27.1"][0] == "not-applicable"


@pytest.mark.parametrize(
    ("failure", "status", "showed"),
    [
        ("it ended with exit code 1: ValueError: no such order", "failed", "no such order"),
        ("it ended with exit code 1: OSError: [Errno 101] Network is unreachable", "open", "this machine only"),
        ("", "open", "did not end within 120 seconds"),
    ],
)
def test_a_command_of_cron_that_does_not_end_well_is_not_ticked(failure, status, showed):
    job = CronJob("cron-nightly", "0 3 * * *", "python manage.py nightly", "settings.py:9")
    process = SimpleNamespace(succeeded=False, failure=lambda: failure)
    run = SimpleNamespace(start=lambda name, command: process, wait=lambda *given: False)
    [evidence] = cron_evidence.of_jobs([job], make_sandbox(), run)
    assert evidence.status.value == status and showed in evidence.showed
    assert "settings.py:9" in (evidence.where or evidence.showed)
    # In a check, an item that could not be decided keeps its tick. A command that does not end must not.
    assert (evidence.kind == UNDECIDED) is ("this machine only" in showed)


@pytest.mark.parametrize(
    ("of_cron", "of_queue", "status"),
    [("rehearsed", "failed", "failed"), ("open", "rehearsed", "open"), ("rehearsed", "not-applicable", "rehearsed")],
)
def test_one_good_schedule_hides_no_failure_of_another(of_cron, of_queue, status):
    def given(name):
        return Evidence("27.4", Status(name), "process", "", "")

    assert [each.status.value for each in t27_workers.worst([given(of_cron)], iter([given(of_queue)]))] == [status]


def test_a_process_that_ends_after_its_start_is_not_ticked():
    needed = Needed("cron", "rq_cron", "", re.compile("rqcron"), "shop/schedule.py:3", schedule=True, runs_work=False)
    line = Line("cron", "exec python manage.py rqcron shop.schedule", "Procfile:2")
    failures = iter(["", "it ended with exit code 1: Unknown command: 'rqcron'"])
    process = SimpleNamespace(failure=lambda: next(failures))
    run = SimpleNamespace(start=lambda name, command: process)
    workers = Workers(make_sandbox(), run, [needed], [line])
    workers.start_all()
    assert process.failure() == "", "it still ran when it had just been started"
    [evidence] = workers.processes()
    assert evidence.status is Status.FAILED and "Unknown command" in evidence.showed and evidence.where == "Procfile:2"
