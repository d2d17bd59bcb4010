"""Executor of `RunCommand`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import files, process
from wizard.base.errors import CommandError, UndoError
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.folders import LINK, files_below, identity, remove_empty_below, remove_if_empty
from wizard.plan.actions import RunCommand

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record


RELEASE = "release"


class RunCommandExecutor(Executor[RunCommand]):
    """Runs a command. The undo removes the files that it wrote, and restores those that it overwrote.

    A command of the environment `release` runs in the release copy with production's variables, so it reads no .env
    file of this machine. The files that it wrote are then moved into the project.
    """

    required = ("outputs",)

    def prepare(self, context: ApplyContext, action: RunCommand) -> Record:
        return {
            "argv": [Path(part).name if part.startswith("/") else part for part in action.argv],
            "outputs": [self._backed_up(context, output) for output in action.outputs],
        }

    def _backed_up(self, context: ApplyContext, output: Path) -> Record:
        """Back up the file or folder at *output*, and return its record."""
        context.require_inside(output)
        below = files_below(output)
        kept = {context.relative(path): context.journal.back_up(files.read(path, None)) for path in below
                if path.is_file() and not path.is_symlink()}  # fmt: skip
        links = {context.relative(path): str(path.readlink()) for path in below if path.is_symlink()}
        above = [context.relative(folder) for folder in output.parents if not folder.exists()]
        return {
            "path": context.relative(output), "existed": output.exists(), "files": kept, "links": links, "above": above,
        }  # fmt: skip

    def apply(self, context: ApplyContext, action: RunCommand, record: Record) -> Record:
        process.spent.interpreters += 1
        argv, cwd, kind = action.argv, action.cwd, action.environment
        if kind == RELEASE:
            (argv, cwd), kind = _in_copy(context, action), "production"
        environment = context.command_environment(kind)
        completed = process.run(argv, cwd=cwd, env=environment, on_line=context.output)
        if completed.returncode:
            raise CommandError(
                f"`{completed.command}` failed with exit code {completed.returncode}",
                completed.last_lines(),
                action.hint or "The output above says why.",
                output=completed.output,
            )
        if action.environment == RELEASE:
            for output in action.outputs:
                context.project.copy.move_back(output)
        written = {context.relative(path): identity(path) for output in action.outputs for path in files_below(output)}
        return {"returncode": 0, "made": written}

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        for output in record["outputs"]:
            path = context.path_of(output["path"])
            for name, backup in output["files"].items():
                context.path_of(name, link=True)
                context.journal.read_backup(backup)
            written = (result or {}).get("made", {}).get(output["path"])
            if written is None or path.is_dir():
                continue
            present, before = context.digest(path), output["files"].get(output["path"])
            context.contents[path] = before
            if present not in {written, before} and not context.completing:
                why = "undoing would lose that change"
                raise UndoError(f"{path} was changed after Golive wrote it", why, "Undo your own change first.")

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        made = (result or {}).get("made", {})
        written = {context.path_of(name, link=True): found for name, found in made.items()}
        for output in record["outputs"]:
            self._restore(context, batch, output, written)

    def _restore(self, context: UndoContext, batch: str, output: Record, written: dict[Path, str | None]) -> None:
        """Restore *output*. Files that neither the command wrote nor the backup has are moved to the state folder."""
        path = context.path_of(output["path"])
        kept = {context.path_of(name, link=True): digest for name, digest in output["files"].items()}
        links = {context.path_of(name, link=True): target for name, target in output.get("links", {}).items()}
        before = {**kept, **{link: f"{LINK}{target}" for link, target in links.items()}}
        for present in files_below(path):
            found = identity(present)
            if found is None or found not in {before.get(present), written.get(present)}:
                context.move_to_state_folder(present, batch)
            elif found != before.get(present):
                files.remove(present)
        for file, digest in kept.items():
            content = context.journal.read_backup(digest)
            if content is not None and files.digest_of(file) != digest:
                files.write(file, content)
        for link, target in links.items():
            if not os.path.lexists(link):
                link.symlink_to(target)
        remove_empty_below(path, keep=output["existed"])
        for name in output.get("above", []):
            remove_if_empty(context.path_of(name))

    def describe_undo(self, record: Record) -> list[str]:
        verbs = {True: "restore", False: "remove"}
        return [f"{verbs[output['existed']]} {output['path']}" for output in record["outputs"]]

    def changed_paths(self, record: Record) -> set[str]:
        return {output["path"] for output in record["outputs"]}


def _in_copy(context: ApplyContext, action: RunCommand) -> tuple[tuple[str, ...], Path]:
    """The arguments and the folder of *action* in the release copy, which is brought up to date."""
    copy, manage = context.project.copy, str(context.project.manage)
    copy.sync()
    argv = tuple(str(copy.at(Path(part))) if part == manage else part for part in action.argv)
    return argv, copy.at(action.cwd)
