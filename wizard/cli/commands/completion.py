"""`golive completion`, and the answers to a shell that completes a command line. argcomplete does most of it."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import argcomplete
from argcomplete.shell_integration import shellcode

from wizard.base.errors import GoliveError, UsageError
from wizard.checklist import loader
from wizard.cli.arguments import build_parser
from wizard.cli.command_table import COMMANDS, GRADES
from wizard.cli.output import say
from wizard.state import generated_items, state_file
from wizard.targets.registry import names

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def run(options: argparse.Namespace) -> int:
    say(script(options.shell or Path(os.environ.get("SHELL", "bash")).name))
    return 0


def script(shell: str) -> str:
    """The script that *shell* runs once, so that it asks Golive when the user presses Tab.

    Raises:
        UsageError: there is no such shell.
    """
    if shell not in SHELLS:
        raise UsageError(f"Unknown shell: {shell!r}", "", f"Supported shells are {', '.join(SHELLS)}.")
    return str(shellcode(["golive"], shell=shell))


def answer_shell() -> None:
    """Answer the shell and exit."""
    top, parsers = build_parser()
    for parser in (top, *parsers.values()):
        for action in parser._actions:
            if action.dest in COMPLETERS:
                action.completer = COMPLETERS[action.dest]  # type: ignore[attr-defined]
    argcomplete.autocomplete(top, always_complete_options="long")


def commands_and_projects(**_: Any) -> list[str]:
    return [*COMMANDS, *projects()]


def projects(**_: Any) -> list[str]:
    """The folders in the current folder that contain a manage.py."""
    return [f"{folder.name}/" for folder in Path().iterdir() if (folder / "manage.py").is_file()]


def tasks(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    return [str(number) for number in loader.load(Path(parsed_args.project)).tasks]


def items(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    root = Path(parsed_args.project)
    checklist = loader.load(root)
    with suppress(GoliveError):  # a state that can't be read is no reason to complete nothing
        generated_items.add_to(checklist, state_file.load(root, read_only=True).facts)
    return [item.id for _, item in checklist.items()]


def journeys(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from wizard.journeys import store

    return [each.name for each in store.read(Path(parsed_args.project))]


COMPLETERS = {
    "command": commands_and_projects,
    "folder": projects,
    "tasks": tasks,
    "item": items,
    "names": journeys,
    "least": lambda **_: GRADES,
    "target": lambda **_: names(),
    "shell": lambda **_: SHELLS,
    "topic": lambda **_: COMMANDS,
}
"""The completer of each argument, by its destination."""
