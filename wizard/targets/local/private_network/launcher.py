"""Run a program in the network namespace of another process: `launcher.py PROCESS PROGRAM ARGUMENT...`.

The program replaces this process, so its number, its group and its signals are the program's. Each program of a
rehearsal starts this way, so this module imports only what is loaded fast.
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
"""Source: linux/sched.h."""


def system_call(name: str, *arguments: int) -> None:
    """Call the function *name* of the C library.

    Raises:
        OSError: it failed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def enter(process: str) -> None:
    """Move this process, which must have one thread, into the network namespace of *process*.

    Raises:
        OSError: it has ended, or the system does not allow it.
    """
    kinds = [("user", CLONE_NEWUSER)] if os.geteuid() else []
    for name, kind in (*kinds, ("net", CLONE_NEWNET)):
        descriptor = os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            system_call("setns", descriptor, kind)
        finally:
            os.close(descriptor)


if __name__ == "__main__":
    enter(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - it is a command line already
