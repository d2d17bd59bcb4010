"""The crash log, and the boundary around a step, whose unexpected exceptions become errors of its task."""

from __future__ import annotations

import subprocess
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from wizard.base import files
from wizard.base.errors import EditError, GoliveError, StateError, StepBug, ToolError
from wizard.base.secrets import redact
from wizard.state import state_folder

NAME = "crash.log"


class Contained:
    """The boundary around the code of a step, which may belong to a plug-in.

    An `OSError` becomes a `ToolError`: a program is missing, a file can't be read, the disk is full. Any other
    exception is a bug. Its traceback goes to the crash log of the project at *root*, and it becomes a `StepBug` of one
    line.
    *reading*: write no crash log.
    """

    def __init__(self, root: Path, *, reading: bool = False) -> None:
        self.root, self.reading = root, reading

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, GoliveError | BrokenPipeError):
            return  # a broken pipe: nobody reads the output any more
        if isinstance(error, OSError):
            raise ToolError.of(error) from error
        if isinstance(error, subprocess.SubprocessError):
            raise ToolError("A program did not end as expected", str(error), "Run the task again.") from error
        raise self._bug(error) from error

    def _bug(self, error: Exception) -> StepBug:
        text = redact("".join(traceback.format_exception(error)))
        path = None if self.reading else write(self.root, text)
        hint = "This is a bug in Golive or in a plug-in. Please report it"
        hint += f" with the traceback in {path}." if path else "."
        return StepBug("Unexpected error", f"{_last_line(error)} ({_place(error.__traceback__)})", hint)


def write(root: Path, text: str) -> Path | None:
    """Write *text* to the crash log of the project at *root*. Return its path; None if it can't be written."""
    path = state_folder.folder_of(root) / "runs" / NAME
    with suppress(StateError, EditError):
        if state_folder.check(root):
            files.write(path, text.encode("utf-8", "backslashreplace"), mode=0o600)
            return path
    return None


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(error)[-1].strip()


def _place(trace: TracebackType | None) -> str:
    """The line that raised the exception, for example `steps/t13_database.py:88`."""
    frames = traceback.extract_tb(trace)
    if not frames:
        return "unknown place"
    path = Path(frames[-1].filename)
    return f"{path.parent.name}/{path.name}:{frames[-1].lineno}"
