"""Parse the command line: a subparser for each command, and the guided session when no command is named.

`golive PROJECT` names no command, and options may come before a command. So `parse` separates options from words first,
and gives argparse the command, then the options, then the other words.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from wizard.base.errors import UsageError

USAGE = "golive [PROJECT] [options]\n       golive COMMAND [options]"
DESCRIPTION = (
    "Take a Django project to production, with evidence for every step. Without a command, Golive starts the guided "
    "session; with --auto, it runs all tasks without asking."
)

PROJECT_OPTIONS = ("--project", "--manage", "--python", "--settings")
"""Options that choose the project. Every command that works on a project has them."""
CODE_OPTIONS = (*PROJECT_OPTIONS, "--trust")
"""The options of commands that run the project's code."""
TASK_OPTIONS = ("--only", "--from")
RUN_OPTIONS = (
    *CODE_OPTIONS, "--auto", "--plain", *TASK_OPTIONS, "--target", "--answers", "--dry-run", "--fail-fast",
    "--keep-going", "--json",
    "--no-commit",
)  # fmt: skip
"""The options of `golive` without a command."""

GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
"""The grades of MDN's HTTP Observatory. Repeated here, since their module imports too much for a light command."""

OPTIONS: dict[str, dict[str, Any]] = {
    "--project": {"default": ".", "metavar": "FOLDER", "help": "the project's folder (default: the current folder)"},
    "--manage": {"metavar": "PATH", "help": "the manage.py to use, if there are several"},
    "--python": {"metavar": "PATH", "help": "the Python interpreter of the project's environment"},
    "--settings": {"metavar": "MODULE", "help": "the settings module"},
    "--trust": {"action": "store_true", "help": "trust the code in the project's folder, now and in later runs"},
    "--auto": {"action": "store_true", "help": "run without a terminal and without questions"},
    "--plain": {"action": "store_true", "help": "run the guided session as lines and prompts, for screen readers"},
    "--only": {"metavar": "N-M,…", "help": "run only these tasks"},
    "--from": {"dest": "start", "metavar": "N", "help": "start at this task"},
    "--target": {
        "metavar": "NAME", "default": "",
        "help": "where to deploy: local (a rehearsal on this machine), railway, or the name of an installed target "
        "plug-in (default: the last one used, or local)",
    },
    "--answers": {"type": Path, "metavar": "FILE", "help": "YAML file with answers to Golive's questions"},
    "--dry-run": {"action": "store_true", "help": "show what would be done and change nothing"},
    "--fail-fast": {"action": "store_true", "help": "stop at the first failed task"},
    "--keep-going": {"action": "store_true", "help": "continue after a failed task (the default)"},
    "--json": {"action": "store_true", "help": "print JSON on stdout: one event per line, or the result"},
    "--format": {"choices": ("md", "html", "json", "sarif", "junit"), "default": "",
                 "help": "format of the report (default: md), or of the result of `golive check`"},
    "--port": {"type": int, "default": 0, "help": "port of `golive serve` (default: a free port)"},
    "--ticked": {
        "type": Path, "metavar": "FILE",
        "help": "JSON report whose ticked items `golive check` verifies; for CI, where there is no .golive/",
    },
    "--least": {
        "metavar": "GRADE", "default": "", "choices": GRADES,
        "help": f"the lowest grade at which `golive grade` exits with 0, from {GRADES[0]} to {GRADES[-1]}",
    },
    "--run": {"action": "store_true", "help": "run the named journey, with those that it needs, and show it"},
    "--save": {"action": "store_true", "help": "add journeys to golive.yaml as flows: those named, or all"},
    "--revert": {"action": "store_true",
                 "help": "let `golive undo` add a revert commit for a commit that is pushed or no longer the last"},
    "--no-commit": {"action": "store_true", "help": "do not commit to git"},
}  # fmt: skip

Words = dict[str, dict[str, Any]]
"""Positional arguments: the name of each with its settings for argparse."""
FOLDER: Words = {"folder": {"nargs": "?", "metavar": "PROJECT", "help": "the project's folder"}}


class Command(NamedTuple):
    """A command: its help, its options and its positional arguments."""

    help: str
    options: tuple[str, ...] = PROJECT_OPTIONS
    words: Words = FOLDER
    example: str = ""
    """An example to show when an argument is missing or wrong."""


ITEM: Words = {"item": {"metavar": "ITEM", "help": "the item's number, such as 11.1"}}

