"""The one place where an error nobody foresaw becomes a report: redacted, without local variables."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

from wizard.base.errors import StateError
from wizard.base.secrets import redact
from wizard.state import state_folder


def report(folder: Path) -> str:
    """Write down the exception being handled, beside the project's other runs; returns what to tell the person."""
    text = redact(traceback.format_exc())
    runs = state_folder.folder_of(folder) / "runs"
    try:
        ours = state_folder.check(folder) and runs.is_dir()
    except StateError:
        ours = False
    if not ours:
        return f"golive: an error nobody foresaw; please report it:\n{text}"
    path = runs / "crash.log"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return (
        f"golive: an error nobody foresaw: {text.strip().splitlines()[-1]}\n"
        f"What happened is in {path}; please report it. The project is safe: start again to go on."
    )


def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For sys.excepthook: the same without a terminal."""
    text = redact("".join(traceback.format_exception(kind, error, trace)))
    print(f"{text}golive: an error nobody foresaw; please report the lines above", file=sys.stderr)  # noqa: T201
