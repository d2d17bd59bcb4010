"""A proxy that refuses all requests. Programs such as curl ask it for hosts outside this machine."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

REQUEST = re.compile(
    rb"(?:CONNECT |[A-Z]{1,20} (https?)://)(?:[^/@\s]{1,999}@)?(\[[0-9a-fA-F:]{1,40}\]|[^/:\s]{1,253})(?::(\d{1,5}))?[/\s?]"
)
LONGEST = 8192
SECONDS = 5.0
ABORT = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing resets the connection."""


class RefusingProxy:
    """Calls *refused* with each host and port that a program asks for, and resets the connection."""

    def __init__(self, refused: Callable[[str, int], None]) -> None:
        self.refused = refused
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = self._listener.getsockname()
        self.port = int(self._address[1])
        self._stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client = self._listener.accept()[0]
            if self._stopping.is_set():
                client.close()
                self._listener.close()
                return
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if found := _requested(client):
                self.refused(*found)

    def stop(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            with suppress(OSError):
                socket.create_connection(self._address, 1).close()  # wakes the thread


def _requested(client: socket.socket) -> tuple[str, int] | None:
    """The host and port in the first line that *client* sends; None if there is none."""
    client.settimeout(SECONDS)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    line = b""
    with suppress(OSError):
        while b"\n" not in line and len(line) < LONGEST and (data := client.recv(LONGEST)):
            line += data
    found = REQUEST.match(line)
    if not found:
        return None
    default = 80 if found[1] == b"http" else 443
    return found[2].decode("ascii", "replace").strip("[]").lower(), int(found[3] or default)
