"""docs/demo.cast: `golive demo --auto` in a real terminal, as an asciicast (version 2) for asciinema.

`./dev screenshots` makes it together with the pictures.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

COLUMNS, LINES = 110, 34
INDEXES = re.compile(r" *\| (?:Looking in |Processing |WARNING: Location ).*\r\n")
"""Lines of pip about the package index of this machine."""
PROGRESS = re.compile(r"(?:\r\x1b\[2K[^\r\n]*)+")
"""The progress line alone. Its ticking is left out, so that the pauses can be shortened."""
LONGEST_PAUSE = 1.5
"""Seconds; longer pauses are shortened when the recording is played."""


def record(path: Path) -> int:
    """Write the recording to *path*; returns the exit code of the recorded command."""
    with tempfile.TemporaryDirectory(prefix="golive-") as folder:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        command = [sys.executable, "-m", "wizard", "demo", "--auto"]
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path.cwd()), "COLUMNS": str(COLUMNS)}
        began = last = time.monotonic()
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        header = {"version": 2, "width": COLUMNS, "height": LINES, "title": "golive demo --auto"}
        lines, at = [json.dumps(header), json.dumps([0.0, "o", "$ golive demo --auto\r\n"])], 0.5
        while True:
            try:
                data = os.read(master, 1 << 16)
            except OSError:  # the other end is closed
                break
            text = INDEXES.sub("", decoder.decode(data).replace(folder, "/home/you"))
            if PROGRESS.fullmatch(text):
                continue
            now = time.monotonic()
            at, last = at + min(now - last, LONGEST_PAUSE), now
            lines.append(json.dumps([round(at, 3), "o", text], ensure_ascii=False))
        os.close(master)
        code = child.wait()
    path.write_text("\n".join(lines) + "\n")
    sys.stdout.write(f"{path}: {time.monotonic() - began:.0f} s recorded, {at:.0f} s to play\n")
    return code
