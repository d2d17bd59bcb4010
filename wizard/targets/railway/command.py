"""The `railway` command: find it, check its version, run it without a terminal, and classify its errors.

Results are read from the JSON on its standard output. Errors can be in that JSON, in either stream or only in the exit
code. Values of variables are never passed as arguments. Source: the source code of the command, 5.43.1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import process
from wizard.base.secrets import excerpt
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.refusals import refusal

OLDEST, FOR_LOGIN = (4, 24, 0), (5, 28, 0)
"""The first version with `variable … --stdin`, and the first with `railway api`, which is needed without a token.

Source: the source code of the command.
"""
INSTALL = ("npm", "install", "-g", "@railway/cli")
QUIET = {
    "RAILWAY_NO_AUTO_UPDATE": "1", "RAILWAY_NO_TELEMETRY": "1", "RAILWAY_CAC_DEPRECATION_WARNING": "0",
    "RAILWAY_AGENT_ADVISORY": "0", "NO_COLOR": "1",
}  # fmt: skip
"""Switches off the update check and telemetry, which may delay each call."""
PASSED_ON = re.compile(r"RAILWAY_\w+|(https?|all|no)_proxy|SSH_\w+|DISPLAY|WAYLAND_DISPLAY|BROWSER|XDG_\w+", re.I)


@dataclass
class RailwayCli:
    """Runs `railway` in *cwd*, with *tokens* added to its environment."""

    cwd: Path
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    on_line: Callable[[str], None] = lambda line: None
    _version: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """The command's path: from PATH, or from the folder of its install script.

        Raises:
            RailwayError: it is not installed.
        """
        folders = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / ".railway" / "bin")])
        if found := shutil.which("railway", path=folders):
            return found
        raise RailwayError("missing", "The railway command is not installed", "it is not on PATH",
                           f"Install it: `{' '.join(INSTALL)}`.")  # fmt: skip

    def environment(self) -> dict[str, str]:
        passed = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        return process.marked({**process.bare_environment(), **passed, **QUIET, **self.tokens}, self.cwd)

    def version(self) -> tuple[int, ...]:
        """Return the version.

        Raises:
            RailwayError: the command is missing, broken or too old.
        """
        if not self._version:
            done = process.run([self.path, "--version"], cwd=self.cwd, env=self.environment(), timeout=60)
            found = re.search(r"railway (\d+)\.(\d+)\.(\d+)", done.output)
            if done.returncode or not found:  # npm leaves a shim without a binary if the download failed
                raise RailwayError("missing", "The railway command does not run", done.last_lines(2),
                                   f"Install it again: `{' '.join(INSTALL)}`.")  # fmt: skip
            version = tuple(map(int, found.groups()))
            least = OLDEST if self.tokens or _token_in_environment() else FOR_LOGIN
            if version < least:
                also = "" if least == OLDEST else ", or set RAILWAY_API_TOKEN"
                raise RailwayError("old", f"The railway command is too old: {_dotted(version)}",
                                   f"Golive needs {_dotted(least)} or newer",
                                   f"Upgrade it: `{' '.join(INSTALL)}`{also}.")  # fmt: skip
            self._version = version
        return self._version

    def forget_version(self) -> None:
        """Ask for the version again, after an installation."""
        self._version = ()

    def run(self, *arguments: str, stdin: str = "", timeout: float = 300.0) -> str:
        """Run the command and return its standard output.

        Raises:
            RailwayError: it failed. Quotes its own message.
        """
        self.version()
        done = process.run([self.path, *arguments], cwd=self.cwd, env=self.environment(), on_line=self.on_line,
                           timeout=timeout, stdin=stdin, capture_stdout=True)  # fmt: skip
        if done.returncode:
            raise command_error(f"railway {arguments[0]}", done)
        return done.output

    def json(self, *arguments: str, stdin: str = "", timeout: float = 300.0) -> Any:
        """Run the command and return the JSON it printed.

        Raises:
            RailwayError: it failed, or did not print JSON.
        """
        text = self.run(*arguments, stdin=stdin, timeout=timeout)
        try:
            return json.loads(text)
        except ValueError as error:
            raise RailwayError("refused", f"`railway {arguments[0]}` did not print JSON", excerpt(text, 200),
                               "Update Golive; it may not know this version of the command.") from error  # fmt: skip


def command_error(command: str, done: process.Completed) -> RailwayError:
    """The error of a failed call, by the message in its JSON, its standard error or its standard output."""
    short = excerpt(_json_error(done.output) or done.errors.strip() or done.output, 400)
    return refusal(short or f"exit code {done.returncode}", what=f"`{command}`")


def _json_error(output: str) -> str:
    """Return message and hint of an error printed as JSON, or an empty text."""
    try:
        record = json.loads(output)
    except ValueError:
        return ""
    if not isinstance(record, dict) or not record.get("error"):
        return ""
    return " ".join(str(record[name]) for name in ("error", "hint") if record.get(name))


def _token_in_environment() -> bool:
    return any(os.environ.get(name) for name in ("RAILWAY_TOKEN", "RAILWAY_API_TOKEN"))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
