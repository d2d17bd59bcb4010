"""Add packages to dependency files in their own style: requirements, pyproject.toml, Pipfile, conda, setup.cfg."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wizard.base.errors import EditError
from wizard.editing.text import line_end

Wanted = list[tuple[Requirement, str]]
"""Requirements, each with the installed version. The version is empty if it is not known."""


def document(path: Path, content: bytes) -> Any:
    """A TOML file as tomlkit reads it, which keeps comments and order.

    Raises:
        EditError: it is not valid TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(content.decode("utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise EditError(f"{path} can't be read", str(error), "Correct it, then run again.") from error


def with_added(path: Path, kind: str, content: bytes, packages: Sequence[str], versions: Mapping[str, str]) -> bytes:
    """*content* with *packages* added in the file's own style.

    Arguments:
        kind: of the file; see DependencyFile.
        packages: PEP 508 names, extras allowed.
        versions: the installed versions. A package that is missing here is added without a version.

    Raises:
        EditError: the file can't be read, or pins hashes, so that pip would refuse a line without one.
    """
    known = {canonicalize_name(name): version for name, version in versions.items()}
    requirements = [Requirement(package) for package in packages]
    wanted = [(each, known.get(canonicalize_name(each.name), "")) for each in requirements]
    return _ADDERS[kind](path, content, wanted)


def _spelled(requirement: Requirement, version: str, operator: str) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{operator}{version}" if version else f"{requirement.name}{extras}"


def _to_lines(path: Path, content: bytes, wanted: Wanted) -> bytes:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = _text(path, content, encoding)
    if re.search(r"--hash=", text):
        names = ", ".join(requirement.name for requirement, _ in wanted)
        raise EditError(
            f"{path} pins hashes",
            "a line without one makes pip refuse the whole file",
            f"Add {names} to its source and compile it again.",
        )
    newline = line_end(text)
    used = {operator: len(re.findall(operator, text)) for operator in ("==", ">=", "~=")}
    # A source of pip-compile gives ranges; the compiled file pins versions.
    operator = max(used, key=lambda name: used[name]) if any(used.values()) or path.suffix != ".in" else ">="
    lines = [_spelled(requirement, version, operator) for requirement, version in wanted]
    glue = newline if text and not text.endswith(("\n", "\r")) else ""
    return (text + glue + newline.join(lines) + newline).encode(encoding)


def _text(path: Path, content: bytes, encoding: str = "utf-8") -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise EditError(f"{path} is not {encoding.upper()}", str(error), "Save it as UTF-8, then run again.") from error


def _to_pep621(path: Path, content: bytes, wanted: Wanted) -> bytes:
    return _to_array(path, content, wanted, "project", "dependencies")


def _to_hatch(path: Path, content: bytes, wanted: Wanted) -> bytes:
    return _to_array(path, content, wanted, "tool", "hatch", "envs", "default", "dependencies")


def _to_array(path: Path, content: bytes, wanted: Wanted, *keys: str) -> bytes:
    """Add *wanted* to the array at *keys* of a TOML file, one a line if the array is written so."""
    import tomlkit

    whole = document(path, content)
    array = whole
    for key in keys:
        array = array[key]
    lead = re.search(r"\n([ \t]+)\S", array.as_string())
    for requirement, version in wanted:
        line = _spelled(requirement, version, ">=")
        array.add_line(line, indent=lead[1]) if lead else array.append(line)
    return tomlkit.dumps(whole).encode()


def _to_poetry(path: Path, content: bytes, wanted: Wanted) -> bytes:
    import tomlkit

    whole = document(path, content)
    for requirement, version in wanted:
        whole["tool"]["poetry"]["dependencies"][requirement.name] = _entry(requirement, version, "^")
    return tomlkit.dumps(whole).encode()


def _to_pipfile(path: Path, content: bytes, wanted: Wanted) -> bytes:
    import tomlkit

    whole = document(path, content)
    for requirement, version in wanted:
        whole.setdefault("packages", tomlkit.table())[requirement.name] = _entry(requirement, version, "==")
    return tomlkit.dumps(whole).encode()


def _entry(requirement: Requirement, version: str, operator: str) -> Any:
    constraint = f"{operator}{version}" if version else "*"
    if not requirement.extras:
        return constraint
    import tomlkit

    entry = tomlkit.inline_table()
    entry.update({"extras": sorted(requirement.extras), "version": constraint})
    return entry


def _to_conda(path: Path, content: bytes, wanted: Wanted) -> bytes:
    """Add *wanted* below `pip:`, since not every package is in conda's channels."""
    import yaml

    from wizard.base import yaml_file

    text = _text(path, content)
    try:
        root = yaml_file.compose(content)
    except yaml_file.InvalidYamlError as error:
        raise EditError(f"{path}:{error.line} can't be edited", error.problem, "Correct it, then run again.") from error
    entries = dict(_pairs(root))
    listed = entries.get("dependencies")
    if not isinstance(listed, yaml.SequenceNode) or not listed.value:
        raise EditError(f"{path} can't be edited", "it has no list of dependencies", "Add the packages by hand.")
    below = (node for each in listed.value for key, node in _pairs(each) if key == "pip")
    inner = next((node for node in below if isinstance(node, yaml.SequenceNode) and node.value), None)
    last = (inner or listed).value[-1]
    lead = " " * ((inner or listed).value[0].start_mark.column - 2)
    lines = [f"{lead}- {_spelled(requirement, version, '==')}" for requirement, version in wanted]
    if inner is None:
        lines = [f"{lead}- pip:", *("    " + line for line in lines)]
    newline = line_end(text)
    end = text.find("\n", last.start_mark.index)
    if end < 0:
        return (text + newline + newline.join(lines) + newline).encode()
    return (text[: end + 1] + newline.join(lines) + newline + text[end + 1 :]).encode()


def _pairs(node: Any) -> list[tuple[str, Any]]:
    import yaml

    found = node.value if isinstance(node, yaml.MappingNode) else []
    return [(key.value, value) for key, value in found if isinstance(key, yaml.ScalarNode)]


def _to_setup_cfg(path: Path, content: bytes, wanted: Wanted) -> bytes:
    text = _text(path, content)
    found = re.search(
        r"^install_requires[ \t]*=.*\r?\n((?:[ \t]+\S.*(?:\r?\n|$)|[ \t]*\r?\n(?=[ \t]+\S))*)", text, re.MULTILINE
    )
    if found is None or not found[1].strip():
        raise EditError(
            f"{path} can't be edited", "its install_requires is not a list of lines", "Add the packages by hand."
        )
    newline = line_end(text)
    lead = re.match(r"[ \t]+", found[1])
    lines = [f"{lead[0] if lead else '    '}{_spelled(requirement, version, '>=')}" for requirement, version in wanted]
    glue = "" if found[1].endswith("\n") else newline
    return (text[: found.end()] + glue + newline.join(lines) + newline + text[found.end() :]).encode()


_ADDERS: dict[str, Callable[[Path, bytes, Wanted], bytes]] = {
    "requirements": _to_lines,
    "pep621": _to_pep621,
    "hatch": _to_hatch,
    "poetry": _to_poetry,
    "pipfile": _to_pipfile,
    "conda": _to_conda,
    "setupcfg": _to_setup_cfg,
}


def frozen(versions: Mapping[str, str]) -> bytes:
    """All installed packages, as `pip freeze` writes them."""
    left_out = {"pip", "setuptools", "wheel"}
    lines = sorted(
        f"{name}=={version}" for name, version in versions.items() if canonicalize_name(name) not in left_out
    )
    return ("\n".join(lines) + "\n").encode()
