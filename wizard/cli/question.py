"""Yes/no questions of commands that change something."""

from __future__ import annotations

import sys

from wizard.base.errors import UsageError
from wizard.cli.output import say


def require_answer(command: str, *, yes: bool) -> None:
    """Check that *command* can ask, or need not ask because of --yes.

    Raises:
        UsageError: nobody can answer, because the input is not a terminal.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError(f"`{command}` asks before it changes anything, and there is no terminal", "", "Add --yes.")


def agreed(question: str, *, yes: bool) -> bool:
    """Ask *question*, unless *yes*. Enter means no."""
    if yes:
        return True
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # the input ended
        say(stream=sys.stderr)
    return answer.strip().lower() in {"y", "yes"}
