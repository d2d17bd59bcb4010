"""Management commands of the project, with the environment of this machine or of production."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from wizard.base import process
from wizard.base.process import Completed
from wizard.base.secrets import is_secret_name
from wizard.project import dotenv_files
from wizard.project.import_folders import VARIABLE
from wizard.project.project import Project
from wizard.targets.verification.guard import guarded


def manage(
    project: Project, *arguments: str, environment: str = "development", on_line: Callable[[str], None]
) -> Completed:
    """Run `manage.py` with *arguments*.

    With the development environment the command runs in the project's folder. With production's it runs in the copy of
    the files that would be deployed, without settings files that git ignores.
    """
    script, root = project.manage, project.root
    if environment == "production":
        project.inspect_settings()  # updates the copy
        script, root = project.copy.at(script), project.copy.at(root)
    values = command_environment(project, environment)
    if environment == "production":
        values = guarded(project, values)
    argv = [str(project.python.path), str(script), *arguments]
    return _run(argv, root, values, on_line)


def development_command(project: Project, *arguments: str) -> Completed:
    """Run `manage.py` with the settings of this machine, whether or not those of production load."""
    argv = [str(project.python.path), str(project.manage), *arguments]
    return _run(argv, project.root, _development_environment(project, {}))


def _run(
    argv: list[str], root: Path, environment: Mapping[str, str], on_line: Callable[[str], None] = lambda line: None
) -> Completed:
    """Run *argv* in the folder *root*, where it leaves no empty database."""
    process.spent.interpreters += 1
    before = set(root.glob("*.sqlite3"))
    done = process.run(argv, cwd=root, env=environment, on_line=on_line)
    for path in set(root.glob("*.sqlite3")) - before:
        if not path.stat().st_size:  # created by a check that only opened the database
            path.unlink()
    return done


def command_environment(project: Project, kind: str) -> dict[str, str]:
    """Return the environment of a command: `development` or `production`."""
    if kind == "production":
        return project.production_environment(DJANGO_SETTINGS_MODULE=project.production_module)
    return _development_environment(project, missing_variables(project))


def _development_environment(project: Project, placeholders: Mapping[str, str]) -> dict[str, str]:
    """The environment of this machine, with *placeholders* for variables that it lacks."""
    # Some manage.py set no DJANGO_SETTINGS_MODULE and rely on a variable that may be missing here.
    module = {"DJANGO_SETTINGS_MODULE": project.settings_module}
    own = dotenv_files.development_environment(project.manage, project.development_env, project.top)
    values = {**module, **placeholders, **own}
    if folders := project.loader.extra_files.import_path:
        values[VARIABLE] = os.pathsep.join(filter(None, [values.get(VARIABLE, ""), folders]))
    return process.marked(values, project.root)


def missing_variables(project: Project) -> dict[str, str]:
    """Return placeholders for required variables without a value here, as in a clone without its .env file."""
    values = dict(project.placeholders)
    if not project.development_status()[0]:  # a value in .env.production is of no use to a development command
        required = {name for _, name, _, default in project.settings.reads() if default is None}
        required |= {name for name in project.env_values(project.production_env) if is_secret_name(name)}
        for name in required & project.env_values(project.production_env).keys():
            values.setdefault(name, project.placeholder(name))
    present = _development_names(project) | process.own_environment().keys()
    return {name: value for name, value in values.items() if name not in present}


def _development_names(project: Project) -> set[str]:
    path: Path = project.development_env
    return set(project.env_values(path)) if path.is_file() and project.reads_env_file else set()
