"""Puts back what Golive changed, from the journal and the backups alone: all that is asked for, or nothing.

It needs no Django, no interpreter of the project and no flag of an earlier run. Every precondition of the whole set is
checked before the first change. Then the set is journaled, so that the next start completes an undo that was killed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from wizard import files, undo_git, undo_packages
from wizard.errors import EditError, UndoError, UndoRefused
from wizard.git import Git
from wizard.journal import Batch, Journal, Record
from wizard.store import folder_of

FILE_KINDS = {"WriteFile", "GenerateSecrets", "RecordRequirements"}
LASTING = {"project", "service", "database", "domain", "backups", "sentry", "variables", "owner", "monitor"}
"""Parts at a service that an undone task leaves behind."""


@dataclass(frozen=True)
class Undone:
    """How many plans were put back, the tasks they belong to, and what stays, as sentences."""

    plans: int
    tasks: tuple[int, ...]
    left: tuple[str, ...] = ()


@dataclass
class Context:
    """What the actions of one undo share. The checks fill in what each file, path in git and HEAD will be by then."""

    root: Path
    top: Path
    git: Git | None
    journal: Journal
    say: Callable[[str], None]
    revert: bool = False
    """Whether commits that are no longer the last ones may be undone by a revert commit."""
    going_on: bool = False
    """Whether an interrupted undo is completed: what a person changed since is left to them, and told."""
    contents: dict[Path, str | None] = field(default_factory=dict)
    head: str = ""
    committed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def enter(self, batch: Batch) -> None:
        """From here on paths are those of *batch*; the repository may have been made since, around the project."""
        if batch.top:
            self.top = Path(os.path.normpath(self.root / batch.top))

    def place(self, name: str) -> Path:
        """The path of *name*, which the journal has relative to the repository.

        Raises:
            UndoError: it, or what a link in it leads to, is outside of the repository.
        """
        path = self.top / name
        if Path(name).is_absolute() or not files.inside(path, self.top):
            raise UndoError(
                f"{name} leads out of the repository", "Golive changes nothing there", "Nothing was undone."
            )
        return Path(*path.parent.resolve().parts, path.name)

    def digest(self, path: Path) -> str | None:
        """What *path* holds, once what is checked before it was put back."""
        return self.contents[path] if path in self.contents else files.digest_of(path)

    def set_aside(self, path: Path, batch: str) -> None:
        """Keep a file that is not Golive's, where its folder goes: it is moved into the state folder."""
        target = folder_of(self.root) / "undone" / batch / path.relative_to(self.top.resolve())
        files.make_folder(target.parent, mode=0o700)
        path.replace(target)
        files.sync_folder(target.parent)
        files.sync_folder(path.parent)
        if len(self.left) < 5:
            self.left.append(f"{path.relative_to(self.top.resolve())} is not Golive's: moved to {target}")


class Action(Protocol):
    """The way back of one kind of action."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        """See that it can be put back; changes nothing.

        Raises:
            UndoError: it can't.
        """

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        """Put it back, wholly or half done as it is."""


class FileAction:
    """A file gets its old content and mode, or goes."""

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
            raise UndoError(
                f"{path} was changed after Golive wrote it",
                "putting the old content back would lose that change",
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
            context.left.append(f"{path} was changed meanwhile: it stays as it is")
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
    """A folder that Golive made goes; what others put there is moved into the state folder."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        context.place(record["path"])

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        path = context.place(record["path"])
        if record["existed"] or path.is_symlink() or not path.is_dir():
            return
        for present in _files_below(path):
            context.set_aside(present, batch)
        _remove_empty(path, keep=False)


