"""What git knows of the project: asked in few calls, changed only through actions of a plan.

A repository's own configuration can name programs: a file system monitor, hooks, filters, a program that verifies
signatures, a transport. Git is called so that none of them runs. Commits and pushes are the exception: they run the
user's hooks and filters, which the plan names before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.base import process
from wizard.base.errors import ProjectError, StateError, StepError

QUIET = ("core.quotepath=off", "core.fsmonitor=false", "log.showSignature=false", "gc.auto=0", "maintenance.auto=false")
"""Configuration for every call."""
LIMIT = 60.0
"""Seconds that git may take, but for a commit and a push, whose hooks take as long as they like."""
NO_HOOKS = "core.hooksPath=/dev/null"
ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone would fetch missing objects, by a transport the repository names
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
ELSEWHERE = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_CEILING_DIRECTORIES",
}  # fmt: skip
"""Variables, as a hook of git's has them, that lead to another repository than the one in the folder."""
GITS = {"XDG_CONFIG_HOME", "SUDO_UID", "EMAIL"}
"""What git reads beside the variables of its own name: where its configuration is, who ran sudo, and who commits."""
COMMIT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction")
PUSH_HOOKS = ("pre-push", "reference-transaction")
IN_PROGRESS = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase", "rebase-apply": "a rebase",
}  # fmt: skip


