"""The memory of all child processes of a run together, sampled while it runs."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import psutil

INTERVAL = 0.25
"""Seconds between two samples. A process that lives shorter, such as one of git, may be missed."""
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class ChildrenPeak:
    """The largest memory that all children of the process *pid* had at the same time, while the `with` block runs.

    Each counts with its proportional set size: memory that forked processes share is counted once. Linux only.
    """

    def __init__(self, pid: int) -> None:
        self.megabytes, self.processes = 0.0, 0
        self.sampled = threading.Event()
        """Set after each sample."""
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> ChildrenPeak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(INTERVAL):
            try:
                sizes = [proportional(child.pid) for child in self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            if sum(sizes) > self.megabytes:
                self.megabytes, self.processes = sum(sizes), sum(size > 0 for size in sizes)
            self.sampled.set()


def proportional(pid: int) -> float:
    """The proportional set size of *pid* in megabytes; 0 if it has ended."""
    try:
        found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
