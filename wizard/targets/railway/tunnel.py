"""A tunnel to a private database at Railway, by `railway connect --tunnel-only`.

The command prints the database's password, so its standard output is not read.
Source: the source code of the command, 5.27.0 and newer; its documentation.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from wizard.base import process
from wizard.base.errors import NotYetError
from wizard.base.secrets import excerpt
from wizard.targets.local.postgres import Postgres
from wizard.targets.railway.command import RailwayCli

SINCE = (5, 27, 0)
OPEN_SECONDS = 60.0
PUBLIC = (
    "Give the database a public address at Railway (Settings, Networking, TCP Proxy) for this task, or register an SSH "
    "key with `railway ssh keys`"
)


@contextmanager
def tunnel(cli: RailwayCli, service: str, programs: Postgres | None) -> Iterator[int]:
    """Keep a tunnel to *service* open while the block runs. Yields its port on this machine.

    *programs*: a server of this machine, whose programs try the tunnel.

    Raises:
        NotYetError: the tunnel can't be opened. Says what to do.
    """
    if programs is None or cli.version() < SINCE:
        raise NotYetError("The database at Railway is private", "the railway command is too old for a tunnel", PUBLIC)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryFile() as errors:
        child = subprocess.Popen(
            [cli.path, "connect", service, "--tunnel-only", "-P", str(port)], cwd=cli.cwd, env=cli.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        )  # fmt: skip
        try:
            if not _opens(child, port, programs):
                errors.seek(0)
                why = excerpt(errors.read(4000).decode("utf-8", "replace"), 300) or "it does not answer"
                raise NotYetError("The tunnel to the database at Railway does not open", why, PUBLIC)
            yield port
        finally:
            process.stop_group(child)


def _opens(child: subprocess.Popen[bytes], port: int, programs: Postgres) -> bool:
    """Wait until a server answers at *port*. Each try waits for at most a second."""
    ready = [str(programs.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    deadline = time.monotonic() + OPEN_SECONDS
    with process.waiting():
        while child.poll() is None and time.monotonic() < deadline:
            if not subprocess.run(ready, env=programs.client_environment(), check=False).returncode:
                return True
    return False
