"""Complete and repair the command that starts the service, in the style of the one that is there.

A command is a chain of parts, `a && b && server`, or the lines of a script. Parts that are missing are inserted at
their place; the other parts stay as they are.
Source: measured with sh, bash, gunicorn, Uvicorn, Daphne and Hypercorn; Railpack's source.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.project import asgi
from wizard.project.project import Project
from wizard.project.settings_lookup import module_file
from wizard.project.start_sources import Kind, StartSource
from wizard.project.start_variables import GUNICORN_CONFIGURATION

WRAPPER = r"(?:(?:poetry|pipenv|uv) run |newrelic-admin run-program |opentelemetry-instrument |ddtrace-run )?"
VARIABLES = r"(?:[A-Z_][A-Z0-9_]*=\S+ +)*"
PROGRAM = r"(?P<program>gunicorn|uvicorn|daphne|hypercorn|waitress-serve|granian|uwsgi)\b"
SERVER = re.compile(rf"^{VARIABLES}(?:exec +)?{WRAPPER}(?:python3? -m |\S*/)?{PROGRAM}")
DEVELOPMENT = re.compile(rf"^{VARIABLES}(?:exec +)?{WRAPPER}(?:python[\d.]*\s+)?\S*manage\.py\s+runserver\b")
MANAGE = re.compile(r"(?:(?:poetry|pipenv|uv) run )?(?:python[\d.]* +)?\S*manage\.py(?= )")
MODULE = re.compile(r"(?<![\w./=-])([A-Za-z_]\w*(?:\.\w+)*)(:[A-Za-z_][\w.]*)?(?:\(\))?(?=\s|$)")
VALUE_OF = re.compile(
    r"(?:^|\s)(?:-[cnkep]|--(?:config|log-config|name|worker-class|env|pid|log-file|access-logfile|error-logfile))\s+$"
)
"""An option before its value, which is not the name of the application."""
IMPORT_FOLDER = re.compile(r"--(?:chdir|pythonpath|app-dir)[= ](\S+)")
"""An option with a folder from which the server imports."""
CHAIN = re.compile(r"(\s*(?:&&|;)\s*)")
ORDER = ("migrate", "createcachetable", "compilemessages", "compilescss", "collectstatic", "compress")
"""Management commands in the order in which they must run."""
FIXED_ADDRESS = re.compile(r"(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::\]|\*)?:(?:\d+|\$PORT\b|\$\{PORT\})")
DEFAULT_PORT = "${PORT:-8000}"


@dataclass(frozen=True)
class Wanted:
    """What the start command must have.

    Arguments:
        commands: management commands with their arguments.
        server: the command that serves the project.
        asgi: whether the server must be an ASGI server.
        application: the module and the name of the application that *server* loads.
    """

    commands: tuple[str, ...]
    server: str
    asgi: bool
    application: str


def new_command(project: Project, source: StartSource, wanted: Wanted) -> str:
    """The start command for a project that has none."""
    below = project.root.relative_to(source.folder).as_posix() if project.root != source.folder else "."
    parts = [f"cd {below}"] if below != "." else []
    parts += [f"python manage.py {each}" for each in _missing_commands(source, wanted.commands)]
    return " && ".join([*parts, f"exec {wanted.server}"])


def completed(project: Project, source: StartSource, wanted: Wanted) -> str:
    """The command of *source* with everything that is *wanted*. A script that it runs is not changed here."""
    if not source.command:
        return new_command(project, source, wanted)
    pieces = CHAIN.split(source.command)
    parts, joins = [part.strip() for part in pieces[::2]], pieces[1::2]
    server = next((place for place, part in enumerate(parts) if SERVER.match(part) or DEVELOPMENT.match(part)), -1)
    if server < 0 or server != len(parts) - 1 or re.search("[&|]", parts[server]):
        return source.command  # the project's own script, or a command that goes on after the server
    before = list(parts)
    folder = folder_after(source.folder, parts[:server])
    parts[server], moved = _server(project, source, parts[server], folder, wanted)
    if moved:
        parts.insert(0, moved)
        joins.insert(0, " && ")
        folder = folder_after(source.folder, parts[:1])
    _insert_missing(project, source, parts, joins, folder, wanted.commands)
    if parts == before:
        return source.command
    return "".join(part + (joins[place] if place < len(joins) else "") for place, part in enumerate(parts))


def _insert_missing(
    project: Project, source: StartSource, parts: list[str], joins: list[str], folder: Path, commands: tuple[str, ...]
) -> None:
    manage = _manage_call(project, source.at_start(), folder)
    for command in _missing_commands(source, commands):
        place = _place(parts, command)
        parts.insert(place, f"{manage} {command}")
        joins.insert(min(place, len(joins)), " && ")


def _missing_commands(source: StartSource, commands: tuple[str, ...]) -> list[str]:
    """Those of *commands* that nothing runs yet. A build has no database, so migrations have to run at the start."""
    at_start, everything = source.at_start(), source.everything()
    return [each for each in commands if not _has(at_start if _needs_database(each) else everything, each)]


def _needs_database(command: str) -> bool:
    return command.startswith(("migrate", "createcachetable"))


def _manage_call(project: Project, given: str, folder: Path) -> str:
    """How the command calls manage.py already, else `python manage.py`."""
    if (found := MANAGE.search(given)) and not found[0].startswith("/"):
        return found[0]
    return f"python {os.path.relpath(project.manage, folder)}"


def _has(given: str, command: str) -> bool:
    name = command.split(maxsplit=1)[0]
    return bool(re.search(rf"\b(?:manage\.py|django-admin|django)(?: +-\S+)* +{name}\b", given))


def _place(parts: list[str], command: str) -> int:
    """Where *command* belongs: after those that come before it, else before those that come after it."""
    rank = {name: place for place, name in enumerate(ORDER)}
    own = rank.get(command.split(maxsplit=1)[0], len(ORDER))
    ranks = [next((rank[name] for name in ORDER if _has(part, name)), None) for part in parts]
    if lower := [place for place, other in enumerate(ranks) if other is not None and other < own]:
        return lower[-1] + 1
    if higher := [place for place, other in enumerate(ranks) if other is not None and other > own]:
        return higher[0]
    if own == 0:
        return next((place for place, part in enumerate(parts) if not re.match(r"(cd|export|set|source|\.) ", part)), 0)
    return len(parts) - 1


def folder_after(folder: Path, parts: list[str]) -> Path:
    """The folder after the `cd` commands among *parts*."""
    for part in parts:
        if found := re.match(r"cd +['\"]?([^'\"$]+?)['\"]?$", part):
            place = folder / found[1].strip()
            folder = place.resolve() if files.is_folder(place) else folder
    return folder


# ---- the server


def _server(project: Project, source: StartSource, part: str, folder: Path, wanted: Wanted) -> tuple[str, str]:
    """The repaired command of the server, and a `cd` to put before it, if it needs one."""
    elsewhere = any(asgi.ASGI_COMMAND.search(command) for command in source.others.values())
    wrong_kind = wanted.asgi and not asgi.ASGI_COMMAND.search(part) and not elsewhere
    if DEVELOPMENT.match(part) or wrong_kind:
        moved = _way_to(project, folder)
        return f"exec {wanted.server}", moved
    match = SERVER.match(part)
    if match and match.end() == len(part):  # no application is named
        return f"exec {wanted.server}", _way_to(project, folder)
    part = with_address(part, source.folder)
    part, moved = _with_module(project, part, folder, wanted)
    forks = match is not None and match["program"] in asgi.FORKING
    if forks and "--workers 1" in wanted.server and not re.search(r"--workers|\s-w\b", part):
        part += " --workers 1"
    return _with_exec(part), moved


def _way_to(project: Project, folder: Path) -> str:
    near = project.root != folder and project.root.is_relative_to(folder)
    return f"cd {project.root.relative_to(folder).as_posix()}" if near else ""


def _with_exec(part: str) -> str:
    """*part* with `exec`, after its variables. The shell would keep signals from the server without it."""
    variables = re.match(VARIABLES, part)
    end = variables.end() if variables else 0
    return part if part[end:].startswith("exec ") else f"{part[:end]}exec {part[end:]}"


def _with_module(project: Project, part: str, folder: Path, wanted: Wanted) -> tuple[str, str]:
    """*part* with the project's application, if the one it names does not exist."""
    found, file = application_file(part, folder)
    if found is None or file:
        return part, ""
    moved = _way_to(project, folder)
    if moved and module_file(project.root, found[1]) and not IMPORT_FOLDER.search(part):
        return part, moved
    if not wanted.application or has_own_path(part, found):
        return part, ""
    return part[: found.start()] + wanted.application + part[found.end() :], moved


