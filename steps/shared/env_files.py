"""What several steps do to the project's environment files."""

from __future__ import annotations

import ast
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

from steps.shared import packages
from wizard.base import files
from wizard.editing import dotenv
from wizard.editing.text import line_end
from wizard.plan.actions import Action
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.settings import Definition


def keep_development_working(project: Project, draft: Draft, values: dict[str, str], edited: Collection[Path]) -> None:
    """Put *values* into the .env this machine reads, unless it has them: production's defaults are stricter.

    Nothing where none of the *edited* files is among the settings of this machine.
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
                "this machine only",
                secret=True,
            )
    add_to_gitignore(project, draft, path, ".env")
    if not project.reads_env_file:
        insert_load_dotenv(project, draft)


def install_env_loader(project: Project) -> list[Action]:
    """The package that reads .env, where nothing does yet."""
    if project.reads_env_file or project.settings.environment.kind != "os":
        return []
    return packages.add_packages(project, ("python-dotenv",), "the settings read .env with it")


def add_to_gitignore(project: Project, draft: Draft, path: Path, pattern: str) -> None:
    """See that git ignores *path*, by *pattern* in the .gitignore of the repository."""
    if is_ignored(project, path):
        return
    file = project.top / ".gitignore"
    text = draft.content(file).decode("utf-8", "replace")
    if pattern.endswith("/") and _elsewhere(project, path.parent):
        pattern = f"/{path.parent.relative_to(project.top).as_posix()}/"
    if pattern in text.split():
        return
    newline = line_end(text)
    glue = newline if text and not text.endswith("\n") else ""
    draft.put(file, draft.content(file) + f"{glue}{pattern}{newline}".encode(), f"{pattern} stays out of git")


def _elsewhere(project: Project, folder: Path) -> bool:
    """Whether the project keeps another folder of this name: a rule for any depth would hide that one too."""
    parents = {parent for path in project.copy.known() for parent in path.parents if parent.name == folder.name}
    return bool(parents - {folder})


def is_ignored(project: Project, path: Path) -> bool:
    """Whether git's rules keep *path* out; without git, whether the rule stands in .gitignore."""
    if project.git:
        return path in project.git.ignored([path])
    content = files.read(project.top / ".gitignore") or b""
    rules = [line.strip().strip("/") for line in content.decode("utf-8", "replace").splitlines()]
    relative = path.relative_to(project.top)
    names = {path.name, str(relative), *relative.parts[:-1], *(str(parent) for parent in relative.parents)}
    return any(fnmatch(name, rule) for rule in rules if rule and rule[0] not in "#!" for name in names)


def insert_load_dotenv(project: Project, draft: Draft) -> None:
    """Let the settings read .env, before anything asks for a variable: without a loader, nothing would."""
    found = project.settings.definition("BASE_DIR")
    if found and project.base_folder == project.development_env.parent and _opens(found):
        source = draft.source(found.path, "read .env on this machine")
        folder = "Path(BASE_DIR)" if "os." in source.segment(found.value) else "BASE_DIR"
        if folder != "BASE_DIR":
            source.add_import("from pathlib import Path")
        source.insert_after(found.node, f'load_dotenv({folder} / ".env")')
    else:
        source = draft.source(project.settings.sources[0].path, "read .env on this machine")
        depth = len(source.path.relative_to(project.development_env.parent).parts) - 1
        source.add_import("from pathlib import Path")
        source.insert_below_imports(f'load_dotenv(Path(__file__).resolve().parents[{depth}] / ".env")')
    source.add_import("from dotenv import load_dotenv")


def _opens(found: Definition) -> bool:
    """Whether a file's settings begin with this one: nothing above it asks for a variable."""
    above = found.source.tree.body[: found.source.tree.body.index(found.node)]
    return not any(isinstance(node, ast.Assign | ast.AnnAssign | ast.If | ast.Try) for node in above)
