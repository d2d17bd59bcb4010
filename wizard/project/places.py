"""Find the place of an error in the project: the deepest line of its own code, or the line that names what is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wizard.base import files
from wizard.base.error_output import ErrorLine, Frame
from wizard.base.errors import EditError, GoliveError
from wizard.project import release_copy
from wizard.project.start_sources import find

if TYPE_CHECKING:
    from wizard.project.project_files import ProjectFiles

CALL = re.compile(r"\b(?:get_[wa]sgi_application|execute_from_command_line|main)\(")
"""Lines through which every traceback goes."""
NAMED = re.compile(
    r"(?<!\w)'([^'\n]{2,200})'(?!\w)|\"([^\"\n]{2,200})\"|`([^`\n]{2,200})`"
    r"|(?:^|[\s:])([\w./-]{2,}): (?:command )?not found|No module named ([\w.]+)"
    r"|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|MIDDLEWARE|TEMPLATES|LOGGING|STORAGES|DATABASES|CACHES)\b"
)
"""What an error says about the text that is wrong: quoted words, a program or module, the name of a setting."""
TELLING = re.compile(r"^(?!localhost$).*[A-Za-z_]")
"""Words that can be found in a file and say something. An address or a number does not."""
PLACE = re.compile(
    r"(?<![\w/.@+-])((?:[\w.@+-]+/|/)*[\w.@+-]+\.[A-Za-z]\w*|(?:[\w.@+-]+/)*(?:Procfile|Dockerfile)):(\d+)\b"
)
ASSIGNED = re.compile(r"([A-Z][A-Z0-9_]+)\s*(?:\[.*\]\s*)?=(?!=)")
TEXTS = {
    ".py",
    ".css",
    ".js",
    ".html",
    ".txt",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".cfg",
    ".ini",
    ".sh",
    ".in",
    ".lock",
    ".xml",
}
LARGEST, MOST = 400_000, 3000
"""The largest file to search, in bytes, and the most files."""
LONGEST_LINE = 1_000
"""A longer line was made by a program, as in a script that is compressed."""


class Match(NamedTuple):
    """A line with words of an error. The greatest is the best.

    Arguments:
        score: the length of the words in it.
        order: the negative position of its file.
        position: the negative number of the line.
        assigns: whether it sets a setting that the error names.
    """

    score: int
    order: int
    position: int
    path: Path
    assigns: bool

    @property
    def line(self) -> int:
        return -self.position


@dataclass(frozen=True)
class Places:
    """Finds places in *project*. All are given as `path:line`, with the path relative to the repository."""

    project: ProjectFiles

    def of_error(self, error: ErrorLine) -> str:
        """The deepest line of the project's own code in the traceback of *error*, else the line that it names.

        Lines of `manage.py` and the like that call Django are in every traceback, so they say nothing.
        """
        own = [place for frame in error.frames if (place := self._own(frame))]
        deepest = next((place for place in reversed(own) if not CALL.search(line_of(*place))), None)
        return self.shown(*deepest) if deepest else self.named_in(error.full)

    def entry_point(self, error: ErrorLine) -> str:
        """The deepest line of any of the project's files in the traceback of *error*."""
        own = [place for frame in error.frames if (place := self._own(frame))]
        return self.shown(*own[-1]) if own else ""

    def written_in(self, text: str) -> str:
        """The first place that *text* names itself, such as `settings.py:45`."""
        places = ((self.file_called(match[1]), int(match[2])) for match in PLACE.finditer(text))
        return next((self.shown(path, line) for path, line in places if path), "")

    def file_called(self, name: str) -> Path | None:
        """The project's file that a text calls *name*, relative to the repository or to manage.py."""
        candidates = (self.own_path(folder / name) for folder in (self.project.top, self.project.root))
        return next((path for path in candidates if path and files.is_file(path)), None)

    def named_in(self, text: str) -> str:
        """The line of the project that has most of the words that *text* quotes; empty if none has one."""
        words = {word for found in NAMED.findall(text) for word in found if TELLING.search(word)}
        if not words:
            return ""
        own = (self.own_path(Path(word)) for word in words if "/" in word and word.startswith("/"))
        if path := next((path for path in own if path), None):
            return self.project.display_path(path)
        words |= {name for word in words if "." in (name := word.rpartition("/")[2])}
        patterns = {word: re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])") for word in words}
        matches = list(self._matches(chain(self._likely_files(), self._other_files()), patterns))
        if not matches:
            return ""
        best = max(matches)
        later = [each for each in matches if each.assigns and each.path == best.path and each.line > best.line]
        best = later[-1] if later else best  # a later value of the setting is the one that counts
        return self.shown(best.path, best.line)

    def shown(self, path: Path, line: int) -> str:
        return f"{self.project.display_path(path)}:{line}"

    # ---- the project's own files

    def own_path(self, path: Path) -> Path | None:
        """The project's file behind *path*, which may lie in a copy, here or on the platform; None if it is no own."""
        project, path = self.project, Path(os.path.normpath(path))
        if "site-packages" in path.parts or "dist-packages" in path.parts:
            return None
        copies = (project.copy.folder, project.work / "deployed", project.work / "deployed-beside", project.top)
        for folder in copies:
            for start in {folder, Path(os.path.realpath(folder))}:
                if path.is_relative_to(start):
                    own = project.top / path.relative_to(start)
                    environment = any((parent / "pyvenv.cfg").is_file() for parent in own.parents)
                    return None if environment else own
        if path.is_absolute() and not files.exists(path):
            for index in range(2, len(path.parts)):  # a container has the project below another folder
                for folder in (project.root, project.top):
                    if files.is_file(folder / Path(*path.parts[index:])):
                        return folder / Path(*path.parts[index:])
        return None

    def _own(self, frame: Frame) -> tuple[Path, int] | None:
        path = self.own_path(Path(frame[0]) if frame[0].startswith("/") else self.project.root / frame[0])
        return (path, frame[1]) if path and files.is_file(path) else None

    def _likely_files(self) -> Iterator[Path]:
        """The files that name modules, programs and packages."""
        project = self.project
        try:
            yield find(project.root, project.top).path
            yield from sorted(project.settings.paths)
            yield project.dependencies.path
        except GoliveError:  # the file that can't be read may be the failure itself
            pass
        for path in release_copy.walk(project.root):
            if path.name == "urls.py":
                yield path

    def _other_files(self) -> Iterator[Path]:
        count = 0
        for path in sorted(self.project.copy.known()):  # not what is made from them, such as collected static files
            if path.suffix in TEXTS and ".golive" not in path.parts and count < MOST:
                count += 1
                yield path

    def _matches(self, paths: Iterable[Path], patterns: dict[str, re.Pattern[str]]) -> Iterator[Match]:
        """Each line with one of the words."""
        for order, path in enumerate(dict.fromkeys(paths)):
            text = _text(path)
            if not any(word in text for word in patterns):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                if len(line) > LONGEST_LINE:
                    continue
                score = sum(len(word) for word, pattern in patterns.items() if word in line and pattern.search(line))
                if score:
                    assigned = ASSIGNED.match(line)
                    assigns = bool(assigned and assigned[1] in patterns)
                    yield Match(score, -order, -number, path, assigns)


def _text(path: Path) -> str:
    """The text of *path*; empty if it is too large or can't be read."""
    try:
        return (files.read(path, LARGEST) or b"").decode("utf-8", "replace")
    except EditError:
        return ""


def line_of(path: Path, number: int) -> str:
    """The text of the line with this number; empty if it can't be read."""
    lines = _text(path).splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
