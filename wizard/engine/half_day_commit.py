"""The commit that is proposed at the end of a half-day: files that Golive has changed, and nothing of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.base import files
from wizard.checklist.model import Task
from wizard.engine.uncommitted import without_own_changes
from wizard.plan.actions import CommitFiles, WriteFile

if TYPE_CHECKING:
    from wizard.engine.runner import Engine


def proposal(engine: Engine, tasks: Sequence[Task]) -> CommitFiles | None:
    """The commit of Golive's uncommitted changes after *tasks*. None if there are none, or if it may not commit.

    A file that has uncommitted changes of the user's own is left out.
    """
    git = engine.project.git
    if git is None or engine.answers.get("commit") == "no" or not git.has_identity():
        return None
    paths = tuple(without_own_changes(engine.records))
    if not paths:
        return None
    numbers = ", ".join(str(task.number) for task in tasks)
    body = "\n".join(f"- {task.title}" for task in tasks)
    message = f"Prepare for production: task{'s' * (len(tasks) > 1)} {numbers}\n\n{body}\n"
    return CommitFiles(paths, message, git.programs_run_by_commit(paths))


def differences(engine: Engine, action: CommitFiles) -> dict[str, str]:
    """What *action* would commit: the unified diff of each file by its name, without secrets."""
    project, git, found = engine.project, engine.project.git, dict[str, str]()
    for path in action.paths:
        before = git.at_head(path) if git else None
        secret = path.name.startswith(".env")
        found[project.display_path(path)] = WriteFile(path, before, files.read(path) or b"", secret=secret).preview()
    return found
