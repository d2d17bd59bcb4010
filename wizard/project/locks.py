"""Lock files: which one belongs to a dependency file, what it pins, and the command that brings it up to date."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.requirements import document
from wizard.project.requirement_lines import requirements_in

COMMANDS = {
    "uv.lock": ("uv", "lock"),
    "poetry.lock": ("poetry", "lock"),
    "pdm.lock": ("pdm", "lock", "--update-reuse"),
    "Pipfile.lock": ("pipenv", "lock"),
}
"""Lock files, and the command that brings each up to date."""


@dataclass(frozen=True)
class Lock:
    """A lock file, and the command that brings it up to date when it is run in the file's folder.

    *member* is the folder of the pyproject.toml whose requirements it locks, if it locks those of a whole workspace.
    """

    path: Path
    argv: tuple[str, ...]
    member: Path | None = None

    def names(self) -> set[str]:
        """Normalised names of the locked packages. In uv's lock file, those that the project itself requires."""
        if self.path.suffix in {".txt", ".in"}:
            return set(requirements_in(self.path, files.read(self.path) or b"", set()))
        packages = list(self._packages())
        own = next((each for each in packages if self._is_own(each)), None)
        return {_name(each) for each in (own.get("dependencies", []) if own else packages)}

    def pins(self) -> dict[str, str]:
        """The locked versions by normalised name. A package that is locked in several versions is left out."""
        found: dict[str, set[str]] = {}
        for package in self._packages():
            if package.get("version") and not self._is_local(package):
                found.setdefault(_name(package), set()).add(str(package["version"]))
        return {name: next(iter(versions)) for name, versions in found.items() if len(versions) == 1}

    def _packages(self) -> Iterator[dict[str, Any]]:
        content = files.read(self.path) or b""
        if self.path.name != "Pipfile.lock":
            yield from document(self.path, content).get("package", [])
            return
        try:
            locked = json.loads(content or b"{}").get("default", {})
        except ValueError as error:
            raise EditError(f"{self.path} can't be read", str(error), "Correct it, then run again.") from error
        for name, entry in locked.items():
            yield {"name": name, "version": str(entry.get("version", "")).removeprefix("==")}

    def _is_own(self, package: dict[str, Any]) -> bool:
        source, folder = package.get("source"), self.path.parent
        places = [source.get(key) for key in ("virtual", "editable", "directory")] if isinstance(source, dict) else []
        return any(place and folder / str(place) == (self.member or folder) for place in places)

    @staticmethod
    def _is_local(package: dict[str, Any]) -> bool:
        source = package.get("source")
        return isinstance(source, dict) and not ({"registry", "legacy"} & {*source, source.get("type")})

    def command(self, prefix: Path) -> tuple[str, ...] | None:
        """The command, with its tool from the environment at *prefix* or from PATH. None if it is not installed."""
        tool = prefix / "bin" / self.argv[0]
        found = str(tool) if tool.is_file() else shutil.which(self.argv[0])
        return (found, *self.argv[1:]) if found else None


def _name(package: Any) -> str:
    return str(canonicalize_name(str(package["name"])))


def find_lock(folder: Path, kind: str, repository: Path) -> Lock | None:
    """The lock file of the dependency file in *folder*, for a member of a uv workspace the one above it."""
    names = ["Pipfile.lock"] if kind == "pipfile" else ["uv.lock", "poetry.lock", "pdm.lock"]
    for name in names:
        if (folder / name).is_file():
            return Lock(folder / name, COMMANDS[name])
    for parent in folder.parents if kind == "pep621" else ():
        if not parent.is_relative_to(repository):
            break
        if (parent / "uv.lock").is_file() and _has_member(parent, folder):
            return Lock(parent / "uv.lock", COMMANDS["uv.lock"], folder)
    return None


def _has_member(workspace: Path, folder: Path) -> bool:
    """Whether the pyproject.toml in *workspace* names *folder* as a member. Source: uv, Using workspaces."""
    path = workspace / "pyproject.toml"
    table = document(path, files.read(path) or b"").get("tool", {}).get("uv", {}).get("workspace", {})
    inner = folder.relative_to(workspace)
    matches = any(inner.match(str(pattern)) for pattern in table.get("members", []))
    return matches and not any(inner.match(str(pattern)) for pattern in table.get("exclude", []))
