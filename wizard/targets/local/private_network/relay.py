"""Relay TCP connections between two network namespaces. Standard library only.

A listener of one namespace is accepted by a process of the other one, which connects to the destination there.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

CHUNK, FULL = 1 << 16, 1 << 18
"""Bytes to read at once, and bytes that wait for one side before the other one is no longer read."""
CONNECT_SECONDS = 10.0
ABORT = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing resets the connection."""


class End:
    """One of the two sockets of a relayed connection. *pending* has not been sent to it yet."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.pending = sock, bytearray()
        self.ended = self.shut = self.closed = False
        """Whether its peer has sent everything, whether this side has, and whether the connection is closed."""
        self.other = self


class Relay:
    """Runs all relayed connections of this process."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self._connected: SimpleQueue[tuple[socket.socket, socket.socket | None]] = SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self.watch(self._woken, self._take_connected)

    def watch(self, sock: socket.socket, call: Callable[[], None]) -> None:
        """Call *call* when *sock* can be read."""
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, lambda events: call())

    def listen(self, listener: socket.socket, hosts: tuple[str, ...], port: int, *, lookup: bool = False) -> None:
        """Relay the connections of *listener* to *port* of the first of *hosts* that accepts one.

        *lookup*: they are names, which takes time to look up.
        """

        def accept() -> None:
            with suppress(OSError):
                client = listener.accept()[0]
                if lookup:
                    work = threading.Thread(target=self._connect_later, args=(client, hosts, port), daemon=True)
                    work.start()
                else:
                    self._join(client, _connect(hosts, port))

        self.watch(listener, accept)

    def forget(self, listener: socket.socket) -> None:
        self.selector.unregister(listener)
        listener.close()

    def run(self, timeout: float | None = None) -> None:
        """Handle what is ready, after at most *timeout* seconds."""
        for key, events in self.selector.select(timeout):
            with suppress(BlockingIOError):  # a handler that ran this function itself has taken it already
                key.data(events)

    def _connect_later(self, client: socket.socket, hosts: tuple[str, ...], port: int) -> None:
        self._connected.put((client, _connect(hosts, port)))
        self._wake.send(b"x")

    def _take_connected(self) -> None:
        self._woken.recv(64)
        while not self._connected.empty():
            self._join(*self._connected.get())

    def _join(self, client: socket.socket, server: socket.socket | None) -> None:
        if server is None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            client.close()
            return
        near, far = End(client), End(server)
        near.other, far.other = far, near
        for end in (near, far):
            end.sock.setblocking(False)
            end.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(end.sock, selectors.EVENT_READ, lambda events, end=end: self._handle(end, events))

    def _handle(self, end: End, events: int) -> None:
        if end.closed:  # by the other end, in the same round
            return
        try:
            if events & selectors.EVENT_WRITE:
                self._send(end)
            if events & selectors.EVENT_READ and not end.ended:
                self._receive(end)
        except BlockingIOError:
            return
        except OSError:
            self._close(end, ABORT)
            return
        if end.shut and end.other.shut:
            self._close(end)
            return
        self._select(end)
        self._select(end.other)

    def _receive(self, end: End) -> None:
        data = end.sock.recv(CHUNK)
        end.ended = not data
        end.other.pending += data
        self._send(end.other)

    def _send(self, end: End) -> None:
        """Send what is pending, and the end of the connection if the other side has ended."""
        if end.pending:
            with suppress(BlockingIOError):
                del end.pending[: end.sock.send(end.pending)]
        if not end.pending and end.other.ended and not end.shut:
            end.shut = True
            with suppress(OSError):  # the peer has closed it already
                end.sock.shutdown(socket.SHUT_WR)

    def _select(self, end: End) -> None:
        """Wait for what *end* can do next."""
        events = selectors.EVENT_WRITE if end.pending else 0
        if not end.ended and len(end.other.pending) < FULL:
            events |= selectors.EVENT_READ
        registered = end.sock in self.selector.get_map()
        if registered and not events:
            self.selector.unregister(end.sock)
        elif events:
            call = lambda ready: self._handle(end, ready)  # noqa: E731
            (self.selector.modify if registered else self.selector.register)(end.sock, events, call)

    def _close(self, end: End, linger: bytes = b"") -> None:
        for each in (end, end.other):
            each.closed = True
            if each.sock in self.selector.get_map():
                self.selector.unregister(each.sock)
            if linger:
                with suppress(OSError):
                    each.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            each.sock.close()


def _connect(hosts: tuple[str, ...], port: int) -> socket.socket | None:
    """Connect to *port* of the first of *hosts* that accepts. None if none does."""
    for host in hosts:
        with suppress(OSError):
            return socket.create_connection((host, port), CONNECT_SECONDS)
    return None
