"""Secrets in the files that git would publish: the values of production and of this machine, and others written there.

The settings are searched for literals of any name. In all other files a value counts if it is one of the known ones, if
it has the form in which an issuer makes its keys, or if its name says that it is secret and it looks random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from steps.shared import git_history_secrets
from wizard.base import files
from wizard.base.errors import EditError
from wizard.base.secrets import is_secret_name, remember
from wizard.editing.source import Source
from wizard.plan.actions import Finding
from wizard.project import secret_literals
from wizard.project.project import Project
from wizard.project.secret_search import EXAMPLES, in_lines, in_python

LARGEST = 1 << 20
"""The largest file in bytes that is searched."""
SHORTEST = 12
"""A shorter value may be an ordinary word."""
OF_TESTS = re.compile(
    r"(^|/)(tests?|testing|docs?|node_modules|vendor|site-packages)/|(^|/)(test_\w+|conftest|tests)\.py$"
)
"""Files whose secrets are made up."""
OF_DEVELOPMENT = re.compile(
    r"(^|[/_.-])(local|dev|development|debug|ci|testing|test)([/_.-]|$)|^\.github/|^\.gitlab-ci", re.I
)
"""Files whose secrets are used on one machine only."""
CODE = {".py", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".html", ".vue", ".json"}
"""Files in which values are in quotes."""
PROSE = {".md", ".rst", ".txt", ".po", ".svg", ".lock", ".map", ".ipynb", ".csv", ".patch"}
GENERATED = re.compile(r"\.min\.\w+$|-lock\.(json|yaml)$|(^|/)\.golive/")


@dataclass(frozen=True)
class Leak:
    """A secret in *line* of the file at *path*. *name* is its variable or setting.

    Arguments:
        known: it is production's own value.
        old: it is a value of this machine, which was in the settings before.
        in_settings: it is a literal in the settings of production.
    """

    name: str
    path: Path
    line: int
    known: bool = False
    old: bool = False
    in_settings: bool = False

    def describe(self, project: Project) -> str:
        what = f"{self.name or 'a secret'}"
        if self.known:
            what = f"production's {self.name}"
        elif self.old:
            what = f"the old {self.name}"
        return f"{what} is written in {self.place(project)}"

    def place(self, project: Project) -> str:
        return f"{project.display_path(self.path)}:{self.line}"


def find(project: Project) -> list[Leak]:
    """The secrets in the settings and in all other files to deploy, the worst first."""
    found = [*_in_settings(project), *_elsewhere(project)]
    return sorted(dict.fromkeys(found), key=lambda leak: (not leak.known, leak.old))


def findings(project: Project) -> Iterator[Finding]:
    """Yield a warning for each secret outside of the settings that is not a copy of one in them."""
    for leak in _elsewhere(project):
        if not leak.old:
            what = f"Production's {leak.name}" if leak.known else leak.name or "A secret"
            todo = "Remove it by hand, and revoke it if it is in use"
            yield Finding(f"{what} is in this file. {todo}", leak.path, leak.line, warning=True)


def _in_settings(project: Project) -> Iterator[Leak]:
    """Literals in the settings: those that the plan would move, and others by their looks."""
    named = set()
    for literal in secret_literals.in_settings(project.settings):
        named.add((literal.source.path, literal.node.lineno))
        yield Leak(literal.name, literal.source.path, literal.node.lineno, in_settings=True)
    for source in project.settings.sources:
        for written in in_python(source.tree):
            remember(written.value)
            if (source.path, written.line) not in named:
                yield Leak(written.name, source.path, written.line, in_settings=True)


def _elsewhere(project: Project) -> Iterator[Leak]:
    production, here = _secrets(project, project.production_env), _old_values(project)
    here = {value: name for value, name in here.items() if value not in production}
    settings = {source.path for source in project.settings.sources}
    for path, content in _texts(project):
        yield from _values(path, content, production, known=True)
        name = path.relative_to(project.top).as_posix()
        if OF_TESTS.search(name):
            continue
        if path.suffix not in PROSE:
            yield from _values(path, content, here, old=True)
        if path not in settings and not GENERATED.search(name):
            by_name = not OF_DEVELOPMENT.search(name) and path.suffix not in PROSE
            text = content.decode("utf-8", "replace")
            for written in in_lines(text, by_name=by_name, quoted=path.suffix in CODE):
                remember(written.value)
                if written.value not in production and written.value not in here:
                    yield Leak(written.name, path, written.line)


def _texts(project: Project) -> Iterator[tuple[Path, bytes]]:
    """The text files to deploy, with their content. Those with .env in their name have items of their own."""
    for path in sorted(project.copy.known()):
        content = _content(path)
        if content and b"\0" not in content and not git_history_secrets.is_env_file(path):
            yield path, content


def lines_with(project: Project, text: str) -> Iterator[tuple[Path, int]]:
    """The files to deploy that contain *text*, each with the first line. Files of tests are left out."""
    for path, content in _texts(project):
        name = path.relative_to(project.top).as_posix()
        if (raw := text.encode()) in content and path.suffix not in PROSE and not OF_TESTS.search(name):
            yield path, _line_of(content, raw)


def _values(
    path: Path, content: bytes, values: dict[str, str], *, known: bool = False, old: bool = False
) -> Iterator[Leak]:
    for value, name in values.items():
        if (raw := value.encode()) in content:
            yield Leak(name, path, _line_of(content, raw), known, old)


def _line_of(content: bytes, raw: bytes) -> int:
    return content[: content.index(raw)].count(b"\n") + 1


def _secrets(project: Project, path: Path) -> dict[str, str]:
    """The secrets in a .env file, by value."""
    values = project.env_values(path).items()
    return {value: name for name, value in values if is_secret_name(name) and len(value) >= SHORTEST}


def _old_values(project: Project) -> dict[str, str]:
    """The secrets of this machine by value, and those that are in the settings, or were before Golive moved them."""
    found = _secrets(project, project.development_env)
    found |= {literal.value: literal.name for literal in secret_literals.in_settings(project.settings)}
    for path, content in project.originals.items():
        if content and path.suffix == ".py":
            with suppress(EditError):
                written = in_python(Source.of(path, content).tree)
                found |= {each.value: each.name for each in written if is_secret_name(each.name)}
    return {value: name for value, name in found.items() if len(value) >= SHORTEST and _is_distinctive(name, value)}


def _is_distinctive(name: str, value: str) -> bool:
    """Whether a value of this machine is more than a simple password or an example, which other files may have too."""
    if EXAMPLES.search(value.removeprefix("django-insecure-")):
        return False
    return bool(git_history_secrets.OURS.search(name)) or any(True for _ in in_lines(f"{name}={value}"))


def _content(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        return b""
    return files.read(path) or b""
