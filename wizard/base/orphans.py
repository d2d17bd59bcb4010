"""Find and stop processes that a killed run, or the project's code, left running."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.process import MARK, mark_of

if TYPE_CHECKING:
    import psutil


def stop_orphans(project: Path) -> int:
    """Kill the processes that carry the mark of *project*. Return how many there were."""
    import psutil

    found = marked_processes(project)
    for process in found:
        with suppress(psutil.Error):  # it has ended by now
            process.kill()
    deadline, alive = time.monotonic() + 5, found
    while alive and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
        alive = marked_processes(project)  # in a container without an init process, zombies are never reaped
    return len(found)


def marked_processes(project: Path) -> list[psutil.Process]:
    """The running processes that carry the mark of *project*, without this one."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it is another user's, or has ended
            is_marked = process.pid != os.getpid() and process.environ().get(MARK) == mark_of(project)
            if is_marked and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
