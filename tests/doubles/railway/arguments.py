"""The arguments of the `railway` command: its subcommands, their options, and how it refuses others.

Source: the source code of the command, 5.43.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ALIASES = {"new": "init", "variables": "variable", "vars": "variable", "var": "variable"}
OPTIONS = {
    "whoami": {"--json": 0},
    "login": {"-b": 0, "--browserless": 0},
    "logout": {},
    "init": {"-n": 1, "--name": 1, "-w": 1, "--workspace": 1, "--json": 0},
    "link": {"-p": 1, "--project": 1, "-e": 1, "--environment": 1, "-s": 1, "--service": 1, "-w": 1, "--workspace": 1,
             "--json": 0},
    "unlink": {}, "list": {"--json": 0},
    "status": {"--json": 0, "-p": 1, "-e": 1},
    "add": {"-s": 1, "--service": 1, "-d": 1, "--database": 1, "-v": 1, "--variables": 1, "--json": 0},
    "variable": {"-s": 1, "--service": 1, "-k": 0, "--kv": 0, "--json": 0, "--stdin": 0, "--skip-deploys": 0,
                 "--set": 1},
    "up": {"-d": 0, "--detach": 0, "-c": 0, "--ci": 0, "-y": 0, "-s": 1, "--service": 1, "-e": 1, "-p": 1,
           "--no-gitignore": 0, "--path-as-root": 0, "--verbose": 0, "--json": 0, "-m": 1},
    "domain": {"-s": 1, "--service": 1, "-p": 1, "--json": 0},
    "logs": {"-s": 1, "--service": 1, "-d": 0, "-b": 0, "-n": 1, "--latest": 0, "--json": 0},
    "environment": {"-m": 1, "--json": 0, "--stage": 0, "--service-config": 3},
    "connect": {"--tunnel-only": 0, "-P": 1, "-e": 1},
    "ssh": {"-s": 1, "--service": 1, "-e": 1, "-p": 1, "-i": 1},
    "run": {"-s": 1, "--service": 1, "--no-local": 0},
    "api": {"--variables": 1, "--var": 1, "--raw-var": 1, "-f": 1, "--file": 1, "--operation-name": 1, "--compact": 0,
            "--allow-errors": 0},
}  # fmt: skip
"""The options of each subcommand, and how many values each takes."""
SINCE = {"variable": (4, 24, 0), "api": (5, 28, 0), "connect": (5, 27, 0)}
"""The versions in which a subcommand was added."""


class Refused(Exception):
    """An error that the command prints; *code* is its exit code."""

    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code


@dataclass
class Call:
    """One call of the command. `out` and `err` become its output."""

    argv: list[str]
    cwd: Path
    home: Path
    stdin: str
    env: dict[str, str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    tunnel: list[int] = field(default_factory=list)
    """The port to listen at, and the one to lead to, until the command is stopped."""

    def option(self, *names):
        return next((self.options[name] for name in names if name in self.options), None)


def parse(call, name, rest):
    """Set options and words of *call* from *rest*, the arguments behind the subcommand *name*."""
    known = OPTIONS[name]
    while rest:
        part, rest = rest[0], rest[1:]
        if part == "--" or (name == "run" and not part.startswith("-")):
            call.words += [part, *rest] if part != "--" else rest
            return
        key, equals, value = part.partition("=")
        if not part.startswith("-") or part == "-":
            call.words.append(part)
        elif key not in known:
            raise Refused(f"error: unexpected argument '{key}' found\n\nUsage: railway {name} [OPTIONS]\n\n"
                          "For more information, try '--help'.", 2)  # fmt: skip
        elif known[key] == 0:
            call.options[key] = True
        elif known[key] == 1:
            if equals:
                given = value
            elif rest:
                given, rest = rest[0], rest[1:]
            else:
                raise Refused(f"error: a value is required for '{key}' but none was supplied", 2)
            call.options[key] = given
        else:
            call.options[key], rest = rest[: known[key]], rest[known[key] :]
