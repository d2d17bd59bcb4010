"""Undo Golive's changes from the journal and the backups: all that was requested, or nothing.

Undo needs neither Django nor an interpreter, nor any flag of an earlier run. It checks every precondition of the whole
set before the first change. Then it journals the set, so that the next start completes an undo that was killed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from wizard.base import files
from wizard.base.errors import EditError, UndoError, UndoRefused
from wizard.base.git import Git
from wizard.engine import undo_git, undo_packages
from wizard.state.journal import Batch, Journal, Record
from wizard.state.state_folder import UNDONE, folder_of

FILE_KINDS = {"WriteFile", "GenerateSecrets", "RecordRequirements"}
LINK = "link to "
LASTING = {"project", "service", "database", "domain", "backups", "sentry", "variables", "owner", "monitor"}
"""Parts at a service that an undone task leaves behind."""


STUCK = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY}
"""What trying again does not mend. An undo that is completed leaves such a file, and reports it."""


@dataclass(frozen=True)
class Undone:
    """The result of an undo: the number of plans, their tasks, and a sentence for each change that remains."""

    plans: int
    tasks: tuple[int, ...]
    left: tuple[str, ...] = ()


@dataclass
class Context:
    """State shared by the actions of one undo. The checks record the expected contents, index entries and HEAD."""

    root: Path
    top: Path
    git: Git | None
    journal: Journal
    say: Callable[[str], None]
    revert: bool = False
    """Whether a commit that is pushed, or no longer HEAD, may be undone with a revert commit."""
    going_on: bool = False
    """Whether this completes an interrupted undo. Files that the user changed since then are kept and reported."""
    contents: dict[Path, str | None] = field(default_factory=dict)
    head: str = ""
    committed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def enter(self, batch: Batch) -> None:
        """Resolve paths as *batch* recorded them. The repository may have been created later, around the project."""
        if batch.top:
            self.top = Path(os.path.normpath(self.root / batch.top))

    def place(self, name: str, *, link: bool = False) -> Path:
        """The path of *name*, which is relative to the repository. *link*: it may be a link that leads anywhere.

        Raises:
            UndoError: it is outside of the repository, or leads there through a link.
        """
        path = self.top / name
        if Path(name).is_absolute() or not files.inside(path.parent if link else path, self.top):
            raise UndoError(
                f"{name} leads out of the repository", "Golive changes nothing there", "Nothing was undone."
            )
        return Path(*path.parent.resolve().parts, path.name)

    def digest(self, path: Path) -> str | None:
        """The digest that *path* will have when the actions checked so far are undone."""
        return self.contents[path] if path in self.contents else files.digest_of(path)

    def set_aside(self, path: Path, batch: str) -> None:
        """Move a file that Golive did not write out of a folder that goes, into the state folder."""
        target = folder_of(self.root) / UNDONE / batch / path.relative_to(self.top.resolve())
        files.make_folder(target.parent, mode=0o700)
        if not files.inside(target.parent, folder_of(self.root)):
            raise UndoError(f"{target.parent} leads out of {folder_of(self.root)}", "", "Remove it.")
        files.move(path, target)
        files.sync_folder(target.parent)
        files.sync_folder(path.parent)
        if len(self.left) < 5:
            self.left.append(f"{path.relative_to(self.top.resolve())} was not written by Golive: moved to {target}")


class Action(Protocol):
    """How to undo one kind of action."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        """Check that the action can be undone, without changing anything.

        Raises:
            UndoError: it can't.
        """

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        """Undo the action, even if it was only half done."""


class FileAction:
    """Restore a file's old content and mode, or remove it."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        path = context.place(record["path"])
        present = context.digest(path)
        context.contents[path] = record["before"]
        if present == record["before"]:
            return
        kept = context.journal.kept(record["before"])
        if present != record["after"]:
            if context.going_on:
                context.contents[path] = present
                return
            how = "was changed" if path.exists() else "is gone, or was moved,"
            raise UndoError(
                f"{path} {how} after Golive wrote it",
                "undoing would lose that change",
                f"Undo your own change first; the old content is .golive/backups/{record['before'] or '(no file)'}.",
            )
        writable = files.is_writable(path) if kept is not None or path.exists() else True
        if not writable:
            raise UndoError(f"{path} can't be written", "it or its folder is read-only", "Make it writable.")

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        path = context.place(record["path"])
        if path.parent.is_dir():
            files.sweep(path.parent)
        present = files.digest_of(path)
        if present not in {record["before"], record["after"]}:
            context.left.append(f"{path} was changed since then, so it was kept")
            return
        if present != record["before"]:
            before = context.journal.kept(record["before"])
            if before is None:
                files.remove(path)
            else:
                files.write(path, before, mode=record["mode"], over=present)
        if record["mode"] is not None and path.exists():
            path.chmod(record["mode"])
        for name in record["made"]:
            _remove_if_empty(context.place(name))


