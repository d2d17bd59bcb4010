"""The start command of the service, changed so that it listens on loopback only."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from wizard.base import files
from wizard.project.procfile import web_command
from wizard.project.start_variables import GUNICORN_CONFIGURATION

__all__ = ["bind_to_loopback", "server_part", "web_command"]

ALL_INTERFACES = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])|\[::\]|(?<=--host )::(?= |$)")
WORKERS = re.compile(r"((?<=\s)(?:--workers|-w)[= ])(\d+)(?=\s|$)")
MOST_WORKERS = 8
"""The most workers of a rehearsal. Each takes the memory of the whole site."""

MANAGEMENT = re.compile(r"(?:(?:poetry|pipenv|uv) run )?(?:python[\d.]* +)?\S*manage\.py +\w+[^$`(){}<>]*")


def server_part(command: str) -> str:
    """Return the last part of `a && b && server` if only management commands come before it, else *command*."""
    lexer = shlex.shlex(command, posix=False, punctuation_chars=True)
    lexer.commenters = ""
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return command
    parts = re.split(r"\s*&&\s*|\s*;\s*", command)
    simple = all(word in {"&&", ";"} for word in words if word and not word.strip("();<>|&"))
    if len(parts) != 1 + sum(word in {"&&", ";"} for word in words) or not simple:
        return command
    return parts[-1] if all(MANAGEMENT.fullmatch(part.strip()) for part in parts[:-1]) else command


def bind_to_loopback(command: str, root: Path, script: Path | None = None) -> str:
    """Return *command* with 127.0.0.1 in place of all interfaces, so that a rehearsal is not open to the network.

    It starts few workers, so that it does not use up this machine's memory.

    A gunicorn configuration file in *root*, and a *script* that the command runs, are changed in the same way. Without
    any address, gunicorn gets one.
    """
    if script is not None and ALL_INTERFACES.search(written := files.text(script, "surrogateescape")):
        script.write_text(ALL_INTERFACES.sub("127.0.0.1", written), "utf-8", "surrogateescape")
    configured = GUNICORN_CONFIGURATION.search(command)
    path = root / (configured[1] if configured else "gunicorn.conf.py")
    text = files.text(path, "surrogateescape") if files.inside(path, root) else ""
    if ALL_INTERFACES.search(text):
        path.write_text(ALL_INTERFACES.sub("127.0.0.1", text), "utf-8", "surrogateescape")
    command = ALL_INTERFACES.sub("127.0.0.1", command)
    command = WORKERS.sub(lambda found: f"{found[1]}{min(int(found[2]), MOST_WORKERS)}", command)
    if "gunicorn" in command and not re.search(r"--bind|\s-b\b", command) and not re.search(r"(?m)^bind\b", text):
        command = f'export GUNICORN_CMD_ARGS="--bind=127.0.0.1:$PORT $GUNICORN_CMD_ARGS"; {command}'
    return command
