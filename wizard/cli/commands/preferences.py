"""`golive preferences`: the file of the user's preferences, and what it says."""

from __future__ import annotations

import argparse
import shlex
import sys

from screens.key_names import KEYS, keymap
from wizard.base import preferences
from wizard.cli.output import say


def run(_: argparse.Namespace) -> int:
    found = preferences.load()
    keys = keymap(found.keys)[0]
    print_problems()
    say(f"{preferences.path()}{'' if preferences.path().exists() else ' (does not exist yet)'}")
    say(f"theme         {found.theme}")
    say(f"side_by_side  {found.side_by_side}")
    source = "" if found.editor else " (from the environment)" if preferences.environment_editor() else " (the default)"
    say(f"editor        {shlex.join(preferences.editor_command())}{source}")
    for name, key in keys.items():
        say(f"keys          {name}: {key} (default: {KEYS[name]})")
    return 0


def print_problems() -> None:
    """Print a line on stderr about each entry that is wrong."""
    found = preferences.current()
    for problem in (*found.problems, *keymap(found.keys)[1]):
        say(f"golive: {problem}", sys.stderr)
