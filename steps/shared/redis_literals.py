"""Addresses of Redis on this machine that the code names itself, and the variables from which it should read them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steps.shared.call_arguments import change_arguments
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project import redis_variables
from wizard.project.own_modules import modules
from wizard.project.project import Project

LOCAL = re.compile(r"rediss?://(?:[^@/]*@)?(?:localhost|127\.0\.0\.1|redis)(?::\d+)?(?:/(\d+))?/?$")
"""An address of this machine, or of the service `redis` in a Compose file."""
LOCAL_HOSTS = {"localhost", "127.0.0.1", "redis"}
USUAL_PORT = "6379"
CLIENTS = {"Redis", "StrictRedis"}
ELSEWHERE = {"connection_pool", "unix_socket_path", "path"}
"""Arguments by which a client gets its server in another way."""
AUTHENTICATION = 'os.environ.get("REDIS_PASSWORD") or None'


@dataclass(frozen=True)
class Literal:
    """An address in the code at *node*, and the *variable* to read it from."""

    path: Path
    node: ast.Constant
    variable: str


def find(project: Project) -> list[Literal]:
    """Return the addresses that no variable can replace."""
    settings = {source.path for source in project.settings.sources}
    names = {kind.removeprefix("url/"): name for name, kind in redis_variables.find(project).items() if "url" in kind}
    names["0"] = names.get("0") or names.get("url", "")
    found = list[Literal]()
    for path, tree in modules(project, b"redis://"):
        if path not in settings and "settings" in path.name:
            continue  # of development, or of tests
        for node in _without_variable(tree):
            if match := LOCAL.match(str(node.value)):
                found.append(Literal(path, node, _variable(match[1] or "0", names)))
    return found


def clients(project: Project) -> Iterator[tuple[Path, ast.Call]]:
    """The clients that the project's own code connects to this machine, as `redis.Redis(host="localhost")`."""
    settings = {source.path for source in project.settings.sources}
    for path, tree in modules(project, b"edis"):
        if path in settings or "settings" not in path.name:
            yield from ((path, call) for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_local(call))


def _is_local(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name not in CLIENTS or call.args or None in given or ELSEWHERE & given.keys():
        return False
    host, port = given.get("host"), given.get("port")
    is_local = host is None or (isinstance(host, ast.Constant) and host.value in LOCAL_HOSTS)
    return is_local and (port is None or _is_usual_port(port))


def _connect_by_variables(source: Source, call: ast.Call) -> None:
    given = {keyword.arg: keyword for keyword in call.keywords}
    host, port = given.get("host"), given.get("port")
    added = [] if "password" in given else [f"password={AUTHENTICATION}"]
    if port is None:
        added.append(f'port=int(os.environ.get("REDIS_PORT", "{USUAL_PORT}"))')
    else:
        source.replace(port.value, f'int(os.environ.get("REDIS_PORT", "{USUAL_PORT}"))')
    if host is None:
        change_arguments(source, call, add=", ".join(['host=os.environ.get("REDIS_HOST", "localhost")', *added]))
    else:
        source.replace(host.value, ", ".join([f'os.environ.get("REDIS_HOST", {source.segment(host.value)})', *added]))
    source.add_import("import os")


def remarks(project: Project) -> Iterator[str]:
    """Say before a deployment is tested that its requests will wait for a Redis that is not there."""
    if found := find(project):
        place = f"{project.display_path(found[0].path)}:{found[0].node.lineno}"
        yield (
            f"{place} names a Redis server on the service's own machine, where there is none. Requests that use it may "
            "wait for a minute and fail. Task 27 reads the address from a variable: run it first, with `--only 27`."
        )


def _variable(database: str, names: dict[str, str]) -> str:
    """The variable for a *database* of the server. Each has its own: clearing a cache removes all that is in it."""
    if not names.get(database):
        names[database] = f"REDIS_URL_{database}" if "REDIS_URL" in names.values() else "REDIS_URL"
    return names[database]


def read_from_environment(project: Project, draft: Draft) -> None:
    """Read each address from a variable. The written one stays the default for development."""
    for source in project.settings.sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Dict) and (edits := list(_host_and_port(source, node))):
                edited = draft.source(source.path, "read the address of Redis from variables")
                for value, text in edits:
                    edited.replace(value, text)
                edited.add_import("import os")
            elif isinstance(node, ast.Dict) and (pair := _pair_of_variables(node)):
                edited = draft.source(source.path, "read the address of Redis, with its password, from a variable")
                edited.replace(pair, f'os.environ.get("REDIS_URL") or {source.segment(pair)}')
                edited.add_import("import os")
            elif isinstance(node, ast.Tuple) and (url := _pair(node)):
                edited = draft.source(source.path, "read the address of Redis from a variable")
                edited.replace(node, f'os.environ.get("REDIS_URL", "{url}")')
                edited.add_import("import os")
    for path, call in clients(project):
        _connect_by_variables(draft.source(path, "read the address of Redis from variables"), call)
    for each in find(project):
        source = draft.source(each.path, "read the address of Redis from a variable")
        written = source.segment(each.node)
        source.replace(each.node, f'os.environ.get("{each.variable}", {written})')
        source.add_import("import os")


def _host_and_port(source: Source, table: ast.Dict) -> Iterator[tuple[ast.expr, str]]:
    """The replacements for the host and the port in *table*, as `{"HOST": "localhost", "PORT": 6379}`.

    The server of a deployment asks for a password, so the table gets one if it has none.
    """
    entries = {
        key.value: value for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }  # fmt: skip
    for host, port, password in (("HOST", "PORT", "PASSWORD"), ("host", "port", "password")):
        given, number = entries.get(host), entries.get(port)
        if not (isinstance(given, ast.Constant) and given.value in LOCAL_HOSTS and _is_usual_port(number)):
            continue
        text = f'os.environ.get("REDIS_HOST", {source.segment(given)})'
        if password not in entries:
            text += f', "{password}": {AUTHENTICATION}'
        yield given, text
        if number is not None:
            yield number, f'int(os.environ.get("REDIS_PORT", "{USUAL_PORT}"))'


def _is_usual_port(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and str(node.value) == USUAL_PORT


def _pair(node: ast.Tuple) -> str:
    """The URL for a host and a port of Channels' layer, as `("localhost", 6379)`. Empty for another tuple."""
    match node.elts:
        case [ast.Constant(value=str(host)), ast.Constant() as port] if host in LOCAL_HOSTS and _is_usual_port(port):
            return f"redis://{host}:{USUAL_PORT}"
    return ""


def _pair_of_variables(table: ast.Dict) -> ast.Tuple | None:
    """The host and the port in `{"hosts": [(REDIS_HOST, REDIS_PORT)]}`, which has no place for a password."""
    for key, value in zip(table.keys, table.values, strict=True):
        match key, value:
            case ast.Constant(value="hosts"), ast.List(elts=[ast.Tuple(elts=[host, _]) as pair]):
                return None if isinstance(host, ast.Constant) else pair
    return None


def _without_variable(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts in *tree* that are not the default of a variable, or a part of another text."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        elif not (isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Call) and _reads_variable(child))):
            yield from _without_variable(child)


def _reads_variable(call: ast.Call) -> bool:
    """Whether a call has the name of a variable as its first argument, as `os.getenv("REDIS_URL", …)`."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.isupper()
