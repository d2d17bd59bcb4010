"""Faults of a start command that can be seen without running it: a missing program or module, an address, a number."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from steps.shared import image_rights, start_commands
from steps.shared.start_commands import DEVELOPMENT, SERVER, VARIABLES, Wanted
from wizard.base import files
from wizard.editing import syntax
from wizard.project.project import Project
from wizard.project.start_sources import Kind, StartSource

PARTS = re.compile(r"\s*(?:&&|\|\||;)\s*")
NOT_PROGRAMS = {
    ".", ":", "[", "[[", "!", "{", "(", "cd", "echo", "eval", "exec", "export", "false", "for", "if", "set", "source",
    "test", "trap", "true", "ulimit", "umask", "unset", "wait", "while", "case", "then", "fi", "do", "done", "else",
}  # fmt: skip
"""Words of the shell."""
OF_THE_PLATFORM = {"python", "python3", "pip", "uv", "uvx", "poetry", "pipenv", "pdm", "node", "npm", "npx", "bun"}
"""Programs that the platform's builder installs where a project needs them. Source: Railpack's documentation."""
LOOPBACK = re.compile(r"(?<![\w.])(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\S+)?")
ADDRESS = re.compile(r"(?:--bind|-b|--host|-h|--endpoint|--listen)[= ]['\"]?(?P<address>\S+?)['\"]?(?=\s|$)")
WORKERS = re.compile(r"(?<=\s)(?P<option>--workers|-w|--processes)[= ](?P<count>\d+)(?=\s|$)")
TIMEOUT = re.compile(r"(?<=\s)(?P<option>--timeout|-t)[= ](?P<seconds>\d+)(?=\s|$)")
CONNECTIONS = 97
"""Connections that PostgreSQL accepts by default: 100, of which 3 are kept for superusers. A worker holds one."""
SHORTEST_TIMEOUT = 5
"""gunicorn kills a worker whose request takes longer than its timeout, in seconds. Its default is 30."""


def faults(project: Project, source: StartSource, wanted: Wanted) -> list[str]:
    """The faults of the command of *source*."""
    found = []
    if source.kind is Kind.PROCFILE and not source.command and source.others:
        return [f"it has no process type web, only {', '.join(source.others)}"]
    missing = start_commands.missing_parts(source, wanted)
    found += [f"missing: {', '.join(missing)}"] if missing else []
    if unwritable := image_rights.find(project, source):
        found.append(unwritable.fault)
    parts = PARTS.split(source.command)
    for number, part in enumerate(parts):
        folder = start_commands.folder_after(source.folder, parts[:number])
        if not source.image and (name := _absent(project, part, folder)):
            found.append(f"there is no program {name}")
        found += _server_faults(project, source, part, folder)
    return found


def _absent(project: Project, part: str, folder: Path) -> str:
    """The program that *part* runs, if neither the environment nor this machine has it. Else empty.

    A server that is not installed is a fault of the dependency file.
    """
    rest = re.sub(rf"^{VARIABLES}(?:exec +)?", "", part.strip())
    try:
        words = shlex.split(rest)
    except ValueError:
        return ""
    name = words[0] if words else ""
    if not name or name in NOT_PROGRAMS or not re.fullmatch(r"[\w./+-]+", name) or name.startswith("/"):
        return ""
    if "/" in name:
        return "" if files.exists(folder / name) else name
    if name in OF_THE_PLATFORM or SERVER.match(rest):
        return ""
    return "" if files.exists(project.python.path.parent / name) or shutil.which(name) else name


def _server_faults(project: Project, source: StartSource, part: str, folder: Path) -> Iterator[str]:
    if DEVELOPMENT.match(part):
        yield "runserver is for development: it is neither fast nor secure"
        return
    server = SERVER.match(part)
    if server is None:
        return
    yield from _application_faults(project, part, folder)
    address = ADDRESS.search(part)
    repaired = start_commands.with_address(part, source.folder)
    if local := LOOPBACK.search(address["address"] if address else ""):
        yield f"it listens on {local[0]}, which the platform can't reach"
    elif repaired != part:
        given = address["address"] if address else "an address of its own"
        yield f"it listens on {given}, not on the platform's ${{PORT}}"
    workers = WORKERS.search(part)
    if workers and not 0 < int(workers["count"]) <= CONNECTIONS:
        why = "nothing answers" if workers["count"] == "0" else f"PostgreSQL accepts {CONNECTIONS} connections"
        yield f"{workers['option']} {workers['count']}: {why}"
    timeout = TIMEOUT.search(part) if server["program"] == "gunicorn" else None
    if timeout and 0 < int(timeout["seconds"]) < SHORTEST_TIMEOUT:
        yield f"{timeout['option']} {timeout['seconds']}: gunicorn kills a worker whose request takes longer"


def _application_faults(project: Project, part: str, folder: Path) -> Iterator[str]:
    """The module that *part* serves can't be imported, or lacks the named application."""
    found, file = start_commands.application_file(part, folder)
    if found is None or start_commands.has_own_path(part, found):
        return
    if file is None:
        yield f"there is no module {found[1]}"
    elif found[2] and not _defines(file, found[2].removeprefix(":").split(".")[0]):
        yield f"{project.display_path(file)} has no {found[2].removeprefix(':')}"


def _defines(file: Path, name: str) -> bool:
    """Whether the module *file* defines *name*. One that imports everything from another module may."""
    text = files.text(file)
    if not syntax.is_valid(text):
        return True  # for its own interpreter it may be
    for node in ast.walk(syntax.parsed(text)):
        match node:
            case ast.Name(id=found, ctx=ast.Store()) if found == name:
                return True
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name in {name, "__getattr__"}:
                return True
            case ast.ImportFrom() | ast.Import():
                names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
                if names & {name, "*"}:
                    return True
    return False


def place(project: Project, source: StartSource) -> str:
    """The file and line of the start command."""
    path, line = source.place()
    return f"{project.display_path(path)}:{line}"
