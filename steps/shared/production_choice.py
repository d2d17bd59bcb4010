"""How production chooses its settings: the variable that decides, what overrides it, and the evidence about both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from steps.shared.setting_variables import debug_variable
from steps.shared.settings_names import SERVERS
from wizard.base import files
from wizard.plan.draft import Draft
from wizard.project import served_settings, start_sources, start_variables
from wizard.project.project import Project
from wizard.project.served_settings import Problem
from wizard.project.settings_lookup import settings_named_in
from wizard.project.start_sources import StartSource
from wizard.project.start_variables import MODULE, StartVariable


def module_variable(project: Project) -> dict[str, str]:
    """DJANGO_SETTINGS_MODULE with production's module, if the server or manage.py would load another one without it.

    Empty if .env.production has it already.
    """
    wanted, given = project.production_module, project.env_values(project.production_env).get(MODULE, "")
    image = start_sources.find(project.root, project.top).environment.get(MODULE, wanted)
    # For manage.py too, because migrate and collectstatic use the module it names.
    needed = {project.served_module, project.settings_module, image} != {wanted} or given
    return {MODULE: wanted} if needed and given != wanted else {}


def let_variable_decide(project: Project, draft: Draft) -> None:
    """Let wsgi.py and its like set another settings module only where DJANGO_SETTINGS_MODULE is not set."""
    paths = (path for name in SERVERS for pattern in (name, f"*/{name}", f"*/*/{name}")
             for path in project.root.glob(pattern))  # fmt: skip
    for path in sorted(set(paths) & set(project.copy.known())):
        choice = served_settings.choice_in(path)
        if not choice.forced or choice.module == project.production_module:
            continue
        source = draft.source(path, "let DJANGO_SETTINGS_MODULE choose the settings in production")
        for node in source.tree.body:
            match node:
                case ast.Assign(targets=[ast.Subscript(value=variables, slice=key)], value=value):
                    if isinstance(key, ast.Constant) and key.value == MODULE:
                        call = f"{source.segment(variables)}.setdefault({source.segment(key)}, {source.segment(value)})"
                        source.splice(source.span(node.targets[0])[0], source.span(value)[1], call)


# ---- what the start command overrides


def overrides(project: Project, source: StartSource) -> list[tuple[StartVariable, str]]:
    """Variables that the start sets so that production would run with other settings, each with the right value."""
    found = []
    debug_is_on, names = project.value("DEBUG") is not False, {debug_variable(project)}
    for each in start_variables.of_server(source).values():
        if each.is_default:
            continue
        if each.name == MODULE and each.value != project.production_module:
            found.append((each, project.production_module))
        elif each.name in names and debug_is_on:
            found.append((each, "False"))
    return found


def corrected(project: Project, source: StartSource, path: Path, text: str) -> str:
    """*text*, which is the start command or the content of another file, with the right values of the variables."""
    for each, value in overrides(project, source):
        if each.path == path:
            text = re.sub(
                rf"(?<![\w$]){each.name}=(['\"]?){re.escape(each.value)}(?!\w)", rf"{each.name}=\g<1>{value}", text
            )
            if each.name == MODULE:
                text = re.sub(rf"(--settings[= ]){re.escape(each.value)}(?!\w)", rf"\g<1>{value}", text)
    return text


def correct_start(project: Project, draft: Draft) -> None:
    """Let the start command, its script and gunicorn's configuration set production's values of these variables."""
    source = start_sources.find(project.root, project.top)
    for path in {each.path for each, _ in overrides(project, source)}:
        if path == source.path:
            content = source.rewritten(corrected(project, source, path, source.command))
        else:
            text = draft.content(path).decode("utf-8", "surrogateescape")
            content = corrected(project, source, path, text).encode("utf-8", "surrogateescape")
        if content != draft.content(path):
            draft.put(path, content, "start production with its own settings")


# ---- evidence


def problems(project: Project) -> Iterator[Problem]:
    """Why the server or manage.py would not run with the settings that are judged, or not with DEBUG off."""
    if problem := debug_problem(project, project.value("DEBUG")) or served_settings.problem(project):
        yield problem
    source, wanted = start_sources.find(project.root, project.top), project.production_module
    started = start_variables.of_management(source)
    variables = start_variables.in_effect(started, project.service_values())
    given = project.env_values(project.production_env).get(MODULE)
    module = variables.get(MODULE) or given or settings_named_in(project.manage) or project.settings_module
    if module != wanted:
        found = f"manage.py loads {module} there, not {wanted}"
        place = _manage_place(project)
        if MODULE in variables:
            place = served_settings.place_of(project, started[MODULE])
        elif given:
            place = served_settings.env_place(project, MODULE)
        else:
            found += f", because nothing sets {MODULE}={wanted}"
        yield Problem(found, place)


def debug_problem(project: Project, debug: object) -> Problem | None:
    """Why DEBUG is on in production, or would be, where *debug* is its value in the settings that are judged."""
    problem = served_settings.problem(project)
    if problem and problem.concerns("DEBUG"):
        return problem
    return (
        Problem(f"DEBUG is {debug} with production's variables", debug_place(project)) if debug is not False else None
    )


def start_problems(project: Project, source: StartSource) -> list[Problem]:
    """What the start command sets so that production would run with other settings."""
    return [
        Problem(f"the start command sets {each.name} to {each.value}", served_settings.place_of(project, each))
        for each, _ in overrides(project, source)
    ]


def debug_place(project: Project) -> str:
    """The line that turns DEBUG on in production: that of its variable, if the settings read one."""
    name = next(iter(project.settings.variables("DEBUG")), "")
    started = start_variables.of_server(start_sources.find(project.root, project.top))
    if name in project.start_variables:
        return served_settings.place_of(project, started[name])
    if name in project.service_values():
        return served_settings.env_place(project, name)
    return project.origin("DEBUG") or project.display_path(project.settings.main)


def _manage_place(project: Project) -> str:
    lines = files.text(project.manage).splitlines()
    number = next((number for number, line in enumerate(lines, 1) if MODULE in line), 1)
    return f"{project.display_path(project.manage)}:{number}"
