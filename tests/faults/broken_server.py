"""A server on loopback that breaks the protocol in one of the ways in which real connections break."""

from __future__ import annotations

import socket
import ssl
import struct
import threading

import trustme


class BrokenServer:
    """Answers every connection with *answer*, bytes of HTTP, or breaks it.

    *fault*: `reset` sends RST, `close` ends the connection without a byte, `silent` never answers, `tls` has a
    certificate that nobody trusts, empty sends *answer*.
    """

    def __init__(self, answer: bytes = b"", fault: str = "") -> None:
        self.answer, self.fault = answer, fault
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if fault == "tls":
            trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(self._context)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http{'s' * (self.fault == 'tls')}://localhost:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            self._open.append(connection)
            threading.Thread(target=self._respond, args=(connection,), daemon=True).start()

    def _respond(self, connection: socket.socket) -> None:
        try:
            if self.fault == "tls":
                self._context.wrap_socket(connection, server_side=True)
            request = connection.recv(65536)
            if self.fault == "silent" or not request:
                return
            if self.fault == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif not self.fault:
                connection.sendall(self.answer)
            connection.close()
        except OSError:  # the client has ended the connection
            connection.close()

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()


def http(status: str, body: str, kind: str = "application/json", **headers: str) -> bytes:
    """A complete response of HTTP/1.1."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Content-Type": kind, "Content-Length": len(body.encode()), "Connection": "close", **own}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", body]).encode()
