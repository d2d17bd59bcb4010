"""`golive completion`, and the answers to a shell that completes a command line. argcomplete does most of it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import argcomplete
from argcomplete.shell_integration import shellcode

from wizard.base.errors import UsageError
from wizard.checklist import loader
from wizard.cli.arguments import COMMANDS, GRADES, build_parser
from wizard.cli.output import say
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
    return [item.id for _, item in loader.load(Path(parsed_args.project)).items()]


COMPLETERS = {
    "command": commands_and_projects,
    "folder": projects,
    "tasks": tasks,
    "item": items,
    "least": lambda **_: GRADES,
    "target": lambda **_: names(),
    "shell": lambda **_: SHELLS,
}
"""The completer of each argument, by its destination."""
