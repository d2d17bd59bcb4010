"""The settings module that the server's process loads, before there is a deployment that can be asked.

An ordinary wsgi.py is read. Another one, which computes the name, forces it or sets variables, is imported by the agent
in the environment that the service would have, and the settings that are then in effect are its answer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files, process
from wizard.base.errors import EditError
from wizard.editing import dotenv
from wizard.editing.syntax import parsed_bytes
from wizard.project import asgi, start_sources, start_variables
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.project.settings_differences import Difference, differences
from wizard.project.settings_lookup import module_file, settings_named_in
from wizard.project.snapshot import Snapshot
from wizard.project.start_variables import MODULE, StartVariable

APPLICATION = re.compile(r"(?<![\w./=-])([A-Za-z_]\w*(?:\.\w+)*)(?::[A-Za-z_][\w.]*)?(?:\(\))?(?=[\s'\"]|$)")
PLAIN_IMPORTS = {"os", "sys", "pathlib", "__future__", "django.core.wsgi", "django.core.asgi"}


@dataclass(frozen=True)
class Served:
    """The settings that the server loads.

    Arguments:
        module: the settings module. Empty if it can't be told.
        place: the file and line that choose it, as in `shop/wsgi.py:12`.
        settings: their values, if the server's module was imported. They are those of `Snapshot.settings`, in part.
        assigned: the variables that the import of the server's module set, each with its place.
    """

    module: str
    place: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    assigned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """The server would not load the settings that the evidence is about.

    Arguments:
        found: what it would load, with the first difference.
        place: the file and line that choose it.
        changed: the settings that differ. Empty if only the module is known.
    """

    found: str
    place: str
    changed: tuple[Difference, ...] = ()

    def concerns(self, *names: str) -> bool:
        """Whether evidence about one of the settings *names* would be about other values than those in use."""
        return not self.changed or any(each.name in names for each in self.changed)


@dataclass(frozen=True)
class Choice:
    """How a wsgi.py or asgi.py chooses the settings: the module, the line, and whether a variable can change it."""

    module: str
    line: int
    forced: bool
    plain: bool


_kept: list[tuple[Snapshot, Served]] = []
"""The last answer, with the snapshot of the project that it belongs to."""


def problem(project: Project) -> Problem | None:
    """Why the server would not load production's settings as they were judged. None if it would."""
    snapshot = project.snapshot
    if not _kept or _kept[0][0] is not snapshot:
        _kept[:] = [(snapshot, of(project))]
    served, judged = _kept[0][1], project.production_module
    if served.settings:
        changed = differences(project.values, served.settings, [project.copy.folder])
        if not changed:
            return None
        names = [f"settings.{changed[0].name}", *project.settings.variables(changed[0].name)]
        names = names if served.module == judged else [MODULE]
        place = next((served.assigned[name] for name in names if name in served.assigned), served.place)
        return Problem(f"the server loads {served.module}, where {changed[0]}", place, tuple(changed))
    if served.module == judged or (not served.place and not served.module):
        return None
    return Problem(f"the server loads {served.module or 'no settings module'}, not {judged}", served.place)


def of(project: Project) -> Served:
    """The settings that the server of *project* loads with the variables in .env.production."""
    source = start_sources.find(project.root, project.top)
    variables = start_variables.of_server(source)
    service = project.service_values()
    path = application_file(project, source)
    choice = choice_in(path) if path else Choice("", 0, forced=False, plain=True)
    if path and not choice.plain and (served := _asked(project, path, source, variables)):
        return served
    here = f"{project.display_path(path)}:{choice.line}" if path else ""
    if choice.forced:
        return Served(choice.module, here)
    if module := start_variables.in_effect(variables, service).get(MODULE, ""):
        return Served(module, place_of(project, variables[MODULE]))
    if module := service.get(MODULE, ""):
        return Served(module, env_place(project, MODULE))
    return Served(choice.module or (settings_named_in(path) if path else ""), here)


def place_of(project: Project, variable: StartVariable) -> str:
    """Where *variable* is set, as `Procfile:1`."""
    return f"{project.display_path(variable.path)}:{variable.line}"


