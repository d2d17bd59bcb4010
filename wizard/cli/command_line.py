"""The command line as data: every option, and the commands that have it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from wizard.base.errors import UsageError


class Version(argparse.Action):
    """Print the version. It is computed only when requested."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from wizard.base.version import describe

        print(describe())  # noqa: T201
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Reports errors in one line, like all of Golive's errors."""

    def error(self, message: str) -> NoReturn:
        flags = message.removeprefix("unrecognized arguments: ")
        what = f"{self.prog} has no option {flags}" if flags != message else f"{self.prog}: {message}"
        raise UsageError(what, "", f"See `{self.prog} --help`.")


PLACE = "--project --manage --python --settings"
"""The options that choose a project. Every command on a project has them."""
READ = f"{PLACE} --trust"
"""The options of commands that run the project's code."""
CHOICE = "--only --from"
RUN = f"{READ} --auto --plain {CHOICE} --target --answers --dry-run --keep-going --json --no-commit"


@dataclass(frozen=True)
class Command:
    """One command: its positional arguments, its help, and its options, separated by spaces."""

    words: str
    help: str
    options: str
    has_words: bool = False
    """Whether its positional arguments are its own. Other commands take the project's folder."""


COMMANDS: dict[str, Command] = {
    "status": Command("[PROJECT]", "show the status of every task", f"{PLACE} --json"),
    "check": Command("[PROJECT]", "verify every ticked box again",
                     f"{READ} {CHOICE} --target --answers --ticked --format --json"),
    "plan": Command("N", "show the exact changes of a task, and make none of them",
                    f"{READ} --target --answers --json --no-commit", has_words=True),
    "undo": Command("N[-M][,…]", "undo the changes of these tasks, all of them or none",
                    f"{PLACE} --revert --dry-run", has_words=True),
    "report": Command("[PROJECT]", "show every item with its evidence", f"{PLACE} --format"),
    "doctor": Command("[PROJECT]", "check that Golive has everything it needs", f"{READ} --target --answers"),
    "demo": Command("[FOLDER]", "take the bundled sample project through the tasks", RUN, has_words=True),
    "launch": Command("[PROJECT]", "record that the site goes live now, and show the go-live lists", PLACE),
    "flows": Command("[PROJECT]", "draft user journeys from the project's addresses", f"{READ} --target --answers"),
    "confirm": Command("ITEM WORDS…", "confirm an item that Golive can't verify", PLACE, has_words=True),
    "waive": Command("ITEM WORDS…", "skip an item, with the reason", PLACE, has_words=True),
    "serve": Command("[PROJECT]", "run the guided session in a browser of this machine",
                     f"{PLACE} --target --answers --port --no-commit"),
    "forget": Command("[PROJECT]", "remove backups that hold secrets, and logs, permanently", PLACE),
    "adopt": Command("[PROJECT]", "take over a state that an earlier version, or another machine of yours, wrote",
                     PLACE),
    "completion": Command("SHELL", "print what a shell runs to complete commands on Tab", "", has_words=True),
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "--project": {"default": ".", "help": "the project's folder, for a command (default: here)"},
    "--manage": {"metavar": "PATH", "help": "the manage.py to use, where there are several"},
    "--python": {"metavar": "PATH", "help": "the project's own interpreter"},
    "--settings": {"metavar": "MODULE", "help": "the settings module"},
    "--trust": {"action": "store_true", "help": "trust the code in the project's folder from now on: Golive runs it"},
    "--auto": {"action": "store_true", "help": "headless: never asks, needs no terminal"},
    "--plain": {"action": "store_true", "help": "the guided session as lines and prompts, for screen readers"},
    "--only": {"metavar": "N-M,…", "help": "only these tasks"},
    "--from": {"dest": "start", "metavar": "N", "help": "from this task on"},
    "--target": {
        "metavar": "NAME", "default": "",
        "help": "where production is: local, a rehearsal on this machine; railway; or the target of a package that is "
        "installed beside Golive (default: as the last time, at first local)",
    },
    "--answers": {"type": Path, "metavar": "FILE", "help": "YAML file with answers"},
    "--dry-run": {"action": "store_true", "help": "show what would be done, and change nothing"},
    "--keep-going": {"action": "store_true", "help": "continue after a task that failed"},
    "--json": {"action": "store_true", "help": "one event a line on stdout"},
    "--format": {"choices": ("md", "html", "json", "sarif", "junit"), "default": "",
                 "help": "of the report (default: md), or of what `golive check` prints"},
    "--port": {"type": int, "default": 0, "help": "of `golive serve`, the session in a browser (default: any)"},
    "--ticked": {
        "type": Path, "metavar": "FILE",
        "help": "for `golive check` where no .golive/ is, as in CI: a report in JSON, whose ticked boxes are verified",
    },
    "--revert": {"action": "store_true",
                 "help": "for `golive undo`: revert a commit that is pushed or no longer the last, by a new commit"},
    "--no-commit": {"action": "store_true", "help": "commit nothing to git"},
}  # fmt: skip


def parser(name: str = "") -> argparse.ArgumentParser:
    """The parser for the command *name*, for a session (`run`), or for all options (empty)."""
    about = COMMANDS.get(name)
    made = Parser(
        prog=f"golive {name}" if about else "golive",
        description=f"{about.help[0].upper()}{about.help[1:]}." if about else
        "Takes a Django project to a monitored production service. Without a command: the guided session, or with "
        "--auto all tasks.",
        epilog=None if about else "commands: " + "; ".join(f"{each} {one.words}: {one.help}" for each, one in
                                                           COMMANDS.items()) + ". `golive COMMAND --help` says more.",
        allow_abbrev=False,
    )  # fmt: skip
    made.add_argument("--version", action=Version, nargs=0, help="what this is, and the commit it was built from")
    made.add_argument("command", nargs="*", metavar=about.words if about else "PROJECT | COMMAND")
    chosen = set(about.options.split()) if about else set(RUN.split()) if name else set(OPTIONS)
    for option, given in OPTIONS.items():
        if option in chosen:
            made.add_argument(option, **given)
        else:
            made.set_defaults(**_default(option, given))
    return made


def _default(option: str, given: dict[str, Any]) -> dict[str, Any]:
    """The default of an option that a command does not have."""
    dest = given.get("dest", option.lstrip("-").replace("-", "_"))
    return {dest: False if given.get("action") == "store_true" else given.get("default")}


def command_in(argv: list[str]) -> int:
    """The index of the command in *argv*; -1 if the first positional argument is none."""
    skip = False
    for place, word in enumerate(argv):
        if skip or (word.startswith("-") and word != "-"):
            takes = word in OPTIONS and OPTIONS[word].get("action") != "store_true"
            skip = not skip and takes and "=" not in word
            continue
        return place if word in COMMANDS else -1
    return -1


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse *argv*. `name` is the command, or `run`; `command` holds the other positional arguments.

    Raises:
        UsageError: an argument or an option is invalid.
    """
    place = command_in(argv)
    name = argv[place] if place >= 0 else "run"
    rest = argv[:place] + argv[place + 1 :] if place >= 0 else argv
    options = parser(name).parse_intermixed_args(rest)
    options.name = name
    return options
