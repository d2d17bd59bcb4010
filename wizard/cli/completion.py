"""What a shell offers on Tab: commands, tasks, items, targets, and folders. argcomplete does the rest.

Imported only while a shell asks (`_ARGCOMPLETE`), or for `golive completion SHELL`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import argcomplete
from argcomplete.shell_integration import shellcode

from wizard.base.errors import UsageError
from wizard.checklist import loader
from wizard.targets.registry import names

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def words(commands: Iterable[str], parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """What may stand at the place of the positional argument that is being typed."""
    said: list[str] = parsed_args.command or []
    if not said:
        return [*commands, *(f"{each.name}/" for each in Path().iterdir() if (each / "manage.py").is_file())]
    whole = loader.load(Path(parsed_args.project))
    if said[0] in {"plan", "undo"}:
        return [str(number) for number in whole.tasks]
    if said[0] in {"confirm", "waive"} and len(said) == 1:
        return [item.id for _, item in whole.items()]
    return list(SHELLS) if said[0] == "completion" else []


def offer(parser: argparse.ArgumentParser, commands: Iterable[str]) -> None:
    """Answer the shell, and end the process."""
    for action in parser._actions:
        if action.dest == "command":
            action.completer = lambda **more: words(commands, **more)  # type: ignore[attr-defined]
        elif action.dest == "target":
            action.completer = lambda **_: names()  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options="long")


def script(shell: str) -> str:
    """What the *shell* has to run once, to ask Golive on Tab.

    Raises:
        UsageError: there is no such shell.
    """
    if shell not in SHELLS:
        raise UsageError(f"golive completion knows no shell {shell!r}", "", f"Shells are {', '.join(SHELLS)}.")
    return str(shellcode(["golive"], shell=shell))
