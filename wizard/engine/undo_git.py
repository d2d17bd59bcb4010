"""Undo Golive's changes in git. A commit is removed if it is HEAD and not pushed; otherwise it is reverted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wizard.base.errors import UndoError, UndoRefused
from wizard.base.git import Git, literal
from wizard.state.state_folder import folder_of

if TYPE_CHECKING:
    from wizard.engine.undo import Context
    from wizard.state.journal import Record


def entries_of(git: Git, names: list[str], commit: str = "") -> dict[str, str]:
    """`mode,blob` of each of *names*, relative to the top: in the index, or in *commit*."""
    if not names:
        return {}
    which = ("ls-tree", "-z", "--full-tree", commit) if commit else ("ls-files", "-s", "-z", "--full-name")
    listed = git.run(*which, "--", *names, environment=literal()).stdout
    found = {}
    for line in filter(None, listed.split("\0")):
        meta, name = line.split("\t", 1)
        parts = meta.split()
        found[name] = f"{parts[0]},{parts[2] if commit else parts[1]}"
    return found


def _needed(context: Context) -> Git:
    if context.git is None:
        raise UndoError("git is needed for this undo", "it is not there, or the repository is gone", "Install git.")
    return context.git


def _free(git: Git) -> None:
    """Check that git can change the index and the branch.

    Raises:
        UndoError: a lock file is in the way.
    """
    if path := git.locked_by():
        why = "another git process works in this repository, or one was killed"
        raise UndoError(f"{path} is in the way", why, "End that process. If there is none, remove the file.")


def _set_index(git: Git, entries: dict[str, str], names: list[str], index: dict[str, str] | None = None) -> None:
    """Give *names* their *entries* in the index, or in that which *index* names; one without an entry is removed."""
    none = "0" * (len(git.head()) or 40)
    lines = []
    for name in names:
        mode, _, blob = entries.get(name, f"0,{none}").partition(",")
        lines.append(f"{mode} {blob}\t{name}\0")
    git.checked("update-index", "-z", "--index-info", given="".join(lines), environment=index)


def _kept(record: Record) -> dict[str, str]:
    """The index entries of *record*, by path."""
    split = (entry.split(",", 2) for entry in record["index"])
    return {name: f"{mode},{blob}" for mode, blob, name in split}


class UntrackAction:
    """Track files again."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        _free(_needed(context))

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        entries = _kept(record)
        git = _needed(context)
        present = entries_of(git, list(entries))
        missing = [name for name in entries if name not in present]  # one that is tracked again may be a newer one
        if missing:
            _set_index(git, entries, missing)


class CommitAction:
    """Remove a commit from the branch if it is HEAD and not pushed; otherwise revert it with a new commit."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        git, names = _needed(context), [os.path.normpath(name) for name in record["paths"]]
        _free(git)
        made = self._made(git, record, result, context.head or git.head())
        if not made:
            return
        if doing := git.in_progress():
            raise UndoError(
                f"git is in the middle of {doing}", "a commit can't be undone now", "Finish or abort it first."
            )
        head = entries_of(git, names, "HEAD")
        present = {name: context.committed.get(name, head.get(name, "")) for name in names}
        mine, before = entries_of(git, names, made), self._before(git, names, record)
        context.committed |= {name: before.get(name, "") for name in names}
        if all(present[name] == before.get(name, "") for name in names):
            return
        if (context.head or git.head()) == made and not git.is_published(made):
            context.head = record["head"]
            return
        if any(present[name] != mine.get(name, "") for name in names):
            raise UndoError(
                f"{', '.join(names)} changed in later commits",
                f"undoing Golive's commit {made[:10]} would lose them",
                f"Revert it yourself: `git revert {made[:10]}`.",
            )
        staged = entries_of(git, names)
        if any(staged.get(name, "") != head.get(name, "") for name in names) and not context.going_on:
            raise UndoError(f"Changes of {', '.join(names)} are staged", "", "Commit or unstage them first.")
        if not context.revert:
            why = "others may have it already" if git.is_published(made) else f"HEAD is {git.head()[:10]}"
            raise UndoRefused(
                f"Golive's commit {made[:10]} is no longer the last one"
                if git.head() != made
                else f"Golive's commit {made[:10]} is pushed",
                why,
                "Add --revert to undo it with a new commit that reverts it.",
                revert=True,
            )

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        git, names = _needed(context), [os.path.normpath(name) for name in record["paths"]]
        head = git.head()
        made = self._made(git, record, result, head)
        present, before = entries_of(git, names, "HEAD") if head else {}, self._before(git, names, record)
        if made and present != before:
            if head == made and not git.is_published(made):
                parent = record["head"]
                git.checked("update-ref", *(["HEAD", parent, head] if parent else ["-d", "HEAD", head]))
            elif context.revert and present == entries_of(git, names, made):
                self._revert(context, git, made, head, before, names)
            else:
                context.left.append(f"Golive's commit {made[:10]} stays: revert it with `git revert {made[:10]}`")
                return
        if made or head == record["head"]:
            _set_index(git, _kept(record), names)
        if made and (branch := record.get("branch")) and branch != git.branch():
            name = branch.removeprefix("refs/heads/")
            context.left.append(
                f"the branch {name} keeps Golive's commit {made[:10]}, if it had it: {name} is not checked out"
            )

    def _made(self, git: Git, record: Record, result: Record | None, head: str) -> str:
        """The commit that was made; empty if none was."""
        if result:
            return str(result["commit"])
        if head == record["head"]:
            return ""
        parent = git.run("rev-parse", "--verify", "--quiet", f"{head}^").stdout.strip()
        ours = git.changed_by(head) <= set(record["paths"]) and git.subject(head) == record.get("subject")
        return head if parent == record["head"] and ours else ""

    def _before(self, git: Git, names: list[str], record: Record) -> dict[str, str]:
        return entries_of(git, names, record["head"]) if record["head"] else {}

    def _revert(
        self, context: Context, git: Git, made: str, head: str, before: dict[str, str], names: list[str]
    ) -> None:
        """Add a commit in which *names* are as *before*. Everything else in HEAD stays, and no file changes."""
        index = folder_of(context.root) / "undo.index"
        for leftover in (index, index.with_name("undo.index.lock")):
            leftover.unlink(missing_ok=True)
        own = {"GIT_INDEX_FILE": str(index)}
        git.checked("read-tree", head, environment=own)
        _set_index(git, before, names, own)
        tree = git.checked("write-tree", environment=own).strip()
        index.unlink()
        subject = git.subject(made)
        message = f'Revert "{subject}"\n\nThis reverts commit {made}.\n'
        commit = git.checked("commit-tree", tree, "-p", head, "-F", "-", given=message).strip()
        git.checked("update-ref", "-m", "golive undo", "HEAD", commit, head)
        context.say(f"Added commit {commit[:10]}, which reverts {made[:10]}")
