"""Compare the processes of a rehearsal's service to what the evidence is about: settings, interpreter, commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from wizard.base import files
from wizard.project import served_settings, start_sources, start_variables
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.settings_differences import Difference, differences
from wizard.project.start_variables import MODULE, SERVER
from wizard.targets.contradictions import DEBUG_ITEMS, Contradiction
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.observer import ProcessReport

RAN = "asked the running process"
DEPLOYED, STARTED = "17.1", "16.1"
ITEMS = (
    (r"DEBUG$", DEBUG_ITEMS),
    (r"SECRET_KEY$", ("15.1",)),
    (r"ALLOWED_HOSTS$", ("15.3",)),
    (r"CORS_", ("15.10",)),
    (r"DATABASES$", ("13.3",)),
    (r"STATIC|STORAGES", ("9.2",)),
    (r"SECURE_|SESSION_|CSRF_COOKIE|X_FRAME", ("3.1",)),
    (r"LOGGING$", ("4.1",)),
)
"""The items whose evidence is about a setting."""
BY_COMMAND = ("DATABASES", "INSTALLED_APPS", "STATIC_ROOT", "STATIC_URL", "STORAGES", "STATICFILES_STORAGE")
"""The settings that management commands share with the server: the tables and the files that they make."""


def description(deployment: Deployment) -> str:
    """What the running process uses, for evidence. Empty if it did not report."""
    report = deployment.observer.web_process()
    if report is None:
        return ""
    return f"its process uses {report.module} with DEBUG {'on' if report.settings.get('DEBUG') else 'off'}"


def contradictions(deployment: Deployment, environment: Callable[[], Mapping[str, str]]) -> Iterator[Contradiction]:
    """What the running service does otherwise than the evidence says.

    *environment* returns that of the judged settings. It is called only if a process has reported.
    """
    project = deployment.project
    web = deployment.observer.web_process()
    if web is None:
        return
    yield from _interpreter(project, deployment, web)
    yield from _settings(project, deployment, web, environment())
    yield from _commands(project, deployment, web)


def _interpreter(project: Project, deployment: Deployment, web: ProcessReport) -> Iterator[Contradiction]:
    expected = deployment.python.parent.parent
    if Path(web.prefix).resolve() != expected.resolve():
        found = f"the server runs with the Python in {web.prefix}"
        wanted = f"the environment of the deployment, with {project.display_path(project.dependencies.path)}"
        yield Contradiction((DEPLOYED, STARTED), RAN, found, wanted, _start_place(project, Path(web.executable).name))


def _settings(
    project: Project, deployment: Deployment, web: ProcessReport, environment: Mapping[str, str]
) -> Iterator[Contradiction]:
    [answer] = project.settings_under(environment, leave=True)
    if AgentError.of(answer):
        return  # the tasks about the settings report it
    changed = differences(answer["settings"], web.settings, [project.copy.folder, deployment.folder])
    if web.settings.get("DEBUG") and not any(each.name == "DEBUG" for each in changed):
        changed.insert(0, Difference("DEBUG", "True", "False"))  # the start command turns it on
    if not changed:
        return
    same = web.module == project.production_module
    causes = [_cause(project, web, environment, [MODULE])] if not same else []
    for items, group in _by_items(changed):
        names = [f"settings.{each.name}" for each in group]
        names += [variable for each in group for variable in project.settings.variables(each.name)]
        where = (causes or [_cause(project, web, environment, names)])[0]
        module = "" if same else f"the server runs with {web.module}, not {project.production_module}: "
        found = module + "; ".join(map(str, group[:3]))
        started = (STARTED,) if _is_of_start(project, where) else ()
        expected = f"{group[0].name} is {group[0].expected}, as in the settings that were judged"
        yield Contradiction((DEPLOYED, *items, *started), RAN, found, expected, where)


def _by_items(changed: Iterable[Difference]) -> Iterator[tuple[tuple[str, ...], list[Difference]]]:
    """The differences grouped by the items that they concern."""
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for each in changed:
        items = next((items for pattern, items in ITEMS if re.match(pattern, each.name)), ())
        groups.setdefault(items, []).append(each)
    yield from groups.items()


def _commands(project: Project, deployment: Deployment, web: ProcessReport) -> Iterator[Contradiction]:
    """Management commands that used other settings than the server."""
    seen = set()
    for report in deployment.observer.reports():
        if not report.command or report.stage == "request" or report.command in seen or report.module == web.module:
            continue
        seen.add(report.command)
        pairs = [{name: each.settings.get(name) for name in BY_COMMAND} for each in (web, report)]
        if changed := differences(pairs[0], pairs[1], [deployment.folder]):
            file, line = report.assigned.get(MODULE, ("", 0))
            where = f"{file}:{line}" if line else _start_place(project, MODULE)
            found = f"{report.command} used {report.module}, where {changed[0]}"
            yield Contradiction((DEPLOYED,), RAN, found, f"the settings of the server, {web.module}", where)


# ---- causes


def _cause(project: Project, web: ProcessReport, environment: Mapping[str, str], names: list[str]) -> str:
    """The file and line that give one of the variables *names* its value in the process, or chose its settings."""
    for name in names:
        file, line = web.assigned.get(name, ("", 0))
        if line:
            return f"{file}:{line}"
        if place := _start_place(project, name):
            return place
        if file:  # a package such as gunicorn set it
            return file
        if name == MODULE and web.given:
            if web.given == environment.get(MODULE):
                return served_settings.env_place(project, MODULE)
            return f"{project.display_path(start_sources.find(project.root, project.top).path)}:1"
    return f"{web.called[0]}:{web.called[1]}" if web.called[1] and MODULE in names else ""


def _start_place(project: Project, name: str) -> str:
    """Where the start of the service names *name*. Empty if it does not."""
    source = start_sources.find(project.root, project.top)
    variables = start_variables.of_server(source)
    if name in variables:
        return served_settings.place_of(project, variables[name])
    for path in _start_files(source):
        for number, text in enumerate(files.text(path).splitlines(), 1):
            if re.search(rf"(?<![\w.]){re.escape(name)}\b", text) and (SERVER.search(text) or "=" in text):
                return f"{project.display_path(path)}:{number}"
    return ""


def _start_files(source: start_sources.StartSource) -> list[Path]:
    paths = [source.path, *start_variables.scripts(source), *start_variables.gunicorn_configurations(source)]
    return [path for path in paths if path.is_file()]


def _is_of_start(project: Project, where: str) -> bool:
    """Whether the place *where* is in a file of the start command."""
    source = start_sources.find(project.root, project.top)
    return any(where.rpartition(":")[0] == project.display_path(path) for path in _start_files(source))
