"""The workers and schedulers that a project needs, and the command of each.

Source: the documentation of Celery, django-rq, rq-scheduler, Huey, Dramatiq, django-q2 and django-tasks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps.shared import packages, schedules
from wizard.base import files
from wizard.project import queue_names
from wizard.project.own_modules import apps_of_packages, modules, name_of
from wizard.project.process_lines import Line
from wizard.project.project import Project
from wizard.project.start_sources import find

CONCURRENCY = 2
"""Processes of a worker. Celery would start one for each processor, of which a platform's machines have dozens."""
GRACEFUL = "{} & worker=$!; trap 'kill -INT $worker' TERM; wait $worker; wait $worker"
"""Huey interrupts its work at SIGTERM, and ends it at SIGINT. The first `wait` ends with the signal."""
BY_COMMAND = {
    "background_task": ("process_tasks", b"repeat="),
    "procrastinate.contrib.django": ("procrastinate worker", b".periodic("),
    "django_dbq": ("worker", b""),
}
"""Other apps with a queue, each with the management command of its worker and what gives it a schedule.

Golive starts the worker, and hands no work of its own to it."""
BROKERS = ("CELERY_BROKER_URL", "BROKER_URL")
OWN_RQ = re.compile(rb"(?m)^\s*(?:from|import)\s+(?:django_)?rq\b")
HUEY, DJANGO_Q = re.compile(r"\brun_huey\b|\bhuey_consumer"), re.compile(r"\bqcluster\b")
"""The commands of their workers."""
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


def command_for(process: Needed, queues: Iterable[str]) -> str:
    """The command of a worker that takes work from *queues* only."""
    if process.library == "django_rq":
        return f"{process.command.partition(' rqworker ')[0]} rqworker {' '.join(queues)} --with-scheduler"
    return f"{process.command.partition(' --queues ')[0]} --queues {','.join(queues)}"


def matching(process: Needed, given: list[Line]) -> list[Line]:
    return [line for line in given if process.pattern.search(line.command)]


def idle_worker(project: Project, given: Iterable[Line]) -> tuple[str, str] | None:
    """A worker of *given* that gets no work, because the site does it in the request: why, and where. Else None."""
    for name, value, library, pattern in _in_the_request(project):
        if line := next((each for each in given if pattern.search(each.command)), None):
            setting = f"{name} is {value} in production" + (f" ({place})" if (place := project.origin(name)) else "")
            showed = f"{setting}, so each request does the work itself, and the {library} of {line.where} gets none"
            return showed, place or line.where
    return None


def _in_the_request(project: Project) -> Iterator[tuple[str, str, str, re.Pattern[str]]]:
    """The settings that let the site do the work of a queue itself: name, value, and the worker that gets none."""
    for name in EAGER:
        if project.value(name) is True:
            yield name, "True", "worker of Celery", queue_names.WORKERS["celery"]
    if _is_synchronous(project.value("RQ_QUEUES") or {}):
        yield "RQ_QUEUES", "not ASYNC", "worker of RQ", queue_names.WORKERS["django_rq"]
    if _is_immediate(project.value("HUEY")):
        yield "HUEY", "immediate", "worker of Huey", HUEY
    if (project.value("Q_CLUSTER") or {}).get("sync"):
        yield "Q_CLUSTER", "sync", "cluster of django-q2", DJANGO_Q


def _is_synchronous(queues: Mapping[str, Any]) -> bool:
    return bool(queues) and all(isinstance(each, Mapping) and each.get("ASYNC") is False for each in queues.values())


def _is_immediate(options: Any) -> bool:
    return isinstance(options, Mapping) and options.get("immediate") is True


# ---- Celery


@dataclass(frozen=True)
class CeleryApp:
    """Where the application of Celery is made.

    Arguments:
        name: its module, as `-A` of the command line takes it.
        folder: the folder from which that module is imported.
        where: its file and line.
    """

    name: str
    folder: Path
    where: str


def celery_app(project: Project) -> CeleryApp | None:
    """The project's application of Celery. None without one."""
    for path, tree in modules(project, b"Celery("):
        folder = _import_folder(project, path)
        for node in ast.walk(tree) if folder else ():
            if folder and isinstance(node, ast.Call) and name_of(node) == "Celery":
                return CeleryApp(_dotted(folder, path), folder, f"{project.display_path(path)}:{node.lineno}")
    return None


def _celery(project: Project) -> Iterator[Needed]:
    app = celery_app(project)
    if app is None or any(project.value(name) is True for name in EAGER):
        return
    nested = _from_start(project, app.folder).as_posix()
    start = f"celery -A {app.name}" if nested == "." else f"celery --workdir {nested} -A {app.name}"
    command = f"exec {start} worker --loglevel INFO --concurrency {CONCURRENCY}{_queues(project)}"
    yield Needed("worker", "celery", command, queue_names.WORKERS["celery"], app.where)
    database = "django_celery_beat" in apps_of_packages(project)
    scheduled = schedules.of_celery(project) or ("django_celery_beat in INSTALLED_APPS" if database else "")
    if scheduled:
        pattern = re.compile(r"\bcelery\b.*(?:\bbeat\b|\bworker\b.*\s(?:-B|--beat)\b)")
        own = project.value("CELERY_BEAT_SCHEDULER") or not database
        option = "" if own else " --scheduler django_celery_beat.schedulers:DatabaseScheduler"
        command = f"exec {start} beat --loglevel INFO{option}"
        yield Needed("beat", "celery", command, pattern, scheduled, schedule=True, runs_work=False)


