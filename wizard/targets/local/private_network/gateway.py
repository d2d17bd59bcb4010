"""The gateway of a network namespace: two processes, one in it and one outside, which relay chosen ports.

`main` runs outside. It reads requests as JSON lines from standard input, and ends with it:

    {"serve": 8000}             relays port 8000 of this machine's loopback to the one inside
    {"refresh": true}           relays the ports inside on which this machine's loopback listens now
    {"allow": ["a.com:443"]}    relays these hosts and ports from inside

Each request gets a line as its answer; the first line tells the process whose namespace is to be entered, or the error.
Attempts to reach other hosts are written to the file of records. Standard library only; Linux only.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wizard.project.agent.egress import matches, split_entry, write_record
from wizard.targets.local.private_network import namespace
from wizard.targets.local.private_network.names import Connections, Names
from wizard.targets.local.private_network.relay import Relay

LOOPBACK = ("127.0.0.1", "::1")
EVERY = 1.0
"""Seconds between two looks at the ports on which this machine's loopback listens."""
PORTS = (443, 80, 25, 465, 587, 2525, 5432, 6543, 3306, 6379, 6380, 5671, 5672, 27017, 9200, 11211)
"""The ports of an allowed host without a port: web, mail, databases, queues, caches."""
LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp."""
LARGEST = 1 << 16


def listening_ports(process: str = "self") -> dict[int, set[str]]:
    """The ports on which loopback listens in the namespace of *process*, with the inodes of their sockets."""
    found: dict[int, set[str]] = {}
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/{process}/net/{name}").read_text("ascii").splitlines()[1:]:
                words = line.split()
                address, _, port = words[1].partition(":")
                if words[3] == LISTENS and _is_on_loopback(address):
                    found.setdefault(int(port, 16), set()).add(words[9])
    return found


def _is_on_loopback(address: str) -> bool:
    """Whether an address of /proc/net/tcp, in the byte order of the machine, is loopback or all addresses."""
    if len(address) == 8:
        return address == "0" * 8 or bytes.fromhex(address)[3 if sys.byteorder == "little" else 0] == 127
    return address.strip("0") in ("", "1") or address[-8:] in ("01000000", "00000001")


class Side:
    """One of the two processes. *peer* is its socket to the other one."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer, self.relay = peer, Relay()
        self.relay.watch(peer, self._receive)

    def send(self, message: dict[str, Any], *descriptors: int) -> None:
        self.peer.setblocking(True)
        socket.send_fds(self.peer, [json.dumps(message).encode()], list(descriptors))
        self.peer.setblocking(False)

    def _receive(self) -> None:
        data, descriptors, _, _ = socket.recv_fds(self.peer, LARGEST, 2)
        if not data:
            os._exit(0)  # the other side has ended
        self.handle(json.loads(data), [socket.socket(fileno=each) for each in descriptors])

    def handle(self, message: dict[str, Any], sockets: list[socket.socket]) -> None:
        """Do what the other side asks for with *message*, with the *sockets* that it passes."""
        raise NotImplementedError


class Inside(Side):
    """The process in the namespace: opens listeners for the outside, and answers DNS."""

    def __init__(self, peer: socket.socket, folder: str) -> None:
        super().__init__(peer)
        self.folder = folder
        self.listeners: dict[tuple[str, int], socket.socket] = {}
        self.allowed: list[str] = []
        self.known: set[tuple[str, int]] = set()
        self.names = Names(self._allow)
        for sock, call in (*self.names.servers(), *Connections(self._record).watchers()):
            self.relay.watch(sock, call)

    def handle(self, message: dict[str, Any], sockets: list[socket.socket]) -> None:
        if "serve" in message:
            self.relay.listen(sockets[0], LOOPBACK, message["serve"])
        for port in message.get("open", ()):
            for host in LOOPBACK:
                self._open(host, port, "")
        for port in message.get("close", ()):
            for host in LOOPBACK:
                if listener := self.listeners.pop((host, port), None):
                    listener.close()
        if "allow" in message:
            self.allowed = message["allow"]
            for entry in self.allowed:
                host, port = split_entry(entry)
                with suppress(OSError):
                    socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
                    self._open_all(host, host, [port] if port else PORTS)
        self.send({"done": True})

    def _allow(self, name: str, address: str) -> None:
        """Relay *name*, which was looked up just now and got *address*, if an entry allows it."""
        for entry in self.allowed:
            host, port = split_entry(entry)
            if matches(name, host):
                self._open_all(address, name, [port] if port else PORTS)

    def _open_all(self, address: str, name: str, ports: Iterable[int]) -> None:
        for port in ports:
            self._open(address, port, name)

    def _open(self, address: str, port: int, name: str) -> None:
        """Listen on *address* and *port*, and let the outside relay it to *name*, or to its loopback."""
        if (address, port) in self.listeners:
            return
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(128)
        except OSError:  # a process inside uses the port itself
            listener.close()
            return
        self.listeners[address, port] = listener
        self.send({"relay": port, "name": name}, listener.fileno())

    def _record(self, address: str, port: int) -> None:
        name = self.names.names.get(address, address)
        if (address, port) in self.listeners or (name, port) in self.known or len(self.known) > 1000:
            return
        self.known.add((name, port))
        record = {"host": name, "port": port, "process": "a program", "place": ""}
        with suppress(OSError):
            write_record(self.folder, record)


