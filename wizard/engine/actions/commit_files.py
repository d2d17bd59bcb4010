"""Executor of `CommitFiles`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wizard.base.errors import UndoError, UndoRefused
from wizard.base.git import Git
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.git_index import (
    entries_of,
    index_record,
    names_of,
    recorded_entries,
    require_unlocked,
    required_git,
    set_entries,
)
from wizard.plan.actions import CommitFiles
from wizard.state.state_folder import folder_of

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record


class CommitFilesExecutor(Executor[CommitFiles]):
    """Commits files. The undo removes the commit if it is HEAD and not pushed, and reverts it otherwise."""

    required = ("head", "paths", "index")

    def prepare(self, context: ApplyContext, action: CommitFiles) -> Record:
        git = context.git
        subject = action.message.splitlines()[0]
        where = {"head": git.head(), "branch": git.branch(), "subject": subject}
        return {**where, "paths": names_of(context, action.paths), "index": index_record(context, action.paths)}

    def apply(self, context: ApplyContext, action: CommitFiles, record: Record) -> Record:
        paths = [str(path) for path in action.paths]
        context.git.run_with_hooks("add", "--", *paths)
        context.git.run_with_hooks("commit", "--quiet", "--only", "-m", action.message, "--", *paths)
        return {"commit": context.git.head()}

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        git, names = required_git(context), _names(record)
        require_unlocked(git)
        commit = _commit(git, record, result, context.head or git.head())
        if not commit:
            return
        if operation := git.in_progress():
            raise UndoError(
                f"git is in the middle of {operation}", "a commit can't be undone now", "Finish or abort it first."
            )
        head = entries_of(git, names, "HEAD")
        present = {name: context.committed.get(name, head.get(name, "")) for name in names}
        before = _before(git, names, record)
        context.committed |= {name: before.get(name, "") for name in names}
        if all(present[name] == before.get(name, "") for name in names):
            return
        if (context.head or git.head()) == commit and not git.is_published(commit):
            context.head = record["head"]
            return
        self._check_revert(context, git, commit, names, present=present, head=head)

    def _check_revert(
        self,
        context: UndoContext,
        git: Git,
        commit: str,
        names: list[str],
        *,
        present: dict[str, str],
        head: dict[str, str],
    ) -> None:
        """Check that *commit* can be undone with a revert commit.

        *present* are the entries of *names* once the actions checked so far are undone, *head* those in HEAD.

        Raises:
            UndoError: a revert would lose later changes, or staged ones.
            UndoRefused: the user has not allowed reverts.
        """
        committed = entries_of(git, names, commit)
        if any(present[name] != committed.get(name, "") for name in names):
            raise UndoError(
                f"{', '.join(names)} changed in later commits",
                f"undoing Golive's commit {commit[:10]} would lose them",
                f"Undo it yourself: `git show {commit[:10]}` shows what it changed.",
            )
        staged = entries_of(git, names)
        if any(staged.get(name, "") != head.get(name, "") for name in names) and not context.completing:
            raise UndoError(f"Changes of {', '.join(names)} are staged", "", "Commit or unstage them first.")
        if not context.revert:
            why = "others may have it already" if git.is_published(commit) else f"HEAD is {git.head()[:10]}"
            state = "is no longer the last one" if git.head() != commit else "is pushed"
            raise UndoRefused(f"Golive's commit {commit[:10]} {state}", why, revert=True)

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        git, names = required_git(context), _names(record)
        head = git.head()
        commit = _commit(git, record, result, head)
        present, before = entries_of(git, names, "HEAD") if head else {}, _before(git, names, record)
        if commit and present != before:
            if head == commit and not git.is_published(commit):
                parent = record["head"]
                git.checked("update-ref", *(["HEAD", parent, head] if parent else ["-d", "HEAD", head]))
            elif context.revert and present == entries_of(git, names, commit):
                _revert(context, git, commit, head, before, names)
            else:
                context.left.append(
                    f"Golive's commit {commit[:10]} was kept: `git show {commit[:10]}` shows what it changed"
                )
                return
        if commit or head == record["head"]:
            set_entries(git, recorded_entries(record), names)
        if commit and (branch := record.get("branch")) and branch != git.branch():
            name = branch.removeprefix("refs/heads/")
            context.left.append(
                f"the branch {name} keeps Golive's commit {commit[:10]} if it had it, because it is not checked out"
            )

    def describe_undo(self, record: Record) -> list[str]:
        return [f"undo the commit of {', '.join(record['paths'])}"]


def _names(record: Record) -> list[str]:
    return [os.path.normpath(name) for name in record["paths"]]


def _commit(git: Git, record: Record, result: Record | None, head: str) -> str:
    """The commit that Golive made; empty if it was interrupted before that."""
    if result:
        return str(result["commit"])
    if head == record["head"]:
        return ""
    parent = git.run("rev-parse", "--verify", "--quiet", f"{head}^").stdout.strip()
    ours = git.changed_by(head) <= set(record["paths"]) and git.subject(head) == record.get("subject")
    return head if parent == record["head"] and ours else ""


def _before(git: Git, names: list[str], record: Record) -> dict[str, str]:
    """The entries of *names* in the commit that was HEAD before Golive's."""
    return entries_of(git, names, record["head"]) if record["head"] else {}


def _revert(context: UndoContext, git: Git, commit: str, head: str, before: dict[str, str], names: list[str]) -> None:
    """Add a commit in which *names* are as *before*. Everything else in HEAD stays, and no file changes."""
    index = folder_of(context.root) / "undo.index"
    for leftover in (index, index.with_name("undo.index.lock")):
        leftover.unlink(missing_ok=True)
    temporary = {"GIT_INDEX_FILE": str(index)}
    git.checked("read-tree", head, environment=temporary)
    set_entries(git, before, names, temporary)
    tree = git.checked("write-tree", environment=temporary).strip()
    index.unlink()
    subject = git.subject(commit)
    message = f'Revert "{subject}"\n\nThis reverts commit {commit}.\n'
    revert = git.checked("commit-tree", tree, "-p", head, "-F", "-", stdin=message).strip()
    git.checked("update-ref", "-m", "golive undo", "HEAD", revert, head)
    context.on_line(f"Added commit {revert[:10]}, which reverts {commit[:10]}")
