"""What the processes in a network namespace ask for: names, by a DNS server, and connections to foreign addresses.

Each name gets an address of a reserved network. Standard library only; Linux only.
"""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from wizard.project.agent.egress import is_loopback, reserved_address

PORT = 53
A, IN = 1, 1
IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50
SO_ATTACH_FILTER = 26
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
TCP, UDP = 6, 17
"""Source: linux/in.h, linux/in6.h, asm-generic/socket.h, linux/if_ether.h."""
NEW_CONNECTIONS = (
    (0x30, 0, 0, 9), (0x15, 0, 6, TCP), (0x30, 0, 0, 16), (0x15, 4, 0, 127), (0xB1, 0, 0, 0), (0x50, 0, 0, 13),
    (0x54, 0, 0, 0x12), (0x15, 1, 0, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 96),
)  # fmt: skip
"""A filter of packets: TCP over IPv4, not to 127.0.0.0/8, with SYN and without ACK."""
NEW_CONNECTIONS_6 = (
    (0x30, 0, 0, 6), (0x15, 0, 3, TCP), (0x30, 0, 0, 53), (0x54, 0, 0, 0x12), (0x15, 1, 0, 2), (0x06, 0, 0, 0),
    (0x06, 0, 0, 96),
)  # fmt: skip
"""The same for TCP over IPv6, to any address."""

Watched = list[tuple[socket.socket, Callable[[], None]]]
"""Sockets, each with the function to call when it can be read."""


class Names:
    """Gives each name an address, and calls *resolved* with a new name and its address."""

    def __init__(self, resolved: Callable[[str, str], None]) -> None:
        self.resolved = resolved
        self.addresses: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def address_of(self, name: str) -> str:
        if name not in self.addresses:
            address = reserved_address(name, self.names)
            self.addresses[name], self.names[address] = address, name
            self.resolved(name, address)
        return self.addresses[name]

    def servers(self) -> Watched:
        """DNS servers on all addresses, each with the function that answers a request."""
        made: Watched = []
        for family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):  # without IPv6
                server = socket.socket(family, socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    server.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                else:
                    server.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
                server.bind(("", PORT))
                made.append((server, partial(self._serve, server)))
        return made

    def _serve(self, server: socket.socket) -> None:
        with suppress(OSError, ValueError, struct.error, IndexError):  # no valid request
            data, extra, _, client = server.recvmsg(1500, 256)
            answer = self.answer(data)
            # The answer must come from the address that was asked.
            server.sendmsg([answer], [(level, kind, _source(kind, info)) for level, kind, info in extra], 0, client)

    def answer(self, request: bytes) -> bytes:
        """The answer to a DNS *request*: an address for a name, and no records of other kinds.

        Raises:
            ValueError, IndexError, struct.error: it is not valid.
        """
        number, flags = struct.unpack_from("!HH", request)
        labels, place = [], 12
        while length := request[place]:
            if length > 63:
                raise ValueError("compressed")
            labels.append(request[place + 1 : place + 1 + length].decode("ascii"))
            place += 1 + length
        kind, family = struct.unpack_from("!HH", request, place + 1)
        question = request[12 : place + 5]
        records = b""
        if (kind, family) == (A, IN):
            address = socket.inet_aton(self.address_of(".".join(labels).lower()))
            records = struct.pack("!HHHIH", 0xC00C, A, IN, 1, 4) + address
        header = struct.pack("!HHHHHH", number, 0x8180 | flags & 0x100, 1, bool(records), 0, 0)
        return header + question + records


def _source(kind: int, info: bytes) -> bytes:
    """The control data of a reply, from those of the request."""
    if kind == IP_PKTINFO:
        index, _, address = struct.unpack("I4s4s", info)
        return struct.pack("I4s4s", 0, address, address) if index else info
    return info


class Connections:
    """Notices new connections to foreign addresses, and calls *wanted* with the address and the port."""

    def __init__(self, wanted: Callable[[str, int], None]) -> None:
        self.wanted = wanted

    def watchers(self) -> Watched:
        made: Watched = []
        for protocol, program in ((ETH_P_IP, NEW_CONNECTIONS), (ETH_P_IPV6, NEW_CONNECTIONS_6)):
            with suppress(OSError):  # hosts are then known by their names only
                watcher = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
                _attach(watcher, program)
                made.append((watcher, partial(self._read, watcher, protocol == ETH_P_IPV6)))
        return made

    def _read(self, watcher: socket.socket, v6: bool) -> None:
        with suppress(OSError, struct.error, IndexError):
            packet = watcher.recv(256)
            if v6:
                address, place = packet[24:40], 40
            else:
                address, place = packet[16:20], (packet[0] & 15) * 4
            host = str(ipaddress.ip_address(address))
            if not is_loopback(host):
                self.wanted(host, struct.unpack_from("!H", packet, place + 2)[0])


def _attach(watcher: socket.socket, program: tuple[tuple[int, int, int, int], ...]) -> None:
    """Let the kernel pass only the packets that *program*, in its packet filter language, selects."""
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    kept = ctypes.create_string_buffer(code, len(code))
    watcher.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(kept)))