def _queues(project: Project) -> str:
    """The option with the queues, if a worker without it would leave work in one of them."""
    usual, defined = queue_names.default(project, "celery"), queue_names.defined(project)
    used = queue_names.used(project, "celery").keys()
    if used <= {usual, *defined}:
        return ""
    return f" --queues {','.join([usual, *sorted({*used, *defined} - {usual})])}"


def _dotted(folder: Path, path: Path) -> str:
    """The module at *path* as Celery finds it: `shop` for `shop/celery.py`, which it tries by itself."""
    parts = list(path.relative_to(folder).with_suffix("").parts)
    if parts[-1] in {"__init__", "celery"} and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def lacks_packaging(project: Project) -> bool:
    """Whether Celery's client for Redis imports `packaging`, which celery without its extra `redis` does not bring."""
    if not any("redis" in str(project.value(name)) for name in BROKERS) or "packaging" in packages.provided(project):
        return False
    client = Path(project.interpreter.start()["packages"], "kombu/transport/redis.py")
    return files.is_file(client) and b"from packaging" in (files.read(client) or b"")


def _import_folder(project: Project, path: Path) -> Path | None:
    """The folder from which the module at *path* is imported, such as that of manage.py, or `src`.

    None for a module of another program in the same repository.
    """
    if not path.is_relative_to(project.root):
        return None
    below = (each for each in project.settings.roots if each.is_relative_to(project.root))
    roots = [each for each in below if path.is_relative_to(each) and not files.is_file(each / "__init__.py")]
    return max(roots, key=lambda each: len(each.parts), default=project.root)


# ---- the other libraries


def _manage(project: Project) -> str:
    """`python manage.py`, from the folder in which the platform starts the service."""
    return f"exec python {(_from_start(project, project.root) / 'manage.py').as_posix()}"


def _from_start(project: Project, wanted: Path) -> Path:
    """The folder *wanted*, seen from the one in which the platform starts the service."""
    folder = find(project.root, project.top).folder
    return wanted.relative_to(folder) if wanted.is_relative_to(folder) else Path()


def _tasks_on_rq(project: Project) -> bool:
    """Whether Django's tasks use RQ. Their worker runs nothing else, and a usual worker of RQ can't run them."""
    return any("rq" in str(options.get("BACKEND", "")).lower() for options in (project.value("TASKS") or {}).values())


def _rq(project: Project) -> Iterator[Needed]:
    if "django_rq" not in apps_of_packages(project) or (
        _tasks_on_rq(project) and not any(True for _ in modules(project, OWN_RQ))
    ):
        return
    queues = project.value("RQ_QUEUES") or {}
    if _is_synchronous(queues):
        return
    where = project.origin("RQ_QUEUES") or "django_rq in INSTALLED_APPS"
    names = " ".join(queues) or queue_names.DEFAULT["django_rq"]
    command = f"{_manage(project)} rqworker {names} --with-scheduler"
    yield Needed("worker", "django_rq", command, queue_names.WORKERS["django_rq"], where)
    if place := schedules.of_rq_scheduler(project):
        command, pattern = f"{_manage(project)} rqscheduler", re.compile(r"\brqscheduler\b")
        yield Needed("scheduler", "rq_scheduler", command, pattern, place, schedule=True, runs_work=False)
    cron = schedules.of_rq_cron(project)
    if cron and (folder := _import_folder(project, cron.path)):
        module = ".".join(cron.path.relative_to(folder).with_suffix("").parts)
        command, pattern = f"{_manage(project)} rqcron {module}", re.compile(r"\brqcron\b|\brq\s+cron\b")
        yield Needed("cron", "rq_cron", command, pattern, cron.where, schedule=True, runs_work=False)


def _others(project: Project) -> Iterator[Needed]:
    manage, apps = _manage(project), apps_of_packages(project)
    has_huey = "huey.contrib.djhuey" in apps or "bx_django_utils.huey" in apps
    if has_huey and not _is_immediate(project.value("HUEY")):
        scheduled = bool(schedules.of_huey(project))
        where = project.origin("HUEY") or "huey.contrib.djhuey in INSTALLED_APPS"
        command = GRACEFUL.format(f"{manage.removeprefix('exec ')} run_huey")
        yield Needed("worker", "huey", command, HUEY, where, schedule=scheduled)
    if "django_q" in apps and not (project.value("Q_CLUSTER") or {}).get("sync"):
        where = project.origin("Q_CLUSTER") or "django_q in INSTALLED_APPS"
        scheduled = bool(schedules.of_django_q(project))
        yield Needed("worker", "django_q", f"{manage} qcluster", DJANGO_Q, where, schedule=scheduled)
    if "django_dramatiq" in apps:
        command = f"{manage} rundramatiq --processes 1 --threads 4"
        pattern = re.compile(r"\brundramatiq\b|\bdramatiq\s")
        where = project.origin("DRAMATIQ_BROKER") or "django_dramatiq in INSTALLED_APPS"
        yield Needed("worker", "dramatiq", command, pattern, where)


def _by_command(project: Project) -> Iterator[Needed]:
    apps = apps_of_packages(project)
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
            if isinstance(node, ast.Call) and name_of(node) in names:
                return path, node.lineno
    return None, 0


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
