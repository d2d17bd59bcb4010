"""The workers and schedulers that a project needs, and the command of each.

Source: the documentation of Celery, django-rq, rq-scheduler, Huey, Dramatiq, django-q2 and django-tasks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from steps.shared.own_modules import modules
from wizard.project.process_lines import Line
from wizard.project.project import Project
from wizard.project.start_sources import find

CONCURRENCY = 2
"""Processes of a worker. Celery would start one for each processor, of which a platform's machines have dozens."""
GRACEFUL = "{} & worker=$!; trap 'kill -INT $worker' TERM; wait $worker; wait $worker"
"""Huey interrupts its work at SIGTERM, and ends it at SIGINT. The first `wait` ends with the signal."""
QUEUES = re.compile(r"(?:^|\s)(?:-Q|--queues?)[= ]\s*([\w.-]+)")
BY_COMMAND = {
    "background_task": ("process_tasks", b"repeat="),
    "procrastinate.contrib.django": ("procrastinate worker", b".periodic("),
    "django_dbq": ("worker", b""),
}
"""Other apps with a queue, each with the management command of its worker and what gives it a schedule.

Golive starts the worker, and hands no work of its own to it."""
EAGER = ("CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER")


@dataclass(frozen=True)
class Needed:
    """A process that the project needs beside its web process.

    Arguments:
        name: its usual process type.
        library: as `celery`.
        command: the command that Golive would write.
        pattern: matches a command that runs it.
        where: what in the project needs it.
        schedule: whether it is what runs the schedule.
        runs_work: whether it is a worker.
    """

    name: str
    library: str
    command: str
    pattern: re.Pattern[str]
    where: str
    schedule: bool = False
    runs_work: bool = True


def needed(project: Project) -> list[Needed]:
    """Return the workers and schedulers that the project's code and settings ask for."""
    return [*_celery(project), *_rq(project), *_others(project), *_by_command(project), *_django_tasks(project)]


def matching(process: Needed, given: list[Line]) -> list[Line]:
    return [line for line in given if process.pattern.search(line.command)]


def queue_of(command: str) -> str:
    """The first queue that a worker's command names. Empty without one."""
    found = QUEUES.search(command)
    return found[1] if found else ""


# ---- Celery


@dataclass(frozen=True)
class CeleryApp:
    """Where the application of Celery is made.

    Arguments:
        name: its module, as `-A` of the command line takes it.
        scheduled: the file and line that give it a schedule. Empty without one.
    """

    name: str
    path: Path
    line: int
    scheduled: str


def celery_app(project: Project) -> CeleryApp | None:
    """The project's application of Celery. None without one."""
    found, scheduled = None, ""
    for path, tree in modules(project, b"elery"):
        for node in ast.walk(tree):
            where = f"{project.display_path(path)}:{getattr(node, 'lineno', 1)}"
            if isinstance(node, ast.Call) and _called(node) == "Celery" and found is None:
                found = (path, node.lineno)
            elif isinstance(node, ast.Attribute) and node.attr in {"beat_schedule", "add_periodic_task"}:
                scheduled = scheduled or where
    if found is None:
        return None
    return CeleryApp(_dotted(project, found[0]), *found, scheduled or _scheduled_by_settings(project))


def _celery(project: Project) -> Iterator[Needed]:
    app = celery_app(project)
    if app is None or any(project.value(name) is True for name in EAGER):
        return
    where = f"{project.display_path(app.path)}:{app.line}"
    nested = _nested(project).as_posix()
    start = f"celery -A {app.name}" if nested == "." else f"celery --workdir {nested} -A {app.name}"
    command = f"exec {start} worker --loglevel INFO --concurrency {CONCURRENCY}"
    yield Needed("worker", "celery", command, re.compile(r"\bcelery\b.*\bworker\b"), where)
    if app.scheduled:
        pattern = re.compile(r"\bcelery\b.*(?:\bbeat\b|\bworker\b.*\s(?:-B|--beat)\b)")
        database = "django_celery_beat" in (project.value("INSTALLED_APPS") or [])
        own = project.value("CELERY_BEAT_SCHEDULER") or not database
        option = "" if own else " --scheduler django_celery_beat.schedulers:DatabaseScheduler"
        command = f"exec {start} beat --loglevel INFO{option}"
        yield Needed("beat", "celery", command, pattern, app.scheduled, schedule=True, runs_work=False)


def _scheduled_by_settings(project: Project) -> str:
    """The setting or the app that gives Celery a schedule."""
    for name in ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "beat_schedule"):
        if project.value(name):
            return project.origin(name) or name
    return "django_celery_beat in INSTALLED_APPS" if "django_celery_beat" in _apps(project) else ""


def _dotted(project: Project, path: Path) -> str:
    """The module at *path* as Celery finds it: `shop` for `shop/celery.py`, which it tries by itself."""
    parts = list(path.relative_to(project.root).with_suffix("").parts)
    if parts[-1] in {"__init__", "celery"} and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


# ---- the other libraries


def _apps(project: Project) -> list[str]:
    return [str(name).split(".apps.")[0] for name in project.value("INSTALLED_APPS") or []]


