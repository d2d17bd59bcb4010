"""The environment variables from which a project reads the address of its Redis server."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from wizard.project.own_modules import modules
from wizard.project.project import Project

NAME = re.compile(
    r"REDIS|VALKEY|BROKER|RESULT_BACKEND|CACHE_?(URL|LOCATION|SERVER)|CHANNEL_LAYERS?_|RQ_|HUEY|QUEUE_URL"
)
"""Names that may hold the address, or a part of it."""
HINT = re.compile(rb"(?s)\A(?=.*(?:environ|getenv|env\())(?=.*(?:REDIS|VALKEY|BROKER))")
"""What a module contains that reads such a variable."""
SURE = re.compile(
    r"(REDIS|VALKEY)\w*(URL|URI|DSN|LOCATION)$|^(REDIS|VALKEY)$|(REDIS|CELERY)\w*BROKER(_URL)?$|^BROKER_URL$"
)
"""Names that hold a URL of Redis, if nothing says otherwise."""
PARTS = (
    ("host", re.compile(r"(REDIS|VALKEY)\w*HOST(NAME)?$")),
    ("port", re.compile(r"(REDIS|VALKEY)\w*PORT$")),
    ("password", re.compile(r"(REDIS|VALKEY)\w*(PASSWORD|PASS|AUTH)$")),
    ("user", re.compile(r"(REDIS|VALKEY)\w*USER(NAME)?$")),
)
SCHEMES = {"redis", "rediss", "valkey", "valkeys", "unix"}


def find(project: Project) -> dict[str, str]:
    """Return each variable with what it holds: `url`, `url/1` with the number of a database, or a part such as `host`.

    Empty if the project reads no address of Redis from variables.
    """
    found = {}
    known, whole = {**_written(project), **project.service_values()}, set(addresses(project))
    for name in dict.fromkeys([*(name for _, name, _, _ in project.settings.reads()), *known, *_elsewhere(project)]):
        told = known.get(name, "").partition("://")[0] in SCHEMES - {
            "unix"
        }  # its scheme decides, also with another name
        if (told or NAME.search(name)) and (kind := _kind(name, known.get(name, ""))):
            found[name] = kind
        elif name in whole and not known.get(name):
            found[name] = "url"
    return found


def values(found: Mapping[str, str], url: str) -> dict[str, str]:
    """Return a value for each variable that was *found*, for the server at *url*."""
    parts = urlsplit(url)
    texts = {
        "host": parts.hostname or "", "port": str(parts.port or 6379), "password": unquote(parts.password or ""),
        "user": parts.username or "default",
    }  # fmt: skip
    return {name: texts.get(kind) or url + kind.removeprefix("url") for name, kind in found.items() if kind != "user"}


def needs_password(found: Mapping[str, str]) -> bool:
    """Whether the variables that were *found* have a place for a password."""
    kinds = set(found.values())
    return "password" in kinds or "host" not in kinds or any(kind.startswith("url") for kind in kinds)


def _kind(name: str, value: str) -> str:
    scheme, separator, _ = value.partition("://")
    if separator:
        path = urlsplit(value).path.strip("/") if scheme in SCHEMES - {"unix"} else ""
        return ("url/" + path if path.isdigit() else "url") if scheme in SCHEMES else ""
    for kind, pattern in PARTS:
        if pattern.search(name):
            return kind
    return "url" if SURE.search(name) and not value else ""


def _written(project: Project) -> dict[str, str]:
    """The defaults in the settings' code."""
    defaults = {}
    for _, name, _, default in project.settings.reads():
        if isinstance(default, ast.Constant) and isinstance(default.value, str):
            defaults[name] = default.value
    return defaults


def addresses(project: Project) -> Iterator[str]:
    """Variables that hold the whole address of a cache or of a channel layer on Redis, whatever their names."""
    for source in project.settings.sources:
        for node in source.nodes:
            if isinstance(node, ast.Dict) and re.search("redis|valkey", ast.unparse(_entry(node, "BACKEND")).lower()):
                config = _entry(node, "CONFIG")
                hosts = _entry(config, "hosts") if isinstance(config, ast.Dict) else config
                for place in (*_each(_entry(node, "LOCATION")), *_each(hosts)):
                    yield from _read_as_a_whole(project, place)


def _entry(node: ast.Dict, name: str) -> ast.expr:
    """The value of the key *name*, else None as a constant."""
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if getattr(key, "value", None) == name), ast.Constant(None))


def _each(node: ast.expr) -> list[ast.expr]:
    """The addresses in *node*, which may be one or a list."""
    elements = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return [_entry(each, "address") if isinstance(each, ast.Dict) else each for each in elements]


def _read_as_a_whole(project: Project, node: ast.expr) -> Iterator[str]:
    """The variable whose value *node* is, also by way of another name in the settings."""
    if isinstance(node, ast.Name) and (definition := project.settings.definition(node.id)):
        node = definition.value
    for name, reading, _ in project.settings.reads_in(node):
        if reading is node:
            yield name


def _elsewhere(project: Project) -> Iterator[str]:
    """Variables that other modules read, as that of Celery's application does."""
    settings = {source.path for source in project.settings.sources}
    for path, tree in modules(project, HINT):
        if path in settings:
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[A-Z0-9_]{4,}", node.value)
            ):
                yield node.value
