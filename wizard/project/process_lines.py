"""The processes that run beside the site: workers and schedulers, each with a line in the Procfile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.project import procfile
from wizard.project.project import Project
from wizard.project.start_sources import find

NOT_BESIDE = {"web", "release"}
SCHEDULER = re.compile(r"\bcelery\b.*(?:\bbeat\b|\s-B\b|--beat\b)|\brqscheduler\b|\bqcluster\b|\brun_huey\b")


@dataclass(frozen=True)
class Line:
    """A process type in the Procfile, with its command."""

    name: str
    command: str
    where: str

    @property
    def is_scheduler(self) -> bool:
        """Whether two of it would run each entry of a schedule twice."""
        return bool(SCHEDULER.search(self.command))


def lines(project: Project) -> list[Line]:
    """Return the process types of the Procfile besides `web`."""
    path = procfile_path(project)
    content = files.read(path) or b"" if path.is_file() else b""
    return [
        Line(name, command, f"{project.display_path(path)}:{_line_number(content, name)}")
        for name, command in procfile.commands(content).items()
        if name.lower() not in NOT_BESIDE
    ]


def procfile_path(project: Project) -> Path:
    """The Procfile, which names the processes even where another file has the start command of the site."""
    source = find(project.root, project.top)
    for folder in (source.uploaded, project.root):
        if files.is_file(folder / "Procfile"):
            return folder / "Procfile"
    return source.uploaded / "Procfile"


def _line_number(content: bytes, name: str) -> int:
    text = content.decode("utf-8", "replace")
    found = re.search(rf"^{re.escape(name)}[ \t]*:", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
