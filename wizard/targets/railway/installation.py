"""Install the `railway` command with npm and say why that failed, and log in with it."""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.base import process
from wizard.base.browser import is_remote_session
from wizard.base.error_output import last_error
from wizard.base.errors import CommandError
from wizard.base.secrets import redact
from wizard.targets.railway.command import INSTALL, RailwayCli
from wizard.targets.railway.railway_error import RailwayError

OTHER_WAYS = "https://docs.railway.com/guides/cli"
NODE = "https://nodejs.org"
OLD_NODE = re.compile(r"EBADENGINE|does not (yet )?support Node|Unsupported engine|SyntaxError: Unexpected")
NO_NETWORK = re.compile(r"\bE(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|\w*TIMEDOUT)|\bnetwork\b|\btimeout\b|ERR_SOCKET")
NO_PERMISSION = re.compile(r"EACCES|EPERM|permission denied", re.I)
NO_SPACE = re.compile(r"ENOSPC|no space left", re.I)
NPM_LINE = re.compile(r"^npm (?:ERR!|error) (.*\S)", re.MULTILINE)
NO_REASON = re.compile(r"(code|errno|syscall|path|command|signal) |A complete log|\s+at |\s+\w+: |\}|https?://\S+$")
"""Lines of npm's report that only repeat details, or the place of its log."""
ENGINE = re.compile(r"notsup (Required|Actual)")
REASON = re.compile(r"reason:|\bE[A-Z]{3,}\b|Error\b|[Ff]ailed|denied|not found")
ADDRESS = re.compile(r"https?://([^/\s]+)")


def install(cli: RailwayCli) -> None:
    """Run `npm install -g @railway/cli`, and check that the command works: npm's exit code does not say so.

    Raises:
        RailwayError: it is not installed. Quotes npm's own error.
    """
    try:
        done = process.run(INSTALL, cwd=cli.cwd, env=cli.environment(), on_line=cli.on_line)
    except CommandError as error:
        hint = f"Install Node.js from {NODE}, or the command without npm: {OTHER_WAYS}."
        what = "The railway command can't be installed: npm does not run"
        raise RailwayError("missing", what, error.why, hint) from error
    cli.forget_version()
    try:
        cli.version()
    except RailwayError as error:
        if not done.returncode and error.kind == "old":
            raise
        raise _failed(done.output) from error


def _failed(output: str) -> RailwayError:
    text = redact(output)
    said = npm_error(text)
    return RailwayError("missing", "npm could not install the railway command", said, _hint(text, said))


def npm_error(output: str) -> str:
    """The line of npm's output that says why it failed, without its prefix."""
    lines = [line.strip() for line in NPM_LINE.findall(output) if not NO_REASON.match(line)]
    if needed := [line.removeprefix("notsup ") for line in lines if ENGINE.match(line)]:
        return f"EBADENGINE: {', '.join(needed)}"
    reasons: list[str] = [line for line in lines if REASON.search(line)] or lines
    if reasons:
        return reasons[0].removeprefix("network ")
    last = last_error(output)
    return last.text if last else "it printed nothing"


def _hint(text: str, said: str) -> str:
    other = f"or install the command without npm: {OTHER_WAYS}"
    if OLD_NODE.search(text):
        return f"Install a newer Node.js from {NODE}, {other}."
    if NO_PERMISSION.search(text):
        return f"Install it as a user who may write there: `sudo {' '.join(INSTALL)}`, {other}."
    if NO_SPACE.search(text):
        return "Free disk space (`df -h`), then run the task again."
    if NO_NETWORK.search(text):
        address = ADDRESS.search(said) or ADDRESS.search(text)
        target = f"`curl -I https://{address[1]}`" if address else "the network"
        return f"Check {target}, and npm's proxy (`npm config get proxy`), {other}."
    return f"Run `{' '.join(INSTALL)}` to see all of it, {other}."


def log_in(cli: RailwayCli, interact: Callable[[list[str]], int] | None) -> None:
    """Run `railway login` in the user's terminal.

    Raises:
        RailwayError: there is no terminal, or the login was not finished.
    """
    if interact is None:
        raise RailwayError("login", "You are not logged in at Railway", "", "Run `railway login` in a terminal.")
    argv = [cli.path, "login", *(["--browserless"] if is_remote_session() else [])]
    if code := interact(argv):
        raise RailwayError("login", "The login at Railway was not finished", f"exit code {code}", "Run the task again.")
