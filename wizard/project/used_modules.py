"""The modules that production loads: imports in the project's own files, and names of modules in its settings.

The search starts at manage.py, the settings, the URL configuration, the WSGI module and the installed apps, and follows
imports of the project's own modules. Tests, settings of development and scripts that nothing imports are not reached.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.syntax import parsed_bytes
from wizard.project.settings_lookup import import_roots

DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
IN_DEVELOPMENT = re.compile(
    r"DEBUG|TYPE_CHECKING|TESTING|DEVELOPMENT|\bargv\b|version_info|\bIS_LOCAL\b", re.IGNORECASE
)
"""What a condition contains whose block production does not run."""
OPTIONAL = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
APP_MODULES = ("apps", "models", "admin", "urls", "views", "signals", "tasks", "checks", "translation")
"""Modules of an app that Django or a common package imports by its name."""
NAMED = ("INSTALLED_APPS", "MIDDLEWARE", "AUTHENTICATION_BACKENDS", "EMAIL_BACKEND", "SESSION_ENGINE", "ROOT_URLCONF",
         "WSGI_APPLICATION", "ASGI_APPLICATION", "DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE", "STATICFILES_FINDERS",
         "MESSAGE_STORAGE", "SESSION_SERIALIZER", "DEFAULT_EXCEPTION_REPORTER")  # fmt: skip
"""Settings whose values are dotted names."""
NESTED = ("DATABASES", "CACHES", "STORAGES", "TEMPLATES", "CHANNEL_LAYERS", "LOGGING", "REST_FRAMEWORK", "SIMPLE_JWT")
"""Settings in which some keys hold dotted names."""
KEYS = re.compile(
    r"BACKEND|ENGINE|class|\(\)|\w+_CLASS(?:ES)?|\w+_BACKENDS|context_processors|loaders|builtins|HANDLER"
)
BEHIND = {
    "django.db.backends.postgresql": ("psycopg", "psycopg2"),
    "django.contrib.gis.db.backends.postgis": ("psycopg", "psycopg2"),
    "django.db.backends.mysql": ("MySQLdb", "pymysql"),
    "django.db.backends.oracle": ("oracledb", "cx_Oracle"),
    "django.core.cache.backends.redis": ("redis",),
    "django.core.cache.backends.memcached.PyMemcacheCache": ("pymemcache",),
    "django.core.cache.backends.memcached.PyLibMCCache": ("pylibmc",),
    "django.template.backends.jinja2": ("jinja2",),
    "django.contrib.auth.hashers.Argon2PasswordHasher": ("argon2",),
    "django.contrib.auth.hashers.BCryptPasswordHasher": ("bcrypt",),
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher": ("bcrypt",),
    "storages.backends.s3": ("boto3",),
    "storages.backends.s3boto3": ("boto3",),
    "storages.backends.gcloud": ("google.cloud.storage",),
    "storages.backends.azure_storage": ("azure.storage.blob",),
}
"""Modules that a backend imports when it is used, of which one is enough."""


@dataclass(frozen=True)
class Use:
    """A use of a module: its name or, where one of several is enough, all their names, and where it is used."""

    names: tuple[str, ...]
    path: Path
    line: int


@dataclass
class UsedModules:
    """Collects the modules that the project at *root* loads in production.

    Arguments:
        known: the files of the project.
    """

    root: Path
    known: frozenset[Path]
    found: dict[tuple[str, ...], Use] = field(default_factory=dict)
    _seen: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._in_folder: dict[Path, list[Path]] = {}
        for path in sorted(path for path in self.known if path.suffix == ".py"):
            self._in_folder.setdefault(path.parent, []).append(path)
        self._folders = {parent for folder in self._in_folder for parent in (folder, *folder.parents)}
        self._roots = [folder for folder in import_roots(self.root) if folder in self._folders]

    def add_files(self, paths: Iterable[Path]) -> None:
        """Add what *paths* and the project's modules that they import use."""
        todo = [path for path in paths if path in self.known]
        while todo:
            path = todo.pop()
            if path in self._seen or _is_test(path):
                continue
            self._seen.add(path)
            for name, line in _names_in(path, _stamp(path)):
                todo += self._resolve(name, path, line)

    def add_name(self, name: str, path: Path, line: int, *, app: bool = False) -> None:
        """Add a dotted *name* from a setting. An *app* of the project is added with its modules."""
        behind = next((names for start, names in BEHIND.items() if name == start or name.startswith(start + ".")), None)
        if behind:
            self.found.setdefault(behind, Use(behind, path, line))
        self.add_files(self._resolve(name, path, line))
        if app and (folder := self._folder_of(name)):
            self.add_files(folder / f"{module}.py" for module in APP_MODULES)
            for part in ("models", "migrations", "templatetags", "admin", "views"):
                self.add_files(self._in_folder.get(folder / part, ()))

    def _resolve(self, name: str, path: Path, line: int) -> list[Path]:
        """The project's files behind *name*. Another installed module is added to `found`."""
        name, is_text = name.removeprefix("'"), name.startswith("'")
        if name.startswith("."):
            inner = name.lstrip(".")
            level = min(len(name) - len(inner), len(path.parents))
            return self._own_files(inner, path.parents[level - 1])
        top = name.partition(".")[0]
        for base in self._roots:
            if base / f"{top}.py" in self.known or base / top in self._folders:
                return self._own_files(name, base)
        if not is_text and top not in sys.stdlib_module_names:
            self.found.setdefault((name,), Use((name,), path, line))
        return []

    def _own_files(self, name: str, base: Path) -> list[Path]:
        """The files that an import of *name* below *base* executes: the packages above it and the module itself."""
        found, place = [], base
        for part in name.split(".") if name else [""]:
            place = place / part if part else place
            found += [each for each in (place / "__init__.py", place.with_suffix(".py")) if each in self.known]
        return found

    def _folder_of(self, app: str) -> Path | None:
        """The folder of the project's app, which is given as `shop` or `shop.apps.ShopConfig`."""
        for base in self._roots:
            place = base
            for part in app.split("."):
                place = place / part if place / part in self._folders else place
            if place != base:
                return place
        return None


