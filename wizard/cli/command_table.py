"""The commands and options of `golive`, as data: what each does, its own options, examples and exit codes.

The parser, the help, the completion and the documentation are all made of this.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

HIGHEST_PORT = 65535


def port_number(text: str) -> int:
    """Parse the value of --port. 0 stands for a free port."""
    if not (text.isascii() and text.isdecimal() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"invalid port: {text!r} (expected 1-{HIGHEST_PORT})")
    return int(text)


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return a parser of values that accepts *choices*. Its message is shorter than argparse's, and always the same."""

    def parse(text: str) -> str:
        if text and text not in choices:  # argparse also parses the default, which is empty
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(choices)}")
        return text

    return parse


PROJECT_OPTIONS = ("--project", "--manage", "--python", "--settings")
"""Options that choose the project. Every command that works on a project has them."""
CODE_OPTIONS = (*PROJECT_OPTIONS, "--trust")
"""The options of commands that run the project's code."""
TASK_OPTIONS = ("--only", "--from")
RUN_OPTIONS = (
    *CODE_OPTIONS, "--auto", "--plain", *TASK_OPTIONS, "--target", "--answers", "--dry-run", "--fail-fast",
    "--keep-going", "--json", "--no-commit", "--verbose",
)  # fmt: skip
"""The options of `golive` without a command."""
SHORT = {"--verbose": "-v"}
"""Short names of options."""

GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
"""The grades of MDN's HTTP Observatory. Repeated here, since their module imports too much for a light command."""

FORMATS = ("md", "html", "json", "sarif", "junit")
"""The formats of reports and of results of checks."""

OPTIONS: dict[str, dict[str, Any]] = {
    "--project": {"default": ".", "metavar": "FOLDER", "help": "the project's folder (default: the current folder)"},
    "--manage": {"metavar": "PATH", "help": "the manage.py to use, if there are several"},
    "--python": {"metavar": "PATH", "help": "the Python interpreter of the project's environment"},
    "--settings": {"metavar": "MODULE", "help": "the settings module"},
    "--trust": {"action": "store_true", "help": "trust the code in the project's folder, now and in later runs"},
    "--auto": {"action": "store_true", "help": "run without a terminal and without questions"},
    "--plain": {"action": "store_true",
                "help": "run the guided session as lines and prompts, for screen readers (as ACCESSIBLE=1 does)"},
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
    "--format": {"choices": FORMATS, "type": one_of(FORMATS), "default": "",
                 "help": "format of the report (default: md), or of the result of `golive check`"},
    "--port": {"type": port_number, "default": 0, "metavar": "PORT",
               "help": "port of `golive serve` (default: a free port)"},
    "--ticked": {
        "type": Path, "metavar": "FILE",
        "help": "JSON report whose ticked items `golive check` verifies; for CI, where there is no .golive/",
    },
    "--least": {
        "metavar": "GRADE", "default": "", "choices": GRADES, "type": one_of(GRADES),
        "help": f"the lowest grade at which `golive grade` exits with 0, from {GRADES[0]} to {GRADES[-1]}",
    },
    "--run": {"action": "store_true", "help": "run the named journey, with those that it needs, and show it"},
    "--save": {"action": "store_true", "help": "add journeys to golive.yaml as flows: those named, or all"},
    "--revert": {"action": "store_true",
                 "help": "let `golive undo` add a revert commit for a commit that is pushed or no longer the last"},
    "--yes": {"action": "store_true", "help": "do not ask for confirmation; needed without a terminal"},
    "--now": {"action": "store_true", "help": "record that the site goes live now, after a question"},
    "--revoke": {"action": "store_true", "help": "take a recorded launch back"},
    "--no-commit": {"action": "store_true", "help": "do not commit to git"},
    "--verbose": {"action": "store_true", "help": "also print how much time and memory the run took"},
}  # fmt: skip

Words = dict[str, dict[str, Any]]
"""Positional arguments: the name of each with its settings for argparse."""
FOLDER: Words = {"folder": {"nargs": "?", "metavar": "PROJECT", "help": "the project's folder"}}
ITEM: Words = {"item": {"metavar": "ITEM", "help": "the item's number, such as 11.1"}}

EXIT_CODES = {
    0: "success",
    1: "failed",
    2: "wrong usage, or a project that you have not trusted yet",
    3: "nothing failed, but some items need your input",
    4: "another run works on this project",
    5: "no Django project, one that can't be read, or a state that is not yours",
    6: "an error prevented some checks",
    130: "interrupted",
}
STATE_CODES = (0, 2, 5)
"""Exit codes of commands that only read the state."""
CHANGE_CODES = (0, 1, 2, 4, 5)
RUN_CODES = (0, 1, 2, 3, 4, 5, 130)


class Command(NamedTuple):
    """A command: its group, its help in one line, its options and positional arguments, and more for its own help."""

    group: str
    help: str
    options: tuple[str, ...] = PROJECT_OPTIONS
    words: Words = FOLDER
    examples: tuple[str, ...] = ()
    """The first one is shown, too, when an argument is missing or wrong."""
    codes: tuple[int, ...] = STATE_CODES
    more: str = ""
    """Further sentences for the command's own help."""


