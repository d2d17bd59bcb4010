"""The workers and schedulers that a project needs are found in its code and settings, each with its command."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from steps import t27_workers
from steps.shared import background_processes, redis_literals
from steps.shared.background_evidence import Workers
from steps.t27_workers import WorkersAndSchedules
from tests.steps.deployed import by_item, make_sandbox
from tests.steps.fakes import FakeProject
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import UNDECIDED, Status
from wizard.plan.draft import Draft
from wizard.project import process_lines, procfile, queue_names

APP = 'from celery import Celery\n\napp = Celery("shop")\n'
WEB = "web: exec gunicorn shop.wsgi\n"


def project(folder, files, text="", **values):
    paths = [folder / "settings.py"]
    for name, content in {"requirements.txt": "django\nredis\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        paths.append(path)
    copy = SimpleNamespace(files=lambda: paths, known=lambda: paths, at=lambda path: path, back=lambda path: path)
    return FakeProject(
        folder, "import os\n" + text, values, copy=copy, service_values=dict, display_path=lambda path: path.name,
        origin=lambda name: "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("files", "values", "commands"),
    [
        pytest.param({"shop/celery.py": APP}, {},
                     ["exec celery -A shop worker --loglevel INFO --concurrency 2"], id="celery"),
        pytest.param({"shop/tasks/app.py": APP}, {"CELERY_BEAT_SCHEDULE": {"a": {}}},
                     ["exec celery -A shop.tasks.app worker --loglevel INFO --concurrency 2",
                      "exec celery -A shop.tasks.app beat --loglevel INFO"], id="celery, scheduled"),
        pytest.param({"shop/celery.py": APP}, {"INSTALLED_APPS": ["django_celery_beat"]},
                     ["exec celery -A shop worker --loglevel INFO --concurrency 2",
                      "exec celery -A shop beat --loglevel INFO --scheduler "
                      "django_celery_beat.schedulers:DatabaseScheduler"], id="a schedule in the database"),
        pytest.param({"shop/celery.py": APP + '@app.task(queue="mail")\ndef send():\n    pass\n'}, {},
                     ["exec celery -A shop worker --loglevel INFO --concurrency 2 --queues celery,mail"],
                     id="celery, with another queue"),
        pytest.param({"shop/celery.py": APP}, {"CELERY_TASK_ALWAYS_EAGER": True}, [], id="eager"),
        pytest.param({}, {"INSTALLED_APPS": ["django_rq"], "RQ_QUEUES": {"high": {}, "default": {}}},
                     ["exec python manage.py rqworker high default --with-scheduler"], id="rq"),
        pytest.param({}, {"INSTALLED_APPS": ["django_rq"], "RQ_QUEUES": {"default": {"ASYNC": False}}}, [],
                     id="rq, not async"),
        pytest.param({}, {"INSTALLED_APPS": ["django_q"]}, ["exec python manage.py qcluster"], id="django-q2"),
        pytest.param({}, {"INSTALLED_APPS": ["background_task"]}, ["exec python manage.py process_tasks"],
                     id="django-background-tasks"),
        pytest.param({"shop/management/commands/clock.py":
                      "from apscheduler.schedulers.blocking import BlockingScheduler\nBlockingScheduler().start()\n"},
                     {}, ["exec python manage.py clock"], id="a command with a scheduler"),
        pytest.param({}, {"INSTALLED_APPS": ["procrastinate.contrib.django"]},
                     ["exec python manage.py procrastinate worker"], id="procrastinate"),
        pytest.param({}, {"INSTALLED_APPS": ["django_q"], "Q_CLUSTER": {"sync": True}}, [], id="django-q2, in place"),
        pytest.param({}, {"TASKS": {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}}, [],
                     id="Django's tasks at once"),
        pytest.param({}, {"TASKS": {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}},
                     ["exec python manage.py rqworker --job-class django_tasks_rq.Job default"], id="tasks by rq"),
        pytest.param({"shop/views.py": "def index(request):\n    pass\n"}, {}, [], id="none"),
    ],
)  # fmt: skip
def test_each_library_has_its_command(tmp_path, files, values, commands):
    assert [each.command for each in background_processes.needed(project(tmp_path, files, **values))] == commands


@pytest.mark.parametrize(
    ("command", "values", "says"),
    [
        ("celery -A shop worker", {"CELERY_TASK_ALWAYS_EAGER": True}, "CELERY_TASK_ALWAYS_EAGER is True in production"),
        ("python manage.py rqworker", {"RQ_QUEUES": {"default": {"ASYNC": False}}}, "RQ_QUEUES is not ASYNC"),
        ("python manage.py run_huey", {"HUEY": {"immediate": True}}, "HUEY is immediate"),
        ("python manage.py qcluster", {"Q_CLUSTER": {"sync": True}}, "Q_CLUSTER is sync"),
    ],
)
def test_a_worker_that_gets_no_work_is_named(tmp_path, command, values, says):
    files = {"shop/celery.py": APP, "Procfile": f"{WEB}work: exec {command}\n"}
    given = project(tmp_path, files, **values)
    judged = t27_workers._processes(given, make_sandbox(), None, background_processes.needed(given))
    found = {each.item: each for each in judged}
    assert found["27.3"].status is Status.FAILED and says in found["27.3"].showed
    assert found["27.3"].showed.endswith("of Procfile:2 gets none") and found["27.3"].where == "Procfile:2"
    assert {found[item].status for item in ("27.1", "27.4", "27.5")} == {Status.OPEN}


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("celery -A shop worker", {}),
        ("python manage.py send_mail", {"CELERY_TASK_ALWAYS_EAGER": True}),
        ("python manage.py rqworker", {"RQ_QUEUES": {"default": {"ASYNC": False}, "high": {}}}),
    ],
)
def test_a_worker_of_a_queue_that_gets_work_is_not_idle(tmp_path, command, values):
    given = project(tmp_path, {"shop/celery.py": APP, "Procfile": f"{WEB}work: exec {command}\n"}, **values)
    assert background_processes.idle_worker(given, process_lines.lines(given)) is None


def test_work_that_golive_does_not_hand_over_is_not_judged(tmp_path):
    needed = background_processes.needed(project(tmp_path, {}, INSTALLED_APPS=["background_task"]))
    line = process_lines.Line("worker", needed[0].command, "Procfile:2")
    workers = Workers(None, None, needed, [line])
    evidence = [*workers.work(), *workers.stop()]
    assert [(each.item, each.kind) for each in evidence] == [("27.3", UNDECIDED), ("27.5", UNDECIDED)]


ROUTED = """
CELERY_TASK_ROUTES = {"shop.mail.*": {"queue": "mail"}, "shop.slow.*": "slow", "shop.tasks.*": {"routing_key": "x"}}
"""
SCHEDULED = """
app.conf.beat_schedule["report"] = {"task": "shop.report", "schedule": 60, "options": {"queue": "reports"}}
send.apply_async(args=[1], queue="mail")
other.put(queue="no queue of Celery's")
"""
FOR_RQ = """
import django_rq
from django_rq import job

