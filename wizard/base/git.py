"""The project's git repository. Queries take few calls, and changes are made only by actions of a plan.

A repository's configuration can name programs: a file system monitor, hooks, filters, a program that verifies
signatures, a transport. Golive calls git so that none of them runs. Commits and pushes are the exception: they run the
user's hooks and filters, which the plan lists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wizard.base import process
from wizard.base.errors import ProjectError, StateError, ToolError

QUIET = ("core.quotepath=off", "core.fsmonitor=false", "log.showSignature=false", "gc.auto=0", "maintenance.auto=false")
"""Configuration options for every call."""
LIMIT = 60.0
"""Timeout in seconds, except for commits and pushes, whose hooks may take any time."""
NO_HOOKS = "core.hooksPath=/dev/null"
ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # no fetch of missing objects by a transport that the repository names
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
ELSEWHERE = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_CEILING_DIRECTORIES",
}  # fmt: skip
"""Variables that point git to another repository. They are set when Golive runs inside a git hook."""
READ_BY_GIT = {"XDG_CONFIG_HOME", "SUDO_UID", "EMAIL"}
"""Variables that git reads in addition to GIT_*: its configuration folder, the sudo user, and the committer."""
COMMIT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction")
PUSH_HOOKS = ("pre-push", "reference-transaction")
IN_PROGRESS = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase", "rebase-apply": "a rebase",
}  # fmt: skip


@dataclass(frozen=True)
class Git:
    """The repository of a project. *top* is its working tree."""

    top: Path

    @classmethod
    def of(cls, folder: Path) -> Git | None:
        """The repository that contains *folder*; None if there is none, or git is not installed.

        Raises:
            ProjectError: git can't read it, or its working tree is configured to be in another folder.
        """
        home = next((parent for parent in (folder, *folder.parents) if os.path.lexists(parent / ".git")), None)
        if home is None or not shutil.which("git"):
            return None
        if (home / ".git").is_dir() and not os.path.lexists(home / ".git" / "HEAD"):
            return None  # not a repository, for example an empty folder
        answer = _run(folder, "rev-parse", "--show-toplevel")
        if answer.returncode or not answer.stdout.strip():
            raise ProjectError(
                f"git can't read the repository {home}",
                _error_message(answer) or "it has no working tree",
                "Fix what git reports. To work without git, move .git away.",
            )
        top = Path(answer.stdout.removesuffix("\n"))
        if top.resolve() != home.resolve():
            raise ProjectError(
                f"The git repository {home} has its working tree at {top}",
                "core.worktree is set, and Golive changes nothing outside of the repository",
                "Run `git config --unset core.worktree`.",
            )
        return cls(top)

    def run(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run git without running any program that the repository configures."""
        return _run(self.top, *arguments, stdin=stdin, environment=_environment(environment))

    def checked(self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
        """The output of a git command that must succeed. Runs no program that the repository configures.

        Raises:
            ToolError: it failed. Has git's error message.
        """
        return self._checked(arguments, self.run(*arguments, stdin=stdin, environment=environment))

    def run_with_hooks(self, *arguments: str) -> str:
        """The output of a commit or a push, which runs the user's hooks and filters.

        Raises:
            ToolError: it failed. Has the error message of git or of a hook.
        """
        return self._checked(
            arguments, _run(self.top, *arguments, hooks=True, environment={**_own(), **literal_pathspecs()})
        )

    def _checked(self, arguments: tuple[str, ...], answer: subprocess.CompletedProcess[str]) -> str:
        if answer.returncode:
            raise ToolError(
                f"git {arguments[0]} failed", _error_message(answer), "Fix what git reports, then run again."
            )
        return answer.stdout

    def ignored(self, paths: Iterable[Path]) -> set[Path]:
        """The *paths* that match .gitignore rules, tracked or not."""
        names = [str(path) for path in paths]
        if not names:
            return set()
        answer = self.run("check-ignore", "--no-index", "-z", "--stdin", stdin="\0".join(names))
        return {Path(name) for name in answer.stdout.split("\0") if name}

    def tracked(self, *patterns: str) -> set[Path]:
        answer = self.run("ls-files", "-z", "--", *patterns)
        return {self.top / name for name in answer.stdout.split("\0") if name}

    def deployable(self) -> list[Path]:
        """Tracked and new files without the ignored ones: what a deployment would contain.

        Virtual environments are left out, even if they are committed, because no server starts from them.
        """
        answer = self.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = {name for name in answer.stdout.split("\0") if name}
        homes = tuple(name.removesuffix("pyvenv.cfg") for name in names if name.endswith("/pyvenv.cfg"))
        kept = (name for name in names if not (homes and name.startswith(homes)))
        return [_path(self.top, name) for name in sorted(kept, key=lambda name: name.split("/"))]

    def environments(self) -> list[Path]:
        """Virtual environments that are tracked."""
        return sorted(path.parent for path in self.tracked("pyvenv.cfg", "**/pyvenv.cfg"))

    def at_head(self, path: Path) -> bytes | None:
        """The content of *path* in the last commit; None if it is not in it."""
        name = os.path.relpath(path, self.top)
        return self.blob(f"HEAD:{name}")

    def blob(self, name: str, largest: int | None = None) -> bytes | None:
        """The content of the blob *name*, for example `HEAD:manage.py`; None if it is not in this clone.

        It is also None if it has more than *largest* bytes.
        """
        if largest is not None:
            size = self.run("cat-file", "-s", name).stdout.strip()
            if not size.isdecimal() or int(size) > largest:
                return None
        with _call_errors(self.top, "cat-file"), process.waiting():
            answer = subprocess.run(
                _argv("cat-file", "blob", name), cwd=self.top, env=_environment(), capture_output=True, check=False,
                timeout=LIMIT,
            )  # fmt: skip
        return answer.stdout if answer.returncode == 0 else None

    def commit(self, name: str) -> str:
        """The full hash of the commit *name*, such as a branch; empty if there is none."""
        return self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").stdout.strip()

    def files_at(self, commit: str) -> set[Path]:
        """The files in *commit*, without links and submodules."""
        entries = self.checked("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
        parts = (entry.partition("\t") for entry in entries if entry.startswith("100"))
        return {self.top / name for _, _, name in parts}

    def contents(self, commit: str, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The content of each of *paths* in *commit*, as it is stored: no filter of the repository runs."""
        listed = [path for path in paths if "\n" not in str(path)]
        asked = "".join(f"{commit}:{path.relative_to(self.top).as_posix()}\n" for path in listed)
        with _call_errors(self.top, "cat-file"), process.waiting():
            answer = subprocess.run(
                _argv("cat-file", "--batch"), cwd=self.top, env=_environment(), input=os.fsencode(asked),
                capture_output=True, check=False, timeout=LIMIT,
            )  # fmt: skip
        found, rest = {}, answer.stdout
        for path in listed:
            header, _, rest = rest.partition(b"\n")
            if header.endswith(b" missing"):
                continue
            size = int(header.split()[-1])
            found[path], rest = rest[:size], rest[size + 1 :]
        return found

    def hooks(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The hooks among *names* that git would run, for example `pre-commit hook`."""
        where = self.top / _run(self.top, "rev-parse", "--git-path", "hooks", hooks=True).stdout.strip()
        return tuple(f"{name} hook" for name in names if os.access(where / name, os.X_OK))

    def programs_run_by_commit(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """The user's programs that a commit of *paths* runs: hooks, and filters, for example `filter lfs`."""
        asked = "\0".join(os.path.relpath(path, self.top) for path in paths)
        fields = self.run("check-attr", "-z", "--stdin", "filter", stdin=asked).stdout.split("\0")
        named = {value for value in fields[2::3] if value not in {"unspecified", "unset", "set"}}
        known = self.run("config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$").stdout
        filters = (f"filter {name}" for name in sorted(named) if f"filter.{name}." in known)
        return (*self.hooks(COMMIT_HOOKS), *filters)

    def in_progress(self) -> str:
        """The unfinished operation, for example "a rebase"; empty for none."""
        folder = Path(self.run("rev-parse", "--absolute-git-dir").stdout.strip())
        return next((operation for name, operation in IN_PROGRESS.items() if (folder / name).exists()), "")

    def locked_by(self) -> str:
        """The lock file that prevents changes of the index or the branch; empty for none."""
        names = ["index.lock", "HEAD.lock", *([f"{self.branch()}.lock"] if self.branch() else [])]
        paths = self.run("rev-parse", *(part for name in names for part in ("--git-path", name))).stdout.splitlines()
        return next((str(self.top / path) for path in paths if (self.top / path).exists()), "")

    def branch(self) -> str:
        """The current branch, for example `refs/heads/main`; empty for a detached HEAD."""
        return self.run("symbolic-ref", "--quiet", "HEAD").stdout.strip()

    def changed_by(self, commit: str) -> set[str]:
        """The paths that *commit* changed, relative to the top."""
        asked = ("diff-tree", "--root", "--no-commit-id", "--name-only", "-r", "-z", "--no-ext-diff", commit)
        return {name for name in self.run(*asked).stdout.split("\0") if name}

    def subject(self, commit: str) -> str:
        return self.run("log", "-1", "--format=%s", commit).stdout.strip()

    def head(self) -> str:
        return self.run("rev-parse", "--verify", "--quiet", "HEAD").stdout.strip()

    def has_remote(self) -> bool:
        return bool(self.run("remote").stdout.strip())

    def is_pushed(self) -> bool:
        """Whether the upstream branch has all commits of the current branch."""
        behind = self.run("rev-list", "--count", "@{upstream}..HEAD")
        return behind.returncode == 0 and behind.stdout.strip() == "0"

    def is_published(self, commit: str) -> bool:
        """Whether a remote-tracking branch contains *commit*."""
        asked = ("for-each-ref", "--count=1", "--contains", commit, "--format=%(refname)", "refs/remotes")
        return bool(self.run(*asked).stdout.strip())

    def has_identity(self) -> bool:
        return self.run("var", "GIT_COMMITTER_IDENT").returncode == 0 and bool(
            self.run("config", "user.email").stdout.strip()
        )

    def commits_with(self, value: str, paths: Iterable[Path], limit: int = 3) -> list[str]:
        """Commits whose changes to *paths* add or remove *value*, newest first, as short hashes.

        Golive searches for the value, not git, because a secret must not be on a command line.
        """
        patches = self.history(tuple(paths))
        return [commit for commit, patch in patches if value in patch][:limit]

    def history(self, paths: tuple[Path | str, ...]) -> list[tuple[str, str]]:
        """Short hash and patch of each reachable commit that changed one of *paths*, which may be pathspecs."""
        answer = self.run(
            "log", "--all", "--format=%x00%h", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv",
            "--submodule=short", "--ignore-submodules=all", "--",
            *[str(path) for path in paths],
        )  # fmt: skip
        parts = [part.partition("\n") for part in answer.stdout.split("\0") if part]
        return [(commit.strip(), patch) for commit, _, patch in parts]


@lru_cache(maxsize=1 << 16)
def _path(top: Path, name: str) -> Path:
    """The path of *name*. The same object each time, since it keeps its parts and its hash, which take long to make."""
    return top / name


def _error_message(answer: subprocess.CompletedProcess[str]) -> str:
    """The last error lines of git, or of a hook."""
    lines = [line for line in (answer.stderr.strip() or answer.stdout.strip()).splitlines() if line.strip()]
    errors = [line.strip() for line in lines if line.startswith(("fatal:", "error:", "\tgit "))]
    return " / ".join((errors or lines)[-4:])


def literal_pathspecs() -> dict[str, str]:
    """The environment variables that make git read paths as names, not as patterns."""
    return {"GIT_LITERAL_PATHSPECS": "1"}


def tracks(folder: Path, name: str) -> bool:
    """Whether git tracks *name* in *folder*, or a file in it.

    Raises:
        StateError: git failed.
    """
    answer = _run(folder, "ls-files", "-z", "--", name)
    if answer.returncode:
        why = f"git failed to list its tracked files: {_error_message(answer)}"
        raise StateError(
            f"{folder / name} can't be checked", why, "Fix what git reports. To work without git, move .git away."
        )
    return bool(answer.stdout)


def _argv(*arguments: str, hooks: bool = False) -> list[str]:
    settings = (*QUIET, *([] if hooks else [NO_HOOKS]))
    return ["git", "--no-pager", *(part for setting in settings for part in ("-c", setting)), *arguments]


def _environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that git itself reads, without any others of the user."""
    gits = {name: value for name, value in _own().items() if name.startswith("GIT_") or name in READ_BY_GIT}
    return {**process.bare_environment(), **gits, **ENVIRONMENT, **(more or {})}


def _own() -> dict[str, str]:
    """The user's environment for their hooks and filters, which may need any of its variables."""
    return {name: value for name, value in process.own_environment().items() if name not in ELSEWHERE}


def _run(
    folder: Path,
    *arguments: str,
    stdin: str = "",
    hooks: bool = False,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    with _call_errors(folder, arguments[0]), process.waiting():
        return subprocess.run(
            _argv(*arguments, hooks=hooks), cwd=folder, env=environment or _environment(), input=stdin,
            capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", check=False,
            timeout=None if hooks else LIMIT,
        )  # fmt: skip


@contextmanager
def _call_errors(folder: Path, command: str) -> Iterator[None]:
    """Turn a call of git that could not start, or took too long, into a ToolError."""
    try:
        yield
    except subprocess.TimeoutExpired as error:
        hint = (
            f"Check that each .gitignore and .gitattributes below {folder} is a regular file, and that the disk works."
        )
        raise ToolError(f"git {command} gave no answer", f"within {LIMIT:.0f} s", hint) from error
    except OSError as error:
        raise ToolError.of(error) from error
