"""Start `golive` as a copy of a process that has imported it: the import takes longer than most commands.

    python -m tests.fork_server SOCKET

Each connection is one command. A copy of this process takes over its folder, environment, arguments and standard
streams, and runs it. The server ends when its standard input is closed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable

MODULES = ("wizard", "steps")
"""The packages that are imported beforehand, with all their modules except those below."""
NOT_IMPORTED = (
    "wizard.__main__", "wizard.project.agent", "wizard.targets.local.private_network", "wizard.cli.commands.serve",
    "steps.templates",
)  # fmt: skip
"""Programs of their own, and templates, which are never imported."""


def main() -> int:
    import_everything()
    return listen(sys.argv[1], run)


def listen(address: str, start: Callable[..., int]) -> int:
    """Serve until the standard input ends. In a copy, return what *start* returns for the request."""
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # `select` returns if a copy has ended
    ended, ending = socket.socketpair()
    ending.setblocking(False)
    signal.set_wakeup_fd(ending.fileno())
    with socket.socket(socket.AF_UNIX) as server, ended, ending:
        server.bind(address)
        server.listen()
        print("ready", flush=True)  # noqa: T201
        while True:
            ready, _, _ = select.select([server, ended, sys.stdin.buffer], [], [])
            if ended in ready:
                ended.recv(4096)
                reap()
            if server in ready:
                connection, _ = server.accept()
                if not os.fork():
                    break
                connection.close()
            elif sys.stdin.buffer in ready:
                return 0
    return serve(connection, start)


def reap() -> None:
    """Wait for the copies that have ended. Their time counts as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def import_everything() -> None:
    """Import every module that a command may need."""
    for name in MODULES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.startswith(NOT_IMPORTED):
                importlib.import_module(module.name)
    for name in ("asyncio", "black", "httpx", "tomlkit", "psutil", "aiohttp.web", "trustme", "aiosmtpd.smtp",
                 "tests.agent_copies"):  # fmt: skip
        importlib.import_module(name)


def serve(connection: socket.socket, start: Callable[..., int]) -> int:
    """Call *start* in one more copy with the request of *connection*, and send its process id and its status."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, streams = b"", []
    while not text.endswith(b"\n"):
        part, passed, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        if not part:
            return 0
        text += part
        streams += passed
    child = os.fork()
    if not child:
        connection.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return start(streams, **json.loads(text))
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(OSError):  # the client gave up waiting
        connection.sendall(b"%d\n" % child)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def become(streams: list[int], argv: list[str], cwd: str, environment: dict[str, str]) -> None:
    """Take over the standard streams, arguments, folder and environment of a new program."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv[:] = argv
    importlib.invalidate_caches()


def run(
    streams: list[int], argv: list[str], cwd: str, environment: dict[str, str], agents: tuple[object, ...] | None
) -> int:
    """Become the process that `python -m wizard` with *argv* is, and run it. Agents come from the server *agents*."""
    become(streams, [sys.argv[0], *argv], cwd, environment)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    from tests import agent_copies
    from wizard.cli.main import main as golive

    if agents:
        agent_copies.use(*agents)

    return golive()


if __name__ == "__main__":
    sys.exit(main())