def env_place(project: Project, name: str, path: Path | None = None) -> str:
    """The place of a variable in a .env file, by default that of production, as `.env.production:3`."""
    path = path or project.production_env
    line = dotenv.line_of(files.read(path) or b"", name)
    return project.display_path(path) + (f":{line}" if line else "")


# ---- the module that the server imports


def application_file(project: Project, source: start_sources.StartSource) -> Path | None:
    """The wsgi.py or asgi.py that the start command serves, else the project's own."""
    texts = [*map(files.text, start_variables.scripts(source)), source.command]
    folders = [source.folder, project.root, *(source.folder / each for each in _folders(texts))]
    configured = [files.text(path) for path in start_variables.gunicorn_configurations(source)]
    for module in [*_applications(texts), *re.findall(r"(?m)^wsgi_app\s*=\s*[\"']([\w.]+)", "\n".join(configured))]:
        for folder in folders:
            if (path := module_file(folder, module)) and files.inside(path, project.top):
                return path
    for kind in ("wsgi", "asgi"):
        served = asgi.application(project, kind).partition(":")[0]
        if served and (path := module_file(project.root, served)):
            return path
    return None


def _folders(texts: list[str]) -> list[str]:
    return re.findall(r"(?:--chdir[= ]|--app-dir[= ]|--pythonpath[= ]|\bcd +)[\"']?([\w./-]+)", "\n".join(texts))


def _applications(texts: list[str]) -> Iterator[str]:
    for line in "\n".join(texts).replace("\\\n", " ").splitlines():
        for part in start_variables.PARTS.split(line):
            if start_variables.SERVER.search(part):
                found = APPLICATION.finditer(part)
                yield from (each[1] for each in found if ":" in each[0] or re.search("[aw]sgi", each[1]))


def choice_in(path: Path) -> Choice:
    """How the module at *path* chooses the settings."""
    try:
        tree = parsed_bytes(files.read(path) or b"")
    except (EditError, SyntaxError, ValueError):
        return Choice("", 1, forced=False, plain=False)
    module, line, forced, plain = "", 1, False, True
    for node in tree.body:
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Import(names=names):
                plain &= all(alias.name in PLAIN_IMPORTS for alias in names)
            case ast.ImportFrom(module=name):
                plain &= name in PLAIN_IMPORTS
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(attr="setdefault"), args=[key, ast.Constant(value=str(text))])
            ):
                plain &= _is_module(key)
                module, line = (text, node.lineno) if not module else (module, line)
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=ast.Constant(value=str(text))):
                plain &= _is_module(key)
                module, line, forced = text, node.lineno, True
            case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id=name), args=[])):
                plain &= name in {"get_wsgi_application", "get_asgi_application"}
            case _:
                plain = False
    return Choice(module, line, forced, plain)


def _is_module(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and key.value == MODULE


def imported(project: Project, path: Path, source: start_sources.StartSource) -> Answer:
    """What the agent sees when it imports the server's module at *path*, in the environment of the service."""
    folder = next((each for each in (source.folder, project.root) if path.is_relative_to(each)), project.root)
    module = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
    request = project.request("start", environment=environment(project), application=module)
    request |= {"settings": "", "paths": [str(project.copy.at(folder)), *request["paths"]]}
    [answer] = project.interpreter.ask_all([request])
    return answer


def _asked(
    project: Project, path: Path, source: start_sources.StartSource, variables: Mapping[str, StartVariable]
) -> Served | None:
    """The settings after the import of the module at *path*. None if it raises."""
    answer = imported(project, path, source)
    if AgentError.of(answer) or not answer.get("module"):
        return None
    assigned = {
        name: f"{project.display_path(project.top / file)}:{line}"
        for name, (file, line) in answer["assigned"].items()
        if line
    }
    given = place_of(project, variables[MODULE]) if MODULE in variables else env_place(project, MODULE)
    return Served(answer["module"], assigned.get(MODULE, given), answer["settings"], assigned)


def environment(project: Project) -> dict[str, str]:
    """The environment that the service would have, without the choice that Golive makes for production's settings."""
    chosen = {"DJANGO_CONFIGURATION": project.configuration} if project.configuration else {}  # every target sets it
    given = {**project.platform.environment, **project.service_values(), **project.start_variables}
    return process.marked(process.bare_environment(**{**chosen, **project.placeholders, **given}), project.root)
