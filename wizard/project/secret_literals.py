"""Find secrets that are written in the settings files. Each one is hidden from all output."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, SettingsError
from wizard.base.secrets import is_secret_name, is_sensitive_name, parts, remember
from wizard.editing import dotenv
from wizard.editing.source import Source
from wizard.project import dotenv_files, env_readers
from wizard.project.release_copy import LOCAL
from wizard.project.settings import SettingsFiles

URL = re.compile(r"[a-z][a-z0-9+]*://[^:/@\s]*:[^@/\s]+@(?P<host>[^:/\s]+)")


@dataclass(frozen=True)
class Literal:
    """A secret in the settings: a literal value, or the default of an environment variable."""

    source: Source
    name: str
    variable: str
    node: ast.expr
    value: str
    field: ast.AnnAssign | None = None


@lru_cache(maxsize=4)
def in_settings(settings: SettingsFiles) -> list[Literal]:
    """Every secret in the text of *settings*."""
    found = []
    for source in settings.sources:
        for node in source.nodes:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if len(targets) != 1 or not isinstance(targets[0], ast.Name):
                continue
            if read := [default for _, _, default in env_readers.of_class(node)]:
                inner = [(targets[0].id, default) for default in read if default is not None]
            else:
                inner = list(_values(targets[0].id, node.value))
            for name, value in inner:
                text, variable = _written(value)
                usual = {"SECRET_KEY": "DJANGO_SECRET_KEY"}.get(name, name)
                if text and (_is_secret(name, text) or _has_password(text)):
                    remember(text)
                    usual = variable or ("DATABASE_URL" if _has_password(text) and "DATABASE" in name else usual)
                    found.append(Literal(source, name, usual, value, text))
    for variable, (source, field) in settings.fields.items():
        default = field.value.value if isinstance(field.value, ast.Constant) else None
        if isinstance(default, str) and field.value and (_is_secret(variable, default) or _has_password(default)):
            remember(default)
            found.append(Literal(source, variable, variable, field.value, default, field))
    return found


def _values(name: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The values in a setting, also inside dictionaries and calls, each with the name that its variable would have."""
    if isinstance(value, ast.Dict):
        for key, entry in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant):
                yield from _values(_joined(name, str(key.value)), entry)
    elif isinstance(value, ast.List | ast.Tuple):
        for entry in value.elts:
            yield from _values(name, entry)
    elif isinstance(value, ast.Call) and not any(node is value for _, node, _ in env_readers.reads(value)):
        # A positional argument may be a dictionary key, unless it is a URL with a password.
        yield from ((name, arg) for arg in value.args if isinstance(arg, ast.Constant) and _is_url(arg.value))
        for word in value.keywords:
            yield from _values(
                name if word.arg in {None, "default", "fallback"} else _joined(name, word.arg), word.value
            )
    else:
        yield name, value


def _is_url(value: object) -> bool:
    return isinstance(value, str) and _has_password(value)


def _joined(setting: str, key: str) -> str:
    """The variable's name for an entry of a dictionary."""
    key = re.sub(r"\W+", "_", key).upper()
    if setting == "DATABASES":
        return {"DEFAULT": setting, "PASSWORD": "DB_PASSWORD"}.get(key, f"{setting}_{key}")
    if setting.startswith("CLOUDINARY"):
        return f"CLOUDINARY_{key}"
    return f"{setting}_{key}"


def _is_secret(name: str, text: str) -> bool:
    """Whether a setting called *name* keeps a secret in *text*. A SECRET_KEY in the code is one, however short."""
    return name == "SECRET_KEY" or (is_secret_name(name) and not _harmless(text))


def _has_password(text: str) -> bool:
    """Whether *text* is a URL with a password, of a server on another machine."""
    match = URL.match(text)
    return match is not None and match["host"] != "127.0.0.1" and "." in match["host"]


def _written(value: ast.expr) -> tuple[str, str]:
    """The literal text of a value, and the variable whose default it is."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value, ""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) and isinstance(value.values[-1], ast.Constant):
        read = next((variable for variable, node, _ in env_readers.reads(value) if node is value.values[0]), "")
        return (str(value.values[-1].value or ""), read) if read else ("", "")
    for variable, node, default in env_readers.reads(value):
        if node is value and isinstance(default, ast.Constant) and isinstance(default.value, str):
            return default.value, variable
    return "", ""


def _harmless(text: str) -> bool:
    return (
        len(text) < 6
        or text.startswith("rzp_test_")
        or ("." in text and " " not in text and text.replace(".", "").replace("_", "").isalpha())
    )


def remember_before_loading(
    root: Path, top: Path, env_files: Callable[[], Iterable[Path]], settings: Callable[[], Iterable[SettingsFiles]]
) -> None:
    """Hide the secrets of the .env files, the settings and the environment before any code of the project runs."""
    remember_secrets(root, top)
    for value in os.environ.values():
        for part in parts(value):
            remember(part)
    with suppress(EditError, SettingsError):  # reported later, where the file is needed
        for path in env_files():
            dotenv_files.values(path, top)
        for files_of_module in settings():
            in_settings(files_of_module)
            for _, name, _, _ in files_of_module.reads():
                remember(os.environ.get(name) if is_sensitive_name(name) else None)


def remember_secrets(root: Path, top: Path) -> None:
    """Hide the values of .env files, which may still be in the old lines of the code too."""
    for path in {folder / name for folder in (root, top) for name in LOCAL}:
        if path.is_file():
            for name, value in dotenv.values(files.read(path) or b"").items():
                if is_sensitive_name(name):
                    remember(value)
