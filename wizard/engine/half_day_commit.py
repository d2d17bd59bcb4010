"""The commit that is proposed at the end of a half-day: files that Golive has changed, and nothing of the user's."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from wizard.base import files
from wizard.base.errors import GoliveError
from wizard.base.secrets import redact
from wizard.checklist.model import Task
from wizard.engine.runner import Engine
from wizard.plan.actions import CommitFiles


def proposal(engine: Engine, tasks: Sequence[Task]) -> CommitFiles | None:
    """The commit of Golive's uncommitted changes after *tasks*. None if there are none, or if it may not commit.

    A file that has uncommitted changes of the user's own is left out.
    """
    project, git = engine.project, engine.project.git
    if git is None or engine.answers.get("commit") == "no" or not git.has_identity():
        return None
    changed = [
        path
        for path, original in sorted(project.originals.items())
        if path.is_relative_to(project.top)
        and (now := files.read(path)) is not None
        and (head := git.at_head(path)) != now
        and head == original
    ]
    paths = tuple(path for path in changed if path not in git.ignored(changed))
    if not paths:
        return None
    numbers = ", ".join(str(task.number) for task in tasks)
    body = "\n".join(f"- {task.title}" for task in tasks)
    message = f"Prepare for production: task{'s' * (len(tasks) > 1)} {numbers}\n\n{body}\n"
    return CommitFiles(paths, message, git.programs_run_by_commit(paths))


def differences(engine: Engine, action: CommitFiles) -> dict[str, str]:
    """What *action* would commit: the unified diff of each file by its name, without secrets."""
    git, found = engine.project.git, dict[str, str]()
    for path in action.paths:
        before, name = (git.at_head(path) if git else None), engine.project.display_path(path)
        old, new = (_lines(content) for content in (before or b"", files.read(path) or b""))
        old_name = "/dev/null" if before is None else name
        found[name] = redact("\n".join(difflib.unified_diff(old, new, old_name, name, lineterm="", n=2)))
    return found


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


def commit(engine: Engine, task: Task, action: CommitFiles) -> None:
    """Make the commit, as a change of *task* that can be undone.

    Raises:
        GoliveError: git refused it. Nothing was committed.
    """
    try:
        engine.applier.apply(task.number, (action,))
    except GoliveError:
        engine.roll_back(task)
        raise
    engine.refresh()
