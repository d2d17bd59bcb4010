"""Lines and prompts: what a wizard needs where nothing can be drawn, or where it is read aloud."""

from __future__ import annotations

import getpass
import select
import sys
from collections.abc import Iterable

from screens.formatting import safe
from wizard.checklist.answers import Question


class Gone(Exception):
    """The input has ended: the person has left."""


def say(text: str = "") -> None:
    """A line for the person: no secrets, nothing that steers the terminal."""
    sys.stdout.write(safe(text) + "\n")
    sys.stdout.flush()


def ask(prompt: str) -> str:
    """A line of the person's.

    Raises:
        Gone: the input has ended.
    """
    sys.stdout.write(f"{safe(prompt)} ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise Gone
    return line.strip()


def ask_hidden(prompt: str) -> str:
    """A line that is not shown while it is typed, where the input is a terminal."""
    if not sys.stdin.isatty():
        return ask(prompt)
    try:
        return getpass.getpass(f"{safe(prompt)} ").strip()
    except EOFError:
        raise Gone from None


def agreed(text: str, *, default: bool) -> bool:
    """Yes or no; Enter takes *default*."""
    while True:
        answer = ask(f"{text} Enter for {'yes' if default else 'no'}, or {'no' if default else 'yes'}:").lower()
        if not answer:
            return default
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say(f"{answer!r} is neither yes nor no.")


def answer(question: Question, now: str) -> str:
    """The person's answer to *question*; Enter takes the one they gave before, or its default."""
    say(question.text)
    if question.why:
        say(question.why)
    if question.choices:
        say(f"One of: {', '.join(question.choices)}.")
    while True:
        if question.secret:
            given = ask_hidden("Paste it, it is not shown; Enter to give it later:")
        else:
            given = ask(f"Enter for {now}, or another:" if now else "Your answer:") or now
        wrong = question.problem_with(given) if given or not question.secret else ""
        if not wrong:
            return given
        say(f"{wrong}.")


def wait(seconds: float) -> bool:
    """Wait for Enter, *seconds* at most; whether it came. Input that is no terminal is not waited for."""
    if sys.stdin.isatty() and not select.select([sys.stdin], [], [], seconds)[0]:
        return False
    return bool(sys.stdin.readline())


def listed(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
