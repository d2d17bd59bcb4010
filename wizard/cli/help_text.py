"""The help: an overview that fits on one screen, and a page for each command."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable

from wizard.cli.command_table import COMMANDS, EXIT_CODES, RUN_CODES

USAGE = """\
usage: golive [PROJECT] [options]    start the guided session, or resume it
       golive --auto [PROJECT]       run all tasks without asking
       golive COMMAND [options]
"""
FOOTER = "`golive help` lists all options, `golive help COMMAND` explains a command."
WIDTH = 80


def overview() -> str:
    """The commands by group, one line each. 24 lines of 80 columns at most."""
    lines = [USAGE]
    shown = ""
    for name, command in COMMANDS.items():
        if name not in {"help", "version"}:  # the last line names the first, and everybody knows --version
            lines.append(f"{'' if command.group == shown else command.group:<7}{name:<12}{command.help}")
            shown = command.group
    return "\n".join([*lines, FOOTER, ""])


def session(top: argparse.ArgumentParser) -> str:
    """The overview with all options of the guided session and of `golive --auto`, for `golive help`."""
    body = "\n".join(overview().splitlines()[:-1])
    return f"{body}\n\n{_options(top)}\n{_exit_codes(RUN_CODES)}\n{FOOTER}\n"


def of_command(parser: argparse.ArgumentParser, name: str) -> str:
    """The page of a command: what it does, its own arguments and options, examples and exit codes."""
    command = COMMANDS[name]
    about = " ".join(filter(None, (f"{command.help[0].upper()}{command.help[1:]}.", command.more)))
    usage = " ".join([f"usage: {parser.prog}", *_words(parser), "[options]"])
    examples = "".join(f"  {example}\n" for example in command.examples)
    about = textwrap.fill(about, _width())
    return f"{usage}\n\n{about}\n\n{_options(parser)}\nexamples:\n{examples}\n{_exit_codes(command.codes)}"


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """The positional arguments as they are written in a usage line."""
    forms = {"?": "[{}]", "*": "[{} …]", "+": "{} …"}
    found = []
    for action in parser._actions:
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction):
            found.append(forms.get(str(action.nargs), "{}").format(action.metavar))
    return found


def _options(parser: argparse.ArgumentParser) -> str:
    formatter = argparse.HelpFormatter(parser.prog, max_help_position=24, width=_width())
    for group in parser._action_groups:
        formatter.start_section("arguments" if group.title == "positional arguments" else group.title)
        formatter.add_arguments(
            [action for action in group._group_actions if not isinstance(action, argparse._SubParsersAction)]
        )
        formatter.end_section()
    return formatter.format_help()


def _exit_codes(codes: Iterable[int]) -> str:
    return "exit codes:\n" + "".join(f"  {code:<5}{EXIT_CODES[code]}\n" for code in codes)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 100) - 2
