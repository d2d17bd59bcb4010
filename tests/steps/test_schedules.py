"""Which processes a project needs for its schedules: by its code, and not by its comments, texts or tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps import t27_workers
from steps.shared import background_processes
from tests.steps.served import Served
from wizard.checklist.answers import Answers

APP = "from celery import Celery\napp = Celery('shop')\n"
CELERY = {"shop/celery.py": APP}
RQ = {"INSTALLED_APPS": ["django_rq"]}
HUEY = {"INSTALLED_APPS": ["huey.contrib.djhuey"], "HUEY": {"huey_class": "huey.RedisHuey"}}
DJANGO_Q = {"INSTALLED_APPS": ["django_q"], "Q_CLUSTER": {"redis": "redis://q.internal:6379/0"}}


def processes(folder, files, values=None, below="."):
    """The command of each process that the project needs, and whether it runs a schedule."""
    needed = background_processes.needed(Served(folder, files, values, below=below))
    return [(each.command.removeprefix("exec "), each.schedule) for each in needed]


def celery_with(line):
    return {"shop/celery.py": APP + line}


@pytest.mark.parametrize(
    ("files", "values"),
    [
        (celery_with("app.conf.beat_schedule = {'a': {'task': 'shop.a', 'schedule': 60}}\n"), {}),
        (celery_with("app.conf.beat_schedule.update(NIGHTLY)\n"), {}),
        (celery_with("app.conf.beat_schedule['a'] = {'task': 'shop.a', 'schedule': 60}\n"), {}),
        (celery_with("app.conf['beat_schedule'] = SCHEDULE\n"), {}),
        (celery_with("app.conf.update(beat_schedule=SCHEDULE)\n"), {}),
        (celery_with("@app.on_after_configure.connect\ndef add(sender, **_):\n"
                     "    sender.add_periodic_task(60, tidy.s())\n"), {}),
        (CELERY, {"CELERY_BEAT_SCHEDULE": {"a": {}}}),
        (CELERY, {"SHOP_BEAT_SCHEDULE": {"a": {}}}),
        (CELERY, {"CELERYBEAT_SCHEDULE": {"a": {}}}),
        (CELERY, {"INSTALLED_APPS": ["django_celery_beat"]}),
    ],
)  # fmt: skip
def test_a_schedule_of_celery_needs_beat(tmp_path, files, values):
    assert [schedule for _, schedule in processes(tmp_path, files, values)] == [False, True]


@pytest.mark.parametrize(
    ("files", "values"),
    [
        (celery_with("# app.conf.beat_schedule = {'a': {}}\n"), {}),
        (celery_with("HELP = 'set beat_schedule, or call add_periodic_task()'\n"), {}),
        (celery_with("app.conf.beat_schedule = {}\n"), {}),
        (celery_with("print(app.conf.beat_schedule)\n"), {}),
        ({**CELERY, "shop/tests/test_beat.py": "app.conf.beat_schedule = {'a': {}}\n"}, {}),
        (CELERY, {"CELERY_BEAT_SCHEDULE": {}}),
    ],
)
def test_what_only_names_a_schedule_of_celery_needs_no_beat(tmp_path, files, values):
    assert [schedule for _, schedule in processes(tmp_path, files, values)] == [False]


def test_celery_starts_in_the_folder_from_which_its_application_is_imported(tmp_path):
    files = {"src/shop/__init__.py": "", "src/shop/celery.py": APP, "src/manage.py": ""}
    project = Served(tmp_path, files)
    project.settings.roots = (tmp_path, tmp_path / "src")
    [worker] = background_processes.needed(project)
    assert worker.command.startswith("exec celery --workdir src -A shop worker")


def test_an_application_of_another_program_in_the_repository_is_not_the_sites(tmp_path):
    assert processes(tmp_path, {"ingest/worker.py": APP}, below="site") == []


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"shop/apps.py": "import django_rq\n\ndjango_rq.get_scheduler().cron('0 3 * * *', print)\n"}, "rqscheduler"),
        ({"shop/apps.py": "from rq_scheduler import Scheduler\n"}, "rqscheduler"),
        ({"shop/cron_jobs.py": "from rq import cron\n\ncron.register(print, 'default', cron='0 3 * * *')\n"},
         "rqcron shop.cron_jobs"),
        ({"shop/cron_jobs.py": "from rq.cron import register\n\nregister(print, 'default', interval=60)\n"},
         "rqcron shop.cron_jobs"),
    ],
)  # fmt: skip
def test_a_schedule_of_rq_needs_its_scheduler(tmp_path, files, command):
    assert processes(tmp_path, files, RQ) == [
        ("python manage.py rqworker default --with-scheduler", False), (f"python manage.py {command}", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "files", "scheduled"),
    [
        (RQ, {"shop/apps.py": "# django_rq.get_scheduler()\n'rq_scheduler'\n"}, None),
        (RQ, {"shop/admin.py": "from django.contrib import admin\nfrom rq import cron\n\nadmin.site.enable()\n"}, None),
        (HUEY, {"shop/tasks.py": "from huey.contrib.djhuey import db_periodic_task\n\n"
                                 "@db_periodic_task(every_day)\ndef nightly():\n    pass\n"}, True),
        (HUEY, {"shop/tasks.py": "# from huey import crontab: periodic_task(crontab())\n"}, False),
        (DJANGO_Q, {"shop/apps.py": "from django_q.tasks import schedule\n\nschedule('shop.tidy')\n"}, True),
        (DJANGO_Q, {"shop/apps.py": "from django_q.models import Schedule\n\nSchedule.objects.create(func='a')\n"},
         True),
        (DJANGO_Q, {"shop/migrations/0002_q.py": "def add(apps, _):\n"
                                                 "    apps.get_model('django_q', 'Schedule').objects.create()\n"},
         True),
        (DJANGO_Q, {"shop/views.py": "from django_q.tasks import async_task\nimport shop\n\nshop.reschedule(1)\n"},
         False),
        (DJANGO_Q, {"shop/tests/test_q.py": "from django_q.tasks import schedule\n\nschedule('shop.tidy')\n"}, False),
    ],
)  # fmt: skip
def test_the_other_libraries_are_read_as_code_too(tmp_path, values, files, scheduled):
    found = processes(tmp_path, files, values)
    assert [schedule for _, schedule in found] == [bool(scheduled)]


def test_tasks_of_django_on_rq_need_their_own_worker_only(tmp_path):
    values = {**RQ, "TASKS": {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}}
    tasks = ("python manage.py rqworker --job-class django_tasks_rq.Job default", False)
    assert processes(tmp_path, {}, values) == [tasks]
    own = {"shop/views.py": "import django_rq\n\ndjango_rq.enqueue(print)\n"}
    assert processes(tmp_path, own, values) == [("python manage.py rqworker default --with-scheduler", False), tasks]


def test_workers_of_two_libraries_get_a_line_each(tmp_path):
    values = {"INSTALLED_APPS": ["django_q"], "Q_CLUSTER": {"orm": "default"}}
    project = Served(tmp_path, CELERY, values, service_values=dict)
    sandbox = SimpleNamespace(target=SimpleNamespace(actions=lambda *given, **more: []))
    [write] = t27_workers.WorkersAndSchedules(None).plan(project, sandbox, Answers({})).actions
    names = {line.partition(":")[0]: line for line in write.after.decode().splitlines()}
    assert "celery" in names["worker"] and "qcluster" in names["worker2"]


@pytest.mark.parametrize(
    ("broker", "provided", "client", "lacks"),
    [
        ("redis://localhost", {"celery"}, "from packaging.version import Version\n", True),
        ("redis://localhost", {"celery", "packaging"}, "from packaging.version import Version\n", False),
        ("redis://localhost", {"celery"}, "import redis\n", False),
        ("amqp://localhost", {"celery"}, "from packaging.version import Version\n", False),
    ],
)
def test_a_package_that_celerys_client_for_redis_lacks_is_found(tmp_path, monkeypatch, broker, provided, client, lacks):
    project = Served(tmp_path, {"packages/kombu/transport/redis.py": client}, {"CELERY_BROKER_URL": broker})
    monkeypatch.setattr(background_processes.packages, "provided", lambda project: provided)
    assert background_processes.lacks_packaging(project) is lacks
