"""Answers of the agent that runs in the project's interpreter, and the errors that they may carry."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base.secrets import redact

if TYPE_CHECKING:
    from wizard.project.project_files import ProjectFiles

Answer = dict[str, Any]
"""One answer as JSON. It has the key `error` if the project raised an exception."""
ENDED, TOO_MUCH = "Ended", "TooMuch"
"""Types of errors that the agent itself reports: the project ended the process, or exceeded a limit."""


@dataclass(frozen=True)
class Read:
    """A read of the environment variable *name*.

    Arguments:
        present: whether it had a value that is not empty.
        places: the project's own lines that led to it, the innermost first, as in `AgentError.place`.
    """

    name: str
    present: bool
    places: tuple[tuple[str, int], ...] = ()


OF_DJANGO = {"DJANGO_ALLOW_ASYNC_UNSAFE"}
"""Older releases of Django read it before each query, at a line of the project. No value helps to load the project."""


@dataclass(frozen=True)
class AgentError:
    """An exception that the project raised while the agent answered a question.

    Arguments:
        type: the name of the exception's class.
        message: its text as it was raised, which may hold secrets. `str()` of this object hides them.
        place: the deepest line of the project's own code: a path relative to the project's folder, and a line number.
        stage: the part of the project that was loading: `settings`, `setup`, `urls` or `checks`, or empty.
        missing_file: the path of the file that was not found.
        missing_module: the dotted name of the module that was not found.
        frames: all lines of the project's own code in the traceback, the deepest last.
        reads: the environment variables that were read before, in their order.
        variables: those of them that may be the cause.
        cause: the type and message of the error that led to this one.
    """

    type: str
    message: str
    place: tuple[str, int] | None = None
    stage: str = ""
    missing_file: str = ""
    missing_module: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    reads: tuple[Read, ...] = ()
    variables: tuple[str, ...] = ()
    cause: str = ""

    @classmethod
    def of(cls, answer: Mapping[str, Any], key: str = "error") -> AgentError | None:
        """The error that *answer* carries under *key*, or None."""
        error = answer.get(key)
        if not error:
            return None
        place = error.get("place")
        return cls(
            type=error["type"],
            message=error["message"],
            place=(place[0], place[1]) if place else None,
            stage=answer.get("stage") or "",
            missing_file=error.get("missing") or "",
            missing_module=_missing_driver(error["message"]) or error.get("module") or "",
            cause=": ".join(error.get("cause") or ()),
            frames=tuple((file, line) for file, line in error.get("frames") or ()),
            reads=tuple(
                Read(name, present, tuple((file, line) for file, line in places))
                for name, present, places in error.get("reads") or ()
                if name not in OF_DJANGO
            ),
        )

    @property
    def progress(self) -> tuple[int, str, tuple[str, int] | None, tuple[str, ...]]:
        """How far loading got: the number of reads, the type of the error, its place, and the fields that it lists."""
        fields = re.findall(r"^(\w+)\n", self.message, re.MULTILINE)  # of pydantic
        return len(self.reads), self.type, self.place, tuple(fields)

    def where(self, project: ProjectFiles) -> str:
        """The place as `path:line`, relative to the repository of *project*; empty without one."""
        if self.place is None:
            return ""
        return f"{project.display_path(Path(os.path.normpath(project.root / self.place[0])))}:{self.place[1]}"

    def __str__(self) -> str:
        return f"{self.type}: {' '.join(redact(self.message).split())}"

    def brief(self, most: int) -> str:
        """The error as text, with at most *most* characters of its message."""
        return f"{self.type}: {redact(self.message)[:most]}"


def _missing_driver(message: str) -> str:
    """The module of PostgreSQL's driver, if *message* is Django's about its absence. Else an empty string."""
    found = re.search(r"Error loading (?:psycopg2 or )?(psycopg2?) module", message)
    return found[1] if found else ""