@job("high", timeout=60)
def count():
    django_rq.get_queue("mail").enqueue(count)
"""


@pytest.mark.parametrize(
    ("library", "text", "used"),
    [
        ("celery", ROUTED, {"mail", "slow"}),
        ("celery", SCHEDULED, {"reports", "mail"}),
        ("celery", "app.conf.update(task_routes=[('shop.*', {'queue': 'all'})])", {"all"}),
        ("django_rq", FOR_RQ, {"high", "mail"}),
        ("django_rq", FOR_RQ.replace("django_rq", "another"), set()),
        ("huey", ROUTED, set()),
    ],
)
def test_the_queues_of_a_project_are_found(tmp_path, library, text, used):
    assert set(queue_names.used(project(tmp_path, {"shop/code.py": text}), library)) == used


@pytest.mark.parametrize(
    ("library", "command", "named"),
    [
        ("celery", "celery -A shop worker -Q mail,slow -l info", ["mail", "slow"]),
        ("celery", "celery -A shop worker --queues=mail", ["mail"]),
        ("celery", "celery -A shop worker", []),
        ("celery", "celery -A shop -Q mail worker", ["mail"]),
        ("django_rq", "python manage.py rqworker high -v 2 default --with-scheduler && echo done", ["high", "default"]),
        ("django_rq", "rq worker --url redis://host high", ["high"]),
        ("dramatiq", "python manage.py rundramatiq --queues mail slow --processes 1", ["mail", "slow"]),
    ],
)
def test_the_queues_that_a_command_names_are_found(library, command, named):
    assert queue_names.in_command(library, command) == named


def test_a_queue_without_a_worker_gets_one(tmp_path):
    line = "worker: celery -A shop worker --queues celery,slow\n"
    made = project(tmp_path, {"shop/celery.py": APP + ROUTED, "Procfile": WEB + line})
    [change] = WorkersAndSchedules(None).plan(made, _sandbox(), Answers({})).actions
    added = "worker2: exec celery -A shop worker --loglevel INFO --concurrency 2 --queues mail\n"
    assert change.after.decode() == WEB + line + added


def test_work_for_a_queue_without_a_worker_is_not_ticked(tmp_path):
    line = process_lines.Line("worker", "celery -A shop worker", "Procfile:2")
    made = project(tmp_path, {"shop/celery.py": APP + 'send.apply_async(queue="mail")\n'})
    needed, events = background_processes.needed(made), [
        {"event": "ready", "names": ["shop.send"], "queues": ["celery"]},
        {"event": "known", "names": ["shop.send"], "queues": {"shop.send": "slow"}},
    ]  # fmt: skip
    sandbox = make_sandbox()
    sandbox.project = made
    workers = Workers(sandbox, None, needed, [line])
    assert list(workers._left(events)) == [("slow", "shop.send", ""), ("mail", "celery.py:4", "celery.py:4")]
    line = process_lines.Line("worker", "celery -A shop worker -Q celery,mail", "Procfile:2")
    workers = Workers(sandbox, None, needed, [line])
    assert list(workers._left([{**events[0], "queues": ["celery", "slow"]}, events[1]])) == []


def test_a_scheduler_in_the_site_itself_runs_too_often(tmp_path):
    text = "from apscheduler.schedulers.background import BackgroundScheduler\n\nBackgroundScheduler().start()\n"
    given = project(tmp_path, {"shop/apps.py": text})
    found = by_item(t27_workers._processes(given, _sandbox(), None, background_processes.needed(given)))
    assert found["27.1"] == ("not-applicable", "the project has no queue")
    assert found["27.4"][0] == "open"
    assert found["27.4"][1].startswith("apps.py:3 starts a scheduler in each process of the site")


def redis_evidence(given):
    target = {"redis_hosts": lambda: {"127.0.0.1"}, "redis_description": lambda: "Redis"}
    [found] = t27_workers._redis(given, make_sandbox(**target), None)
    return found.status.value, found.showed, found.where


def test_a_client_of_redis_on_this_machine_fails_wherever_it_is(tmp_path):
    text = 'import redis\n\nr = redis.Redis(host="127.0.0.1", db=1)\n'
    status, showed, where = redis_evidence(project(tmp_path, {"shop/signals.py": text}))
    assert (status, showed, where) == ("failed", "the code connects to this machine", "signals.py:3")


def test_settings_that_have_no_place_for_the_password_fail(tmp_path, monkeypatch):
    monkeypatch.setattr(t27_workers.background_work, "redis_settings", lambda given: ["CHANNEL_LAYERS"])
    monkeypatch.setattr(t27_workers.background_work, "unmet_needs", lambda *given: [])
    text = 'H, P = os.environ["REDIS_HOST"], os.environ["REDIS_PORT"]\n'
    status, showed, _ = redis_evidence(project(tmp_path, {}, text))
    assert status == "failed" and "no password" in showed


def test_a_schedule_without_a_queue_needs_no_worker():
    needed = [background_processes.Needed("scheduler", "apscheduler", "", re.compile("x"), "", True, False)]
    workers = Workers(None, None, needed, [])
    evidence = [*workers.work(), *workers.stop()]
    assert {each.status for each in evidence} == {"not-applicable"}


def test_lines_of_the_procfile_are_kept_and_missing_ones_are_added(tmp_path):
    given = project(
        tmp_path,
        {
            "shop/celery.py": APP + 'app.conf.beat_schedule = {"a": {"task": "shop.a", "schedule": 60}}\n',
            "Procfile": WEB + "worker: celery -A shop worker -c 1\n",
        },
    )
    plan = WorkersAndSchedules(None).plan(given, _sandbox(), Answers({}))
    [action] = plan.actions
    assert (
        action.after.decode()
        == WEB + "worker: celery -A shop worker -c 1\nbeat: exec celery -A shop beat --loglevel INFO\n"
    )
    action.path.write_bytes(action.after)
    assert WorkersAndSchedules(None).plan(given, _sandbox(), Answers({})).actions == ()


def test_a_project_in_a_folder_of_its_own_names_it(tmp_path):
    (tmp_path / "app").mkdir()
    given = project(tmp_path, {"app/shop/celery.py": APP})
    given.root = tmp_path / "app"
    given.value = {"INSTALLED_APPS": ["django_q"]}.get
    assert [each.command for each in background_processes.needed(given)] == [
        "exec celery --workdir app -A shop worker --loglevel INFO --concurrency 2",
        "exec python app/manage.py qcluster",
    ]  # fmt: skip


def test_a_line_of_another_purpose_keeps_its_name(tmp_path):
    given = project(tmp_path, {"shop/celery.py": APP, "Procfile": WEB + "worker: node worker.js\n"})
    [action] = WorkersAndSchedules(None).plan(given, _sandbox(), Answers({})).actions
    assert [line.split(":")[0] for line in action.after.decode().splitlines()] == ["web", "worker", "worker2"]


def _sandbox():
    return make_sandbox(actions=lambda stage, changed=False: [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A = "redis://localhost:6379/0"\nB = "redis://127.0.0.1:6379/1"\n',
         'A = os.environ.get("REDIS_URL", "redis://localhost:6379/0")\n'
         'B = os.environ.get("REDIS_URL_1", "redis://127.0.0.1:6379/1")\n'),
        ('A = os.environ.get("REDIS_URL", "redis://localhost:6379/1")\nB = {"x": ["redis://redis:6379/0"]}\n',
         'A = os.environ.get("REDIS_URL", "redis://localhost:6379/1")\n'
         'B = {"x": [os.environ.get("REDIS_URL_0", "redis://redis:6379/0")]}\n'),
        ('A = os.getenv("BROKER_URL", "redis://localhost:6379")\nB = "redis://localhost:6379"\n',
         'A = os.getenv("BROKER_URL", "redis://localhost:6379")\n'
         'B = os.environ.get("BROKER_URL", "redis://localhost:6379")\n'),
        ('RQ_QUEUES = {"default": {"HOST": "localhost", "PORT": 6379, "DB": 0}}\n',
         'RQ_QUEUES = {"default": {"HOST": os.environ.get("REDIS_HOST", "localhost"), '
         '"PASSWORD": os.environ.get("REDIS_PASSWORD") or None, '
         '"PORT": int(os.environ.get("REDIS_PORT", "6379")), "DB": 0}}\n'),
        ('D = {"HOST": "localhost", "PORT": 5432}\n', 'D = {"HOST": "localhost", "PORT": 5432}\n'),
        ('CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": [("127.0.0.1", 6379)]}}}\n',
         'CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": '
         '[os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")]}}}\n'),
        ('H, P = "h", 1\nCHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": [(H, P)]}}}\n',
         'H, P = "h", 1\nCHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": '
         '[os.environ.get("REDIS_URL") or (H, P)]}}}\n'),
        ('R = Redis(host="127.0.0.1", port=6379, db=1)\nS = Redis(db=2)\nT = Redis(host=H)\n',
         'R = Redis(host=os.environ.get("REDIS_HOST", "127.0.0.1"), '
         'password=os.environ.get("REDIS_PASSWORD") or None, port=int(os.environ.get("REDIS_PORT", "6379")), db=1)\n'
         'S = Redis(\n    db=2,\n    host=os.environ.get("REDIS_HOST", "localhost"),\n'
         '    password=os.environ.get("REDIS_PASSWORD") or None,\n'
         '    port=int(os.environ.get("REDIS_PORT", "6379")),\n)\n'
         'T = Redis(host=H)\n'),
        ('A = "redis://cache.example.com:6379/0"\n', 'A = "redis://cache.example.com:6379/0"\n'),
        ('HOST = "h"\nA = f"redis://localhost:6379/{HOST}"\n', 'HOST = "h"\nA = f"redis://localhost:6379/{HOST}"\n'),
    ],
)  # fmt: skip
def test_local_addresses_are_read_from_variables_and_stay_the_default(tmp_path, text, expected):
    given, draft = project(tmp_path, {}, text), Draft()
    redis_literals.read_from_environment(given, draft)
    after = [action.after.decode() for action in draft.actions()] or [given.settings.main.read_text()]
    assert after == ["import os\n" + expected]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "beat: exec b\n"),
        (WEB, f"{WEB}beat: exec b\n"),
        ("web: a\r\n", "web: a\r\nbeat: exec b\r\n"),
        ("beat: old # now and then\nweb: a\n", "beat: exec b # now and then\nweb: a\n"),
        ("Beat: old\n", "beat: exec b\n"),
    ],
)
def test_a_process_is_written_into_the_procfile(before, after):
    content = before.encode() if before else None
    assert procfile.with_command(content, "exec b", "beat") == after.encode()


def test_lines_name_their_place_and_whether_they_run_a_schedule(tmp_path):
    text = f"{WEB}release: python manage.py migrate\nworker: celery -A shop worker\nclock: celery -A shop beat\n"
    found = process_lines.lines(project(tmp_path, {"Procfile": text}))
    assert [(line.name, line.where, line.is_scheduler) for line in found] == [
        ("worker", "Procfile:3", False), ("clock", "Procfile:4", True),
    ]  # fmt: skip
