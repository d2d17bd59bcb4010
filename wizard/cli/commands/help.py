"""`golive help`: all options, or the help of one command."""

from __future__ import annotations

import argparse

from wizard.cli import help_text
from wizard.cli.arguments import build_parser, unknown_command
from wizard.cli.command_table import COMMANDS
from wizard.cli.output import say


def run(options: argparse.Namespace) -> int:
    if options.topic and options.topic not in COMMANDS:
        raise unknown_command(options.topic)
    top, parsers = build_parser([options.topic] if options.topic else ())
    say((parsers[options.topic].format_help() if options.topic else help_text.session(top)).rstrip("\n"))
    return 0