def _is_test(path: Path) -> bool:
    return path.name.startswith(("test_", "conftest")) or bool({"tests", "test", "testing"} & set(path.parts[-4:-1]))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=8192)
def _names_in(path: Path, _stamp: tuple[int, int]) -> tuple[tuple[str, int], ...]:
    """The imports of a file, and its texts that may name a module, the latter with a leading apostrophe."""
    try:
        tree = parsed_bytes(files.read(path) or b"")
    except (SyntaxError, ValueError, EditError):
        return ()
    return tuple(_names(tree.body))


def _names(body: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    todo = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _of_import_from(node)
        elif isinstance(node, ast.If):
            todo += _run_in_production(node)
        elif isinstance(node, ast.Try | ast.With) and _may_fail(node):
            todo += node.finalbody if isinstance(node, ast.Try) else []
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and "." in node.value and DOTTED.fullmatch(node.value):
                yield f"'{node.value}", node.lineno
        else:
            if isinstance(node, ast.Attribute) and node.attr == "ImageField":
                yield "PIL", node.lineno  # Django's fields need it
            todo += ast.iter_child_nodes(node)


def _of_import_from(node: ast.ImportFrom) -> Iterator[tuple[str, int]]:
    module = "." * node.level + (node.module or "")
    yield module, node.lineno
    glue = "" if module.endswith(".") else "."
    for alias in node.names:  # it may be a module too
        if alias.name != "*":
            yield f"{module}{glue}{alias.name}", node.lineno


def _run_in_production(node: ast.If) -> list[ast.stmt]:
    """The statements of an `if` that may run in production."""
    text = ast.unparse(node.test)
    if not IN_DEVELOPMENT.search(text):
        return [*node.body, *node.orelse]
    if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
        return node.body
    return node.orelse


def _may_fail(node: ast.Try | ast.With) -> bool:
    """Whether a block goes on if one of its imports fails."""
    if isinstance(node, ast.With):
        return any(re.search(r"suppress\(.*(Import|ModuleNotFound)Error", ast.unparse(item)) for item in node.items)
    caught = (handler.type for handler in node.handlers if not isinstance(handler.body[-1], ast.Raise))
    return any(kind is None or OPTIONAL & set(re.findall(r"\w+", ast.unparse(kind))) for kind in caught)


def named_in(value_of: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    """The dotted names in settings, each with the name of its setting. *value_of* returns the value of a setting."""
    for setting in NAMED:
        value = value_of(setting)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and DOTTED.fullmatch(name):
                yield setting, name
    hashers = value_of("PASSWORD_HASHERS")
    yield from (("PASSWORD_HASHERS", str(name)) for name in (hashers or [])[:1])
    for setting in NESTED:
        yield from ((setting, name) for name in _nested(value_of(setting), ""))


def _nested(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _nested(each, str(inner))
    elif isinstance(value, list):
        for each in value:
            yield from _nested(each, key)
    elif isinstance(value, str) and KEYS.fullmatch(key) and DOTTED.fullmatch(value):
        yield value
