"""The start command of the service, from the Procfile, changed so that it listens on loopback only.

Source: Railpack's source: the Procfile is YAML, and one of its commands is run.
"""

from __future__ import annotations

import re
from pathlib import Path

from wizard.base import files, yaml_file
from wizard.base.errors import StepError

PROCESS_TYPES = ("web", "worker")
"""The preferred process types, in this order. Without these, any other is used. Source: Railpack's source."""
EXAMPLE = "Write one line: `web: python manage.py migrate --noinput && exec gunicorn …`."
ALL_INTERFACES = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])|\[::\]|(?<=--host )::(?= |$)")
CONFIG_OPTION = re.compile(r"(?:^|\s)(?:-c|--config)[ =](?:file:)?(\S+)")


def web_command(path: Path) -> str:
    """Return the command that Railpack takes from the Procfile at *path*.

    Raises:
        StepError: the file is missing, or is not a YAML mapping of process types to commands.
    """
    try:
        written = files.read(path)
        if written is None:
            raise StepError(f"There is no {path.name}", "without it the platform has no start command", EXAMPLE)
        content = yaml_file.load(written)
    except yaml_file.InvalidYamlError as error:
        raise StepError(
            f"{path}:{error.line}: the Procfile is not valid YAML, so the build would fail", error.problem, EXAMPLE
        ) from error
    if not isinstance(content, dict) or not content or not all(isinstance(value, str) for value in content.values()):
        raise StepError(f"{path}:1: the Procfile has no process type", "is the space after the colon missing?", EXAMPLE)
    name = next((name for name in PROCESS_TYPES if name in content), next(iter(content)))
    return str(content[name])


def bind_to_loopback(command: str, root: Path) -> str:
    """Return *command* with 127.0.0.1 in place of all interfaces, so that a rehearsal is not open to the network.

    A gunicorn configuration file in *root* is changed in the same way. Without any address, gunicorn gets one.
    """
    configured = CONFIG_OPTION.search(command)
    path = root / (configured[1] if configured else "gunicorn.conf.py")
    text = files.text(path, "surrogateescape") if files.inside(path, root) else ""
    if ALL_INTERFACES.search(text):
        path.write_text(ALL_INTERFACES.sub("127.0.0.1", text), "utf-8", "surrogateescape")
    command = ALL_INTERFACES.sub("127.0.0.1", command)
    if "gunicorn" in command and not re.search(r"--bind|\s-b\b", command) and not re.search(r"(?m)^bind\b", text):
        command = f'export GUNICORN_CMD_ARGS="--bind=127.0.0.1:$PORT $GUNICORN_CMD_ARGS"; {command}'
    return command
