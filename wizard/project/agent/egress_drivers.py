"""Packages that connect without Python's socket functions, behind the egress guard, and programs that are started.

Their own code is C, so the guard checks the arguments instead.
"""

import functools
import os
import re

from . import egress_sockets
from .imports import when_imported

NOWHERE = "ipv4:127.0.0.1:1"
"""A target for gRPC at which nothing listens."""
SCHEME = re.compile(r"^(?:dns:(?://[^/]*/)?|ipv4:|ipv6:|passthrough:(?://[^/]*/)?|https?://)")
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "grpc_proxy")
EXCEPT = ("no_proxy", "NO_PROXY")


def install(guard, proxy):
    """Guard the packages of this process when they are imported. *proxy* is a port that refuses other programs."""
    when_imported("socket", lambda module: egress_sockets.guard_socket_module(module, guard))
    when_imported("asyncio.base_events", lambda module: egress_sockets.guard_event_loops(module, guard))
    when_imported("gevent.socket", lambda module: egress_sockets.guard_socket_module(module, guard))
    when_imported("eventlet.greenio.base", lambda module: egress_sockets.guard_sockets(module.GreenSocket, guard))
    when_imported("uvloop", lambda module: guard_uvloop(module, guard))
    when_imported("psycopg2", lambda module: guard_psycopg2(module, guard))
    when_imported("psycopg", lambda module: guard_psycopg(module, guard))
    when_imported("MySQLdb.connections", lambda module: guard_mysql(module, guard))
    when_imported("grpc._channel", lambda module: guard_grpc(module, guard))
    when_imported("grpc.aio._channel", lambda module: guard_grpc(module, guard))
    if proxy:
        guard_programs(guard, proxy)


def guard_uvloop(module, guard):
    """Refuse connections of uvloop, whose class for Python code is `Loop`."""
    real, getaddrinfo = module.Loop.create_connection, module.Loop.getaddrinfo

    async def create_connection(self, protocol_factory, host=None, port=None, **options):
        if host is not None and not guard.permits(host, egress_sockets.number(port)):
            raise guard.refuse(host, egress_sockets.number(port))
        return await real(self, protocol_factory, host, port, **options)

    async def resolve(self, host, port, **options):
        if egress_sockets.is_foreign_name(host, port, guard):
            import socket

            return socket.getaddrinfo(host, port, **options)
        found = await getaddrinfo(self, host, port, **options)
        guard.remember(entry[4][0] for entry in found if guard.permits(host, egress_sockets.number(port)))
        return found

    module.Loop.create_connection, module.Loop.getaddrinfo = create_connection, resolve


# ---- databases


def foreign_servers(guard, parameters):
    """The hosts in the *parameters* of libpq as pairs with their ports, if it may reach none of them."""
    hosts = str(parameters.get("host") or parameters.get("hostaddr") or os.environ.get("PGHOST") or "").split(",")
    ports = str(parameters.get("port") or os.environ.get("PGPORT") or "5432").split(",")
    pairs = []
    for place, host in enumerate(hosts):
        port = egress_sockets.number(ports[min(place, len(ports) - 1)])
        if not host or host.startswith(("/", "@")) or guard.permits(host, port):
            return []
        pairs.append((host, port))
    return pairs


def libpq_error(guard, parameters):
    """The message of libpq for servers that it may not reach. Empty if it may."""
    pairs = foreign_servers(guard, parameters)
    for host, port in pairs:
        guard.refuse(host, port)
    text = 'connection to server at "%s", port %d failed: Connection refused'
    return "; ".join(text % pair for pair in pairs)


def guard_psycopg2(module, guard):
    real = module._connect

    @functools.wraps(real)
    def _connect(dsn, *arguments, **options):
        from psycopg2.extensions import parse_dsn

        try:
            message = libpq_error(guard, parse_dsn(dsn))
        except module.ProgrammingError:
            message = ""  # the real function raises it again
        if message:
            raise module.OperationalError(message)
        return real(dsn, *arguments, **options)

    module._connect = _connect


def guard_psycopg(module, guard):
    base = next(kind for kind in module.Connection.__mro__ if "_connect_gen" in vars(kind))
    real = vars(base)["_connect_gen"].__func__

    def _connect_gen(kind, conninfo="", **options):
        try:
            message = libpq_error(guard, module.conninfo.conninfo_to_dict(conninfo))
        except module.ProgrammingError:
            message = ""
        if message:
            raise module.OperationalError(message)
        return real(kind, conninfo, **options)

    base._connect_gen = classmethod(_connect_gen)


def guard_mysql(module, guard):
    real = module.Connection.__init__

    @functools.wraps(real)
    def opened(self, *arguments, **options):
        host = options.get("host") or (arguments[0] if arguments else "")
        port = egress_sockets.number(options.get("port") or 3306)
        if host and not options.get("unix_socket") and not guard.permits(host, port):
            guard.refuse(host, port)
            from MySQLdb import OperationalError

            raise OperationalError(2003, "Can't connect to MySQL server on '%s:%d' (111)" % (host, port))
        real(self, *arguments, **options)

    module.Connection.__init__ = opened


# ---- gRPC


def guard_grpc(module, guard):
    """Let channels to a foreign target connect to nowhere. Each call then fails at once with UNAVAILABLE."""
    real = module.Channel.__init__

    @functools.wraps(real)
    def opened(self, target, *arguments, **options):
        address = SCHEME.sub("", target)
        host, _, port = address.rpartition(":") if re.search(r":\d+$", address) else (address, "", "443")
        if not re.match(r"unix(-abstract)?:|vsock:|xds:", target) and not guard.permits(host, int(port)):
            guard.refuse(host, int(port))
            target = NOWHERE
        real(self, target, *arguments, **options)

    module.Channel.__init__ = opened


# ---- other programs


def proxy_variables(guard, proxy):
    """Variables that lead programs such as curl to the port *proxy*, which refuses all of their requests."""
    url = "http://127.0.0.1:%d" % proxy
    allowed = [entry.partition(":")[0].lstrip("*") for entry in guard.allowed()]
    return {
        **dict.fromkeys(PROXIES, url),
        **dict.fromkeys(EXCEPT, ",".join(["localhost", ".localhost", "127.0.0.1", "::1", *allowed])),
    }


def guard_programs(guard, proxy):
    """Give programs that this process starts a proxy that refuses. This process itself does not see the variables."""
    variables = proxy_variables(guard, proxy)
    for name, value in variables.items():
        given = os.environ.get(name)
        if given == value:  # inherited from a guarded process
            os.environ._data.pop(os.environ.encodekey(name), None)
        elif given is None:
            os.putenv(name, value)

    def attach(module):
        real = module.Popen.__init__

        @functools.wraps(real)
        def started(self, *arguments, **options):
            if options.get("env") is not None:
                options["env"] = {**variables, **options["env"]}
            real(self, *arguments, **options)

        module.Popen.__init__ = started

    when_imported("subprocess", attach)
