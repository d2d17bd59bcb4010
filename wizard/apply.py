"""Carries actions out, journaled, and takes them back. One executor a kind of action.

Each executor turns an action into a journal record (`prepare`, before anything changes), does it (`do`), and puts it
back (`undo`) from that record alone, so that a later process can.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wizard import files, plan, process, resolve
from wizard.edit import dotenv, requirements
from wizard.errors import CommandError, StaleError, StepError, UndoError, UndoRefused
from wizard.events import ActionDone, ActionStarted, Emit, Output
from wizard.journal import Batch, Journal, Record
from wizard.project import Project
from wizard.secrets import generate, remember
from wizard.targets.target import environment_for


class Applier:
    """Applies plans to *project* and undoes them."""

    def __init__(self, project: Project, journal: Journal, emit: Emit, pause: Callable[[int], str]) -> None:
        self.project, self.journal, self.emit, self.pause = project, journal, emit, pause
        self.perform: Callable[[str], Record] = lambda part: {}
        """Makes a part of production; the target's."""
        self._new: dict[Path, bytes] = {}

    def output(self, line: str) -> None:
        self.emit(Output(line))

    def relative(self, path: Path) -> str:
        return os.path.relpath(path, self.project.top)

    def absolute(self, name: str) -> Path:
        return Path(os.path.normpath(self.project.top / name))

    # ---- applying

    def apply(self, task: int, actions: tuple[plan.Action, ...], *, temporary: bool = False) -> None:
        """Do *actions* in order; what one of them raises leaves the batch interrupted, for `roll_back`."""
        batch = uuid.uuid4().hex[:12]
        for index, action in enumerate(actions):
            self.emit(ActionStarted(action))
            record = {"kind": type(action).__name__, **PREPARE[type(action)](self, action)}
            self.journal.append("begin", batch=batch, task=task, index=index, temporary=temporary, action=record)
            try:
                result = DO[type(action)](self, action, record)
            except StaleError:
                self.journal.append("end", batch=batch, index=index, result={"left": True})
                raise
            self.journal.append("end", batch=batch, index=index, result=result)
            self.emit(ActionDone(action))
        self.journal.append("applied", batch=batch, task=task)

    def undo(self, batch: Batch) -> None:
        """Put everything of *batch* back, last action first.

        Raises:
            UndoRefused: something was changed since, or a backup is gone; nothing of this batch has been touched.
            UndoError: something can't be put back; the next run goes on with it.
        """
        steps = [step for step in batch.steps if not (step.result or {}).get("left")]
        try:
            for step in steps:
                self._check(step.action)
        except UndoError as error:
            raise UndoRefused(error.what, error.why, error.hint) from error
        if not batch.interrupted:
            self.journal.append("undoing", batch=batch.id, task=batch.task)
        for step in reversed(steps):
            try:
                UNDO[step.action["kind"]](self, step.action, step.result)
            except OSError as error:
                what = step.action.get("path") or step.action["kind"]
                hint = "See that the disk can be written, then run again: Golive goes on putting it back."
                raise UndoError(f"{what} can't be put back", str(error.strerror), hint) from error
        self.journal.append("undone", batch=batch.id, task=batch.task)

    def _check(self, action: Record) -> None:
        if action["kind"] in FILE_KINDS:
            self._check_untouched(action)
        for output in action.get("outputs", ()):
            for name in output["files"].values():
                self.journal.kept(name)

    def _check_untouched(self, record: Record) -> None:
        path = self.absolute(record["path"])
        present = files.digest(files.read(path))
        if present != record["before"]:
            self.journal.kept(record["before"])
        if present not in {record["before"], record["after"]}:
            raise UndoError(
                f"{path} was changed after Golive wrote it",
                "putting the old content back would lose that change",
                f"Your own change against Golive's version has to be undone first; the old content is "
                f".golive/backups/{record['before'] or '(no file)'}.",
            )

    # ---- files

    def prepare_write(self, action: plan.WriteFile) -> Record:
        return self._prepare_file(action.path, action.before, action.after, secret=action.secret)

    def _prepare_file(self, path: Path, before: bytes | None, after: bytes, *, secret: bool) -> Record:
        self.project.guard(path)
        current = files.read(path)
        if current != before:
            raise StaleError(f"{path} changed while the plan was made", "", "Run the task again.")
        if path.parent.is_dir():
            files.sweep(path.parent)
        self._new[path] = after
        made = [self.relative(folder) for folder in path.parents if not folder.exists()]
        return {
            "path": self.relative(path),
            "before": self.journal.keep(current),
            "after": files.digest(after),
            "mode": path.stat().st_mode & 0o7777 if current is not None else None,
            "made": made,
            "secret": secret,
        }

    def do_write(self, _: plan.Action, record: Record) -> Record:
        path = self.absolute(record["path"])
        mode = 0o600 if record["secret"] else None
        files.write(path, self._new.pop(path), mode=mode, over=record["before"])
        return {}

    def undo_write(self, record: Record, _: Record | None) -> None:
        path = self.absolute(record["path"])
        if path.parent.is_dir():
            files.sweep(path.parent)
        present = files.digest(files.read(path))
        if present != record["before"]:
            before = self.journal.kept(record["before"])
            if before is None:
                files.remove(path)
            else:
                files.write(path, before, mode=record["mode"], over=present)
        if record["mode"] is not None and path.exists():
            path.chmod(record["mode"])
        for name in record["made"]:
            folder = self.absolute(name)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
                files.sync_folder(folder.parent)

    def prepare_secrets(self, action: plan.GenerateSecrets) -> Record:
        content = action.before or b""
        present = dotenv.values(content)
        for name, characters in action.names:
            if not present.get(name):
                value = generate(characters)
                remember(value)
                content = dotenv.with_value(content, name, value)
        for name, value in action.kept:
            content = content if present.get(name) else dotenv.with_value(content, name, value)
        return self._prepare_file(action.path, action.before, content, secret=True)

    def prepare_requirements(self, action: plan.RecordRequirements) -> Record:
        versions = self.versions()
        self._must_fit(action, versions)
        if action.freeze:
            after = requirements.frozen(versions)
        else:
            after = requirements.with_added(action.path, action.kind, action.before or b"", action.packages, versions)
        return self._prepare_file(action.path, action.before, after, secret=False)

    def _must_fit(self, action: plan.RecordRequirements, versions: dict[str, str]) -> None:
        """Refuse to write down what can't be installed together with what stands in the file.

        Raises:
            StepError: pip finds no set of versions; names the packages that are at odds.
        """
        where, answer = self.project.dependencies, self.project.installed()
        known = {canonicalize_name(name): version for name, version in versions.items()}
        names = [Requirement(each).name for each in action.packages]
        added = [
            Requirement(f"{name}=={known[canonicalize_name(name)]}")
            for name in names
            if canonicalize_name(name) in known
        ]
        asked = where.wanted() if where.exists and where.path == action.path else {}
        python = str(self.project.interpreter.start()["python"])
        if not list(resolve.unmet(added, asked, versions, answer["requires"], python)):
            return
        given = (
            ["--requirement", str(where.path)]
            if where.kind == "requirements"
            else [str(each) for each in asked.values()]
        )
        try:
            self._pip("install", "--dry-run", *given, *map(str, added))
        except CommandError as error:
            if odds := resolve.conflict(error.output):
                raise StepError(
                    f"{', '.join(names)} can't be installed together with what {where.path.name} asks for",
                    odds,
                    "Loosen one of these requirements, then run again; the file was not touched.",
                ) from error
            # An index that can't be reached, a pip too old for a dry run: that says nothing about the set.
            self.output(f"could not be resolved ahead: {error.why.rpartition(chr(10))[2]}")

    # ---- folders and commands

    def prepare_folder(self, action: plan.MakeDirectory) -> Record:
        return {"path": self.relative(action.path), "existed": action.path.is_dir()}

    def do_folder(self, action: plan.MakeDirectory, _: Record) -> Record:
        try:
            files.make_folder(action.path)
        except OSError as error:
            raise StepError(
                f"The folder {action.path} can't be made", str(error.strerror), "Check the permissions above it."
            ) from error
        return {}

    def undo_folder(self, record: Record, _: Record | None) -> None:
        path = self.absolute(record["path"])
        if not record["existed"] and path.is_dir():
            shutil.rmtree(path)
            files.sync_folder(path.parent)

    def prepare_command(self, action: plan.RunCommand) -> Record:
        outputs = []
        for output in action.outputs:
            kept = {self.relative(path): self.journal.keep(path.read_bytes()) for path in _files_below(output)}
            outputs.append({"path": self.relative(output), "existed": output.exists(), "files": kept})
        return {
            "argv": [Path(part).name if part.startswith("/") else part for part in action.argv],
            "outputs": outputs,
        }

    def do_command(self, action: plan.RunCommand, _: Record) -> Record:
        process.spent.interpreters += 1
        environment = environment_for(self.project, action.environment)
        done = process.run(action.argv, cwd=action.cwd, env=environment, on_line=self.output)
        if done.returncode:
            raise CommandError(
                f"`{done.command}` failed with exit code {done.returncode}",
                done.last_lines(),
                "The output above says why.",
            )
        return {"returncode": 0}

    def undo_command(self, record: Record, _: Record | None) -> None:
        for output in record["outputs"]:
            path = self.absolute(output["path"])
            kept = {self.absolute(name): digest for name, digest in output["files"].items()}
            for present in _files_below(path):
                if present not in kept:
                    present.unlink()
            for name, digest in kept.items():
                content = self.journal.kept(digest)
                if content is not None and files.read(name) != content:
                    files.write(name, content)
            _remove_empty(path, keep=output["existed"])

    # ---- packages

    def versions(self) -> dict[str, str]:
        return dict(self.project.installed(anew=True)["versions"])

    def prepare_install(self, action: plan.InstallPackages) -> Record:
        return {"packages": list(action.packages), "before": self.versions()}

    def do_install(self, action: plan.InstallPackages, record: Record) -> Record:
        before = record["before"]
        try:
            self._pip("install", *self._kept(before), *action.packages)
        except CommandError:
            # Something has to give way, but never the version of Django the project was written for.
            django = {name: version for name, version in before.items() if name.lower() == "django"}
            try:
                self._pip("install", *self._kept(django), *action.packages)
            except CommandError as error:
                if odds := resolve.conflict(error.output):
                    hint = "Loosen one of these requirements, then run again."
                    raise StepError(f"{', '.join(action.packages)} can't be installed here", odds, hint) from error
                raise
        return {"after": {name: version for name, version in self.versions().items() if before.get(name) != version}}

    def _kept(self, versions: dict[str, str]) -> tuple[str, str]:
        """pip's options under which the installed *versions* stay as they are."""
        path = self.project.work / "constraints.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        pins = [f"{name}=={version}" for name, version in versions.items() if "+" not in version]
        path.write_text("\n".join(pins) + "\n", encoding="utf-8")
        return "--constraint", str(path)

    def undo_install(self, record: Record, _: Record | None) -> None:
        self._remove_half_installed()
        before, present = record["before"], self.versions()
        added = sorted(present.keys() - before.keys())
        changed = sorted(f"{name}=={version}" for name, version in before.items() if present.get(name) not in {version})
        if changed:
            self._pip("install", *changed)
        if added:
            self._pip("uninstall", "--yes", *added)

    def _pip(self, verb: str, *packages: str) -> None:
        python = str(self.project.found.path)
        if _has_pip(self.project.found.prefix):
            process.spent.interpreters += 1
            argv = [python, "-m", "pip", verb, "--disable-pip-version-check", "--no-input", *packages]
        elif shutil.which("uv"):
            argv = ["uv", "pip", verb, "--python", python, *(package for package in packages if package != "--yes")]
        else:
            raise CommandError(
                "Packages can't be installed",
                f"{python} has no pip, and uv is not on PATH",
                f"Run `{python} -m ensurepip`, or install uv.",
            )
        environment = process.marked(process.own_environment(), self.project.root)
        for attempt in (1, 2):
            done = process.run(argv, cwd=self.project.root, env=environment, on_line=self.output)
            if not done.returncode:
                return
            if "externally-managed-environment" in done.output or resolve.is_final(done.output):
                break  # asked again, pip would say the same
            if attempt == 1:
                time.sleep(1)  # a package index that was busy; pip names no event to wait for
        raise CommandError(
            f"pip {verb} failed with exit code {done.returncode}",
            done.last_lines(4),
            "Check the network, then run again.",
            output=done.output,
        )

    def _remove_half_installed(self) -> None:
        """Metadata without its RECORD is what a kill leaves: pip would take it for installed and can't remove it."""
        for folder in self.project.found.prefix.glob("lib*/python*/site-packages"):
            for half in [*folder.glob("*.dist-info"), *folder.glob("~*")]:
                if half.name.startswith("~") or not (half / "RECORD").exists():
                    shutil.rmtree(half, ignore_errors=True)

    # ---- git

    def prepare_untrack(self, action: plan.UntrackFiles) -> Record:
        return {"index": self._index(action.paths)}

    def _index(self, paths: tuple[Path, ...]) -> list[str]:
        """The index entries of *paths* as `mode,blob,path`."""
        assert self.project.git is not None
        listed = self.project.git.run("ls-files", "-s", "-z", "--full-name", "--", *map(str, paths)).stdout
        entries = []
        for line in filter(None, listed.split("\0")):
            meta, name = line.split("\t", 1)
            mode, blob, _ = meta.split()
            entries.append(f"{mode},{blob},{name}")
        return entries

    def do_untrack(self, action: plan.UntrackFiles, _: Record) -> Record:
        assert self.project.git is not None
        self.project.git.checked("rm", "--cached", "-q", "--ignore-unmatch", "--", *map(str, action.paths))
        return {}

    def undo_untrack(self, record: Record, _: Record | None) -> None:
        assert self.project.git is not None
        for entry in record["index"]:
            self.project.git.checked("update-index", "--add", "--cacheinfo", entry)

    def prepare_commit(self, action: plan.CommitFiles) -> Record:
        assert self.project.git is not None
        names = [self.relative(path) for path in action.paths]
        return {"head": self.project.git.head(), "paths": names, "index": self._index(action.paths)}

    def do_commit(self, action: plan.CommitFiles, record: Record) -> Record:
        git = self.project.git
        assert git is not None
        git.checked("add", "--", *map(str, action.paths))
        git.checked("commit", "--quiet", "--only", "-m", action.message, "--", *map(str, action.paths))
        return {"commit": git.head()}

    def undo_commit(self, record: Record, result: Record | None) -> None:
        git = self.project.git
        assert git is not None
        head, before = git.head(), record["head"]
        made = result["commit"] if result else None
        if head != before:
            parent = git.run("rev-parse", "--verify", "--quiet", "HEAD^").stdout.strip()
            if (made and head != made) or parent != before:
                raise UndoError(
                    "Golive's commit is no longer the last one",
                    f"HEAD is {head[:10]}",
                    f"Take it back yourself: `git revert {(made or '')[:10]}`.",
                )
            if before:
                git.checked("update-ref", "HEAD", before, head)
            else:
                git.checked("update-ref", "-d", "HEAD", head)
        kept = {entry.split(",", 2)[2] for entry in record["index"]}
        for name in record["paths"]:
            if name not in kept:
                git.checked("rm", "--cached", "-q", "--ignore-unmatch", "--", str(self.absolute(name)))
        for entry in record["index"]:
            git.checked("update-index", "--add", "--cacheinfo", entry)

    def prepare_push(self, _: plan.PushCommits) -> Record:
        assert self.project.git is not None
        return {"head": self.project.git.head()}

    def do_push(self, _: plan.PushCommits, __: Record) -> Record:
        assert self.project.git is not None
        self.project.git.checked("push")
        return {}

    # ---- the rest

    def prepare_call(self, action: plan.CallService) -> Record:
        return {"service": action.service, "part": action.part}

    def do_call(self, action: plan.CallService, _: Record) -> Record:
        return {"facts": self.perform(action.part)}

    def undo_call(self, record: Record, _: Record | None) -> None:
        if record["part"] in LASTING:
            self.output(
                f"What was made at {record['service']} ({record['part']}) stays there: its dashboard removes it"
            )

    def prepare_sql(self, action: plan.ApplyPasswordSql) -> Record:
        return {"role": action.role, "name": action.name}

    def do_sql(self, action: plan.ApplyPasswordSql, _: Record) -> Record:
        from wizard.database import set_password

        set_password(action.role, self.project.env_values(action.env_file)[action.name], on_line=self.output)
        return {}

    def prepare_wait(self, action: plan.Wait) -> Record:
        return {"minutes": action.minutes}

    def do_wait(self, action: plan.Wait, _: Record) -> Record:
        return {"how": self.pause(action.minutes)}

    def undo_nothing(self, record: Record, _: Record | None) -> None:
        """What left no trace in the project needs no way back."""


