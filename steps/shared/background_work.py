"""Work that views hand to a queue, and caches on Redis: both need a server that a deployment does not bring.

Source: the documentation of Celery, django-rq, huey, dramatiq, django-q and Channels.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wizard.project import redis_variables
from wizard.project.own_modules import NOT_OURS, imported, modules, name_of
from wizard.project.project import Project
from wizard.targets.background import BackgroundTarget
from wizard.targets.base import Target

LIBRARIES = ("celery", "django_rq", "rq", "huey", "dramatiq", "django_q")
HINT = re.compile(
    rb"\.delay\(|\.apply_async\(|\.send_task\(|enqueue|async_task\(|huey|dramatiq|\.send\("
    rb"|(?:import|from) (?:" + "|".join(LIBRARIES).encode() + rb")"
)
"""What a module contains that may use a queue."""
DEFERRING = {
    "celery": {"delay", "apply_async", "send_task"},
    "django_rq": {"enqueue", "delay"},
    "rq": {"enqueue", "delay"},
    "dramatiq": {"send", "send_with_options"},
    "django_q": {"async_task"},
}
"""The calls that hand work to the queue of each library."""
TASKS = {"task", "db_task", "actor", "shared_task", "job"}
"""Decorators of the functions that a worker runs."""
NOT_VIEWS = NOT_OURS | {"management"}
REDIS = re.compile(
    r"^(rediss?|valkeys?)://|^redis\b|\.redis\.|RedisCache|RedisChannelLayer|ValkeyCache|RedisHuey", re.IGNORECASE
)
"""Values of settings that need a Redis server: an address, or a class that asks one."""
WITHOUT_SERVER = {"memory", "filesystem", "django", "sqla", "sqla+sqlite"}


@dataclass(frozen=True)
class Need:
    """Something that needs a server of its own.

    Arguments:
        where: file and line of the code that uses it.
        what: what that code does.
        server: the setting with its server's address, and that address without its password.
        worker: whether a worker process is needed too.
        path: the file of the code. None for a setting.
    """

    where: str
    what: str
    server: str
    worker: bool
    path: Path | None = None


@dataclass(frozen=True)
class Served:
    """What a target gives to the site: the *values* of the settings there, and the *hosts* of its own servers."""

    project: Project
    values: Mapping[str, Any] | None = None
    hosts: frozenset[str] = frozenset()

    def value(self, name: str) -> Any:
        return self.project.value(name) if self.values is None else self.values.get(name)

    @classmethod
    def by(cls, project: Project, target: BackgroundTarget | None) -> Served:
        hosts = frozenset(target.redis_hosts()) if target else frozenset()
        if not hosts or not isinstance(target, Target):
            return cls(project)
        [answer] = project.settings_under(target.environment(), leave=True)
        return cls(project, answer.get("settings"), hosts)


def unmet_needs(project: Project, target: BackgroundTarget | None = None) -> list[Need]:
    """The queues and caches whose server is on the machine that the site runs on, where production has none."""
    served = Served.by(project, target)
    return [*_queues(served), *_stores(served)]


def explanation(project: Project, target: BackgroundTarget | None = None) -> str:
    """What is missing, and where it is used. Empty if nothing is missing."""
    needs = unmet_needs(project, target)
    if not needs:
        return ""
    first = needs[0]
    missing = "Redis and a worker" if first.worker else "Redis"
    if first.worker and "amqp" in first.server:
        missing = "a message broker and a worker"
    more = f" and {len(needs) - 1} more" if len(needs) > 1 else ""
    return f"needs {missing}: {first.where} {first.what}{more}, and {first.server}"


def open_reason(project: Project, failing: list[str], target: BackgroundTarget | None = None) -> str:
    """What the site needs before all its pages can work, unless one of the *failing* paths has another cause."""
    needs = unmet_needs(project, target)
    shared = any(need.path is None for need in needs)
    paths = {need.path for need in needs}
    own = {url.path for url in project.urls if url.file and project.root / url.file in paths}
    return explanation(project, target) if needs and (shared or set(failing) <= own) else ""


def remarks(project: Project) -> Iterator[str]:
    """What to do about the missing servers."""
    if text := explanation(project):
        yield (
            f"The site {text}. The web process does not run them: add them as services of their own, and set the "
            "address as a variable."
        )


def place_of(project: Project, name: str) -> str:
    """File and line of the assignment to a setting. Empty if it can't be found."""
    if origin := project.origin(name):
        return origin
    found = project.settings.definition(name)
    return f"{project.display_path(found.source.path)}:{found.value.lineno}" if found else ""