class FolderAction:
    """Remove a folder that Golive made. Files that others put there are moved into the state folder."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        context.place(record["path"])

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        path = context.place(record["path"])
        if record["existed"] or path.is_symlink() or not path.is_dir():
            return
        for present in files_below(path):
            context.set_aside(present, batch)
        _remove_empty(path, keep=False)


class CommandAction:
    """Remove the files that a command wrote, and restore those that it overwrote."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        for output in record["outputs"]:
            path = context.place(output["path"])
            for name, kept in output["files"].items():
                context.place(name, link=True)
                context.journal.kept(kept)
            made = (result or {}).get("made", {}).get(output["path"])
            if made is None or path.is_dir():
                continue
            present, before = context.digest(path), output["files"].get(output["path"])
            context.contents[path] = before
            if present not in {made, before} and not context.going_on:
                why = "undoing would lose that change"
                raise UndoError(f"{path} was changed after Golive wrote it", why, "Undo your own change first.")

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        made = (result or {}).get("made", {})
        for output in record["outputs"]:
            path = context.place(output["path"])
            kept = {context.place(name, link=True): digest for name, digest in output["files"].items()}
            links = {context.place(name, link=True): target for name, target in output.get("links", {}).items()}
            before = {**kept, **{path: f"{LINK}{target}" for path, target in links.items()}}
            ours = {context.place(name, link=True): digest for name, digest in made.items()}
            for present in files_below(path):
                found = seen(present)
                if found is None or found not in {before.get(present), ours.get(present)}:
                    context.set_aside(present, batch)
                elif found != before.get(present):
                    files.remove(present)
            for name, digest in kept.items():
                content = context.journal.kept(digest)
                if content is not None and files.digest_of(name) != digest:
                    files.write(name, content)
            for link, target in links.items():
                if not os.path.lexists(link):
                    link.symlink_to(target)
            _remove_empty(path, keep=output["existed"])


class ServiceAction:
    """Nothing is removed at a service."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        pass

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        if record["part"] in LASTING:
            context.left.append(f"{record['service']} keeps what was made there ({record['part']}): remove it there")


class NoAction:
    """Nothing to undo."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        pass

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        pass


ACTIONS: dict[str, Action] = {
    **dict.fromkeys(FILE_KINDS, FileAction()),
    "MakeDirectory": FolderAction(),
    "RunCommand": CommandAction(),
    "InstallPackages": undo_packages.PackagesAction(),
    "UntrackFiles": undo_git.UntrackAction(),
    "CommitFiles": undo_git.CommitAction(),
    "CallService": ServiceAction(),
    **dict.fromkeys(("PushCommits", "ApplyPasswordSql", "Wait"), NoAction()),
}


@dataclass
class Undo:
    """Undoes batches of the *journal* of the project at *root*, in the repository *top*; the caller holds the lock."""

    root: Path
    top: Path
    git: Git | None
    journal: Journal
    say: Callable[[str], None] = lambda line: None

    def standing(self) -> list[Batch]:
        """The batches that are applied and not undone, oldest first."""
        return [batch for batch in self.journal.batches() if not batch.undone and not batch.left]

    def chosen(self, tasks: Iterable[int]) -> list[Batch]:
        """The batches of *tasks*, oldest first.

        Raises:
            UndoRefused: later tasks changed the same files; names all that have to be undone together.
        """
        wanted, standing = set(tasks), self.standing()
        needed = {batch.task for batch in _with_dependents(standing, wanted)}
        if more := sorted(needed - wanted):
            raise UndoRefused(
                f"{_tasks(sorted(wanted & needed)).capitalize()} can't be undone alone",
                f"{_tasks(more)} changed the same files later",
                f"Undo them together: golive undo {','.join(map(str, sorted(needed)))}",
                tasks=tuple(sorted(needed)),
            )
        return [batch for batch in standing if batch.task in wanted]

    def needs(self, task: int) -> tuple[tuple[int, ...], bool]:
        """The tasks that have to be undone with *task*, itself among them, and whether commits have to be reverted.

        No tasks where it changed nothing.

        Raises:
            UndoRefused: it can't be undone whatever is agreed to.
        """
        tasks = tuple(sorted({batch.task for batch in _with_dependents(self.standing(), {task})}))
        batches = self.chosen(tasks)
        try:
            self.check(batches)
        except UndoRefused as refused:
            if not refused.revert:
                raise
            self.check(batches, revert=True)
            return tasks, True
        return tasks, False

    def check(self, batches: list[Batch], *, revert: bool = False) -> Context:
        """Check that all of *batches* can be undone, the latest first, without changing anything.

        Raises:
            UndoRefused: one of them can't be undone.
        """
        context = self._context(revert=revert)
        try:
            for batch in reversed(batches):
                context.enter(batch)
                for step in reversed(batch.steps):
                    if not (step.result or {}).get("left"):
                        ACTIONS[step.action["kind"]].check(context, step.action, step.result)
        except UndoRefused:
            raise
        except (UndoError, EditError) as error:
            raise UndoRefused(error.what, error.why, error.hint) from error
        return context

    def run(self, batches: list[Batch], *, revert: bool = False) -> Undone:
        """Undo all of *batches*, or nothing.

        Raises:
            UndoRefused: one of them can't be undone. Nothing was changed.
            UndoError: the disk failed meanwhile. The next start completes the undo.
        """
        if not batches:
            return Undone(0, ())
        context = self.check(batches, revert=revert)
        if len(batches) > 1 or not batches[0].interrupted:
            self.journal.append("undoing", batches=[batch.id for batch in batches], revert=revert)
        return self._carry_out(batches, context)

    def complete(self) -> Undone | None:
        """Complete an undo that was interrupted; None if none was."""
        half = [batch for batch in self.journal.batches() if batch.undoing and batch.interrupted]
        if not half:
            return None
        context = self._context(revert=any(batch.revert for batch in half))
        context.going_on = True
        return self._carry_out(half, context)

    def _context(self, *, revert: bool) -> Context:
        return Context(self.root, self.top, self.git, self.journal, self.say, revert)

    def _carry_out(self, batches: list[Batch], context: Context) -> Undone:
        for batch in reversed(batches):
            context.enter(batch)
            for step in reversed(batch.steps):
                if (step.result or {}).get("left"):
                    continue
                try:
                    ACTIONS[step.action["kind"]].undo(context, batch.id, step.action, step.result)
                except OSError as error:
                    what = error.filename or step.action.get("path") or step.action["kind"]
                    if context.going_on and error.errno in STUCK:
                        context.left.append(f"{what} can't be restored: {error.strerror}")
                        continue
                    hint = "Check the disk, then run the command again: Golive completes the undo."
                    raise UndoError(f"{what} can't be restored", str(error.strerror), hint) from error
                except (UndoError, EditError) as error:
                    if not context.going_on:
                        raise
                    context.left.append(str(error))
            self.journal.append("undone", batch=batch.id, task=batch.task)
        return Undone(len(batches), tuple(sorted({batch.task for batch in batches})), tuple(context.left))


