"""The output of the project's code while the interpreter answers, and its log."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

from wizard.base import files, process_output
from wizard.base.errors import EditError
from wizard.base.secrets import redact

LARGEST_LOG = 2 << 20
"""The size in bytes at which the log is started again."""


class PrintedOutput:
    """A file for the output of a process. `keep` copies it into *log* with secrets removed.

    The file has no name, since the output may contain secrets.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=log.parent)  # noqa: SIM115 - until close()
        fcntl.fcntl(self.file, fcntl.F_SETFL, fcntl.fcntl(self.file, fcntl.F_GETFL) | os.O_APPEND)
        self._copied = 0

    def keep(self) -> None:
        """Append the output since the last call to the log. Of a very long output only the end is kept."""
        size = os.fstat(self.file.fileno()).st_size
        start = max(min(self._copied, size), size - LARGEST_LOG)  # the agent truncates a very long output
        text = os.pread(self.file.fileno(), size - start, start).decode("utf-8", "replace")
        self._copied = size
        if not text:
            return
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            if log.tell() > LARGEST_LOG:
                log.truncate(0)
            for line in process_output.bounded_lines([text]):
                log.write(f"{line}\n".encode("utf-8", "replace"))

    def close(self) -> None:
        self.keep()
        self.file.close()


def last_lines(log: Path) -> str:
    """The end of *log*, without secrets, for an error message."""
    try:
        return redact(files.tail(log, 1200).decode("utf-8", "replace")[-300:].strip())
    except EditError:
        return ""
