"""What git knows of the project: asked in few calls, changed only through actions of a plan."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wizard import process
from wizard.errors import StepError


@dataclass(frozen=True)
class Git:
    """The repository a project lies in; *top* is its working tree."""

    top: Path

    @classmethod
    def of(cls, folder: Path) -> Git | None:
        if not shutil.which("git"):
            return None
        answer = _run(folder, "rev-parse", "--show-toplevel")
        return cls(Path(answer.stdout.strip())) if answer.returncode == 0 and answer.stdout.strip() else None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.top, *arguments)

    def checked(self, *arguments: str) -> str:
        """Output of a git command that must succeed.

        Raises:
            StepError: it didn't; carries what git, or a hook, said.
        """
        answer = self.run(*arguments)
        if answer.returncode:
            said = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
            raise StepError(
                f"git {arguments[0]} failed", " / ".join(said[-4:]), "Correct what git says, then run again."
            )
        return answer.stdout

    def ignored(self, paths: Iterable[Path]) -> set[Path]:
        """Those of *paths* that .gitignore rules would keep out, were they not tracked."""
        names = [str(path) for path in paths]
        if not names:
            return set()
        answer = _run(self.top, "check-ignore", "--no-index", "-z", "--stdin", given="\0".join(names))
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
        with process.waiting():
            answer = subprocess.run(
                ["git", "show", f"HEAD:./{path.name}"], cwd=path.parent, env=process.own_environment(),
                capture_output=True, check=False,
            )  # fmt: skip
        return answer.stdout if answer.returncode == 0 else None

    def head(self) -> str:
        return self.run("rev-parse", "--verify", "--quiet", "HEAD").stdout.strip()

    def has_remote(self) -> bool:
        return bool(self.run("remote").stdout.strip())

    def is_pushed(self) -> bool:
        """Whether the branch's upstream has every commit of it."""
        behind = self.run("rev-list", "--count", "@{upstream}..HEAD")
        return behind.returncode == 0 and behind.stdout.strip() == "0"

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
            "log", "--all", "--format=%x00%h", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--",
            *[str(path) for path in paths],
        )  # fmt: skip
        parts = [part.partition("\n") for part in answer.stdout.split("\0") if part]
        return [(commit.strip(), patch) for commit, _, patch in parts]


def _run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    with process.waiting():
        return subprocess.run(
            ["git", "-c", "core.quotepath=off", *arguments], cwd=folder, env=process.own_environment(), input=given,
            capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", check=False,
        )  # fmt: skip
