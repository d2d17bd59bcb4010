"""The dependency file, in its own style: requirements.txt, pyproject.toml (PEP 621, poetry) and Pipfile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wizard import files
from wizard.errors import EditError


@dataclass(frozen=True)
class DependencyFile:
    """Where the project writes down what it needs; *kind* is requirements, pep621, poetry or pipfile."""

    path: Path
    kind: str

    @property
    def exists(self) -> bool:
        return self.path.is_file()

    @property
    def pins_hashes(self) -> bool:
        """Whether every line must carry a hash: such a file is compiled, not edited."""
        return self.kind == "requirements" and b"--hash=" in (files.read(self.path) or b"")

    def names(self) -> set[str]:
        """Normalised names of what the file asks for, files it includes with `-r` too."""
        content = files.read(self.path)
        if content is None:
            return set()
        if self.kind == "requirements":
            return _required(self.path, content.decode("utf-8", "replace"), set())
        return {canonicalize_name(name) for name in _listed(_document(self.path, content), self.kind)}


def find(root: Path, repository: Path) -> DependencyFile:
    """The dependency file nearest to manage.py, at most as far up as the repository's top.

    Order in one folder: requirements.txt, then pyproject.toml with dependencies, then Pipfile, then a
    requirements/ folder's production.txt, prod.txt, base.txt. Without any, a requirements.txt beside manage.py.
    """
    folders = [root, *(folder for folder in root.parents if folder.is_relative_to(repository))]
    for folder in folders:
        if (folder / "requirements.txt").is_file():
            return DependencyFile(_followed(folder / "requirements.txt"), "requirements")
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and (kind := _pyproject_kind(pyproject)):
            return DependencyFile(pyproject, kind)
        if (folder / "Pipfile").is_file():
            return DependencyFile(folder / "Pipfile", "pipfile")
        for name in ("production.txt", "prod.txt", "base.txt", "common.txt"):
            if (folder / "requirements" / name).is_file():
                return DependencyFile(folder / "requirements" / name, "requirements")
    return DependencyFile(root / "requirements.txt", "requirements")


def _followed(path: Path) -> Path:
    """A file that only includes another one (`-r requirements/production.txt`) stands for that one."""
    lines = [line.strip() for line in path.read_text("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) == 1 and (match := re.match(r"(?:-r|--requirement)[ =]?(\S+)$", lines[0])):
        included = path.parent / match[1]
        if included.is_file():
            return included
    return path


def _pyproject_kind(path: Path) -> str:
    document = _document(path, path.read_bytes())
    if "poetry" in document.get("tool", {}) and "dependencies" in document["tool"]["poetry"]:
        return "poetry"
    return "pep621" if "dependencies" in document.get("project", {}) else ""


def _document(path: Path, content: bytes) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(content.decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise EditError(f"{path} can't be read", str(error), "Correct it, then run again.") from error


def _listed(document: Any, kind: str) -> list[str]:
    if kind == "pep621":
        return [Requirement(str(line)).name for line in document["project"]["dependencies"]]
    if kind == "poetry":
        return list(document["tool"]["poetry"]["dependencies"])
    return list(document.get("packages", {}))


def _required(path: Path, text: str, seen: set[Path]) -> set[str]:
    names: set[str] = set()
    seen.add(path)
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if match := re.match(r"(?:-r|--requirement)[ =]?(\S+)", line):
            included = path.parent / match[1]
            if included.is_file() and included not in seen:
                names |= _required(included, included.read_text("utf-8", "replace"), seen)
            continue
        if name := _name(line):
            names.add(name)
    return names


def _name(line: str) -> str:
    bare = re.split(r"\s+#|\s+--", line, maxsplit=1)[0].strip()
    try:
        return canonicalize_name(Requirement(bare).name)
    except InvalidRequirement:
        return ""


def with_added(path: Path, kind: str, content: bytes, packages: Sequence[str], versions: Mapping[str, str]) -> bytes:
    """*content* with *packages* (PEP 508 names, extras allowed) added at the *versions* installed, in its style.

    Raises:
        EditError: the file pins hashes, where a line without one would make pip refuse all of it.
    """
    known = {canonicalize_name(name): version for name, version in versions.items()}
    wanted = [
        (Requirement(package), known.get(canonicalize_name(Requirement(package).name), "")) for package in packages
    ]
    if kind == "requirements":
        return _with_lines(path, content, wanted)
    document = _document(path, content)
    for requirement, version in wanted:
        if kind == "pep621":
            document["project"]["dependencies"].append(_spelled(requirement, version, ">="))
        else:
            table = (
                document["tool"]["poetry"]["dependencies"] if kind == "poetry" else document.setdefault("packages", {})
            )
            table[requirement.name] = _table_value(requirement, version, kind)
    import tomlkit

    return tomlkit.dumps(document).encode()


def _table_value(requirement: Requirement, version: str, kind: str) -> Any:
    constraint = (f"^{version}" if kind == "poetry" else f"=={version}") if version else "*"
    return {"extras": sorted(requirement.extras), "version": constraint} if requirement.extras else constraint


def _spelled(requirement: Requirement, version: str, operator: str) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{operator}{version}" if version else f"{requirement.name}{extras}"


def _with_lines(path: Path, content: bytes, wanted: list[tuple[Requirement, str]]) -> bytes:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = content.decode(encoding)
    if re.search(r"--hash=", text):
        names = ", ".join(requirement.name for requirement, _ in wanted)
        raise EditError(
            f"{path} pins hashes",
            "a line without one makes pip refuse the whole file",
            f"Add {names} to its source and compile it anew.",
        )
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    used = {operator: len(re.findall(operator, text)) for operator in ("==", ">=", "~=")}
    operator = max(used, key=lambda each: used[each])
    lines = [_spelled(requirement, version, operator) for requirement, version in wanted]
    glue = newline if text and not text.endswith(("\n", "\r")) else ""
    return (text + glue + newline.join(lines) + newline).encode(encoding)


def frozen(versions: Mapping[str, str]) -> bytes:
    """The whole environment, as `pip freeze` writes it."""
    left_out = {"pip", "setuptools", "wheel"}
    lines = sorted(
        f"{name}=={version}" for name, version in versions.items() if canonicalize_name(name) not in left_out
    )
    return ("\n".join(lines) + "\n").encode()