COMMANDS: dict[str, Command] = {
    "demo": Command(
        "Work", "try Golive on a copy of the bundled sample project", RUN_OPTIONS,
        {"folder": {"nargs": "?", "metavar": "FOLDER", "help": "where to copy it (default: golive-demo)"}},
        ("golive demo", "golive demo /tmp/shop --auto"), RUN_CODES,
    ),
    "serve": Command(
        "Work", "run the guided session in a browser on this machine",
        (*PROJECT_OPTIONS, "--target", "--answers", "--port", "--no-commit"),
        examples=("golive serve --port 8765", "golive serve shop"), codes=(0, 1, 2, 5),
    ),
    "confirm": Command(
        "Work", "confirm an item that Golive can't verify",
        words={**ITEM, "text": {"nargs": "+", "metavar": "TEXT", "help": "what you saw"}},
        examples=('golive confirm 11.1 "signed up as shop@example.com"',), codes=CHANGE_CODES,
    ),
    "waive": Command(
        "Work", "skip an item and record the reason",
        words={**ITEM, "text": {"nargs": "+", "metavar": "TEXT", "help": "the reason"}},
        examples=('golive waive 19.1 "another team monitors the site"',), codes=CHANGE_CODES,
    ),
    "launch": Command(
        "Work", "show the go-live lists, or record the launch", (*PROJECT_OPTIONS, "--now", "--revoke", "--yes"),
        examples=("golive launch", "golive launch --now", "golive launch --revoke"), codes=CHANGE_CODES,
        more="Without an option, nothing is recorded. With --now, the due times of the lists count from now.",
    ),
    "status": Command(
        "Look", "show the status of every task", (*PROJECT_OPTIONS, "--json"),
        examples=("golive status", "golive status shop --json"),
    ),
    "check": Command(
        "Look", "verify every ticked item again",
        (*CODE_OPTIONS, *TASK_OPTIONS, "--target", "--answers", "--ticked", "--format", "--json", "--verbose"),
        examples=("golive check", "golive check --only 1-5,7", "golive check --format sarif"),
        codes=(0, 1, 2, 5, 6, 130),
        more="While another run or session works on the project, the results are shown and not recorded.",
    ),
    "plan": Command(
        "Look", "show the exact changes of a task without making them",
        (*CODE_OPTIONS, "--target", "--answers", "--json", "--no-commit"),
        {"tasks": {"metavar": "N", "help": "the task's number, or several: 1-3,7"}},
        ("golive plan 2", "golive plan 1-3,7"), (0, 1, 2, 5, 130),
    ),
    "journeys": Command(
        "Look", "list, show, run or save the user journeys",
        (*CODE_OPTIONS, "--target", "--answers", "--run", "--save", "--json"),
        {"names": {"nargs": "*", "metavar": "NAME", "help": "the journey to show or to run, or those to save"}},
        ("golive journeys", "golive journeys book-create", "golive journeys book-create --run"), RUN_CODES,
    ),
    "flows": Command(
        "Look", "draft user journeys from the project's URLs", (*CODE_OPTIONS, "--target", "--answers"),
        examples=("golive flows",), codes=(0, 1, 2, 5, 130),
    ),
    "grade": Command(
        "Look", "grade the security headers of an address", ("--least", "--json"),
        {"url": {"metavar": "URL", "help": "the address of a page. Golive contacts it, and where it redirects to"}},
        ("golive grade https://shop.example.com",), (0, 1, 2, 6, 130),
        "The rules are those of MDN and of securityheaders.com.",
    ),
    "doctor": Command(
        "Look", "check that Golive has everything it needs", (*CODE_OPTIONS, "--target", "--answers"),
        examples=("golive doctor",), codes=(0, 1, 2, 130),
    ),
    "undo": Command(
        "Undo", "undo the changes of tasks: all of them or none", (*PROJECT_OPTIONS, "--revert", "--dry-run", "--yes"),
        {"tasks": {"metavar": "N[-M][,…]", "help": "task numbers, such as 2 or 1-3,7"}},
        ("golive undo 2", "golive undo 1-3,7 --yes", "golive undo 2 --dry-run"), CHANGE_CODES,
        "Shows what it will restore, and asks first.",
    ),
    "forget": Command(
        "Undo", "permanently delete logs and the backups that hold secrets", (*PROJECT_OPTIONS, "--yes"),
        examples=("golive forget", "golive forget --yes"), codes=CHANGE_CODES,
        more="Shows what it will delete, and asks first.",
    ),
    "report": Command(
        "Report", "show every item with its evidence", (*PROJECT_OPTIONS, "--format"),
        examples=("golive report", "golive report --format html > report.html"),
    ),
    "adopt": Command(
        "Other", "take over the state of another version or machine",
        examples=("golive adopt",), codes=CHANGE_CODES,
    ),
    "completion": Command(
        "Other", "print the script that completes commands in your shell", (),
        {"shell": {"nargs": "?", "metavar": "SHELL", "help": "bash, zsh, fish, tcsh or powershell (default: yours)"}},
        ('eval "$(golive completion bash)"',), (0, 2),
    ),
    "help": Command(
        "Other", "show all options, or the help of one command", (),
        {"topic": {"nargs": "?", "metavar": "COMMAND", "help": "the command"}},
        ("golive help", "golive help undo"), (0, 2),
    ),
    "preferences": Command(
        "Other", "show the file of your preferences, and what it says", (), {}, ("golive preferences",), (0, 2),
        "Theme, diffs side by side, editor and keys. The command palette of the guided session changes them, too.",
    ),
    "version": Command(
        "Other", "show the version and the commit it was built from", (), {}, ("golive version",), (0, 2),
    ),
}  # fmt: skip
