"""Files that a platform's builder needs in order to install the requirements.

Builders look for requirements.txt. Some copy only that file before they install it, and not what it includes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from steps.shared.commits import is_uncommitted
from wizard.plan.actions import RecordRequirements, WriteFile
from wizard.project.dependencies import DependencyFile, copy_header
from wizard.project.project import Project


def missing_files(project: Project, added: Sequence[str]) -> Sequence[WriteFile | RecordRequirements]:
    """Return the actions that create them: a requirements.txt, and the configuration of the builder.

    A project with a Dockerfile needs neither. *added* are packages that are recorded in the same plan.
    """
    dependencies, why = project.dependencies, "builders look for this file"
    if not dependencies.exists or _has_dockerfile(project):
        return []
    folder = dependencies.path.parent
    if dependencies.needs_copy:
        return _copy(dependencies, folder / "requirements.txt", added, why)
    if dependencies.kind != "requirements":
        return []
    if dependencies.entry or dependencies.lock or dependencies.path.name == "requirements.txt":
        return _configuration(project, dependencies.folder, dependencies.included())
    line = f"-r {folder.name}/{dependencies.path.name}\n".encode()
    entry = WriteFile(folder.parent / "requirements.txt", None, line, why)
    return [entry, *_configuration(project, folder.parent, [folder.name])]


def _copy(
    dependencies: DependencyFile, path: Path, added: Sequence[str], why: str
) -> list[WriteFile | RecordRequirements]:
    """Return the actions that write the requirements of the project's file to *path*, as they are installed here."""
    header = copy_header(dependencies.path.name)
    listed = [each for each in dependencies.requirements().values() if not each.url]
    listed = [each for each in listed if each.marker is None or each.marker.evaluate()]
    extras = {each.name: f"[{','.join(sorted(each.extras))}]" if each.extras else "" for each in listed}
    wanted = dict.fromkeys([*(f"{name}{extra}" for name, extra in extras.items()), *added])
    return [WriteFile(path, None, header, why), RecordRequirements(path, "requirements", tuple(wanted), header)]


def _configuration(project: Project, folder: Path, included: list[str]) -> list[WriteFile]:
    """Return the action that makes the builder copy the *included* files, if it has to be told."""
    platform = project.platform
    path = folder / platform.builder_file
    if not included or not platform.builder_file or path.exists():
        return []
    content = platform.builder_include.replace("{included}", json.dumps(included)).encode()
    return [WriteFile(path, None, content, "the builder copies the included requirements files")]


def uncommitted_files(project: Project) -> list[Path]:
    """Return those of these files that exist and are not committed."""
    dependencies = project.dependencies
    if not dependencies.included():
        return []
    found = [dependencies.entry, dependencies.folder / (project.platform.builder_file or "requirements.txt")]
    return [path for path in found if path and path.is_file() and is_uncommitted(project, path)]


def _has_dockerfile(project: Project) -> bool:
    folders = [project.root, *(parent for parent in project.root.parents if parent.is_relative_to(project.top))]
    return any((folder / "Dockerfile").is_file() for folder in folders)
