"""Why an installation failed: the line of the dependency file, or a reason that lies in this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.base.secrets import excerpt
from wizard.project import conflicts

UNREACHABLE = re.compile(
    r"NewConnectionError|Failed to establish a new connection|Temporary failure in name resolution|Max retries exceeded"
    r"|Name or service not known|Network is unreachable|ConnectTimeout|ProxyError|error sending request|dns error"
    r"|Connection refused|Connection reset|Failed to fetch",
    re.IGNORECASE,
)
"""What pip or uv print if the package index can't be reached."""
UNBUILT = re.compile(
    r"Failed building wheel for (?P<a>[\w.-]+)|Failed to build [`']?(?P<b>[\w.-]+)|metadata-generation-failed"
    r"|subprocess-exited-with-error|Could not build wheels|did not run successfully"
)
"""What they print if a package has to be built, and that needs a compiler or library that this machine lacks."""
FULL = re.compile(r"No space left on device|Disk quota exceeded")
NUMBERED = re.compile(r"\(from line (\d+) of |-r \S+ \(line (\d+)\)")
ERROR = re.compile(r"^\s*(?:ERROR|error|×|╰─▶|│)[:\s]*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A line of a dependency file, with the normalised name of its requirement. Empty for an option."""

    path: Path
    line: int
    text: str
    name: str = ""


def is_unreachable(output: str) -> bool:
    """Whether the package index could not be reached, so that nothing is known about the requirements."""
    return bool(UNREACHABLE.search(output)) and not conflicts.is_final(output)


def unbuilt(output: str) -> str:
    """The normalised name of the package that could not be built on this machine, or empty."""
    found = None if conflicts.is_final(output) else UNBUILT.search(output)
    if found is None:
        return ""
    named = next((match["a"] or match["b"] for match in UNBUILT.finditer(output) if match["a"] or match["b"]), "")
    collected = re.findall(r"^(?:Collecting|Processing) ([\w.-]+)", output[: found.start()], re.MULTILINE)
    return re.sub(r"[-_.]+", "-", named or (collected[-1] if collected else "")).lower()


def cause(output: str) -> str:
    """The conflict, or else pip's or uv's own first error lines, in one line."""
    if conflict := conflicts.conflict(output):
        return conflict
    errors = [line.strip() for line in ERROR.findall(output) if line.strip()]
    unique = list(dict.fromkeys(line for line in errors if not line.startswith("Ignored the following")))
    lines = unique or [line for line in output.splitlines() if line.strip()][-2:]
    return "; ".join(_shorter(line) for line in lines[:2])


def _shorter(line: str) -> str:
    """*line* without the list of all versions that exist."""
    return excerpt(re.sub(r"\(from versions: (?:[^,)]*, )*([^,)]*\))", r"(the newest version is \1", line), 400)


def guilty(output: str, places: Sequence[Place]) -> Place | None:
    """The line that the error is about: by the package that can't be built, by its number, else by a name in it."""
    by_name = {place.name: place for place in places if place.name}
    if place := by_name.get(unbuilt(output)):
        return place
    errors = "\n".join(ERROR.findall(output))
    if (numbered := NUMBERED.search(errors)) and (number := int(numbered[1] or numbered[2])) <= len(places):
        return places[number - 1]
    text = f"{cause(output)} {errors}"
    for word in re.findall(r"[A-Za-z0-9][\w.-]*", text):
        name = re.sub(r"[-_.]+", "-", word.rstrip(".")).lower()
        if name in by_name:
            return by_name[name]
    return None
