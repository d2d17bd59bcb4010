"""Where a started service listens, if that is not the port that the platform chose."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import psutil

from wizard.targets.local.private_network.gateway import listening_ports

SECONDS = 4.0
"""How long a service may listen elsewhere only. It may open its own port after another one."""


class Listening:
    """Watches the process *pid* and its children, which should listen on *port*."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port
        self._since = self._looked = 0.0

    def elsewhere(self) -> str:
        """The address, once the service listens on other ports only for some seconds. Looks once a second."""
        now = time.monotonic()
        if now - self._looked < 1:
            return ""
        self._looked = now
        addresses = listening_addresses(self.pid)
        if not addresses or any(port == self.port for _, port in addresses):
            self._since = 0.0
            return ""
        self._since = self._since or now
        host, port = addresses[0]
        return f"{host}:{port}" if now - self._since >= SECONDS else ""


def listening_addresses(pid: int) -> list[tuple[str, int]]:
    """The addresses on which a process and its children listen."""
    found = []
    try:
        started = psutil.Process(pid)
        for each in (started, *started.children(recursive=True)):
            for connection in each.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr:
                    found.append((str(connection.laddr.ip), int(connection.laddr.port)))
            found += [address for address in _in_namespace(each) if address not in found]
    except psutil.Error:  # it ended meanwhile, or belongs to another user
        return []
    return found


def _in_namespace(process: psutil.Process) -> list[tuple[str, int]]:
    """The addresses on which *process* listens in a network namespace of its own. psutil reads Golive's only."""
    sockets = set()
    folder = Path(f"/proc/{process.pid}/fd")
    with suppress(OSError):
        for descriptor in folder.iterdir():
            with suppress(OSError):  # closed meanwhile
                sockets.add(str(descriptor.readlink()).removeprefix("socket:[").rstrip("]"))
    ports = listening_ports(str(process.pid))
    return [("127.0.0.1", port) for port, inodes in sorted(ports.items()) if inodes & sockets]
