"""Parse the command line: a subparser for each command, and the guided session when no command is named.

`golive PROJECT` names no command, and options may come before a command. So `parse` separates options from words first,
and gives argparse the command, then the options, then the other words.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from wizard.base.errors import UsageError
from wizard.cli.command_table import COMMANDS, FOLDER, OPTIONS, RUN_OPTIONS, SHORT


class Version(argparse.Action):
    """Print the version, which is computed only when requested."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from wizard.base.version import describe

        print(describe())  # noqa: T201
        parser.exit()


class Parser(argparse.ArgumentParser):
    """An argument parser that raises UsageError, so that every error of Golive looks the same."""

    command = ""
    """The command that it parses; empty for `golive` itself."""

    def format_help(self) -> str:
        from wizard.cli import help_text

        return help_text.of_command(self, self.command) if self.command else help_text.overview()

    def error(self, message: str) -> NoReturn:
        examples = COMMANDS[self.command].examples if self.command else ()
        hint = f"For example: {examples[0]}" if examples else f"See `{self.prog} --help`."
        message = message.removeprefix("argument ")
        raise UsageError(f"{message[0].upper()}{message[1:]}", "", hint)

    def refuse(self, unknown: list[str]) -> NoReturn:
        """Raise the error for arguments that the parser does not know."""
        if flags := [word for word in unknown if word.startswith("-")]:
            raise UsageError(f"{self.prog} has no option {' '.join(flags)}", "", f"See `{self.prog} --help`.")
        raise UsageError(f"Too many arguments: {' '.join(unknown)}", "", f"See `{self.prog} --help`.")


def build_parser(commands: Iterable[str] = COMMANDS) -> tuple[Parser, Mapping[str, Parser]]:
    """Build the parser of `golive` and those of *commands*, by name. Building all of them takes 3 ms."""
    top = Parser(prog="golive", allow_abbrev=False)
    _add_options(top, RUN_OPTIONS)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name in commands:
        command = COMMANDS[name]
        parser = subparsers.add_parser(name, prog=f"golive {name}", help=command.help, allow_abbrev=False)
        parser.command = name
        for word, settings in command.words.items():
            parser.add_argument(word, **settings)
        _add_options(parser, command.options)
    return top, subparsers.choices


def _add_options(parser: Parser, options: tuple[str, ...]) -> None:
    parser.add_argument("-V", "--version", action=Version, nargs=0, help="show the version")
    for option in options:
        parser.add_argument(*names_of(option), **OPTIONS[option])


def names_of(option: str) -> tuple[str, ...]:
    """The names of *option*, the short one first."""
    return (SHORT[option], option) if option in SHORT else (option,)


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
    else:
        if words:
            require_folder(words[0])
        top, _ = build_parser(())
        options, unknown = top.parse_known_args(flags)
        if unknown or words[1:]:
            top.refuse([*unknown, *words[1:]])
        options.command, options.project = "run", words[0] if words else options.project
    project = getattr(options, "project", ".")
    if Path(project).is_file():
        raise UsageError(f"{project} is a file", "", "Pass the folder that contains the project's manage.py.")
    return options


def require_folder(word: str) -> None:
    """Check that the first word names a folder, as in `golive shop`. Any other word is a mistyped command.

    Raises:
        UsageError: there is no such file or folder, and the word is not written as a path.
    """
    if not (os.sep in word or os.path.lexists(word)):
        raise unknown_command(word)


def unknown_command(word: str) -> UsageError:
    """The error for a *word* that is neither a command nor a folder, with the command that was probably meant."""
    from difflib import get_close_matches

    if close := get_close_matches(word, COMMANDS, 1):
        return UsageError(f"Unknown command {word!r}, did you mean {close[0]!r}?")
    return UsageError(f"Unknown command {word!r}", "there is no folder of that name either", "See `golive --help`.")