# ---- queues


def remote_broker(project: Project, target: BackgroundTarget) -> str:
    """The broker of another kind than Redis, on another machine, as `CELERY_BROKER_URL is amqps://mq.example.com`."""
    served = Served.by(project, target)
    options = served.value("DRAMATIQ_BROKER")
    urls = {name: served.value(name) for name in ("CELERY_BROKER_URL", "BROKER_URL")}
    urls["DRAMATIQ_BROKER"] = (options.get("OPTIONS") or {}).get("url") if isinstance(options, Mapping) else ""
    for name, url in urls.items():
        if isinstance(url, str) and url.partition("://")[0] not in {"", "redis", "rediss", "valkey", *WITHOUT_SERVER}:
            found = urlsplit(url)
            if found.hostname not in {None, "localhost", "127.0.0.1"}:
                return f"{name} is {found.scheme}://{found.hostname}"
    return ""


def hands_over(project: Project) -> bool:
    """Whether the project's code hands work to a queue."""
    return any(True for _ in _calls(project))


def _queues(served: Served) -> Iterator[Need]:
    libraries = _libraries(tree for _, tree in _sources(served.project))
    if server := _broker(served, libraries):
        for path, line, what in _calls(served.project):
            yield Need(f"{served.project.display_path(path)}:{line}", f"calls {what}", server, True, path)


def _calls(project: Project) -> Iterator[tuple[Path, int, str]]:
    """The calls that hand work to a queue: the file, the line, and the call as `mail.delay()`."""
    sources = list(_sources(project))
    libraries = _libraries(tree for _, tree in sources)
    tasks = {name for _, tree in sources for name in _task_names(tree)}
    for path, tree in sources:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (what := _deferred(node, libraries, tasks, tree)):
                yield path, node.lineno, what


def _sources(project: Project) -> Iterator[tuple[Path, ast.Module]]:
    """The project's own modules that may use a queue."""
    return modules(project, HINT, without=NOT_VIEWS)


def _libraries(trees: Iterable[ast.Module]) -> set[str]:
    return {name.partition(".")[0] for tree in trees for name in imported(tree)} & set(LIBRARIES)


def _task_names(tree: ast.Module) -> Iterator[str]:
    """Functions that a worker runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and TASKS & set(map(name_of, node.decorator_list)):
            yield node.name


def _deferred(node: ast.Call, libraries: set[str], tasks: set[str], tree: ast.Module) -> str:
    """How *node* hands work to a queue, as `send_mail.delay()`. Empty if it does not."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value.attr if isinstance(function.value, ast.Attribute) else getattr(function.value, "id", "")
        allowed = {name for library in libraries for name in DEFERRING.get(library, ())}
        sends = function.attr in {"send", "send_with_options"}
        if function.attr in allowed and (owner in tasks if sends else True):
            return f"{owner}.{function.attr}()" if owner else f".{function.attr}()"
        return ""
    name = getattr(function, "id", "")
    if name == "async_task" and "django_q" in libraries:
        return "async_task()"
    if name == "enqueue" and libraries & {"django_rq", "rq"}:
        return "enqueue()"
    own = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    return f"{name}()" if "huey" in libraries and name in tasks and name not in own else ""


