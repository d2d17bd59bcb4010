"""pip in an environment of the project: query and change the installed packages."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.project import conflicts

MOST_LINES = 200
"""Lines that are shown. uv explains a conflict by each version of a package: one such text had 23,000 lines."""


@dataclass
class FirstLines:
    """Passes the first lines of an output on to *on_line*, and then how many more there were."""

    on_line: Callable[[str], None]
    count: int = 0

    def __call__(self, line: str) -> None:
        self.count += 1
        if self.count <= MOST_LINES:
            self.on_line(line)

    def end(self) -> None:
        if self.count > MOST_LINES:
            self.on_line(f"… {self.count - MOST_LINES:,} more lines")


@dataclass(frozen=True)
class PipEnvironment:
    """An environment with the interpreter *python* and the folder *packages* that pip installs into."""

    python: Path
    packages: Path

    @property
    def works(self) -> bool:
        """Whether its interpreter exists. A virtual environment loses it when its Python is uninstalled."""
        return self.python.exists() and self.packages.is_dir()

    def versions(self) -> dict[str, str]:
        """Versions of the installed packages by normalised name. Reads metadata and imports nothing."""
        return {name: version for name, (version, _) in self._installed().items()}

    def needed_by(self, name: str, but: set[str]) -> str:
        """An installed package that requires *name* and is not among *but*, or an empty string."""
        from packaging.requirements import InvalidRequirement, Requirement

        for other, (_, requires) in self._installed().items():
            for text in requires if other not in but else ():
                try:
                    asked = Requirement(text)
                except InvalidRequirement:
                    continue
                if canonicalize_name(asked.name) == name and (asked.marker is None or asked.marker.evaluate()):
                    return other
        return ""

    def _installed(self) -> dict[str, tuple[str, list[str]]]:
        from importlib.metadata import distributions

        found: dict[str, tuple[str, list[str]]] = {}
        for distribution in distributions(path=[str(self.packages)]):
            if (name := distribution.metadata["Name"]) and distribution.version:
                entry = (distribution.version, distribution.requires or [])
                found.setdefault(str(canonicalize_name(name)), entry)
        return found

    def run(
        self, verb: str, *packages: str, project: Path, on_line: Callable[[str], None], seconds: float = 900.0
    ) -> None:
        """Run a subcommand of pip, for *seconds* at most.

        *project* marks the process, so that a later run can end it if this one is killed.

        Raises:
            CommandError: it failed, or there is neither pip nor uv.
        """
        argv = self._command(verb, packages)
        environment = process.marked(process.own_environment(), project)
        for attempt in (1, 2):
            lines = FirstLines(on_line)
            done = process.run(argv, cwd=project, env=environment, on_line=lines, timeout=seconds)
            lines.end()
            if not done.returncode:
                return
            if "externally-managed-environment" in done.output or conflicts.is_final(done.output):
                break  # a second attempt would fail in the same way
            if attempt == 1:
                time.sleep(1)  # the package index may be busy, and there is no event to wait for
        raise CommandError(
            f"pip {verb} failed with exit code {done.returncode}",
            done.last_lines(4),
            "Check the network, then run again.",
            output=done.output,
        )

    def _command(self, verb: str, packages: tuple[str, ...]) -> list[str]:
        """The program that runs the subcommand *verb*: the environment's own pip, uv, or the pip beside Golive.

        Raises:
            CommandError: there is none.
        """
        options = [verb, "--disable-pip-version-check", "--no-input", *packages]
        if self._has_pip():
            process.spent.interpreters += 1
            return [str(self.python), "-m", "pip", *options]
        if shutil.which("uv"):
            arguments = [argument for argument in packages if argument != "--yes"]
            compiled = ["--compile-bytecode"] if verb == "install" else []  # as pip does; Golive's children do not
            return ["uv", "pip", verb, *compiled, "--python", str(self.python), *arguments]
        if importlib.util.find_spec("pip"):
            return [sys.executable, "-I", "-m", "pip", "--python", str(self.python), *options]
        raise CommandError(
            "Packages can't be installed",
            f"{self.python} has no pip, and uv is not on PATH",
            f"Run `{self.python} -m ensurepip`, or install uv.",
        )

    def _has_pip(self) -> bool:
        virtual = (self.python.parent.parent / "pyvenv.cfg").exists()
        return not virtual or (self.packages / "pip").is_dir()

    def remove_half_installed(self) -> None:
        """Remove metadata without RECORD. A killed pip leaves it, and can't uninstall the package then."""
        for half in [*self.packages.glob("*.dist-info"), *self.packages.glob("~*")]:
            if half.name.startswith("~") or not (half / "RECORD").exists():
                shutil.rmtree(half, ignore_errors=True)
