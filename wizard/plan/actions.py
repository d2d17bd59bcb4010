"""Plans and their actions, as data: what a step intends, before anything is touched.

A plan can be shown, compared and applied; it never does anything itself. `wizard.engine.apply` carries actions out and
`wizard.state.journal` remembers them, so that each can be put back.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from wizard.base.secrets import redact


@dataclass(frozen=True)
class Finding:
    """What inspection saw in the project, with the place where it stands."""

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
    """One thing a plan does."""

    def describe(self) -> str:
        raise NotImplementedError

    def preview(self) -> str:
        """What a person should see before agreeing; never a secret."""
        return ""

    def touches(self) -> tuple[Path, ...]:
        """Files it changes, and folders whose contents it may change."""
        one = getattr(self, "path", None)
        return (*([one] if one else []), *getattr(self, "paths", ()), *getattr(self, "outputs", ()))


@dataclass(frozen=True)
class WriteFile(Action):
    """Write *after* where *before* stood; None before means the file is new.

    A *secret* file gets mode 0600 and its preview shows names, never values.
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
        before, after = (_lines(content, hide=self.secret) for content in (self.before or b"", self.after))
        old = "/dev/null" if self.before is None else self.path.name
        return "\n".join(difflib.unified_diff(before, after, old, self.path.name, lineterm="", n=2))


def _lines(content: bytes, *, hide: bool) -> list[str]:
    lines = content.decode("utf-8", "replace").splitlines()
    if not hide:
        return [redact(line) for line in lines]
    return [_value_hidden(line) for line in lines]


def _value_hidden(line: str) -> str:
    name, equals, value = line.partition("=")
    return f"{name}={'…' if value.strip() else ''}" if equals and not line.lstrip().startswith("#") else line


@dataclass(frozen=True)
class MakeDirectory(Action):
    """Make a folder whose contents belong to a program; undoing removes it with what the program put there."""

    path: Path
    why: str = ""

    def describe(self) -> str:
        return f"Make folder {self.path.name}/" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class RunCommand(Action):
    """Run a command of the project; *outputs* are the files and folders it writes, kept for undo."""

    argv: tuple[str, ...]
    cwd: Path
    why: str = ""
    environment: str = "development"
    outputs: tuple[Path, ...] = ()

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
    """Add direct requirements, with the versions installed by then, to the project's dependency file.

    The version is known only after the installation, so the text is made when the action is applied.
    """

    path: Path
    kind: str
    packages: tuple[str, ...]
    before: bytes | None
    freeze: bool = False

    def describe(self) -> str:
        what = "the whole environment (pip freeze)" if self.freeze else ", ".join(self.packages)
        return f"Record {what} in {self.path.name}"


@dataclass(frozen=True)
class UntrackFiles(Action):
    """Stop git from tracking *paths*; the files stay where they are."""

    paths: tuple[Path, ...]

    def describe(self) -> str:
        return "Stop tracking " + ", ".join(path.name for path in self.paths) + " in git (the files stay)"


@dataclass(frozen=True)
class CommitFiles(Action):
    """Commit *paths*, and nothing else, on the current branch. *runs* are the user's programs that git starts then."""

    paths: tuple[Path, ...]
    message: str
    runs: tuple[str, ...] = ()

    def describe(self) -> str:
        what = f"Commit {', '.join(path.name for path in self.paths)}: {self.message.splitlines()[0]}"
        return what + _also(self.runs)


def _also(runs: tuple[str, ...]) -> str:
    return "".join(f"; your {each} runs" for each in runs)


@dataclass(frozen=True)
class GenerateSecrets(Action):
    """Set names in a .env file to values made when applied, *kept* ones to what is given; one already there stays."""

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
    """Push the current branch to where it goes by itself; what others have then can't be undone here."""

    runs: tuple[str, ...] = ()

    def describe(self) -> str:
        return "Push the current branch" + _also(self.runs)


@dataclass(frozen=True)
class CallService(Action):
    """Have *part* made or changed at *service*, where it isn't already; *what* says it to a person.

    What is there then stays there when the task is undone: only its owner takes it away.
    """

    service: str
    part: str
    what: str

    def describe(self) -> str:
        return f"At {self.service}: {self.what}"


@dataclass(frozen=True)
class ApplyPasswordSql(Action):
    """Set the database role's password through a superuser URL taken from the environment, never from argv."""

    role: str
    env_file: Path
    name: str

    def describe(self) -> str:
        return f"Change the password of database role {self.role}"


@dataclass(frozen=True)
class Wait(Action):
    """A pause of *minutes* that a person may skip."""

    minutes: int
    why: str = ""

    def describe(self) -> str:
        return f"Take a break of {self.minutes} minutes"


@dataclass(frozen=True)
class Assist(Action):
    """What Golive can't do safely by itself: the *snippet*, *where* it goes and *why*."""

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
    """What a step intends: its actions in order, and remarks a person should read first."""

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
        """The actions Golive carries out itself."""
        return tuple(action for action in self.actions if not isinstance(action, Assist))

    def __bool__(self) -> bool:
        return bool(self.actions)


Key = tuple[str, tuple[Path, ...] | str]


def key(action: Action) -> Key:
    """Tells an action from the others of its plan, also after the plan was made anew."""
    return type(action).__name__, action.touches() or action.describe()


@dataclass(frozen=True)
class Choice:
    """What a person makes of a task's plan: actions left out, and files with a content of their own."""

    left_out: frozenset[Key] = frozenset()
    written: Mapping[Path, bytes] = field(default_factory=dict)

    def of(self, plan: Plan) -> Plan:
        """*plan* as the person wants it; a file that has their content already is left alone."""
        kept = [self._action(action) for action in plan.actions if key(action) not in self.left_out]
        return replace(plan, actions=tuple(action for action in kept if action))

    def _action(self, action: Action) -> Action | None:
        if not isinstance(action, WriteFile) or action.path not in self.written:
            return action
        wanted = self.written[action.path]
        return replace(action, after=wanted) if wanted != action.before else None
