"""Changes to the project's .env files, to .gitignore, and to the settings that read .env."""

from __future__ import annotations

import ast
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

from steps.shared import ci_variables, packages
from steps.shared.setting_variables import debug_variable
from wizard.base import files
from wizard.editing import dotenv
from wizard.editing.text import line_end
from wizard.plan.actions import Action
from wizard.plan.draft import Draft
from wizard.project.import_folders import VARIABLE
from wizard.project.project import Project
from wizard.project.settings import Definition


def keep_development_working(project: Project, draft: Draft, values: dict[str, str], edited: Collection[Path]) -> None:
    """Add missing *values* to the local .env file, because the new defaults in the settings are for production.

    Does nothing if the local settings use none of the *edited* files.
    """
    if project.development.paths.isdisjoint(edited):
        return
    path, parser = project.development_env, project.settings.environment.parser
    project.guard(path)
    present = dotenv.values(draft.content(path))
    for name, value in values.items():
        if name not in present:
            draft.put(
                path,
                dotenv.with_value(draft.content(path), name, value, library=parser),
                "values for this machine only",
                secret=True,
            )
    add_to_gitignore(project, draft, path, path.name)
    ci_variables.give(project, draft, values, debug_variable(project))
    if not project.reads_env_file:
        insert_load_dotenv(project, draft)


def missing_import_path(project: Project) -> tuple[tuple[str, str], ...]:
    """PYTHONPATH and its value, if the project imports from other folders and .env.production does not name them."""
    folders = project.loader.extra_files.import_path
    return ((VARIABLE, folders),) if folders and VARIABLE not in project.env_values(project.production_env) else ()


def write_import_path(project: Project, draft: Draft) -> None:
    """Write `missing_import_path` to .env.production."""
    for name, value in missing_import_path(project):
        path, why = project.production_env, f"set {VARIABLE}: the project imports modules from there"
        draft.put(path, dotenv.with_value(draft.content(path), name, value), why, secret=True)


def install_env_loader(project: Project) -> list[Action]:
    """Return the actions that install python-dotenv, if nothing in the project reads .env yet."""
    if project.reads_env_file:
        return []
    return packages.add_packages(project, ("python-dotenv",), "the settings use it to read .env")


def add_to_gitignore(project: Project, draft: Draft, path: Path, pattern: str) -> None:
    """Add *pattern* to the repository's .gitignore, unless git ignores *path* already."""
    if is_ignored(project, path):
        return
    file = project.top / ".gitignore"
    text = draft.content(file).decode("utf-8", "replace")
    if pattern.endswith("/") and _has_namesake(project, path.parent):
        pattern = f"/{path.parent.relative_to(project.top).as_posix()}/"
    if pattern in text.split():
        return
    newline = line_end(text)
    glue = newline if text and not text.endswith("\n") else ""
    draft.put(file, draft.content(file) + f"{glue}{pattern}{newline}".encode(), f"ignore {pattern}")


def _has_namesake(project: Project, folder: Path) -> bool:
    """Whether the project has another folder of this name, which an unanchored pattern would ignore too."""
    parents = {parent for path in project.copy.known() for parent in path.parents if parent.name == folder.name}
    return bool(parents - {folder})


def is_ignored(project: Project, path: Path) -> bool:
    """Whether git ignores *path*. Without a repository, read .gitignore."""
    if project.git:
        return path in project.git.ignored([path])
    content = files.read(project.top / ".gitignore") or b""
    rules = [line.strip().strip("/") for line in content.decode("utf-8", "replace").splitlines()]
    relative = path.relative_to(project.top)
    names = {path.name, str(relative), *relative.parts[:-1], *(str(parent) for parent in relative.parents)}
    return any(fnmatch(name, rule) for rule in rules if rule and rule[0] not in "#!" for name in names)


def insert_load_dotenv(project: Project, draft: Draft) -> None:
    """Insert a call that reads .env into the settings, above the first line that reads a variable.

    It is `load_dotenv` of python-dotenv, or `read_dotenv` if the project has django-dotenv, whose module has the same
    name and which warns about a missing file.
    """
    name = project.development_env.name
    own = packages.same_module_from(project, "python-dotenv") == "django-dotenv"
    call = "if ({0}).is_file():\n    read_dotenv({0})" if own else "load_dotenv({0})"
    found, first = project.settings.definition("BASE_DIR"), project.settings.sources[0].path
    if first in project.settings.included:
        found, first = None, project.settings.main  # it runs before the files that it includes
    if found and project.base_folder == project.development_env.parent and _is_first(found):
        source = draft.source(found.path, "read .env on this machine")
        folder = "Path(BASE_DIR)" if "os." in source.segment(found.value) else "BASE_DIR"
        if folder != "BASE_DIR":
            source.add_import("from pathlib import Path")
        source.insert_after(found.node, call.format(f'{folder} / "{name}"'))
    else:
        source = draft.source(first, "read .env on this machine")
        depth = len(source.path.relative_to(project.development_env.parent).parts) - 1
        source.add_import("from pathlib import Path")
        source.insert_below_imports(call.format(f'Path(__file__).resolve().parents[{depth}] / "{name}"'))
    source.add_import(f"from dotenv import {'read_dotenv' if own else 'load_dotenv'}")


def _is_first(found: Definition) -> bool:
    """Whether no assignment, `if` or `try` precedes this setting, so nothing above it can read a variable."""
    above = found.source.tree.body[: found.source.tree.body.index(found.node)]
    return not any(isinstance(node, ast.Assign | ast.AnnAssign | ast.If | ast.Try) for node in above)
