"""The database of DATABASE_URL in the settings: with the engine and the options that the project has already."""

from __future__ import annotations

import ast
import re
from typing import Any

from wizard.plan.draft import Draft
from wizard.project.project import Project

ADDRESS = {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"}
"""Keys of a database that its URL replaces."""
OTHER_KIND = re.compile(r"django\.(?:db|contrib\.gis\.db)\.backends\.(?!postg)")
"""Django's engines for other databases than PostgreSQL."""
ONE_KIND = {"OPTIONS", "TEST"}
"""Keys whose values only suit one kind of database, such as SQLite's timeout."""
READERS = {"config", "parse", "db", "db_url", "dj_db_url"}
"""Functions of dj_database_url, django-environ and environs that read a database's URL and take an engine."""


def default_database(project: Project) -> dict[str, Any]:
    """The options of the default database in production, without DATABASE_URL of the platform."""
    found = (project.value("DATABASES") or {}).get("default")
    return found if isinstance(found, dict) else {}


def own_engine(project: Project) -> str:
    """The engine for PostgreSQL that is to be kept, because Django's own lacks what it adds; else empty."""
    engines: dict[str, str] = project.inspect_settings().get("engines") or {}
    return engines.get(str(default_database(project).get("ENGINE")), "")


def is_right(engine: str, kept: str) -> bool:
    """Whether *engine*, from a URL of PostgreSQL, is the one to keep, or any if there is none to keep."""
    return engine == kept if kept else bool(engine) and not OTHER_KIND.match(engine)


def url_block(project: Project, arguments: str) -> list[str]:
    """Lines that replace the address of the default database, and keep its engine and its other options.

    *arguments* are those of dj_database_url.config.
    """
    before, kept = default_database(project), own_engine(project)
    if kept:
        arguments += f', engine="{kept}"'
    # What is for PostgreSQL already stays as it is.
    same_kind = before.get("ENGINE") in {
        kept,
        "django.db.backends.postgresql",
        "django.db.backends.postgresql_psycopg2",
    }
    others = [key for key in before if key not in ADDRESS | ONE_KIND | {"ATOMIC_REQUESTS"}]
    if same_kind and before.get("TEST"):
        others.append("TEST")
    entries = ['"ATOMIC_REQUESTS": DATABASES["default"].get("ATOMIC_REQUESTS", False),']
    if others:
        names = ", ".join(f'"{key}"' for key in others)
        # Development may have another dictionary, without these keys.
        entries.append(f'**{{key: value for key, value in DATABASES["default"].items() if key in [{names}]}},')
    call = f"dj_database_url.config({arguments})"
    if same_kind and before.get("OPTIONS"):
        entries.append('"OPTIONS": {**DATABASES["default"].get("OPTIONS", {}), **from_url.get("OPTIONS", {})},')
        body = [f"from_url = {call}", 'DATABASES["default"] = {', "    **from_url,"]
    else:
        body = ['DATABASES["default"] = {', f"    **{call},"]
    body += [*(f"    {entry}" for entry in entries), "}"]
    return ['if os.getenv("DATABASE_URL"):', *(f"    {line}" for line in body)]


def keep_engine(project: Project, draft: Draft, engine: str, read: str) -> list[str]:
    """Keep *engine* where the settings read the URL themselves and get the engine *read* by that.

    It becomes an argument of the call that reads the URL, if that has no default: a default can be another kind of
    database. Otherwise returns the settings lines that this needs.
    """
    calls = [
        (source, node)
        for source in project.settings.sources
        for node in source.nodes
        if isinstance(node, ast.Call) and _reads_url(node)
    ]
    if len(calls) == 1:
        source, call = calls[0]
        given = [*call.args, *(word.value for word in call.keywords)]
        if given and len(call.args) < 2 and not {"default", "engine", None} & {word.arg for word in call.keywords}:
            end = max(source.span(each)[1] for each in given)
            draft.source(source.path, "keep the database engine").splice(end, end, f', engine="{engine}"')
            return []
    return [f'if DATABASES["default"]["ENGINE"] == "{read}":', f'    DATABASES["default"]["ENGINE"] = "{engine}"']


def _reads_url(node: ast.Call) -> bool:
    """Whether *node* is a call that reads DATABASE_URL by its name or without one."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in READERS:
        return False
    owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    if owner == "dj_database_url":
        return True
    first = node.args[0] if node.args else None
    return isinstance(first, ast.Constant) and first.value == "DATABASE_URL"
