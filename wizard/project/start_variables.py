"""The environment variables that the start of the service sets itself, each with the line that sets it.

They are found in the start command, the script that it runs, the image, and the configuration of gunicorn. Whether they
are in effect is proven later, by asking the started process.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.syntax import parsed_bytes
from wizard.project.start_sources import StartSource

MODULE = "DJANGO_SETTINGS_MODULE"
ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=(.*)$", re.DOTALL)
DEFAULT = re.compile(r"^\$\{(\w+):?-([^}]*)\}$")
PARTS = re.compile(r"&&|\|\||;")
OPENS, CLOSES = (
    re.compile(r"(?:^|;)\s*(?:if|case|for|while|until)\b|\{\s*$"),
    re.compile(r"\b(?:fi|esac|done)\b|^\s*\}"),
)
"""Where a block of a script begins and ends."""
CONDITION = re.compile(r"\s*(?:\[|test\b)")
SERVER = re.compile(r"\b(gunicorn|uvicorn|daphne|hypercorn|waitress|granian|uwsgi)\b|\brunserver\b")
MANAGE = re.compile(r"\bmanage\.py\b|\bdjango-admin\b|-m +django\b")
GUNICORN_CONFIGURATION = re.compile(r"(?:^|\s)(?:-c|--config)[ =](?:file:)?(\S+)")
SCRIPT = re.compile(r"(?:\b(?:ba|da)?sh +|(?:^|[\s;&])\./)([\w./-]+\.(?:sh|bash))\b")
OWN_OF_THE_PROCESS = {"PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "VIRTUAL_ENV", "PORT", "DATABASE_URL"}
"""Variables that the platform sets, or that a process of Golive has its own values for."""
FLAGS = {"-e", "--env"}
"""The options of gunicorn that set a variable."""


@dataclass(frozen=True)
class StartVariable:
    """A variable that the start of the service sets.

    Arguments:
        path: the file in which it is set.
        line: its line.
        is_default: whether a value of the service's own variable wins, as over an image's.
    """

    name: str
    value: str
    path: Path
    line: int
    is_default: bool = False


def of_server(source: StartSource) -> dict[str, StartVariable]:
    """The variables that the server's process gets, the one in effect for each name."""
    return _effective(source, SERVER)


def of_management(source: StartSource) -> dict[str, StartVariable]:
    """The variables that management commands such as `migrate` get."""
    return _effective(source, MANAGE)


def for_settings(source: StartSource, service: Mapping[str, str]) -> dict[str, str]:
    """The variables that the settings get from the start of the service, beside those of the *service*."""
    values = in_effect(of_server(source), service)
    return {name: value for name, value in values.items() if name not in OWN_OF_THE_PROCESS}


def in_effect(found: Mapping[str, StartVariable], service: Mapping[str, str]) -> dict[str, str]:
    """The values of *found* that win over those of the *service*."""
    return {name: each.value for name, each in found.items() if not (each.is_default and name in service)}


def _effective(source: StartSource, program: re.Pattern[str]) -> dict[str, StartVariable]:
    found: dict[str, StartVariable] = {}
    for each in _all(source, program):
        if not each.is_default or each.name not in found:
            found[each.name] = each
    return found


def _all(source: StartSource, program: re.Pattern[str]) -> Iterator[StartVariable]:
    if image := source.image:
        for name, value in image.environment.items():
            yield StartVariable(name, value, image.path, _line(image.text, name), is_default=True)
    for path, text in (*((path, _text(path)) for path in scripts(source)), (source.path, source.command)):
        content = _text(path)
        yield from (_placed(name, value, path, content) for name, value in _of_command(text, program))
    if program is SERVER:
        for path in gunicorn_configurations(source):
            content = _text(path)
            yield from (_placed(name, value, path, content) for name, value in _of_gunicorn(path))


def _placed(name: str, value: str, path: Path, content: str) -> StartVariable:
    default = DEFAULT.match(value)
    if default and default[1] == name:
        return StartVariable(name, default[2], path, _line(content, name), is_default=True)
    return StartVariable(name, value, path, _line(content, name))