@dataclass(frozen=True)
class Git:
    """The repository a project lies in; *top* is its working tree."""

    top: Path

    @classmethod
    def of(cls, folder: Path) -> Git | None:
        """The repository that *folder* lies in; None without git or outside of one.

        Raises:
            ProjectError: git can't read it, or its configuration puts its working tree elsewhere.
        """
        home = next((each for each in (folder, *folder.parents) if os.path.lexists(each / ".git")), None)
        if home is None or not shutil.which("git"):
            return None
        if (home / ".git").is_dir() and not os.path.lexists(home / ".git" / "HEAD"):
            return None  # an empty folder of that name is no repository
        answer = _run(folder, "rev-parse", "--show-toplevel")
        if answer.returncode or not answer.stdout.strip():
            raise ProjectError(
                f"git can't read the repository {home}",
                _said(answer) or "it has no working tree",
                "Correct what git says. To work without git, move .git away.",
            )
        top = Path(answer.stdout.removesuffix("\n"))
        if top.resolve() != home.resolve():
            raise ProjectError(
                f"The git repository {home} has its working tree at {top}",
                "its core.worktree says so, and Golive works on nothing outside of the repository",
                "Correct it: `git config --unset core.worktree`.",
            )
        return cls(top)

    def run(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run git so that nothing of the repository's configuration runs."""
        return _run(self.top, *arguments, stdin=stdin, environment=_environment(environment))

    def checked(self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
        """Output of a git command that must succeed; nothing of the repository's configuration runs.

        Raises:
            StepError: it didn't; carries what git said.
        """
        return self._checked(arguments, self.run(*arguments, stdin=stdin, environment=environment))

    def run_with_hooks(self, *arguments: str) -> str:
        """Output of a commit or a push, with the user's hooks and filters.

        Raises:
            StepError: it failed; carries what git, or a hook, said.
        """
        return self._checked(
            arguments, _run(self.top, *arguments, hooks=True, environment={**_own(), **literal_pathspecs()})
        )

    def _checked(self, arguments: tuple[str, ...], answer: subprocess.CompletedProcess[str]) -> str:
        if answer.returncode:
            raise StepError(f"git {arguments[0]} failed", _said(answer), "Correct what git says, then run again.")
        return answer.stdout

    def ignored(self, paths: Iterable[Path]) -> set[Path]:
        """Those of *paths* that .gitignore rules would keep out, were they not tracked."""
        names = [str(path) for path in paths]
        if not names:
            return set()
        answer = self.run("check-ignore", "--no-index", "-z", "--stdin", stdin="\0".join(names))
        return {Path(name) for name in answer.stdout.split("\0") if name}

    def tracked(self, *patterns: str) -> set[Path]:
        answer = self.run("ls-files", "-z", "--", *patterns)
        return {self.top / name for name in answer.stdout.split("\0") if name}

    def deployable(self) -> list[Path]:
        """Tracked and new files, less the ignored ones: what a deployment would take along.

        Virtual environments are left out, even where somebody committed one: no server starts from it.
        """
        answer = self.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = {name for name in answer.stdout.split("\0") if name}
        homes = tuple(name.removesuffix("pyvenv.cfg") for name in names if name.endswith("/pyvenv.cfg"))
        return sorted(self.top / name for name in names if not (homes and name.startswith(homes)))

    def environments(self) -> list[Path]:
        """Virtual environments that are tracked."""
        return sorted(path.parent for path in self.tracked("pyvenv.cfg", "**/pyvenv.cfg"))

    def at_head(self, path: Path) -> bytes | None:
        """What the last commit holds of *path*."""
        name = os.path.relpath(path, self.top)
        return self._object(f"HEAD:{name}")

    def _object(self, name: str) -> bytes | None:
        with process.waiting():
            answer = subprocess.run(
                _argv("cat-file", "blob", name), cwd=self.top, env=_environment(), capture_output=True, check=False,
                timeout=LIMIT,
            )  # fmt: skip
        return answer.stdout if answer.returncode == 0 else None

    def hooks(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the hooks *names* that git would run, as `pre-commit hook`."""
        where = self.top / _run(self.top, "rev-parse", "--git-path", "hooks", hooks=True).stdout.strip()
        return tuple(f"{name} hook" for name in names if os.access(where / name, os.X_OK))

    def programs_run_by_commit(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """The user's programs that a commit of *paths* starts: hooks, and filters, as `filter lfs`."""
        asked = "\0".join(os.path.relpath(path, self.top) for path in paths)
        fields = self.run("check-attr", "-z", "--stdin", "filter", stdin=asked).stdout.split("\0")
        named = {value for value in fields[2::3] if value not in {"unspecified", "unset", "set"}}
        known = self.run("config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$").stdout
        filters = (f"filter {name}" for name in sorted(named) if f"filter.{name}." in known)
        return (*self.hooks(COMMIT_HOOKS), *filters)

    def in_progress(self) -> str:
        """What the repository is in the middle of: "a rebase"; empty for nothing."""
        folder = Path(self.run("rev-parse", "--absolute-git-dir").stdout.strip())
        return next((what for name, what in IN_PROGRESS.items() if (folder / name).exists()), "")

    def locked_by(self) -> str:
        """The lock file that keeps git from changing the index or the branch; empty for none."""
        names = ["index.lock", "HEAD.lock", *([f"{self.branch()}.lock"] if self.branch() else [])]
        paths = self.run("rev-parse", *(part for name in names for part in ("--git-path", name))).stdout.splitlines()
        return next((str(self.top / path) for path in paths if (self.top / path).exists()), "")

    def branch(self) -> str:
        """The branch that HEAD is on, as `refs/heads/main`; empty for a detached HEAD."""
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
        """Whether the branch's upstream has every commit of it."""
        behind = self.run("rev-list", "--count", "@{upstream}..HEAD")
        return behind.returncode == 0 and behind.stdout.strip() == "0"

    def is_published(self, commit: str) -> bool:
        """Whether a branch of a remote, as far as it is known here, holds *commit*."""
        asked = ("for-each-ref", "--count=1", "--contains", commit, "--format=%(refname)", "refs/remotes")
        return bool(self.run(*asked).stdout.strip())

    def has_identity(self) -> bool:
        return self.run("var", "GIT_COMMITTER_IDENT").returncode == 0 and bool(
            self.run("config", "user.email").stdout.strip()
        )

    def commits_with(self, value: str, paths: Iterable[Path], limit: int = 3) -> list[str]:
        """Commits whose changes to *paths* add or remove *value*, newest first, as short hashes.

        The value is looked for here and not by git: a secret never stands in argv.
        """
        patches = self.history(tuple(paths))
        return [commit for commit, patch in patches if value in patch][:limit]

    def history(self, paths: tuple[Path | str, ...]) -> list[tuple[str, str]]:
        """Short hash and patch of each reachable commit that changed one of *paths*, or of git's patterns for paths."""
        answer = self.run(
            "log", "--all", "--format=%x00%h", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv",
            "--submodule=short", "--ignore-submodules=all", "--",
            *[str(path) for path in paths],
        )  # fmt: skip
        parts = [part.partition("\n") for part in answer.stdout.split("\0") if part]
        return [(commit.strip(), patch) for commit, _, patch in parts]


def _said(answer: subprocess.CompletedProcess[str]) -> str:
    """What git, or a hook, gives as the reason of a failure."""
    lines = [line for line in (answer.stderr.strip() or answer.stdout.strip()).splitlines() if line.strip()]
    telling = [line.strip() for line in lines if line.startswith(("fatal:", "error:", "\tgit "))]
    return " / ".join((telling or lines)[-4:])


def literal_pathspecs() -> dict[str, str]:
    """The environment under which paths are names and no patterns."""
    return {"GIT_LITERAL_PATHSPECS": "1"}


def tracks(folder: Path, name: str) -> bool:
    """Whether git tracks anything of *name* in *folder*.

    Raises:
        StateError: git can't say.
    """
    answer = _run(folder, "ls-files", "-z", "--", name)
    if answer.returncode:
        why = f"git can't tell whether it tracks that folder: {_said(answer)}"
        raise StateError(
            f"{folder / name} can't be checked", why, "Correct what git says. To work without git, move .git away."
        )
    return bool(answer.stdout)


def _argv(*arguments: str, hooks: bool = False) -> list[str]:
    settings = (*QUIET, *([] if hooks else [NO_HOOKS]))
    return ["git", "--no-pager", *(part for each in settings for part in ("-c", each)), *arguments]


def _environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What git itself reads, and nothing else of the user's."""
    gits = {name: value for name, value in _own().items() if name.startswith("GIT_") or name in GITS}
    return {**process.bare_environment(), **gits, **ENVIRONMENT, **(more or {})}


def _own() -> dict[str, str]:
    """The user's environment, for their hooks and filters, which may need any of it."""
    return {name: value for name, value in process.own_environment().items() if name not in ELSEWHERE}


def _run(
    folder: Path,
    *arguments: str,
    stdin: str = "",
    hooks: bool = False,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    try:
        with process.waiting():
            return subprocess.run(
                _argv(*arguments, hooks=hooks), cwd=folder, env=environment or _environment(), input=stdin,
                capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", check=False,
                timeout=None if hooks else LIMIT,
            )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        hint = f"See that each .gitignore and .gitattributes below {folder} is a plain file, and that its disk answers."
        raise StepError(f"git {arguments[0]} gave no answer", f"within {LIMIT:.0f} s", hint) from error


def repository(root: Path) -> Path:
    """The top of the repository that the project at *root* lies in, by its folders alone; *root* itself without one."""
    return next((each for each in (root, *root.parents) if os.path.lexists(each / ".git")), root)