def describe(batches: list[Batch]) -> list[str]:
    """The changes that undoing *batches* would make, one a line, the latest first."""
    lines = []
    for batch in reversed(batches):
        for step in reversed(batch.steps):
            action: dict[str, Any] = step.action
            match action["kind"]:
                case kind if kind in FILE_KINDS:
                    verb = "remove" if action["before"] is None else "restore"
                    lines.append(f"task {batch.task}: {verb} {action['path']}")
                case "MakeDirectory" if not action["existed"]:
                    lines.append(f"task {batch.task}: remove {action['path']}/")
                case "RunCommand":
                    verbs = {True: "restore", False: "remove"}
                    lines += [
                        f"task {batch.task}: {verbs[each['existed']]} {each['path']}" for each in action["outputs"]
                    ]
                case "InstallPackages":
                    lines.append(
                        f"task {batch.task}: remove the packages that came with {', '.join(action['packages'])}"
                    )
                case "CommitFiles":
                    lines.append(f"task {batch.task}: undo the commit of {', '.join(action['paths'])}")
                case "UntrackFiles":
                    names = ", ".join(entry.split(",", 2)[2] for entry in action["index"])
                    lines.append(f"task {batch.task}: track {names} again")
    return lines


def _tasks(numbers: Sequence[int]) -> str:
    """`task 3`, or `tasks 3, 4`."""
    return f"task{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _with_dependents(standing: list[Batch], tasks: set[int]) -> list[Batch]:
    """The batches of *tasks*, and all later ones that changed the same files, transitively."""
    found = [batch for batch in standing if batch.task in tasks]
    for batch in found:  # grows meanwhile
        mine = _touched(batch)
        for other in standing[standing.index(batch) + 1 :]:
            if other not in found and any(_overlap(one, two) for one in mine for two in _touched(other)):
                found += [each for each in standing if each.task == other.task and each not in found]
    return found


def _touched(batch: Batch) -> set[str]:
    """The files and folders whose content *batch* changed."""
    found: set[str] = set()
    for step in batch.steps:
        if "after" in step.action or step.action["kind"] == "MakeDirectory":
            found.add(step.action["path"])
        found |= {output["path"] for output in step.action.get("outputs", ())}
    return found


def _overlap(one: str, two: str) -> bool:
    return Path(one).is_relative_to(two) or Path(two).is_relative_to(one)


def seen(path: Path) -> str | None:
    """What tells a file or a link from any other: its digest, or where it leads; None for a special file."""
    if path.is_symlink():
        return f"{LINK}{path.readlink()}"
    return files.digest_of(path) if path.is_file() else None


def files_below(path: Path) -> list[Path]:
    """The files, links and special files at or below *path*; no link is followed."""
    if path.is_symlink() or not path.is_dir():
        return [path] if path.is_symlink() or path.is_file() else []
    return [each for each in path.rglob("*") if each.is_symlink() or not each.is_dir()]


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()
        files.sync_folder(folder.parent)


def _remove_empty(path: Path, *, keep: bool) -> None:
    """Remove the empty folders below *path*, and itself unless it is to *keep*."""
    if path.is_symlink() or not path.is_dir():
        return
    for folder in sorted((each for each in path.rglob("*") if each.is_dir()), reverse=True):
        _remove_if_empty(folder)
    if not keep:
        _remove_if_empty(path)
