"""Carries actions out, journaled. One executor a kind of action; `wizard/engine/undo.py` has their ways back.

Each executor turns an action into a journal record (`prepare`, before anything changes), and does it (`do`). The
record alone is enough for a later process to put the action back.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wizard.base import files, process
from wizard.base.errors import CommandError, EditError, StaleError, StepError
from wizard.base.secrets import generate, redact, remember
from wizard.editing import dotenv, requirements
from wizard.engine import undo_packages
from wizard.engine.events import ActionDone, ActionStarted, Emit, Output
from wizard.engine.undo import files_below, seen
from wizard.engine.undo_git import entries_of
from wizard.plan import actions
from wizard.project import conflicts
from wizard.project.pip import PipEnvironment
from wizard.project.project import Project
from wizard.state.journal import Journal, Record
from wizard.targets.sandbox import environment_for


class Applier:
    """Applies plans to *project*."""

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

    def apply(self, task: int, actions: tuple[actions.Action, ...], *, temporary: bool = False) -> None:
        """Do *actions* in order; what one of them raises leaves the batch interrupted, for `roll_back`."""
        batch, top = uuid.uuid4().hex[:12], os.path.relpath(self.project.top, self.project.root)
        for index, action in enumerate(actions):
            self.emit(ActionStarted(action))
            record = {"kind": type(action).__name__, **PREPARE[type(action)](self, action)}
            about = {"batch": batch, "task": task, "index": index}
            self.journal.append("begin", **about, temporary=temporary, top=top, action=record)
            try:
                result = DO[type(action)](self, action, record)
            except StaleError:
                self.journal.append("end", batch=batch, index=index, result={"left": True})
                raise
            self.journal.append("end", batch=batch, index=index, result=result)
            self.emit(ActionDone(action))
        self.journal.append("applied", batch=batch, task=task)

    # ---- files

    def prepare_write(self, action: actions.WriteFile) -> Record:
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

    def do_write(self, _: actions.Action, record: Record) -> Record:
        path = self.absolute(record["path"])
        mode = 0o600 if record["secret"] else None
        files.write(path, self._new.pop(path), mode=mode, over=record["before"])
        return {}

    def prepare_secrets(self, action: actions.GenerateSecrets) -> Record:
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

    def prepare_requirements(self, action: actions.RecordRequirements) -> Record:
        versions = self.versions()
        self._must_fit(action, versions)
        if action.freeze:
            after = requirements.frozen(versions)
        else:
            after = requirements.with_added(action.path, action.kind, action.before or b"", action.packages, versions)
        return self._prepare_file(action.path, action.before, after, secret=False)

    def _must_fit(self, action: actions.RecordRequirements, versions: dict[str, str]) -> None:
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
        asked = where.requirements() if where.exists and where.path == action.path else {}
        python = str(self.project.interpreter.start()["python"])
        if not list(conflicts.unmet(added, asked, versions, answer["requires"], python)):
            return
        given = (
            ["--requirement", str(where.path)]
            if where.kind == "requirements"
            else [str(each) for each in asked.values()]
        )
        try:
            self._pip("install", "--dry-run", *given, *map(str, added))
        except CommandError as error:
            if odds := conflicts.conflict(error.output):
                raise StepError(
                    f"{', '.join(names)} can't be installed together with what {where.path.name} asks for",
                    odds,
                    "Loosen one of these requirements, then run again; the file was not touched.",
                ) from error
            # An index that can't be reached, a pip too old for a dry run: that says nothing about the set.
            self.output(f"could not be resolved ahead: {error.why.rpartition(chr(10))[2]}")

    # ---- folders and commands

    def prepare_folder(self, action: actions.MakeDirectory) -> Record:
        self._contain(action.path)
        return {"path": self.relative(action.path), "existed": action.path.is_dir()}

    def do_folder(self, action: actions.MakeDirectory, _: Record) -> Record:
        try:
            files.make_folder(action.path)
        except OSError as error:
            raise StepError(
                f"The folder {action.path} can't be made", str(error.strerror), "Check the permissions above it."
            ) from error
        return {}

    def _contain(self, path: Path) -> None:
        """Refuse what lies outside of the project: Golive writes nothing there.

        Raises:
            EditError: it does, or a link in its path leads out.
        """
        if not files.inside(path, self.project.top):
            hint = "Choose a place inside of the project."
            raise EditError(f"{path} is outside of the project", "Golive writes nothing there", hint)

    def prepare_command(self, action: actions.RunCommand) -> Record:
        outputs = []
        for output in action.outputs:
            self._contain(output)
            below = files_below(output)
            kept = {self.relative(path): self.journal.keep(files.read(path, None)) for path in below
                    if path.is_file() and not path.is_symlink()}  # fmt: skip
            links = {self.relative(path): str(path.readlink()) for path in below if path.is_symlink()}
            about = {"path": self.relative(output), "existed": output.exists()}
            outputs.append({**about, "files": kept, "links": links})
        return {
            "argv": [Path(part).name if part.startswith("/") else part for part in action.argv],
            "outputs": outputs,
        }

    def do_command(self, action: actions.RunCommand, _: Record) -> Record:
        process.spent.interpreters += 1
        environment = environment_for(self.project, action.environment)
        done = process.run(action.argv, cwd=action.cwd, env=environment, on_line=self.output)
        if done.returncode:
            raise CommandError(
                f"`{done.command}` failed with exit code {done.returncode}",
                done.last_lines(),
                "The output above says why.",
            )
        made = {self.relative(path): seen(path) for output in action.outputs for path in files_below(output)}
        return {"returncode": 0, "made": made}

    # ---- packages

    def versions(self) -> dict[str, str]:
        return dict(self.project.installed(refresh=True)["versions"])

    @property
    def environment(self) -> PipEnvironment:
        """The environment that packages are installed into."""
        return PipEnvironment(self.project.python.path, Path(self.project.interpreter.start()["packages"]))

    def prepare_install(self, action: actions.InstallPackages) -> Record:
        environment = undo_packages.recorded(self.environment, self.project.root, self.project.top)
        return {
            "packages": [redact(each) for each in action.packages],
            "before": self.versions(),
            "environment": environment,
        }

    def do_install(self, action: actions.InstallPackages, record: Record) -> Record:
        before = record["before"]
        try:
            self._pip("install", *self._kept(before), *action.packages)
        except CommandError:
            # Something has to give way, but never the version of Django the project was written for.
            django = {name: version for name, version in before.items() if name.lower() == "django"}
            try:
                self._pip("install", *self._kept(django), *action.packages)
            except CommandError as error:
                if odds := conflicts.conflict(error.output):
                    hint = "Loosen one of these requirements, then run again."
                    raise StepError(f"{', '.join(action.packages)} can't be installed here", odds, hint) from error
                raise
        present = self.versions()
        after = {name: version for name, version in present.items() if before.get(name) != version}
        return {"after": after, "removed": sorted(before.keys() - present.keys())}

    def _kept(self, versions: dict[str, str]) -> tuple[str, str]:
        """pip's options under which the installed *versions* stay as they are."""
        path = self.project.work / "constraints.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        pins = [f"{name}=={version}" for name, version in versions.items() if "+" not in version]
        path.write_text("\n".join(pins) + "\n", encoding="utf-8")
        return "--constraint", str(path)

    def _pip(self, verb: str, *packages: str) -> None:
        """Run pip; requirements with an address, in which a password may stand, are given to it in a private file."""
        addresses = [each for each in packages if "://" in each]
        named = [each for each in packages if each not in addresses]
        self.project.work.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self.project.work, prefix="requirements-", encoding="utf-8") as file:
            if addresses:
                file.write("\n".join(addresses) + "\n")
                file.flush()
                named += ["--requirement", file.name]
            self.environment.run(verb, *named, project=self.project.root, on_line=self.output)

    # ---- git

    def prepare_untrack(self, action: actions.UntrackFiles) -> Record:
        return {"index": self._index(action.paths)}

    def _names(self, paths: tuple[Path, ...]) -> list[str]:
        return [os.path.relpath(path, self.project.top) for path in paths]

    def _index(self, paths: tuple[Path, ...]) -> list[str]:
        """The index entries of *paths* as `mode,blob,path`."""
        assert self.project.git is not None
        found = entries_of(self.project.git, self._names(paths))
        return [f"{entry},{name}" for name, entry in found.items()]

    def do_untrack(self, action: actions.UntrackFiles, _: Record) -> Record:
        assert self.project.git is not None
        names = "\0".join(self._names(action.paths))
        self.project.git.checked("update-index", "--force-remove", "-z", "--stdin", given=names)
        return {}

    def prepare_commit(self, action: actions.CommitFiles) -> Record:
        assert self.project.git is not None
        git, paths = self.project.git, action.paths
        about = {"head": git.head(), "branch": git.branch(), "subject": action.message.splitlines()[0]}
        return {**about, "paths": self._names(paths), "index": self._index(paths)}

    def do_commit(self, action: actions.CommitFiles, record: Record) -> Record:
        git = self.project.git
        assert git is not None
        git.published("add", "--", *map(str, action.paths))
        git.published("commit", "--quiet", "--only", "-m", action.message, "--", *map(str, action.paths))
        return {"commit": git.head()}

    def prepare_push(self, _: actions.PushCommits) -> Record:
        assert self.project.git is not None
        return {"head": self.project.git.head()}

    def do_push(self, _: actions.PushCommits, __: Record) -> Record:
        assert self.project.git is not None
        self.project.git.published("push")
        return {}

    # ---- the rest

    def prepare_call(self, action: actions.CallService) -> Record:
        return {"service": action.service, "part": action.part}

    def do_call(self, action: actions.CallService, _: Record) -> Record:
        return {"facts": self.perform(action.part)}

    def prepare_sql(self, action: actions.ApplyPasswordSql) -> Record:
        return {"role": action.role, "name": action.name}

    def do_sql(self, action: actions.ApplyPasswordSql, _: Record) -> Record:
        from wizard.project.database import set_password

        set_password(action.role, self.project.env_values(action.env_file)[action.name], on_line=self.output)
        return {}

    def prepare_wait(self, action: actions.Wait) -> Record:
        return {"minutes": action.minutes}

    def do_wait(self, action: actions.Wait, _: Record) -> Record:
        return {"how": self.pause(action.minutes)}