def _broker(served: Served, libraries: set[str]) -> str:
    """The setting with the queue's server, if that server is not one that production has. Else empty."""
    if "celery" in libraries:
        if served.value("CELERY_TASK_ALWAYS_EAGER") is True or served.value("CELERY_ALWAYS_EAGER") is True:
            return ""
        for name in ("CELERY_BROKER_URL", "BROKER_URL", "CELERY_BROKER"):
            if isinstance(url := served.value(name), str) and url:
                return _unmet(served, name, url)
        return "no CELERY_BROKER_URL is set, so that Celery uses amqp://localhost"
    if libraries & {"django_rq", "rq"}:
        return _of_queue(served, "RQ_QUEUES", (served.value("RQ_QUEUES") or {}).get("default"))
    if "huey" in libraries:
        options = served.value("HUEY")
        given = options if isinstance(options, Mapping) else {}
        if given.get("immediate") is True or "Sqlite" in str(given.get("huey_class")):
            return ""
        return _of_queue(served, "HUEY", given.get("connection") or given)
    if "dramatiq" in libraries:
        options = (served.value("DRAMATIQ_BROKER") or {}).get("OPTIONS")
        return _of_queue(served, "DRAMATIQ_BROKER", options)
    if "django_q" in libraries:
        cluster = served.value("Q_CLUSTER") or {}
        if cluster.get("sync") is True or cluster.get("orm"):
            return ""
        return _of_queue(served, "Q_CLUSTER", cluster.get("redis"))
    return ""


def _of_queue(served: Served, name: str, options: Any) -> str:
    """The address in a queue's *options*: a URL, or a host under one of the usual names."""
    if isinstance(options, str):
        return _unmet(served, name, options)
    given = {str(key).lower(): value for key, value in (options or {}).items()}
    url = str(given.get("url") or "")
    port = f":{given['port']}" if given.get("port") else ""
    return _unmet(served, name, url or f"redis://{given.get('host') or 'localhost'}{port}")


# ---- caches and channel layers


def _stores(served: Served) -> Iterator[Need]:
    project = served.project
    for alias, options in (served.value("CACHES") or {}).items():
        if "redis" in str(options.get("BACKEND", "")).lower():
            location = options.get("LOCATION")
            first = location[0] if isinstance(location, list) and location else location
            if server := _unmet(served, f"CACHES[{alias!r}]", str(first or "")):
                where = place_of(project, "CACHES")
                yield Need(where or "the settings", f"keep{'s' * bool(where)} a cache there", server, False)
    for options in (served.value("CHANNEL_LAYERS") or {}).values():
        hosts = (options.get("CONFIG") or {}).get("hosts") if "redis" in str(options.get("BACKEND", "")).lower() else []
        for host in hosts or []:
            given = host.get("address") if isinstance(host, Mapping) else host
            url = f"redis://{':'.join(map(str, given))}" if isinstance(given, list) and given else str(given or "")
            if server := _unmet(served, "CHANNEL_LAYERS", url):
                where = place_of(project, "CHANNEL_LAYERS")
                yield Need(where or "the settings", f"send{'s' * bool(where)} messages there", server, False)


def _unmet(served: Served, name: str, url: str) -> str:
    """`CELERY_BROKER_URL is redis://localhost (settings.py:9)` if no other machine can be meant by *url*."""
    if not url:
        given = served.project.service_values()
        unset = [each for each in redis_variables.addresses(served.project) if not given.get(each)]
        return f"{name} has no address" + (f", because {' and '.join(unset)} is not set" if unset else "")
    try:
        found = urlsplit(url if "://" in url else f"redis://{url}")
        host = found.hostname or "localhost"
    except ValueError:
        return ""
    here = host in {"localhost", "127.0.0.1", "::1", "0.0.0.0"} or "." not in host  # noqa: S104 - an address to find
    if not here or found.scheme.split("+")[0] in WITHOUT_SERVER:
        return ""
    if f"{host}:{found.port}" in served.hosts:
        return ""
    origin = place_of(served.project, name.partition("[")[0])
    return f"{name} is {found.scheme}://{host}" + (f" ({origin})" if origin else "")


def redis_settings(project: Project) -> list[str]:
    """The settings that name a Redis server, wherever it is."""
    found = [name for name, value in project.values.items() if name.isupper() and _mentions_redis(value)]
    return sorted(found)


def _mentions_redis(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_mentions_redis(each) for pair in value.items() for each in pair if each is not pair[0])
    if isinstance(value, list | tuple):
        return any(map(_mentions_redis, value))
    return isinstance(value, str) and bool(REDIS.search(value))