def application_file(part: str, folder: Path) -> tuple[re.Match[str] | None, Path | None]:
    """The module that the server in *part* loads from *folder*, with the name after its colon, and the module's file.

    The file is None if it is in none of the folders that *part* names.
    """
    found = _application_in(part)
    folders = [folder, *(folder / option for option in IMPORT_FOLDER.findall(part))]
    return found, next((path for each in folders if found and (path := module_file(each, found[1]))), None)


def has_own_path(part: str, found: re.Match[str]) -> bool:
    """Whether *part* has PYTHONPATH or a variable before its application *found*, which may come from elsewhere."""
    return bool(re.search(r"PYTHONPATH|\$", part[: found.start()]))


def _application_in(part: str) -> re.Match[str] | None:
    program = SERVER.match(part)
    modules = MODULE.finditer(part, program.end() if program else 0)
    return next(
        (each for each in modules if _names_application(each) and not VALUE_OF.search(part[: each.start()])), None
    )


def _names_application(match: re.Match[str]) -> bool:
    return bool(match[2] or re.search("[aw]sgi", match[1]))


def with_address(part: str, folder: Path) -> str:
    """*part* so that it listens on all interfaces, on the port that the platform chooses."""
    match = SERVER.match(part)
    program = match["program"] if match else ""
    if program in {"gunicorn", "hypercorn"}:
        changed, count = re.subn(
            rf"((?:--bind[= ]|(?<=\s)-b[= ]?)['\"]?)(?:{FIXED_ADDRESS.pattern}|unix:[^\s'\"]+)(?=['\"]|\s|$)",
            lambda found: found[0] if "$" in found[0] else f"{found[1]}0.0.0.0:{DEFAULT_PORT}", part,
        )  # fmt: skip
        if count:
            return changed
        needs = program == "hypercorn" or _has_fixed_bind(part, folder)  # gunicorn uses PORT by itself
        given = re.search(r"--bind|\s-b\b", part)
        return f"{part} --bind 0.0.0.0:{DEFAULT_PORT}" if needs and not given else part
    if program in {"uvicorn", "granian"}:
        part = _option(part, r"--host", "0.0.0.0", keep=r"0\.0\.0\.0|::|\$")  # noqa: S104 - the platform's edge
        return _option(part, r"--port", DEFAULT_PORT, keep=r"\$")
    if program == "daphne" and not re.search(r"(?<=\s)(-e|--endpoint|-u|--fd)\b", part):
        part = _option(part, r"(?:-b|--bind)", "0.0.0.0", keep=r"0\.0\.0\.0|::|\$", name="-b")  # noqa: S104
        return _option(part, r"(?:-p|--port)", DEFAULT_PORT, keep=r"\$", name="-p")
    if program == "uwsgi" and "die-on-term" not in part:
        return f"{part} --die-on-term"  # uWSGI restarts on SIGTERM. Source: uWSGI's documentation
    if program == "waitress-serve" and not re.search(r"--listen[= ]\S*\$|--unix-socket", part):
        part = re.sub(r"--listen[= ]\S+", f"--listen=*:{DEFAULT_PORT}", part)
        return part if "--listen" in part else _option(part, r"--port", DEFAULT_PORT, keep=r"\$", first=True)
    return part


