"""Files that a platform's builder needs in order to install the requirements.

Builders look for requirements.txt. Some copy only that file before they install it, and not what it includes.
"""

from __future__ import annotations

import json
from pathlib import Path

from steps.shared.commits import is_uncommitted
from wizard.base import files
from wizard.plan.actions import WriteFile
from wizard.project.project import Project


def missing_files(project: Project) -> list[WriteFile]:
    """Return the files to create: a requirements.txt that includes the project's file, and the builder's configuration.

    A project with a Dockerfile needs neither.
    """
    dependencies, platform = project.dependencies, project.platform
    folder = dependencies.folder
    if dependencies.kind != "requirements" or not dependencies.exists or _has_dockerfile(project):
        return []
    found = []
    if dependencies.entry is None and dependencies.path.name != "requirements.txt" and not dependencies.lock:
        folder = project.root
        entry = folder / "requirements.txt"
        if not dependencies.path.is_relative_to(folder):
            return []
        relative = dependencies.path.relative_to(folder)
        line = f"-r {relative.as_posix()}\n".encode()
        found.append(WriteFile(entry, None, line, "builders look for this file"))
        included = [relative.parent.as_posix()]
    else:
        included = dependencies.included()
    path = folder / platform.builder_file
    if included and platform.builder_file and files.read(path) is None:
        content = platform.builder_include.replace("{included}", json.dumps(included)).encode()
        found.append(WriteFile(path, None, content, "the builder copies the included requirements files"))
    return found


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
