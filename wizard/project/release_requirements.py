"""The requirements that a builder installs for a release, as lines for pip, with the place of each line.

Source: Railpack's Python provider: requirements.txt, else pyproject.toml with a lock file, else Pipfile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from wizard.base import files
from wizard.editing.requirements import document
from wizard.project.dependencies import DependencyFile
from wizard.project.install_errors import Place
from wizard.project.requirement_lines import valid_requirements

INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s*)(\S+)")
LOCAL = re.compile(
    r"(?:-e|--editable)[ =]\s*(?!git\+|hg\+|svn\+|https?:)(?P<editable>[^\s#\[]+)"
    r"|(?P<path>\.{0,2}/[^\s#\[]*|\.)(?:\[.*)?$"
)
"""A requirement that is a folder of the project."""


@dataclass
class ReleaseRequirements:
    """Lines for pip and the place of each, constraints, and folders of the project that are packages.

    The constraints are lines of the files that `-c` names, which have a place in *limits*, or the pins of a lock file.
    """

    lines: list[Place] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    limits: list[Place] = field(default_factory=list)
    local: list[Path] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(f"{place.text}\n" for place in self.lines)

    def places(self, name: str) -> list[Place]:
        """The lines that name a package: its requirements, then its constraints. *name* is normalised."""
        return [place for place in (*self.lines, *self.limits) if place.name == name]

    def digest(self, *more: str) -> str:
        content = "\0".join([self.text, *self.constraints, *more])
        return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:24]

    @property
    def import_folders(self) -> list[Path]:
        """The folders that an editable installation of `local` would put on sys.path."""
        return [folder / "src" if files.is_folder(folder / "src") else folder for folder in dict.fromkeys(self.local)]


def of(dependencies: DependencyFile, top: Path) -> ReleaseRequirements:
    """What a builder installs from *dependencies*, whose files are below *top*."""
    found = ReleaseRequirements()
    lock = dependencies.lock
    if dependencies.copy:
        _add_file(found, dependencies.copy, set())
    elif dependencies.kind == "requirements" or (lock and lock.path.suffix == ".txt"):
        path = lock.path if lock and lock.path.suffix == ".txt" else dependencies.path
        _add_file(found, path, set())
    else:
        requirements = list(dependencies.requirements().values())
        _add(found, dependencies.path, [str(each) for each in requirements])
        if lock:
            found.constraints = [f"{name}=={version}" for name, version in sorted(lock.pins().items())]
    for folder in list(found.local):
        _add_local(found, folder, top, set())
    if dependencies.path.name == "pyproject.toml" and not dependencies.copy:
        _add_members(found, dependencies.path, top)
    return found


def _add_file(found: ReleaseRequirements, path: Path, seen: set[Path]) -> None:
    seen.add(path)
    for number, line in _logical_lines(path):
        include = INCLUDE.match(line)
        if include and "://" not in include[2]:
            included = (path.parent / include[2]).resolve() if path.is_symlink() else path.parent / include[2]
            if include[1] in {"-c", "--constraint"}:
                limits = [Place(included, number, text, _name(text)) for number, text in _logical_lines(included)]
                found.limits += limits
                found.constraints += [place.text for place in limits]
            elif not files.is_file(included):
                found.lines.append(Place(path, number, line))  # pip's own error names it
            elif included not in seen:
                _add_file(found, included, seen)
        elif local := LOCAL.match(line):
            found.local.append((path.parent / (local["editable"] or local["path"])).resolve())
        else:
            found.lines.append(Place(path, number, line, _name(line)))


def _logical_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines without comments, continued ones joined, each with its number."""
    content = files.read(path) or b""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text, first = "", 0
    for number, line in enumerate(content.decode(encoding, "replace").splitlines(), 1):
        first = first if text else number
        text += re.sub(r"(^|\s)#.*$", "", line).strip()
        if text.endswith("\\"):
            text = f"{text[:-1].rstrip()} "
            continue
        if text.strip():
            yield first, text.strip()
        text = ""
    if text.strip():
        yield first, text.strip()


def _name(line: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", line)
    return str(canonicalize_name(found[0])) if found else ""


def _add(found: ReleaseRequirements, path: Path, requirements: list[str]) -> None:
    """Add requirements of a file that is not a list of lines. The place of each is the first line with its name."""
    lines = files.text(path).splitlines()
    for text in requirements:
        name = _name(text)
        word = re.compile(rf"(?<![\w.-]){re.sub('[-_.]', '[-_.]', name)}(?![\w.-])", re.IGNORECASE)
        number = next((number for number, line in enumerate(lines, 1) if word.search(line)), 1)
        found.lines.append(Place(path, number, text, name))


def _add_local(found: ReleaseRequirements, folder: Path, top: Path, seen: set[Path]) -> None:
    """Add what the package in *folder* requires. It is not installed itself: a copy of it is deployed."""
    pyproject = folder / "pyproject.toml"
    if folder in seen or not folder.is_relative_to(top.resolve()) or not files.is_file(pyproject):
        return
    seen.add(folder)
    listed = document(pyproject, files.read(pyproject) or b"").get("project", {}).get("dependencies", [])
    _add(found, pyproject, [str(each) for each in valid_requirements(listed)])


def _add_members(found: ReleaseRequirements, pyproject: Path, top: Path) -> None:
    """Replace requirements that uv takes from folders of the project with what these folders require."""
    sources = document(pyproject, files.read(pyproject) or b"").get("tool", {}).get("uv", {}).get("sources", {})
    for name, source in sources.items():
        if not isinstance(source, dict) or not (source.get("workspace") or source.get("path")):
            continue
        normal = str(canonicalize_name(str(name)))
        before = len(found.lines)
        found.lines = [place for place in found.lines if place.name != normal]
        folder = _member(normal, source, pyproject, top)
        if folder and len(found.lines) < before:
            found.local.append(folder)
            _add_local(found, folder, top, set())
            _add_members(found, folder / "pyproject.toml", top)


def _member(name: str, source: dict[str, object], pyproject: Path, top: Path) -> Path | None:
    if source.get("path"):
        folder = (pyproject.parent / str(source["path"])).resolve()
        return folder if files.is_file(folder / "pyproject.toml") else None
    for path in sorted(top.resolve().glob("*/pyproject.toml")) + sorted(top.resolve().glob("*/*/pyproject.toml")):
        project = document(path, files.read(path) or b"").get("project", {})
        if str(canonicalize_name(str(project.get("name", "")))) == name:
            return path.parent
    return None
