"""Read the output of child processes: in lines of limited length, redacted, and within memory limits."""

from __future__ import annotations

import codecs
import io
import os
import select
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from wizard.base.errors import CommandError
from wizard.base.secrets import redact

KEPT_LINES, KEPT_CHARACTERS = 20_000, 8_000_000
"""The maximum number of lines and characters of a command's output to keep in memory. All of it is passed on."""
LINGER = 1.0
"""Seconds to wait for output after a command has ended. Its own children may keep the pipe open forever."""
LONGEST_LINE, MARGIN = 1 << 16, 1 << 13
"""The maximum number of characters of a line to keep, and of a secret that crosses this limit."""


class Readable(Protocol):
    """A pipe or a socket."""

    def fileno(self) -> int: ...


def chunks(child: subprocess.Popen[Any] | None, stream: Readable, most: int | None = None) -> Iterator[str]:
    """The text of *stream* as it arrives, until the stream or *child* has ended. Without a child, until the stream has.

    Raises:
        CommandError: it is more than *most* characters.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    printed, deadline = 0, 0.0
    while True:
        ready, _, _ = select.select([stream], [], [], LINGER)
        data = os.read(stream.fileno(), 1 << 16) if ready else b""
        if ready and not data:
            yield decoder.decode(b"", final=True)
            return
        text = decoder.decode(data)
        printed += len(text)
        if child is None:
            yield text
            continue
        if most is not None and printed > most:
            name = " ".join([Path(str(child.args[0])).name, *map(str, child.args[1:])])  # type: ignore[index]
            raise CommandError(f"`{name}` was stopped", f"it printed more than {most:,} characters")
        yield text
        if child.poll() is not None:
            deadline = deadline or time.monotonic() + LINGER
            if time.monotonic() > deadline:
                return


def bounded_lines(texts: Iterable[str]) -> Iterator[str]:
    """The lines of *texts*, redacted. A line that is too long is cut."""
    line, length = "", 0
    for text in texts:
        for index, part in enumerate(text.split("\n")):
            if index:
                yield _cut(line, length)
                line, length = "", 0
            line += part[: LONGEST_LINE + MARGIN - len(line)]
            length += len(part)
    if length:
        yield _cut(line, length)


def _cut(line: str, length: int) -> str:
    """The shown part of a line of *length* characters that begins with *line*."""
    if length <= LONGEST_LINE + MARGIN:
        return redact(line)
    # A secret across the limit lies within the margin, which is not shown.
    return f"{redact(line)[:LONGEST_LINE]} … and {length - LONGEST_LINE:,} more characters"


def keep_log(stream: Readable, log: Path, most: int = KEPT_CHARACTERS) -> threading.Thread:
    """Write the lines that arrive in *stream* to a new *log*, redacted. The log restarts after *most* bytes.

    The project's code may print secrets. It prints to a pipe instead of a file, so that none of them reaches the disk.
    """
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)

    def keep() -> None:
        with suppress(OSError, ValueError):  # the disk is full, or the stream was closed: the program still runs
            for line in bounded_lines(chunks(None, stream)):
                if os.fstat(file).st_size > most:
                    os.ftruncate(file, 0)
                    os.lseek(file, 0, os.SEEK_SET)
                os.write(file, f"{line}\n".encode("utf-8", "replace"))
        os.close(file)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    return thread
