"""The base class of executors that write one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from wizard.base import files
from wizard.base.errors import StaleError, UndoError
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.folders import remove_if_empty
from wizard.plan.actions import GenerateSecrets, RecordRequirements, WriteFile

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record

F = TypeVar("F", WriteFile, GenerateSecrets, RecordRequirements)


class FileExecutor(Executor[F]):
    """Writes one file. The undo restores its old content and mode, or removes it."""

    required = ("path", "before", "after", "mode", "made")

    def new_content(self, context: ApplyContext, action: F) -> bytes:
        """The content to write. May raise before anything has changed."""
        raise NotImplementedError

    def is_secret(self, action: F) -> bool:
        """Whether the file gets mode 0600, so that only its owner can read it."""
        return False

    def prepare(self, context: ApplyContext, action: F) -> Record:
        after = self.new_content(context, action)
        path: Path = action.path
        context.project.guard(path)
        current = files.read(path)
        if current != action.before:
            raise StaleError(f"{path} changed after the plan was made", "", "Run the task again.")
        if path.parent.is_dir():
            files.sweep(path.parent)
        context.contents[path] = after
        missing = [context.relative(folder) for folder in path.parents if not folder.exists()]
        return {
            "path": context.relative(path),
            "before": context.journal.back_up(current),
            "after": files.digest(after),
            "mode": path.stat().st_mode & 0o7777 if current is not None else None,
            "made": missing,
            "secret": self.is_secret(action),
        }

    def apply(self, context: ApplyContext, action: F, record: Record) -> Record:
        path = context.absolute(record["path"])
        mode = 0o600 if record["secret"] else None
        files.write(path, context.contents.pop(path), mode=mode, over=record["before"])
        return {}

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        path = context.path_of(record["path"])
        present = context.digest(path)
        context.contents[path] = record["before"]
        if present == record["before"]:
            return
        backup = context.journal.read_backup(record["before"])
        if present != record["after"]:
            if context.completing:
                context.contents[path] = present
                return
            change = "was changed" if path.exists() else "was removed or moved"
            known = record["before"] is not None
            old = f"The old content is {context.journal.backup_path(record['before'])}" if known else "Golive made it"
            hint = f"Undo your own change first. {old}."
            raise UndoError(f"{path} {change} after Golive wrote it", "undoing would lose that change", hint)
        writable = files.is_writable(path) if backup is not None or path.exists() else True
        if not writable:
            raise UndoError(f"{path} can't be written", "it or its folder is read-only", "Make it writable.")

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        path = context.path_of(record["path"])
        if path.parent.is_dir():
            files.sweep(path.parent)
        present = files.digest_of(path)
        if present not in {record["before"], record["after"]}:
            context.left.append(f"{path} was changed since then, so it was kept")
            return
        if present != record["before"]:
            before = context.journal.read_backup(record["before"])
            if before is None:
                files.remove(path)
            else:
                files.write(path, before, mode=record["mode"], over=present)
        if record["mode"] is not None and path.exists():
            path.chmod(record["mode"])
        for name in record["made"]:
            remove_if_empty(context.path_of(name))

    def describe_undo(self, record: Record) -> list[str]:
        verb = "remove" if record["before"] is None else "restore"
        return [f"{verb} {record['path']}"]

    def changed_paths(self, record: Record) -> set[str]:
        return {record["path"]}