class Outside(Side):
    """The process outside: accepts what was opened inside, and connects to this machine or to allowed hosts."""

    def __init__(self, peer: socket.socket, child: int) -> None:
        super().__init__(peer)
        self.child = child
        self.served: set[int] = set()
        self.opened: dict[int, list[socket.socket]] = {}
        self.waiting = 0
        self.pending = b""
        self.relay.selector.register(0, 1, lambda events: self._read_requests())

    def handle(self, message: dict[str, Any], sockets: list[socket.socket]) -> None:
        if "done" in message:
            self.waiting -= 1
        else:
            self._accept(message["relay"], message["name"], sockets[0])

    def _accept(self, port: int, name: str, listener: socket.socket) -> None:
        if name:
            self.relay.listen(listener, (name,), port, lookup=True)
        else:
            self.relay.listen(listener, LOOPBACK, port)
            self.opened.setdefault(port, []).append(listener)

    def ask(self, message: dict[str, Any], *descriptors: int) -> None:
        """Let the inside do something, and wait until it is done."""
        self.waiting += 1
        self.send(message, *descriptors)
        while self.waiting:
            self.relay.run()

    def refresh(self) -> None:
        """Open the ports inside on which this machine listens now, and close the others."""
        ports = listening_ports().keys() - self.served
        if closed := self.opened.keys() - ports:
            for port in closed:
                for listener in self.opened.pop(port):
                    self.relay.forget(listener)
            self.ask({"close": sorted(closed)})
        if new := ports - self.opened.keys():
            self.ask({"open": sorted(new)})

    def serve(self, port: int) -> None:
        if port not in self.served:
            self.served.add(port)
            listener = socket.create_server((LOOPBACK[0], port), backlog=256)
            self.ask({"serve": port}, listener.fileno())
            listener.close()

    def _read_requests(self) -> None:
        data = os.read(0, LARGEST)
        if not data:
            with suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
            os._exit(0)
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            answer: dict[str, Any] = {}
            try:
                self._answer(json.loads(line))
            except OSError as error:
                answer = {"error": str(error)}
            _print(answer)

    def _answer(self, request: dict[str, Any]) -> None:
        if "serve" in request:
            self.serve(request["serve"])
        if "refresh" in request:
            self.refresh()
        if "allow" in request:
            self.ask({"allow": request["allow"]})

    def run(self) -> None:
        due = 0.0
        while True:
            self.relay.run(EVERY)
            if time.monotonic() >= due:  # not after each packet
                self.refresh()
                due = time.monotonic() + EVERY


def _print(answer: dict[str, Any]) -> None:
    os.write(1, json.dumps(answer).encode() + b"\n")


def _in_child(peer: socket.socket, folder: str) -> None:
    """Create the namespace, tell the parent, and serve it."""
    try:
        namespace.create()
        side = Inside(peer, folder)
    except OSError as error:
        peer.send(json.dumps({"error": str(error)}).encode())
        os._exit(1)
    peer.setblocking(True)
    peer.send(b"{}")
    peer.setblocking(False)
    while True:
        side.relay.run()


def _forever(act: Callable[[], None]) -> None:
    try:
        act()
    finally:
        os._exit(1)


def main(folder: str) -> None:
    """Run the gateway. The file of records is in *folder*."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    outside, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if not child:
        outside.close()
        for descriptor in (0, 1):
            os.close(descriptor)
        _forever(lambda: _in_child(inside, folder))
    inside.close()
    answer = json.loads(outside.recv(LARGEST) or b'{"error": "the namespace could not be created"}')
    if "error" in answer:
        _print(answer)
        return
    side = Outside(outside, child)
    _print({"process": child})
    side.run()
