"""Lines of output and prompts, for terminals that can't draw and for screen readers."""

from __future__ import annotations

import getpass
import select
import sys
from collections.abc import Iterable

from screens.formatting import safe
from wizard.checklist.answers import Question


class InputClosed(Exception):
    """Standard input has ended, so the user has left."""


def say(text: str = "") -> None:
    """Print *text* without secrets and control sequences."""
    sys.stdout.write(safe(text) + "\n")
    sys.stdout.flush()


def say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def ask(prompt: str) -> str:
    """Read a line from the user.

    Raises:
        InputClosed: the input has ended.
    """
    sys.stdout.write(f"{safe(prompt)} ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise InputClosed
    return line.strip()


def ask_hidden(prompt: str) -> str:
    """Read a line; in a terminal it is not echoed."""
    if not sys.stdin.isatty():
        return ask(prompt)
    try:
        return getpass.getpass(f"{safe(prompt)} ").strip()
    except EOFError:
        raise InputClosed from None


def confirm(text: str, *, default: bool) -> bool:
    """Ask a yes-or-no question; Enter means *default*."""
    enter, other = ("yes", "no") if default else ("no", "yes")
    while True:
        answer = ask(f"{text} Press Enter for {enter}, or type {other}:").lower()
        if not answer:
            return default
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say(f"{answer!r} is neither yes nor no.")


def ask_question(question: Question, current: str) -> str:
    """Ask *question* until the answer is valid; Enter means *current*, an earlier answer or the default."""
    say(question.text)
    if question.why:
        say(question.why)
    if question.choices:
        say(f"Choices: {', '.join(question.choices)}.")
    while True:
        if question.secret:
            answer = ask_hidden("Paste it (it is not shown), or press Enter to add it later:")
        else:
            answer = ask(f"Press Enter for {current}, or type another:" if current else "Your answer:") or current
        problem = question.problem_with(answer) if answer or not question.secret else ""
        if not problem:
            return answer
        say(f"{problem}.")


def wait_for_enter(seconds: float) -> bool:
    """Wait for Enter, at most *seconds*; returns whether it was pressed. Only a terminal is waited for."""
    if sys.stdin.isatty() and not select.select([sys.stdin], [], [], seconds)[0]:
        return False
    return bool(sys.stdin.readline())