PREPARE: dict[type[actions.Action], Callable[[Applier, Any], Record]] = {
    actions.WriteFile: Applier.prepare_write,
    actions.GenerateSecrets: Applier.prepare_secrets,
    actions.RecordRequirements: Applier.prepare_requirements,
    actions.MakeDirectory: Applier.prepare_folder,
    actions.RunCommand: Applier.prepare_command,
    actions.InstallPackages: Applier.prepare_install,
    actions.UntrackFiles: Applier.prepare_untrack,
    actions.CommitFiles: Applier.prepare_commit,
    actions.PushCommits: Applier.prepare_push,
    actions.CallService: Applier.prepare_call,
    actions.ApplyPasswordSql: Applier.prepare_sql,
    actions.Wait: Applier.prepare_wait,
}
DO: dict[type[actions.Action], Callable[[Applier, Any, Record], Record]] = {
    actions.WriteFile: Applier.do_write,
    actions.GenerateSecrets: Applier.do_write,
    actions.RecordRequirements: Applier.do_write,
    actions.MakeDirectory: Applier.do_folder,
    actions.RunCommand: Applier.do_command,
    actions.InstallPackages: Applier.do_install,
    actions.UntrackFiles: Applier.do_untrack,
    actions.CommitFiles: Applier.do_commit,
    actions.PushCommits: Applier.do_push,
    actions.CallService: Applier.do_call,
    actions.ApplyPasswordSql: Applier.do_sql,
    actions.Wait: Applier.do_wait,
}
