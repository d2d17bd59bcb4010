"""The socket functions of Python, gevent and eventlet behind the egress guard."""

import functools
import os

from .egress import FAMILIES, packed, text

UNIX = 1
"""AF_UNIX, on all systems."""
DAEMONS = {"docker.sock", "podman.sock", "containerd.sock", "crio.sock"}
DISCARD = 9
"""The port of loopback to which a datagram socket is connected in place of a foreign address."""


def guard_names(module, guard):
    """Let the functions of *module* that look names up give foreign names a reserved address."""
    for name, wrap in LOOKUPS.items():
        if hasattr(module, name):
            setattr(module, name, wrap(getattr(module, name), guard))


def guard_sockets(kind, guard):
    """Let sockets of the class *kind* refuse foreign addresses."""
    for name, wrap in METHODS.items():
        if hasattr(kind, name):
            setattr(kind, name, wrap(getattr(kind, name), guard))


def guard_socket_module(module, guard):
    guard_names(module, guard)
    guard_sockets(module.socket, guard)


def guard_event_loops(module, guard):
    """Look foreign names up in the caller's coroutine: the thread that would do it does not know the caller."""
    kind = module.BaseEventLoop
    real = kind.getaddrinfo

    @functools.wraps(real)
    async def getaddrinfo(self, host, port, **options):
        if is_foreign_name(host, port, guard):
            import socket

            options = {name: options[name] for name in ("family", "type", "proto", "flags") if name in options}
            return socket.getaddrinfo(host, port, **options)
        return await real(self, host, port, **options)

    kind.getaddrinfo = getaddrinfo


def is_foreign_name(host, port, guard):
    return packed(text(host)) is None and not guard.permits(host, number(port))


def number(port):
    return port if isinstance(port, int) else int(port) if str(port or "").isdigit() else 0


# ---- names


def _getaddrinfo(real, guard):
    @functools.wraps(real)
    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002 - the real function's names
        if is_foreign_name(host, port, guard):
            return real(guard.address_of(host), port, family, type, proto, flags)
        found = real(host, port, family, type, proto, flags)
        if packed(text(host)) is None:
            guard.remember(entry[4][0] for entry in found)
        return found

    return getaddrinfo


def _gethostbyname(real, guard):
    @functools.wraps(real)
    def gethostbyname(hostname):
        if is_foreign_name(hostname, 0, guard):
            return guard.address_of(hostname)
        found = real(hostname)
        if packed(text(hostname)) is None:
            guard.remember([found])
        return found

    return gethostbyname


def _gethostbyname_ex(real, guard):
    @functools.wraps(real)
    def gethostbyname_ex(hostname):
        if is_foreign_name(hostname, 0, guard):
            return (text(hostname), [], [guard.address_of(hostname)])
        found = real(hostname)
        if packed(text(hostname)) is None:
            guard.remember(found[2])
        return found

    return gethostbyname_ex


def _gethostbyaddr(real, guard):
    @functools.wraps(real)
    def gethostbyaddr(ip_address):
        if not guard.permits(ip_address):
            import socket

            raise socket.herror(1, "Unknown host")
        return real(ip_address)

    return gethostbyaddr


def _getnameinfo(real, guard):
    @functools.wraps(real)
    def getnameinfo(sockaddr, flags):
        if not guard.permits(sockaddr[0], sockaddr[1]):
            import socket

            return real(sockaddr, flags | socket.NI_NUMERICHOST)
        return real(sockaddr, flags)

    return getnameinfo


LOOKUPS = {
    "getaddrinfo": _getaddrinfo,
    "gethostbyname": _gethostbyname,
    "gethostbyname_ex": _gethostbyname_ex,
    "gethostbyaddr": _gethostbyaddr,
    "getnameinfo": _getnameinfo,
}

# ---- sockets


def is_foreign(sock, address, guard):
    """Whether *address* is outside of what the guard permits. Addresses of other families are not network hosts."""
    if int(sock.family) not in FAMILIES or not isinstance(address, tuple) or len(address) < 2:
        return False
    if not isinstance(address[0], (str, bytes, bytearray)):
        return False
    return not guard.permits(address[0], number(address[1]))


def daemon_of(sock, address):
    """The path of a container daemon's socket, empty for another address. A daemon starts programs without a guard."""
    if int(sock.family) != UNIX or not isinstance(address, (str, bytes)):
        return ""
    path = os.fsdecode(address)
    return path if os.path.basename(path) in DAEMONS else ""


def _is_datagram(sock):
    import socket

    return bool(int(sock.type) & 0xF == socket.SOCK_DGRAM)


def _unconnected(sock):
    """An address for a datagram socket that is connected to a foreign host, as programs do to learn their own."""
    return ("::1", DISCARD, 0, 0) if int(sock.family) != FAMILIES[0] else ("127.0.0.1", DISCARD)


def _connect(real, guard):
    @functools.wraps(real)
    def connect(self, address, *more):
        if daemon_of(self, address):
            raise guard.refuse(daemon_of(self, address))
        if is_foreign(self, address, guard):
            if _is_datagram(self):
                return real(self, _unconnected(self))
            raise guard.refuse(address[0], number(address[1]))
        return real(self, address, *more)

    return connect


def _connect_ex(real, guard):
    @functools.wraps(real)
    def connect_ex(self, address, *more):
        if daemon_of(self, address):
            return guard.refuse(daemon_of(self, address)).errno
        if is_foreign(self, address, guard):
            if _is_datagram(self):
                return real(self, _unconnected(self))
            return guard.refuse(address[0], number(address[1])).errno
        return real(self, address, *more)

    return connect_ex


def _sendto(real, guard):
    @functools.wraps(real)
    def sendto(self, data, *more):
        if more and is_foreign(self, more[-1], guard):
            guard.refuse(more[-1][0], number(more[-1][1]))
            return len(data)  # a datagram that is lost on its way gives no error either
        return real(self, data, *more)

    return sendto


def _sendmsg(real, guard):
    @functools.wraps(real)
    def sendmsg(self, buffers, *more):
        if len(more) > 2 and is_foreign(self, more[2], guard):
            guard.refuse(more[2][0], number(more[2][1]))
            return sum(len(memoryview(each)) for each in buffers)
        return real(self, buffers, *more)

    return sendmsg


METHODS = {"connect": _connect, "connect_ex": _connect_ex, "sendto": _sendto, "sendmsg": _sendmsg}