def _has_fixed_bind(part: str, folder: Path) -> bool:
    """Whether gunicorn's configuration file chooses an address without the platform's port."""
    named = GUNICORN_CONFIGURATION.search(part)
    path = folder / (named[1] if named else "gunicorn.conf.py")
    text = files.text(path) if files.inside(path, folder) and files.is_file(path) else ""
    found = re.search(r"(?m)^bind\s*=(.*)$", text)
    return bool(found) and "PORT" not in text


def _option(part: str, pattern: str, value: str, *, keep: str, name: str = "", first: bool = False) -> str:
    """*part* with *value* for an option, unless its value matches *keep*. A missing option goes to the end."""
    found = re.search(rf"(?<=\s)({pattern})([= ])(\S+)", part)
    if found is None:
        option = f"{name or pattern}{'=' if first else ' '}{value}"
        if not first:
            return f"{part} {option}"
        program = SERVER.match(part)
        end = program.end() if program else len(part)
        return f"{part[:end]} {option}{part[end:]}"
    if re.search(keep, found[3]):
        return part
    return f"{part[: found.start()]}{found[1]}{found[2]}{value}{part[found.end() :]}"


# ---- scripts


def completed_script(project: Project, source: StartSource, wanted: Wanted) -> tuple[Path, bytes, bytes] | None:
    """A script that the command runs, its content, and the content with everything that is *wanted*.

    None if there is no script, or if it does not end with a server.
    """
    path = source.script()
    before = files.read(path) if path else None
    if path is None or before is None:
        return None
    text = before.decode("utf-8", "surrogateescape")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    place = next((at for at in range(len(lines) - 1, -1, -1) if _is_server(lines[at])), -1)
    if place < 0 or "&&" in lines[place]:
        return None
    end = place
    while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
        end += 1
    command = " ".join(line.strip().removesuffix("\\").strip() for line in lines[place : end + 1])
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    repaired, moved = _server(project, source, command, folder_after(source.folder, lines[:place]), wanted)
    manage = _manage_call(project, source.at_start(), source.folder)
    added = [f"{indent}{manage} {each}" for each in _missing_commands(source, wanted.commands)]
    written = lines[place : end + 1] if repaired == command else [indent + repaired]
    lines[place : end + 1] = [*([indent + moved] if moved else []), *added, *written]
    after = newline.join(lines) + (newline if text.endswith("\n") else "")
    return path, before, after.encode("utf-8", "surrogateescape")


def _is_server(line: str) -> bool:
    return bool(SERVER.match(line.strip()) or DEVELOPMENT.match(line.strip()))


# ---- evidence


def missing_parts(source: StartSource, wanted: Wanted) -> list[str]:
    """The parts that the start of the service lacks."""
    script = source.script()
    last = f"{source.command}\n{files.text(script) if script else ''}"
    words = source.image.last(source.instruction) if source.image and source.kind is Kind.DOCKERFILE else None
    direct = words is not None and words.words() is not None and "&&" not in source.command
    missing = [] if direct or re.search(r"\bexec ", last) else ["exec"]
    missing += [command.split()[0] for command in _missing_commands(source, wanted.commands)]
    if wanted.asgi and not asgi.ASGI_COMMAND.search(last):
        missing.append("an ASGI server")
    return missing