def _manage(project: Project) -> str:
    """`python manage.py`, from the folder in which the platform starts the service."""
    return f"exec python {(_nested(project) / 'manage.py').as_posix()}"


def _nested(project: Project) -> Path:
    """The folder of manage.py, seen from the one in which the platform starts the service."""
    folder = find(project.root, project.top).folder
    return project.root.relative_to(folder) if project.root.is_relative_to(folder) else Path()


def _rq(project: Project) -> Iterator[Needed]:
    if "django_rq" not in _apps(project):
        return
    queues = project.value("RQ_QUEUES") or {}
    if queues and all(isinstance(each, Mapping) and each.get("ASYNC") is False for each in queues.values()):
        return
    where = project.origin("RQ_QUEUES") or "django_rq in INSTALLED_APPS"
    names = " ".join(queues) or "default"
    scheduled = next((project.display_path(path) for path, _ in modules(project, b"rq_scheduler")), "")
    command = f"{_manage(project)} rqworker {names} --with-scheduler"
    yield Needed("worker", "django_rq", command, re.compile(r"\brqworker\b|\brq\s+worker\b"), where)
    if scheduled or any(True for _ in modules(project, b"get_scheduler(")):
        pattern = re.compile(r"\brqscheduler\b")
        place = scheduled or "get_scheduler()"
        yield Needed("scheduler", "django_rq", f"{_manage(project)} rqscheduler", pattern, place, True, False)


def _others(project: Project) -> Iterator[Needed]:
    manage, apps = _manage(project), _apps(project)
    if "huey.contrib.djhuey" in apps or "bx_django_utils.huey" in apps:
        options = project.value("HUEY")
        if not (isinstance(options, Mapping) and options.get("immediate") is True):
            scheduled = any(True for _ in modules(project, b"periodic_task("))
            where = project.origin("HUEY") or "huey.contrib.djhuey in INSTALLED_APPS"
            pattern = re.compile(r"\brun_huey\b|\bhuey_consumer")
            command = GRACEFUL.format(f"{manage.removeprefix('exec ')} run_huey")
            yield Needed("worker", "huey", command, pattern, where, schedule=scheduled)
    if "django_q" in apps and not (project.value("Q_CLUSTER") or {}).get("sync"):
        where = project.origin("Q_CLUSTER") or "django_q in INSTALLED_APPS"
        scheduled = any(True for _ in modules(project, b"schedule("))
        yield Needed("worker", "django_q", f"{manage} qcluster", re.compile(r"\bqcluster\b"), where, schedule=scheduled)
    if "django_dramatiq" in apps:
        command = f"{manage} rundramatiq --processes 1 --threads 4"
        pattern = re.compile(r"\brundramatiq\b|\bdramatiq\s")
        where = project.origin("DRAMATIQ_BROKER") or "django_dramatiq in INSTALLED_APPS"
        yield Needed("worker", "dramatiq", command, pattern, where)


def _by_command(project: Project) -> Iterator[Needed]:
    apps = _apps(project)
    for library, (name, schedule) in BY_COMMAND.items():
        if library in apps:
            scheduled = bool(schedule) and any(True for _ in modules(project, schedule))
            pattern = re.compile(rf"manage\.py {name}\b")
            where = f"{library} in INSTALLED_APPS"
            yield Needed("worker", library, f"{_manage(project)} {name}", pattern, where, schedule=scheduled)
    path, line = _call_of(project, "BlockingScheduler")
    if path and path.parent.name == "commands":
        pattern, where = re.compile(rf"manage\.py {path.stem}\b"), f"{project.display_path(path)}:{line}"
        yield Needed("scheduler", "apscheduler", f"{_manage(project)} {path.stem}", pattern, where, True, False)


def site_scheduler(project: Project) -> str:
    """The file and line that start a scheduler in threads of the site, so once in each of its processes."""
    path, line = _call_of(project, "BackgroundScheduler", "AsyncIOScheduler")
    return f"{project.display_path(path)}:{line}" if path else ""


def _call_of(project: Project, *names: str) -> tuple[Path | None, int]:
    """The file and line of the first call of one of APScheduler's classes."""
    for path, tree in modules(project, b"apscheduler"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in names:
                return path, node.lineno
    return None, 0


def cron_jobs(project: Project) -> str:
    """The schedule that asks for a cron daemon, which a container does not have. Empty without one."""
    apps = _apps(project)
    for app, setting in (("django_crontab", "CRONJOBS"), ("django_cron", "CRON_CLASSES")):
        if app in apps and project.value(setting):
            return f"{setting}{project.set_by(setting)}"
    return ""


def _django_tasks(project: Project) -> Iterator[Needed]:
    """The worker of Django's own tasks. Its two built-in backends need none."""
    for options in (project.value("TASKS") or {}).values():
        backend = str(options.get("BACKEND", ""))
        where = project.origin("TASKS") or "TASKS"
        if "rq" in backend.lower():
            command = f"{_manage(project)} rqworker --job-class {backend.rpartition('.')[0]}.Job default"
            yield Needed("worker", "django_tasks", command, re.compile(r"\brqworker\b"), where)
        elif "database" in backend.lower():
            yield Needed("worker", "django_tasks", f"{_manage(project)} db_worker", re.compile(r"\bdb_worker\b"), where)
