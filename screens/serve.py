"""`golive serve`: the guided session in a browser on this machine."""

from __future__ import annotations

import logging
import shlex
import socket
import sys

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from screens.web.access import HERE, Access
from wizard.base.errors import UsageError


def is_our_error(record: logging.LogRecord) -> bool:
    """Whether an error is the server's. Anybody on this machine can send a broken request."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def run(arguments: list[str], port: int) -> int:
    """Serve sessions of `golive *arguments*` until Ctrl-C; returns the exit code. Port 0 is any that is free.

    Raises:
        UsageError: the extra is not installed, or the port can't be used.
    """
    try:
        from screens.web.sessions import Sessions
    except ImportError as error:
        hint = "Install it: pip install 'django-golive[serve]'"
        raise UsageError("`golive serve` needs textual-serve", "it is not installed", hint) from error
    try:
        listening = socket.create_server((HERE, port))
    except (OSError, OverflowError) as error:
        why = str(error.strerror) if isinstance(error, OSError) else "it is not between 0 and 65535"
        raise UsageError(f"Port {port} can't be used", why, "Use another --port.") from error
    logging.getLogger("aiohttp.server").addFilter(is_our_error)
    # -E and -P: nothing is imported from the current folder or PYTHONPATH, which may be the project's.
    command = shlex.join([sys.executable, "-E", "-P", "-m", "wizard", *arguments])
    sessions = Sessions(f"exec {command}", Access(listening.getsockname()[1]))
    web.run_app(sessions._make_app(), sock=listening, print=None, access_log=None)
    return 0
