"""The command that a troubleshooting hint offers, as an action that can be undone."""

from __future__ import annotations

from wizard.base import files
from wizard.checklist.model import Hint
from wizard.plan.actions import RunCommand
from wizard.project.project import Project
from wizard.project.static_settings import static_folder, tracked_files


def fix_command(project: Project, hint: Hint) -> RunCommand | None:
    """Return the command of *hint*. None if there is none, or if it would write what Golive must not.

    `collectstatic` runs as task 9 runs it: on the release copy, and not if STATIC_ROOT is outside of the project or has
    files in git.
    """
    if not hint.run:
        return None
    argv = (str(project.python.path), str(project.manage), *hint.run.split())
    if argv[2] != "collectstatic":
        return RunCommand(argv, project.root, hint.text.lower())
    folder = static_folder(project)
    if not files.inside(folder, project.top) or tracked_files(project, folder):
        return None
    return RunCommand(argv, project.root, hint.text.lower(), "release", (folder,))
