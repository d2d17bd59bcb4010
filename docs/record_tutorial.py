"""Run every command of the tutorial on the sample project examples/bookclub, and put what they print into the page.

    ./dev tutorial

A `console` block is run line by line in one working folder. A comment above it says how much of the output is kept:

    <!-- record: head=5 tail=2 exit=3 -->       the first five and the last two lines; the exit code must be 3
    <!-- record: grep=^bookclub -->             only matching lines
    <!-- append: golive.yaml -->                the block below is no command: it is added to this file
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[1]
PAGE = TOP / "docs" / "tutorial" / "first-rehearsal.md"
HOME = "/home/you"
"""What the temporary home folder is called in the page."""
BLOCK = re.compile(r"(?:<!-- (record|append): (.*?) -->\n+)?```(console|text|yaml)\n(.*?)```", re.DOTALL)
PROGRAM_OUTPUT = re.compile(r"     \| |WARNING: Location ")
"""Lines that a program of the project prints while Golive works, and what pip says of this machine's own index."""


class TutorialError(Exception):
    """A command of the tutorial did not end as the page says."""


@dataclass(frozen=True)
class Cut:
    """How much of a command's output the page shows."""

    head: int = 1000
    tail: int = 0
    grep: str = ""
    exit: int = 0

    @classmethod
    def parse(cls, options: str) -> Cut:
        found = dict(re.findall(r"(\w+)=(\S+)", options))
        numbers = {name: int(value) for name, value in found.items() if name != "grep"}
        return cls(grep=found.get("grep", ""), **numbers)

    def apply(self, output: str) -> list[str]:
        lines = [line.rstrip() for line in output.splitlines() if not PROGRAM_OUTPUT.match(line)]
        if self.grep:
            return [line for line in lines if re.search(self.grep, line)]
        if len(lines) <= self.head + self.tail:
            return lines
        dots = ["..."] if self.head + self.tail else []
        return [*lines[: self.head], *dots, *lines[len(lines) - self.tail :]]


class Shell:
    """A reader's shell: a home folder of its own, with the clone of Golive in it."""

    def __init__(self, home: Path) -> None:
        self.home = self.folder = home
        (home / "golive").symlink_to(TOP)
        (home / ".gitconfig").write_text("[user]\n\tname = You\n\temail = you@example.com\n")
        scripts = Path(sys.executable).parent
        dropped = {"VIRTUAL_ENV", "CI", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        self.environment = {**kept, "HOME": str(home), "PATH": f"{scripts}:{os.environ['PATH']}"}

    def run(self, command: str, expected: int) -> str:
        """Run *command* where the last one ended; returns stdout and stderr together.

        Raises:
            TutorialError: it ended with another exit code than *expected*.
        """
        script = f'{command}\ncode=$?\npwd >"$HOME/.folder"\nexit $code\n'
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
        if done.returncode != expected:
            raise TutorialError(f"`{command}` ended with {done.returncode}, not {expected}:\n{done.stdout}")
        self.folder = Path((self.home / ".folder").read_text().strip())
        return done.stdout.replace(str(self.home), HOME)


def commands(block: str) -> list[str]:
    """The commands of a console block: lines after `$ `, with their continuation lines after `> `."""
    found = re.findall(r"^\$ (.*(?:\n> .*)*)", block, re.MULTILINE)
    return [command.replace("\n> ", "\n") for command in found]


def record(page: str, shell: Shell) -> str:
    """*page* with the output of each of its commands as it is now."""

    def replaced(match: re.Match[str]) -> str:
        kind, options, language, body = match.groups()
        if kind == "append":
            with (shell.folder / options).open("a") as file:
                file.write(body)
        if language == "yaml":
            return match[0]
        cut, lines = Cut.parse(options or ""), []
        for command in commands(body):
            sys.stderr.write(f"$ {command}\n")
            shown = "\n> ".join(command.split("\n"))
            lines += [f"$ {shown}", *cut.apply(shell.run(command, cut.exit))]
        return match[0].replace(body, "\n".join(lines) + "\n")

    return BLOCK.sub(replaced, page)


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="golive-tutorial-")).resolve()
    try:
        PAGE.write_text(record(PAGE.read_text(), Shell(home)))
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
