"""The relay between two networks passes all bytes on, and survives clients and servers that break off."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading

import pytest

from wizard.targets.local.private_network.gateway import listening_ports
from wizard.targets.local.private_network.names import Names
from wizard.targets.local.private_network.relay import Relay

RESET = struct.pack("ii", 1, 0)


@pytest.fixture
def relayed():
    """The port of a relay to a server that sends back all it gets, and resets the connection after `reset`."""
    server, listener = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    relay, ending = Relay(), threading.Event()

    def answer(client):
        with client, contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if data.startswith(b"reset"):
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    return
                client.sendall(data)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    def run():
        while not ending.is_set():
            relay.run(0.1)

    threads = [threading.Thread(target=serve, daemon=True), threading.Thread(target=run)]
    relay.listen(listener, ("127.0.0.1",), server.getsockname()[1])
    for thread in threads:
        thread.start()
    yield listener.getsockname()[1], server
    ending.set()
    threads[1].join()
    server.close()
    listener.close()


def exchange(port, data):
    """Send *data*, then the end of the stream. Returns what came back until the other end of the stream."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
        sender.start()
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))
        sender.join()
        return received


def test_all_bytes_pass_in_both_directions_and_so_does_the_end_of_the_stream(relayed):
    data = os.urandom(5 << 20)
    assert exchange(relayed[0], data) == data


def test_clients_and_servers_that_break_off_do_not_stop_the_relay(relayed):
    for number in range(60):
        client = socket.create_connection(("127.0.0.1", relayed[0]), timeout=20)
        client.sendall(b"reset" if number % 3 == 0 else b"x" * 300_000)
        if number % 3 == 1:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if number % 3 == 0:
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(9) == b""
        client.close()
    assert exchange(relayed[0], b"still there") == b"still there"


def test_a_port_at_which_nothing_listens_breaks_the_connection(relayed):
    relayed[1].shutdown(socket.SHUT_RDWR)
    relayed[1].close()
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", relayed[0]), timeout=20) as client:
        client.recv(9)


def test_the_ports_of_loopback_are_known():
    if not os.path.exists("/proc/net/tcp"):  # noqa: PTH110
        pytest.skip("only Linux has it")
    with socket.create_server(("127.0.0.1", 0)) as own, socket.create_server(("", 0)) as all_addresses:
        found = listening_ports()
        assert {own.getsockname()[1], all_addresses.getsockname()[1]} <= found.keys()


def query(name, kind=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack("!HH", kind, 1)


def test_each_name_gets_an_address_of_its_own_and_other_records_none():
    resolved = {}
    names = Names(resolved.__setitem__)
    first, second = (names.answer(query(name)) for name in ("api.stripe.com", "API.example.com"))
    assert [socket.inet_ntoa(answer[-4:]) for answer in (first, second)] == list(resolved.values())
    assert list(resolved) == ["api.stripe.com", "api.example.com"]
    assert len(set(resolved.values())) == 2
    assert all(address.startswith(("198.18.", "198.19.")) for address in resolved.values())
    number, flags, questions, answers = struct.unpack_from("!HHHH", names.answer(query("a.example.com", 28)))
    assert (number, flags & 0x800F, questions, answers) == (7, 0x8000, 1, 0)


@pytest.mark.parametrize("request_", [b"", b"\0" * 12, query("x")[:-3], b"\0" * 12 + b"\xff" * 20])
def test_an_invalid_request_for_a_name_is_refused(request_):
    with pytest.raises((ValueError, IndexError, struct.error)):
        Names(lambda name, address: None).answer(request_)


def test_a_handler_may_run_the_relay_and_take_what_is_ready_for_another():
    relay, pairs, taken = Relay(), [socket.socketpair() for _ in range(2)], []

    def take(sock):
        taken.append(sock.recv(10))
        relay.run(0)

    for near, far in pairs:
        far.send(b"x")
        relay.watch(near, lambda near=near: take(near))
    relay.run(5)
    assert taken == [b"x", b"x"]
    for sock in (sock for pair in pairs for sock in pair):
        sock.close()
