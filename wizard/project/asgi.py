"""Whether the project needs an ASGI server, which one it uses, and the applications that servers load.

A wsgi.py and an asgi.py exist in every project that `startproject` made, so they decide nothing. What decides is an
asgi.py that routes to more than Django's own handler, or an app that works under ASGI only.
Source: the documentation of Channels, Daphne, Uvicorn and django-eventstream.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from wizard.base import files
from wizard.editing.syntax import parsed_bytes
from wizard.project.own_modules import apps_of_packages
from wizard.project.project import Project
from wizard.project.settings_lookup import module_file

BIND = "0.0.0.0:${PORT:-8000}"
WORKER = "uvicorn_worker.UvicornWorker"
"""The package uvicorn-worker replaces `uvicorn.workers`. Source: Uvicorn's release notes of 0.30."""
COMMANDS = {
    "daphne": "daphne -b 0.0.0.0 -p ${PORT:-8000} APPLICATION",
    "uvicorn": "uvicorn APPLICATION --host 0.0.0.0 --port ${PORT:-8000} --lifespan off",
    "hypercorn": f"hypercorn APPLICATION --bind {BIND}",
    "granian": "granian --interface asginl APPLICATION --host 0.0.0.0 --port ${PORT:-8000}",
    "gunicorn": f"gunicorn APPLICATION --worker-class {WORKER} --bind {BIND} --access-logfile -",
}
"""The start command of each server, the preferred one first."""
FORKING = {"uvicorn", "gunicorn"}
"""Servers that start as many processes as WEB_CONCURRENCY says."""
ASGI_COMMAND = re.compile(r"\b(uvicorn|daphne|hypercorn)\b|UvicornWorker|uvicorn_worker|--interface[ =]asgi")
ASGI_APPS = ("channels", "daphne", "django_eventstream")
"""Apps whose views or consumers need an ASGI server."""
ASGI_LIBRARIES = {
    "channels", "django_eventstream", "starlette", "fastapi", "socketio", "ariadne", "strawberry", "litestar", "quart",
    "mcp", "fastmcp", "datastar_py",
}  # fmt: skip
"""Libraries in an asgi.py that serve more than Django's handler does."""


def application(project: Project, kind: str) -> str:
    """The application as `package.wsgi:application`, from the settings or a file; else empty. *kind*: wsgi, asgi."""
    if dotted := str(project.value(f"{kind.upper()}_APPLICATION") or ""):
        module, _, name = dotted.rpartition(".")
        return f"{module}:{name}"
    found = sorted(project.root.glob(f"*/{kind}.py"))
    if not found and files.is_file(project.root / f"{kind}.py"):
        return f"{kind}:application"
    return f"{found[0].parent.name}.{kind}:application" if found else ""


def need_for_asgi(project: Project) -> str:
    """Why the project needs an ASGI server, as `shop/asgi.py:12 uses channels`. Empty if a WSGI server is enough."""
    served = application(project, "asgi")
    if not served:
        return ""
    path = module_file(project.root, served.partition(":")[0])
    if path is not None and (reason := _reason_in(path)):
        line, text = reason
        return f"{project.display_path(path)}:{line} {text}"
    apps = {name.partition(".")[0] for name in apps_of_packages(project)}
    if found := [name for name in ASGI_APPS if name in apps]:
        return f"INSTALLED_APPS has {' and '.join(found)}" if project.value("ASGI_APPLICATION") else ""
    return "" if application(project, "wsgi") else f"there is an ASGI application only: {served}"


def _reason_in(path: Path) -> tuple[int, str] | None:
    """The first line of an asgi.py that serves more than Django's handler, and what it does."""
    try:
        tree = parsed_bytes(files.read(path) or b"")
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        if found := [name.split(".")[0] for name in names if name.split(".")[0] in ASGI_LIBRARIES]:
            return getattr(node, "lineno", 1), f"uses {found[0]}"
        if isinstance(node, ast.Constant) and node.value in {"websocket", "websocket.accept"}:
            return node.lineno, "answers WebSockets"
    return None


def _required(project: Project) -> tuple[set[str], set[str]]:
    """The names that the project requires, and the extras of these requirements: `channels[daphne]` has daphne."""
    required = project.dependencies.requirements()
    return set(required), {str(extra) for each in required.values() for extra in each.extras}


def asgi_server(project: Project) -> str:
    """The ASGI server that the project requires; without one, gunicorn with Uvicorn's worker."""
    apps = {name.partition(".")[0] for name in apps_of_packages(project)}
    required, extras = _required(project)
    names = required | extras | ({"daphne"} & apps)
    return next((name for name in COMMANDS if name in names and name != "gunicorn"), "gunicorn")


def asgi_command(project: Project) -> str:
    """The command that serves the project's ASGI application.

    It runs one process if messages between visitors stay in the process that got them.
    """
    server = asgi_server(project)
    command = COMMANDS[server].replace("APPLICATION", application(project, "asgi"))
    return f"{command} --workers 1" if in_memory_layer(project) and server in FORKING else command


def asgi_packages(project: Project) -> tuple[str, ...]:
    """The packages that the ASGI server needs."""
    server = asgi_server(project)
    required, extras = _required(project)
    names = ("gunicorn", "uvicorn-worker", "websockets") if server == "gunicorn" else (server,)
    if server == "uvicorn" and not {"websockets", "wsproto"} & required and "standard" not in extras:
        names = (*names, "websockets")
    return tuple(name for name in names if name not in extras)


def in_memory_layer(project: Project) -> bool:
    """Whether the channel layer reaches only the visitors of one process. Source: Channels' documentation."""
    layers = project.value("CHANNEL_LAYERS") or {}
    return any("InMemoryChannelLayer" in str(layer.get("BACKEND")) for layer in layers.values())


def serves_asgi(project: Project, command: str) -> bool:
    """Whether *command* starts an ASGI server, or will once the start command is right."""
    return bool(ASGI_COMMAND.search(command) or need_for_asgi(project))