class CommandAction:
    """The files that a command wrote go, and those it wrote over get their old content."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        for output in record["outputs"]:
            path = context.place(output["path"])
            for name, kept in output["files"].items():
                context.place(name)
                context.journal.kept(kept)
            made = (result or {}).get("made", {}).get(output["path"])
            if made is None or path.is_dir():
                continue
            present, before = context.digest(path), output["files"].get(output["path"])
            context.contents[path] = before
            if present not in {made, before} and not context.going_on:
                why = "putting the old content back would lose that change"
                raise UndoError(f"{path} was changed after Golive wrote it", why, "Undo your own change first.")

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        made = (result or {}).get("made", {})
        for output in record["outputs"]:
            path = context.place(output["path"])
            kept = {context.place(name): digest for name, digest in output["files"].items()}
            ours = {context.place(name): digest for name, digest in made.items()}
            for present in _files_below(path):
                known = {digest for digest in (ours.get(present), kept.get(present)) if digest}
                if present.is_symlink() or (present.is_file() and files.digest_of(present) in known):
                    if present not in kept:
                        files.remove(present)
                else:
                    context.set_aside(present, batch)
            for name, digest in kept.items():
                content = context.journal.kept(digest)
                if content is not None and files.read(name, None) != content:
                    files.write(name, content)
            _remove_empty(path, keep=output["existed"])


class ServiceAction:
    """What was made at a service stays there."""

    def check(self, context: Context, record: Record, result: Record | None) -> None:
        pass

    def undo(self, context: Context, batch: str, record: Record, result: Record | None) -> None:
        if record["part"] in LASTING:
            context.left.append(f"{record['service']} keeps what was made there ({record['part']}): remove it there")


class NoAction:
    """It left no trace in the project: nothing to undo."""

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
        """The batches whose changes are in the project, oldest first."""
        return [batch for batch in self.journal.batches() if not batch.undone and not batch.left]

    def chosen(self, tasks: Iterable[int]) -> list[Batch]:
        """The batches of *tasks*, oldest first.

        Raises:
            UndoRefused: later tasks changed the same files; names all that have to be undone together.
        """
        wanted, standing = set(tasks), self.standing()
        needed = {batch.task for batch in _with_dependents(standing, wanted)}
        if more := sorted(needed - wanted):
            one, told = ", ".join(map(str, sorted(wanted & needed))), ", ".join(map(str, more))
            raise UndoRefused(
                f"Task {one} can't be undone alone",
                f"task{'s' * (len(more) > 1)} {told} changed the same files later",
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
        """See that all of *batches* can be put back, the latest first; changes nothing.

        Raises:
            UndoRefused: one of them can't; says why.
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
        """Put all of *batches* back, or nothing.

        Raises:
            UndoRefused: one of them can't be put back; nothing was touched.
            UndoError: the disk failed meanwhile; the next start completes it.
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
                    what = step.action.get("path") or step.action["kind"]
                    hint = "See that the disk can be written, then run again: Golive completes the undo."
                    raise UndoError(f"{what} can't be put back", str(error.strerror), hint) from error
                except (UndoError, EditError) as error:
                    if not context.going_on:
                        raise
                    context.left.append(str(error))
            self.journal.append("undone", batch=batch.id, task=batch.task)
        return Undone(len(batches), tuple(sorted({batch.task for batch in batches})), tuple(context.left))


def describe(batches: list[Batch]) -> list[str]:
    """What undoing *batches* would do, as lines: the latest first."""
    lines = []
    for batch in reversed(batches):
        for step in reversed(batch.steps):
            action: dict[str, Any] = step.action
            match action["kind"]:
                case kind if kind in FILE_KINDS:
                    verb = "remove" if action["before"] is None else "put back"
                    lines.append(f"task {batch.task}: {verb} {action['path']}")
                case "MakeDirectory" if not action["existed"]:
                    lines.append(f"task {batch.task}: remove {action['path']}/")
                case "RunCommand":
                    lines += [f"task {batch.task}: put back {output['path']}" for output in action["outputs"]]
                case "InstallPackages":
                    lines.append(f"task {batch.task}: put back the packages before {', '.join(action['packages'])}")
                case "CommitFiles":
                    lines.append(f"task {batch.task}: take back the commit of {', '.join(action['paths'])}")
                case "UntrackFiles":
                    names = ", ".join(entry.split(",", 2)[2] for entry in action["index"])
                    lines.append(f"task {batch.task}: track {names} again")
    return lines


def _with_dependents(standing: list[Batch], tasks: set[int]) -> list[Batch]:
    """The batches of *tasks*, those that later changed what they changed, and so on."""
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


def _files_below(path: Path) -> list[Path]:
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
