"""Files that are not regular files, or far too large."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from pathlib import Path

TERABYTE = 1 << 40


def fifo(path):
    os.mkfifo(path)


def listener(path):
    here = Path.cwd()
    os.chdir(path.parent)  # an address of a socket is short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def device(path):
    path.symlink_to("/dev/zero")


def link_to_a_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def sparse(path):
    path.touch()
    os.truncate(path, TERABYTE)


def loop(path):
    path.symlink_to(path.name)


KINDS = {
    fifo: "named pipe", listener: "socket", device: "device", link_to_a_pipe: "named pipe", sparse: "too large",
    loop: "symbolic links",
}  # fmt: skip


@contextmanager
def time_limit(seconds=5):
    """Fail if the block takes longer than *seconds*."""

    def on_alarm(*_):
        raise TimeoutError("the block exceeded its time limit")

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