def _line(text: str, name: str) -> int:
    """The line that sets *name*, else the first one that has it, else line 1."""
    escaped = re.escape(name)
    found = re.search(rf"\b{escaped}\s*[=:]|[\"']{escaped}[\"'=]", text) or re.search(rf"\b{escaped}\b", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _text(path: Path | None) -> str:
    try:
        return files.text(path) if path and files.is_file(path) else ""
    except EditError:
        return ""


def _of_command(text: str, program: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """The variables that a shell command sets for *program*: those of its own part, and exported ones.

    Lines that run only under a condition are left out.
    """
    if program is MANAGE and not MANAGE.search(text):
        return
    for line in _unconditional(text):
        for part in PARTS.split(line):
            words = _words(part)
            runs = bool(program.search(part))
            exported = words[:1] == ["export"]
            if runs or exported:
                yield from _usable(_assigned(words[1:] if exported else words, everywhere=runs))


def _unconditional(text: str) -> Iterator[str]:
    depth = 0
    for line in text.replace("\\\n", " ").splitlines():
        depth -= len(CLOSES.findall(line))
        if depth <= 0 and not OPENS.search(line) and not CONDITION.match(line):
            yield line
        depth = max(0, depth + len(OPENS.findall(line)))


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part.strip().removesuffix("\\"), comments=True)
    except ValueError:
        return part.split()


def _assigned(words: list[str], *, everywhere: bool) -> Iterator[tuple[str, str]]:
    """The assignments at the beginning of *words*, after `exec` or `env`, and with *everywhere* those of options."""
    leading = True
    for place, word in enumerate(words):
        match = ASSIGNMENT.match(word)
        before = words[place - 1] if place else ""
        if leading and before == "-S":
            yield from _assigned(_words(word), everywhere=False)
        elif match and (leading or (everywhere and before in FLAGS)):
            yield match[1], match[2]
        elif everywhere and (option := re.match(r"(?:--env|-e)=(\w+)=(.*)$", word)):
            yield option[1], option[2]
        elif everywhere and (option := re.match(r"--settings(?:=(.+))?$", word)):
            yield MODULE, option[1] or next(iter(words[place + 1 : place + 2]), "")
        elif not match and word not in {"exec", "env", "-S", "command"} and not word.startswith("-"):
            leading = False


def _usable(assigned: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those whose value is known: without other variables, or the default of their own."""
    for name, value in assigned:
        default = DEFAULT.match(value)
        if "$" not in value or (default and default[1] == name and "$" not in default[2]):
            yield name, value


def scripts(source: StartSource) -> list[Path]:
    """The project's own scripts that the start command runs, at its beginning or in a later part."""
    named = (source.folder / each for each in SCRIPT.findall(source.command))
    found = [source.script(), *(path for path in named if files.is_file(path) and files.inside(path, source.uploaded))]
    return list(dict.fromkeys(path for path in found if path))


def gunicorn_configurations(source: StartSource) -> list[Path]:
    """The configuration files of gunicorn that the start command uses."""
    text = "\n".join([source.command, *map(_text, scripts(source))])
    if "gunicorn" not in text:
        return []
    named = GUNICORN_CONFIGURATION.search(text)
    folders = [
        source.folder,
        source.uploaded,
        *(source.folder / each for each in re.findall(r"\bcd +([\w./-]+)", text)),
    ]
    paths = dict.fromkeys(folder / (named[1] if named else "gunicorn.conf.py") for folder in folders)
    return [path for path in paths if files.inside(path, source.uploaded) and files.is_file(path)]


def _of_gunicorn(path: Path) -> Iterator[tuple[str, str]]:
    """The variables in `raw_env = ["NAME=value"]`, and in assignments to os.environ."""
    try:
        tree = parsed_bytes(files.read(path) or b"")
    except (EditError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and target.id == "raw_env" and isinstance(value, ast.List | ast.Tuple):
            matches = (ASSIGNMENT.match(_literal(entry)) for entry in value.elts)
            yield from ((match[1], match[2]) for match in matches if match)
        elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == "os.environ" and _literal(target.slice):
            yield _literal(target.slice), _literal(value)


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
