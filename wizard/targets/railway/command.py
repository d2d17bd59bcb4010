"""The `railway` command: found, its version checked, run without a terminal, its refusals told in plain words.

Everything of value is read from its JSON on standard output; its exit code and both streams are looked at, since not
every command puts its errors into the JSON. No value of a variable ever stands in its arguments.
Source: the source code of the command, 5.43.1.
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
from wizard.base.errors import ServiceError
from wizard.base.secrets import redact

OLDEST, FOR_LOGIN = (4, 24, 0), (5, 28, 0)
"""The first with `variable … --stdin`, and the first that asks the API with a person's own login (`railway api`)."""
INSTALL = ("npm", "install", "-g", "@railway/cli")
QUIET = {
    "RAILWAY_NO_AUTO_UPDATE": "1", "RAILWAY_NO_TELEMETRY": "1", "RAILWAY_CAC_DEPRECATION_WARNING": "0",
    "RAILWAY_AGENT_ADVISORY": "0", "NO_COLOR": "1",
}  # fmt: skip
"""Else each call may wait for an update check and for telemetry."""
PASSED_ON = re.compile(r"RAILWAY_\w+|(https?|all|no)_proxy|SSH_\w+|DISPLAY|WAYLAND_DISPLAY|BROWSER|XDG_\w+", re.I)
NO_LOGIN = re.compile(r"[Uu]nauthorized|Not signed in|login is no longer valid|Invalid RAILWAY_|Not Authorized")
LIMITED = re.compile(r"ratelimited", re.I)
NO_NETWORK = re.compile(r"Failed to fetch|error sending request|connection (reset|closed|refused)", re.I)
LOG_IN = "Run `railway login`, or set RAILWAY_API_TOKEN to a token of railway.com/account/tokens."


class RailwayError(ServiceError):
    """Railway refused; *kind* is one of: missing, old, login, limited, network, absent, refused."""

    def __init__(self, kind: str, what: str, why: str = "", hint: str = "", *, status: int = 0) -> None:
        super().__init__(what, why, hint, service="Railway", status=status)
        self.kind = kind


@dataclass
class RailwayCli:
    """Runs `railway` in *cwd*; *tokens* are what it is given beside the environment."""

    cwd: Path
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    on_line: Callable[[str], None] = lambda line: None
    _version: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """Where it is: on PATH, or where its install script puts it.

        Raises:
            RailwayError: nowhere.
        """
        places = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / ".railway" / "bin")])
        if found := shutil.which("railway", path=places):
            return found
        raise RailwayError("missing", "The railway command is not installed", "it is not on PATH",
                           f"Install it: {' '.join(INSTALL)}")  # fmt: skip

    def environment(self) -> dict[str, str]:
        passed = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        return process.marked({**process.bare_environment(), **passed, **QUIET, **self.tokens}, self.cwd)

    def version(self) -> tuple[int, ...]:
        """Its version, once it is known to be new enough.

        Raises:
            RailwayError: missing, broken or too old.
        """
        if not self._version:
            done = process.run([self.path, "--version"], cwd=self.cwd, env=self.environment(), timeout=60)
            found = re.search(r"railway (\d+)\.(\d+)\.(\d+)", done.output)
            if done.returncode or not found:  # npm leaves a shim without a binary where its download failed
                raise RailwayError("missing", "The railway command doesn't run", done.last_lines(2),
                                   f"Install it anew: {' '.join(INSTALL)}")  # fmt: skip
            version = tuple(map(int, found.groups()))
            least = OLDEST if self.tokens or _token_in_environment() else FOR_LOGIN
            if version < least:
                also = "" if least == OLDEST else ", or set RAILWAY_API_TOKEN"
                raise RailwayError("old", f"The railway command is too old: {_dotted(version)}",
                                   f"{_dotted(least)} is the first that does what is needed",
                                   f"Upgrade it: {' '.join(INSTALL)}{also}.")  # fmt: skip
            self._version = version
        return self._version

    def run(self, *arguments: str, stdin: str = "", timeout: float = 300.0) -> str:
        """What it printed as its result.

        Raises:
            RailwayError: it refused; says why in its own words.
        """
        self.version()
        done = process.run([self.path, *arguments], cwd=self.cwd, env=self.environment(), on_line=self.on_line,
                           timeout=timeout, stdin=stdin, capture_stdout=True)  # fmt: skip
        if done.returncode:
            raise refusal(f"railway {arguments[0]}", done)
        return done.output

    def json(self, *arguments: str, stdin: str = "", timeout: float = 300.0) -> Any:
        """The JSON it printed, whichever way it is laid out.

        Raises:
            RailwayError: it refused, or printed something else.
        """
        text = self.run(*arguments, stdin=stdin, timeout=timeout)
        try:
            return json.loads(text)
        except ValueError as error:
            raise RailwayError("refused", f"`railway {arguments[0]}` printed no JSON", redact(text.strip())[:200],
                               "Is there a newer Golive?") from error  # fmt: skip


def refusal(command: str, done: process.Completed) -> RailwayError:
    """The error behind a call that failed, from whichever stream speaks of it."""
    text = redact(_stated(done.output) or done.errors.strip() or done.output.strip())
    short = " ".join(text.split())[:400]
    if NO_LOGIN.search(text):
        return RailwayError("login", "Railway doesn't know who asks", short, LOG_IN, status=401)
    if LIMITED.search(text):
        hint = "Wait as long as it says, then run it again; what is done stays done."
        return RailwayError("limited", "Railway limits how often it may be asked", short, hint, status=429)
    if NO_NETWORK.search(text):
        return RailwayError("network", f"`{command}` lost the connection", short,
                            "Check the network, then run it again: what was made is found again.")  # fmt: skip
    kind = "absent" if "No linked project" in text or "not found" in text else "refused"
    return RailwayError(kind, f"`{command}` failed", short or f"exit code {done.returncode}")


def _stated(output: str) -> str:
    """The error some commands print as JSON: its message and its hint."""
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
