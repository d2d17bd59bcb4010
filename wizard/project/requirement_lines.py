"""Requirements as they stand in the lines of a file, or in a package's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wizard.base import files


def valid_requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    """The requirements in *lines*, without comments and options. Invalid lines are skipped."""
    for line in lines:
        try:
            yield Requirement(re.split(r"\s+#|\s+--", str(line), maxsplit=1)[0].strip())
        except InvalidRequirement:
            continue


def requirements_in(path: Path, content: bytes, seen: set[Path]) -> dict[str, Requirement]:
    """The requirements in a requirements file and the files that it includes with `-r`, by normalised name.

    The files that were read are added to *seen*, and the constraints that they name with `-c`.
    """
    found: dict[str, Requirement] = {}
    seen.add(path)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    for line in map(str.strip, content.decode(encoding, "replace").replace("\\\n", " ").splitlines()):
        if match := re.match(r"(?:-r|--requirement)[ =]?(\S+)", line):
            included = path.parent / match[1]
            if files.is_file(included) and included not in seen:
                found |= requirements_in(included, files.read(included) or b"", seen)
            continue
        if match := re.match(r"(?:-c|--constraint)[ =]?(\S+)", line):
            seen |= {path.parent / match[1]} if files.is_file(path.parent / match[1]) else set()
            continue
        found |= {canonicalize_name(each.name): each for each in valid_requirements([line])}
    return found