COMMANDS: dict[str, Command] = {
    "status": Command("show the status of every task", (*PROJECT_OPTIONS, "--json")),
    "check": Command(
        "verify every ticked item again",
        (*CODE_OPTIONS, *TASK_OPTIONS, "--target", "--answers", "--ticked", "--format", "--json"),
    ),
    "plan": Command(
        "show the exact changes of a task without making them",
        (*CODE_OPTIONS, "--target", "--answers", "--json", "--no-commit"),
        {"tasks": {"metavar": "N", "help": "the task's number, or several: 1-3,7"}},
        "golive plan 2",
    ),
    "undo": Command(
        "undo the changes of these tasks: all of them or none",
        (*PROJECT_OPTIONS, "--revert", "--dry-run"),
        {"tasks": {"metavar": "N[-M][,…]", "help": "task numbers, such as 2 or 1-3,7"}},
        "golive undo 2",
    ),
    "report": Command("show every item with its evidence", (*PROJECT_OPTIONS, "--format")),
    "doctor": Command("check that Golive has everything it needs", (*CODE_OPTIONS, "--target", "--answers")),
    "demo": Command(
        "run the tasks on a copy of the bundled sample project",
        RUN_OPTIONS,
        {"folder": {"nargs": "?", "metavar": "FOLDER", "help": "where to copy it (default: golive-demo)"}},
    ),
    "launch": Command("record that the site goes live now, and show the go-live lists"),
    "journeys": Command(
        "list the user journeys with their last results, show one, run one, or save them for editing",
        (*CODE_OPTIONS, "--target", "--answers", "--run", "--save", "--json"),
        {"names": {"nargs": "*", "metavar": "NAME", "help": "the journey to show or to run, or those to save"}},
        "golive journeys book-create",
    ),
    "flows": Command("draft user journeys from the project's URLs", (*CODE_OPTIONS, "--target", "--answers")),
    "confirm": Command(
        "confirm an item that Golive can't verify",
        words={**ITEM, "text": {"nargs": "+", "metavar": "TEXT", "help": "what you saw"}},
        example='golive confirm 11.1 "signed up as shop@example.com"',
    ),
    "waive": Command(
        "skip an item and record the reason",
        words={**ITEM, "text": {"nargs": "+", "metavar": "TEXT", "help": "the reason"}},
        example='golive waive 19.1 "another team monitors the site"',
    ),
    "grade": Command(
        "grade the security headers of an address, by MDN's and securityheaders.com's rules",
        ("--least", "--json"),
        {"url": {"metavar": "URL", "help": "the address of a page. Golive contacts it, and where it redirects to"}},
        "golive grade https://shop.example.com",
    ),
    "serve": Command(
        "run the guided session in a browser on this machine",
        (*PROJECT_OPTIONS, "--target", "--answers", "--port", "--no-commit"),
    ),
    "forget": Command("permanently delete logs and the backups that hold secrets"),
    "adopt": Command("take over a state written by another Golive version or on another of your machines"),
    "completion": Command(
        "print the shell script that completes golive commands",
        (),
        {"shell": {"nargs": "?", "metavar": "SHELL", "help": "bash, zsh, fish, tcsh or powershell (default: yours)"}},
    ),
}


class Version(argparse.Action):
    """Print the version, which is computed only when requested."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from wizard.base.version import describe

        print(describe())  # noqa: T201
        parser.exit()


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UsageError, so that every error of Golive looks the same."""

    example = ""

    def error(self, message: str) -> NoReturn:
        hint = f"For example: {self.example}" if self.example else f"See `{self.prog} --help`."
        raise UsageError(f"{message[0].upper()}{message[1:]}", "", hint)

    def refuse(self, unknown: list[str]) -> NoReturn:
        """Raise the error for arguments that the parser does not know."""
        if flags := [word for word in unknown if word.startswith("-")]:
            raise UsageError(f"{self.prog} has no option {' '.join(flags)}", "", f"See `{self.prog} --help`.")
        raise UsageError(f"Too many arguments: {' '.join(unknown)}", "", f"See `{self.prog} --help`.")


def build_parser(commands: Iterable[str] = COMMANDS) -> tuple[Parser, Mapping[str, Parser]]:
    """Build the parser of `golive` and those of *commands*, by name. Building all of them takes 3 ms."""
    top = Parser(prog="golive", usage=USAGE, description=DESCRIPTION, allow_abbrev=False)
    _add_options(top, RUN_OPTIONS)
    subparsers = top.add_subparsers(
        title="commands", description="`golive COMMAND --help` shows the options of a command.", dest="command",
        metavar="COMMAND", parser_class=Parser,
    )  # fmt: skip
    for name in commands:
        command = COMMANDS[name]
        parser = subparsers.add_parser(
            name, prog=f"golive {name}", help=command.help, allow_abbrev=False,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
        )  # fmt: skip
        parser.example = command.example
        for word, settings in command.words.items():
            parser.add_argument(word, **settings)
        _add_options(parser, command.options)
    return top, subparsers.choices


def _add_options(parser: Parser, options: tuple[str, ...]) -> None:
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and the commit it was built from")
    for option in options:
        parser.add_argument(option, **OPTIONS[option])


def _separate(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Separate *arguments* into options with their values, and the other words."""
    options: list[str] = []
    words: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            words += waiting
        elif argument.startswith("-") and argument != "-":
            options.append(argument)
            takes_value = argument in OPTIONS and OPTIONS[argument].get("action") != "store_true"
            if takes_value and (value := next(waiting, None)) is not None:
                options.append(value)
        else:
            words.append(argument)
    return options, words


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse *arguments*. In the result, `command` is the command's name, or `run` when none is named.

    Raises:
        UsageError: an argument or an option is invalid.
    """
    flags, words = _separate(arguments)
    if words and words[0] in COMMANDS:
        name, *words = words
        top, parsers = build_parser([name])
        end = ["--"] if any(word.startswith("-") for word in words) else []
        options, unknown = top.parse_known_args([name, *flags, *end, *words])
        if COMMANDS[name].words is FOLDER:
            options.project = options.folder or options.project
        if unknown:
            parsers[name].refuse(unknown)
        return options
    top, _ = build_parser(COMMANDS if {"-h", "--help"} & set(flags) else ())
    options, unknown = top.parse_known_args(flags)
    if unknown or words[1:]:
        top.refuse([*unknown, *words[1:]])
    options.command, options.project = "run", words[0] if words else options.project
    return options
