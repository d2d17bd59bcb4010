"""Plans and their actions, as data: the changes that a step intends, before anything is changed.

A plan can be shown, compared and applied. `wizard.engine.apply` carries the actions out, and `wizard.state.journal`
records them so that each can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from wizard.plan import preview


@dataclass(frozen=True)
class Finding:
    """A fact about the project that inspection found, with its file and line."""

    text: str
    path: Path | None = None
    line: int | None = None
    warning: bool = False

    def __str__(self) -> str:
        if self.path is None:
            return self.text
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.text}"


@dataclass(frozen=True)
class Action:
    """One change that a plan makes."""

    def describe(self) -> str:
        raise NotImplementedError

    def preview(self) -> str:
        """Details for the user to read before applying it. Never contains a secret."""
        return ""

    def touches(self) -> tuple[Path, ...]:
        """Files that it changes, and folders whose contents it may change."""
        one = getattr(self, "path", None)
        return (*([one] if one else []), *getattr(self, "paths", ()), *getattr(self, "outputs", ()))


@dataclass(frozen=True)
class WriteFile(Action):
    """Change the content of *path* from *before* to *after*. The file is new if *before* is None.

    A *secret* file gets mode 0600, and its preview shows no value that may be a secret.
    """

    path: Path
    before: bytes | None
    after: bytes
    why: str = ""
    secret: bool = False

    def describe(self) -> str:
        verb = "Create" if self.before is None else "Edit"
        return f"{verb} {self.path.name}" + (f": {self.why}" if self.why else "")

    def preview(self) -> str:
        return preview.diff(self.before, self.after, self.path.name, secret=self.secret)


@dataclass(frozen=True)
class MakeDirectory(Action):
    """Create a folder that a program fills. Undo removes it with everything in it."""

    path: Path
    why: str = ""

    def describe(self) -> str:
        return f"Create folder {self.path.name}/" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class RunCommand(Action):
    """Run a command of the project. *outputs* are the files and folders that it writes, saved for undo.

    *environment* is `development`, `production`, or `release`: production's, in a copy of the deployed files.
    *hint* says what to do if the command fails.
    """

    argv: tuple[str, ...]
    cwd: Path
    why: str = ""
    environment: str = "development"
    outputs: tuple[Path, ...] = ()
    hint: str = ""

    def describe(self) -> str:
        return "Run " + " ".join(_short(part) for part in self.argv) + (f": {self.why}" if self.why else "")


def _short(part: str) -> str:
    return Path(part).name if part.startswith("/") else part


@dataclass(frozen=True)
class InstallPackages(Action):
    """Install *packages* (PEP 508) into the project's environment."""

    packages: tuple[str, ...]
    why: str = ""

    def describe(self) -> str:
        return "Install " + ", ".join(self.packages) + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class RecordRequirements(Action):
    """Add requirements to the project's dependency file, with the versions that are installed by then.

    The versions are known only after the installation, so the new content is computed when the action is applied.
    """

    path: Path
    kind: str
    packages: tuple[str, ...]
    before: bytes | None
    freeze: bool = False

    def describe(self) -> str:
        what = "all installed packages (pip freeze)" if self.freeze else ", ".join(self.packages)
        return f"Record {what} in {self.path.name}"


@dataclass(frozen=True)
class UntrackFiles(Action):
    """Stop git from tracking *paths*. The files stay on disk."""

    paths: tuple[Path, ...]

    def describe(self) -> str:
        return "Stop tracking " + ", ".join(path.name for path in self.paths) + " in git (the files stay)"


@dataclass(frozen=True)
class CommitFiles(Action):
    """Commit only *paths* on the current branch. *runs* are the user's hooks that git runs for that."""

    paths: tuple[Path, ...]
    message: str
    runs: tuple[str, ...] = ()

    def describe(self) -> str:
        what = f"Commit {', '.join(path.name for path in self.paths)}: {self.message.splitlines()[0]}"
        return what + _also(self.runs)


def _also(runs: tuple[str, ...]) -> str:
    return "".join(f"; your {program} runs" for program in runs)


@dataclass(frozen=True)
class GenerateSecrets(Action):
    """Set variables in a .env file. Variables that already have a value keep it.

    Arguments:
        names: variables that get a random value when the action is applied, each with its length in characters.
        kept: variables and their values.
    """

    path: Path
    before: bytes | None
    names: tuple[tuple[str, int], ...]
    reason: str = ""
    kept: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def describe(self) -> str:
        kept = f", and keep {', '.join(name for name, _ in self.kept)}," if self.kept else ""
        return f"Generate {', '.join(name for name, _ in self.names)}{kept} in {self.path.name}" + (
            f": {self.reason}" if self.reason else ""
        )


@dataclass(frozen=True)
class PushCommits(Action):
    """Push the current branch to its upstream. This can't be undone: others may have fetched it."""

    runs: tuple[str, ...] = ()

    def describe(self) -> str:
        return "Push the current branch" + _also(self.runs)


@dataclass(frozen=True)
class CallService(Action):
    """Create or change *part* at an external *service*, unless it exists already. *what* is its description.

    Undo does not remove it: only the account's owner can do that.
    """

    service: str
    part: str
    what: str

    def describe(self) -> str:
        return f"At {self.service}: {self.what}"


@dataclass(frozen=True)
class ApplyPasswordSql(Action):
    """Set the password of a database role, with the superuser URL from the environment."""

    role: str
    env_file: Path
    name: str

    def describe(self) -> str:
        return f"Change the password of database role {self.role}"


@dataclass(frozen=True)
class Wait(Action):
    """A break of *minutes* that the user may skip."""

    minutes: int
    why: str = ""

    def describe(self) -> str:
        return f"Take a break of {self.minutes} minutes"


@dataclass(frozen=True)
class Assist(Action):
    """A change that Golive can't make safely: the user adds *snippet* at the place *where*, for the reason *why*."""

    item: str
    where: str
    snippet: str
    why: str

    def describe(self) -> str:
        return f"By hand, {self.where}: {self.why}"

    def preview(self) -> str:
        return self.snippet


@dataclass(frozen=True)
class Plan:
    """The changes that a step intends: its actions in order, and remarks to read first."""

    actions: tuple[Action, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, *actions: Action | None, remarks: tuple[str, ...] = ()) -> Plan:
        return cls(tuple(action for action in actions if action is not None), remarks)

    @classmethod
    def nothing(cls, *remarks: str) -> Plan:
        return cls((), remarks)

    @property
    def work(self) -> tuple[Action, ...]:
        """The actions that Golive carries out itself."""
        return tuple(action for action in self.actions if not isinstance(action, Assist))

    def __bool__(self) -> bool:
        return bool(self.actions)


Key = tuple[str, tuple[Path, ...] | str]


def key(action: Action) -> Key:
    """Identify an action among those of its plan. The key is the same after the plan is made again."""
    return type(action).__name__, action.touches() or action.describe()


@dataclass(frozen=True)
class Choice:
    """The user's changes to a plan: actions that are left out, and files with different content."""

    left_out: frozenset[Key] = frozenset()
    written: Mapping[Path, bytes] = field(default_factory=dict)

    def of(self, plan: Plan) -> Plan:
        """*plan* with these changes. A file that already has the user's content is left out."""
        kept = [self._action(action) for action in plan.actions if key(action) not in self.left_out]
        return replace(plan, actions=tuple(action for action in kept if action))

    def _action(self, action: Action) -> Action | None:
        if not isinstance(action, WriteFile) or action.path not in self.written:
            return action
        wanted = self.written[action.path]
        return replace(action, after=wanted) if wanted != action.before else None