def _files_below(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path] if path.is_file() else []


def _remove_empty(path: Path, *, keep: bool) -> None:
    if not path.is_dir():
        return
    for folder in sorted((each for each in path.rglob("*") if each.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    if not keep and not any(path.iterdir()):
        path.rmdir()


def _has_pip(prefix: Path) -> bool:
    return any(prefix.glob("lib*/python*/site-packages/pip")) or not (prefix / "pyvenv.cfg").exists()


LASTING = {"project", "service", "database", "domain", "backups", "sentry", "variables", "owner", "monitor"}
"""Parts at a service that an undone task leaves behind."""
FILE_KINDS = {"WriteFile", "GenerateSecrets", "RecordRequirements"}
PREPARE: dict[type[plan.Action], Callable[[Applier, Any], Record]] = {
    plan.WriteFile: Applier.prepare_write,
    plan.GenerateSecrets: Applier.prepare_secrets,
    plan.RecordRequirements: Applier.prepare_requirements,
    plan.MakeDirectory: Applier.prepare_folder,
    plan.RunCommand: Applier.prepare_command,
    plan.InstallPackages: Applier.prepare_install,
    plan.UntrackFiles: Applier.prepare_untrack,
    plan.CommitFiles: Applier.prepare_commit,
    plan.PushCommits: Applier.prepare_push,
    plan.CallService: Applier.prepare_call,
    plan.ApplyPasswordSql: Applier.prepare_sql,
    plan.Wait: Applier.prepare_wait,
}
DO: dict[type[plan.Action], Callable[[Applier, Any, Record], Record]] = {
    plan.WriteFile: Applier.do_write,
    plan.GenerateSecrets: Applier.do_write,
    plan.RecordRequirements: Applier.do_write,
    plan.MakeDirectory: Applier.do_folder,
    plan.RunCommand: Applier.do_command,
    plan.InstallPackages: Applier.do_install,
    plan.UntrackFiles: Applier.do_untrack,
    plan.CommitFiles: Applier.do_commit,
    plan.PushCommits: Applier.do_push,
    plan.CallService: Applier.do_call,
    plan.ApplyPasswordSql: Applier.do_sql,
    plan.Wait: Applier.do_wait,
}
UNDO: dict[str, Callable[[Applier, Record, Record | None], None]] = {
    "WriteFile": Applier.undo_write,
    "GenerateSecrets": Applier.undo_write,
    "RecordRequirements": Applier.undo_write,
    "MakeDirectory": Applier.undo_folder,
    "RunCommand": Applier.undo_command,
    "InstallPackages": Applier.undo_install,
    "UntrackFiles": Applier.undo_untrack,
    "CommitFiles": Applier.undo_commit,
    "PushCommits": Applier.undo_nothing,
    "CallService": Applier.undo_call,
    "ApplyPasswordSql": Applier.undo_nothing,
    "Wait": Applier.undo_nothing,
}
