"""Checks that the settings silence, and their reasons in DEPLOY_CHECKS.md."""

from __future__ import annotations

import re

from wizard.base import files
from wizard.project.project import Project

FILE = "DEPLOY_CHECKS.md"
SETTING = "SILENCED_SYSTEM_CHECKS"
SILENCED_BEFORE = "The project silenced it before Golive was used. Write the reason here."
CHECK = re.compile(r"(?<![\w.])[a-z0-9]\w*\.[A-Z]\d{3}(?!\w)")
"""The id of a check: `security.W005`."""
FEWEST_WORDS = 3


def listed(project: Project) -> list[str]:
    """The ids of all silenced checks, whether they warn now or not."""
    return sorted({str(name) for name in project.value(SETTING) or []})


def without_reason(project: Project) -> dict[str, str]:
    """The silenced checks without a reason of their own, each with what is written instead of one."""
    reasons = _reasons(files.text(project.root / FILE))
    found = {name: reasons.get(name, "") for name in listed(project)}
    return {name: text for name, text in found.items() if not _is_reason(text)}


def place(project: Project, name: str) -> str:
    """The line of the file that names a check, as `DEPLOY_CHECKS.md:3`."""
    path = project.root / FILE
    lines = files.text(path).split("\n")
    number = next((number for number, line in enumerate(lines, 1) if name in CHECK.findall(line)), 0)
    return project.display_path(path) + (f":{number}" if number else "")


def _is_reason(text: str) -> bool:
    return text != SILENCED_BEFORE and len(re.findall(r"\w{2,}", text)) >= FEWEST_WORDS


def _reasons(text: str) -> dict[str, str]:
    """The text about each check: the rest of its line, and the lines below it. One text for several is nobody's own."""
    found: dict[str, str] = {}
    current = ""
    for line in text.split("\n"):
        names = CHECK.findall(line)
        if names or line.startswith("#") or not line.strip(" |-"):
            current = names[0] if len(set(names)) == 1 else "" if names or line.startswith("#") else current
        if current:
            words = CHECK.sub("", line).strip(" \t#*`|:-")
            found[current] = f"{found.get(current, '')} {words}".strip()
    return found
