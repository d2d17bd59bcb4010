"""The queues into which a project puts its work, and those from which a worker's command takes it.

A worker of Celery takes work from its default queue only, and one of RQ from the queues that its command names. Work in
any other queue stays there for ever. Source: the documentation of Celery (routing tasks), django-rq and Dramatiq.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from wizard.project.own_modules import imported, modules, name_of
from wizard.project.process_lines import Line
from wizard.project.project import Project

HINT = re.compile(rb"queue|task_routes|CELERY_ROUTES", re.IGNORECASE)
ROUTES = re.compile(r"(?:\w+_)?(?:TASK_ROUTES|CELERY_ROUTES|BEAT_SCHEDULE)|task_routes|beat_schedule")
"""Settings of Celery, whatever their namespace, whose values name queues."""
SENDING = {"task", "shared_task", "apply_async", "send_task", "signature", "subtask", "set", "periodic_task"}
"""Calls of Celery with the argument `queue`."""
OF_RQ = {"get_queue", "enqueue", "job", "get_scheduler"}
"""Calls of django-rq that name a queue first, or as `queue` or `queue_name`."""
WORKERS = {
    "celery": re.compile(r"\bcelery\b.*\bworker\b"),
    "django_rq": re.compile(r"\brqworker\b|\brq\s+worker\b"),
}
"""The commands of workers for which the queues matter."""
DEFAULT = {"celery": "celery", "django_rq": "default", "dramatiq": "default"}
DEFAULT_OF_CELERY = re.compile(r"(?:\w+_)?(?:TASK_DEFAULT_QUEUE|CELERY_DEFAULT_QUEUE)")
OPTION = re.compile(r"(?:^|\s)(?:-Q|--queues?)[= ]\s*([\w.-]+(?:,[\w.-]+)*)((?:\s+(?!-)[\w.-]+)*)")
"""The queues in one word, and the words after them: Dramatiq's worker takes each word for a queue."""
RQ_WORKER = re.compile(r"\b(?:rqworker|rq\s+worker)\b([^;&|]*)")
RQ_FLAGS = {"--burst", "-b", "--with-scheduler", "--verbose", "--quiet", "-q", "--reload"}
"""Options of RQ's worker that take no value."""


def default(project: Project, library: str) -> str:
    """The queue of work that names none."""
    given = [value for name, value in project.values.items() if DEFAULT_OF_CELERY.fullmatch(name) and value]
    return str(given[0]) if library == "celery" and given else DEFAULT.get(library, "")


def used(project: Project, library: str) -> dict[str, str]:
    """The queues that the code and the settings name when they hand over work, each with its file and line."""
    find, found = {"celery": _of_celery, "django_rq": _of_rq}.get(library), dict[str, str]()
    if find is None:
        return found
    for path, tree in modules(project, HINT):
        for node, name in find(tree):
            found.setdefault(name, f"{project.display_path(path)}:{node.lineno}")
    return found


def defined(project: Project) -> set[str]:
    """The queues in Celery's setting `task_queues`, all of which a worker takes work from that names none."""
    calls = (node for _, tree in modules(project, b"Queue(") for node in ast.walk(tree) if isinstance(node, ast.Call))
    given = (
        [*node.args[:1], *(each.value for each in node.keywords if each.arg == "name")]
        for node in calls
        if name_of(node) == "Queue"
    )
    return {name for nodes in given for _, name in _texts(nodes)}


def in_command(library: str, command: str) -> list[str]:
    """The queues that the command of a worker names. Empty if it names none."""
    if library == "django_rq":
        found = RQ_WORKER.search(command)
        return list(_arguments(found[1].split())) if found else []
    found = OPTION.search(command)
    if found is None:
        return []
    return [*found[1].split(","), *(found[2].split() if library == "dramatiq" else ())]


def without_worker(project: Project, library: str, lines: Iterable[Line]) -> dict[str, str]:
    """The queues that the project uses and no command of *lines* takes work from, each with its file and line."""
    unnamed = {default(project, library), *(defined(project) if library == "celery" else ())}
    taken = {name for line in lines for name in in_command(library, line.command) or unnamed}
    return {name: where for name, where in used(project, library).items() if name not in taken}


def _arguments(words: list[str]) -> Iterator[str]:
    """The positional arguments among the *words* of a command of RQ."""
    value = False
    for word in words:
        if word.startswith("-"):
            value = "=" not in word and word not in RQ_FLAGS
        elif value:
            value = False
        else:
            yield word


def _of_celery(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call() if name_of(node) in SENDING:
                yield from _texts(each.value for each in node.keywords if each.arg == "queue")
            case ast.Assign(targets=[target], value=value):
                yield from _routes(name_of(target.value if isinstance(target, ast.Subscript) else target), value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield from _routes(name_of(target), value)
            case ast.keyword(arg=str(name), value=value):
                yield from _routes(name, value)


def _routes(name: str, value: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """The queues in the setting *name*, with a value such as `{"shop.mail.*": {"queue": "mail"}, "shop.*": "slow"}`."""
    if not ROUTES.fullmatch(name):
        return
    if isinstance(value, ast.Dict) and "routes" in name.lower():
        yield from _texts(value.values)
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            named = (each for key, each in zip(node.keys, node.values, strict=True) if _is_queue(key))
            yield from _texts(named)


def _is_queue(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "queue"


def _of_rq(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    if not any(name.partition(".")[0] in {"rq", "django_rq"} for name in imported(tree)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := name_of(node)) in OF_RQ:
            first = node.args[:1] if name != "enqueue" else []
            yield from _texts([*first, *(each.value for each in node.keywords if each.arg in {"queue", "queue_name"})])


def _texts(nodes: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    return ((node, node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
