"""Report an unexpected error: the traceback, redacted and without local variables."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

from wizard.base.secrets import redact
from wizard.state import crash_log

BUG = "golive: Unexpected error. This is a bug in Golive."


def report(folder: Path) -> str:
    """Write the exception being handled to the project's crash.log. Returns the message for the user."""
    text = redact(traceback.format_exc())
    path = crash_log.write(folder, text)
    if path is None:
        return f"{BUG} Please report it:\n{text}"
    return (
        f"{BUG} {text.strip().splitlines()[-1]}\n"
        f"Please report it with the traceback in {path}. Your project is safe: start Golive again to resume."
    )


def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Replace sys.excepthook: print the traceback and ask for a report."""
    text = redact("".join(traceback.format_exception(kind, error, trace)))
    print(f"{text}{BUG} Please report the lines above.", file=sys.stderr)  # noqa: T201
