"""Environment variables that files of the project write down: .env and its examples, compose files, CI and test files.

A change of the settings must keep working with these values, because other people and servers start the project so.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wizard.base import files, yaml_file
from wizard.base.errors import EditError
from wizard.base.secrets import is_sensitive_name, remember
from wizard.editing import dotenv

MODULE = "DJANGO_SETTINGS_MODULE"
ENV_FILE = re.compile(r"^(\.?env(\.[\w.-]+)?|[\w.-]+\.env|\.env[\w.-]*)$")
COMPOSE = re.compile(r"^(docker-)?compose[\w.-]*\.ya?ml$")
LANGUAGES = re.compile(r"\.(py|js|ts|tsx|mjs|sh|d\.ts)$")
FOR_PRODUCTION = re.compile(r"(^|[^a-z])(prod|production|deploy|staging|stage|live)([^a-z]|$)")
_SUBSTITUTED = re.compile(r"\$\{(\w+)(?::?-([^}]*))?[^}]*\}|\$(\w+)")
LARGEST = 1 << 20
"""Bytes of a file from which on it is not read."""


@dataclass(frozen=True)
class WrittenValues:
    """The variables that one place of a file sets. *place* names it: `docker-compose.yml, web`."""

    place: str
    variables: Mapping[str, str]

    @property
    def production(self) -> bool:
        """Whether the values are for a server, by the name of the place."""
        return bool(FOR_PRODUCTION.search(self.place.lower()))


def find(root: Path, top: Path) -> list[WrittenValues]:
    """The values in the files of the project with manage.py in *root*, in the repository *top*."""
    found = []
    for folder in dict.fromkeys((root, top)):
        for path in sorted(folder.iterdir()):
            if not path.is_file() or path.is_symlink():
                continue
            if ENV_FILE.match(path.name) and not LANGUAGES.search(path.name):
                found.append(WrittenValues(_shown(path, top), _env_file(path)))
            elif COMPOSE.match(path.name):
                found += _parsed(path, top, _compose)
            elif path.name in {"pytest.ini", "tox.ini", "setup.cfg"}:
                found += _parsed(path, top, _ini)
            elif path.name == "pyproject.toml":
                found += _parsed(path, top, _pyproject)
            elif path.name == ".gitlab-ci.yml":
                found += _parsed(path, top, _gitlab)
    for path in sorted((top / ".github" / "workflows").glob("*.y*ml")):
        found += _parsed(path, top, _workflow)
    return [each for each in found if each.variables]


def _shown(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix()


def _env_file(path: Path) -> dict[str, str]:
    content = _content(path)
    values = dotenv.values(content) if content else {}
    for name, value in values.items():
        if is_sensitive_name(name):
            remember(value)
    return values


def _content(path: Path) -> bytes:
    try:
        return files.read(path) or b"" if path.is_file() and path.stat().st_size <= LARGEST else b""
    except EditError:
        return b""


Reader = Callable[[str, Path], Iterable[tuple[str, Mapping[str, str]]]]
"""Reads the text of the file at a path. Returns pairs: a name within the file, and its variables."""


def _parsed(path: Path, top: Path, reader: Reader) -> Iterator[WrittenValues]:
    for name, variables in reader(_content(path).decode("utf-8", "replace"), path):
        for variable, value in variables.items():
            if is_sensitive_name(variable):
                remember(value)
        yield WrittenValues(f"{_shown(path, top)}{f', {name}' if name else ''}", variables)


@lru_cache(maxsize=32)
def _yaml(text: str) -> Any:
    """The document of a YAML file; an empty mapping if it is not valid."""
    try:
        document = yaml_file.load(text.encode())
    except (EditError, yaml_file.InvalidYamlError):
        return {}
    return document if isinstance(document, dict) else {}


def _mapping(value: Any) -> dict[str, Any]:
    """*value* if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def _pairs(value: Any) -> dict[str, str]:
    """Variables from a mapping, or from a list of `NAME=value`. Those without a value are left out."""
    if isinstance(value, list):
        pairs = [str(each).partition("=") for each in value]
        return {name: text for name, sign, text in pairs if sign}
    return {
        str(name): ("true" if text else "false") if isinstance(text, bool) else str(text)
        for name, text in _mapping(value).items()
        if isinstance(text, str | int | float | bool)
    }


def _compose(text: str, path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The variables of each service. Source: Compose specification, environment, env_file and interpolation."""
    outer = _env_file(path.parent / ".env")
    for name, service in _mapping(_yaml(text).get("services")).items():
        variables: dict[str, str] = {}
        listed = _mapping(service).get("env_file") or []
        for entry in listed if isinstance(listed, list) else [listed]:
            file = path.parent / str(_mapping(entry).get("path", "") or entry)
            if files.inside(file, path.parent):
                variables |= _env_file(file)
        variables |= _pairs(_mapping(service).get("environment"))
        yield str(name), {key: _interpolated(value, outer) for key, value in variables.items()}


def _interpolated(value: str, outer: Mapping[str, str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        return outer.get(match[1] or match[3]) or match[2] or ""

    return _SUBSTITUTED.sub(replaced, value.replace("$$", "\0")).replace("\0", "$")


def _workflow(text: str, path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The variables of each job of a GitHub workflow. Expressions, such as secrets, have no value here."""
    document = _yaml(text)
    for name, job in _mapping(document.get("jobs")).items():
        steps = _mapping(job).get("steps") or []
        scopes = [document, job, *(steps if isinstance(steps, list) else [])]
        variables = {key: value for scope in scopes for key, value in _pairs(_mapping(scope).get("env")).items()}
        yield str(name), {key: value for key, value in variables.items() if "${{" not in value}


def _gitlab(text: str, path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    document = _yaml(text)
    shared = _pairs(document.get("variables"))
    jobs = {name: job for name, job in document.items() if isinstance(job, dict) and "script" in job}
    for name, job in jobs.items():
        variables = shared | _pairs(job.get("variables"))
        yield str(name), {key: value for key, value in variables.items() if "$" not in value}


def _ini(text: str, path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The settings module of pytest, and the variables of tox."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in ("pytest", "tool:pytest"):
        if module := parser.get(section, MODULE, fallback=""):
            yield "pytest", {MODULE: module.strip()}
    lines = (parser.get("testenv", "setenv", fallback="") or "").splitlines()
    if found := {name.strip(): value.strip() for name, sign, value in (line.partition("=") for line in lines) if sign}:
        yield "tox", {name: value for name, value in found.items() if "{" not in value}


def _pyproject(text: str, path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    match = re.search(r"^DJANGO_SETTINGS_MODULE\s*=\s*[\"']([\w.]+)[\"']", text, re.MULTILINE)
    if match:
        yield "pytest", {MODULE: match[1]}
