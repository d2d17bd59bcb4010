"""Arguments → one call each. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard import __version__

COMMANDS = ("status", "check", "plan", "undo", "demo")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="golive", description="Takes a Django project to a monitored production service."
    )
    made.add_argument("--version", action="version", version=f"golive {__version__}")
    made.add_argument(
        "command", nargs="*", metavar="PROJECT | status | check | plan N | undo N[-M][,…] | demo [FOLDER]"
    )
    made.add_argument("--project", default=".", help="the project's folder, for a command (default: here)")
    made.add_argument("--auto", action="store_true", help="headless: never asks, needs no terminal")
    made.add_argument("--only", metavar="N-M,…", help="only these tasks")
    made.add_argument("--from", dest="start", metavar="N", help="from this task on")
    made.add_argument("--answers", type=Path, metavar="FILE", help="YAML file with answers")
    made.add_argument("--dry-run", action="store_true", help="show the plans, change nothing")
    made.add_argument("--keep-going", action="store_true", help="go on after a task that failed")
    made.add_argument("--json", action="store_true", help="one event a line on stdout")
    made.add_argument("--no-commit", action="store_true", help="commit nothing to git")
    made.add_argument("--manage", metavar="PATH", help="the manage.py to use, where there are several")
    made.add_argument("--python", metavar="PATH", help="the project's own interpreter")
    made.add_argument("--settings", metavar="MODULE", help="the settings module")
    return made


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = parser().parse_intermixed_args(argv)
    words: list[str] = options.command
    options.name = words.pop(0) if words and words[0] in COMMANDS else "run"
    from wizard.errors import GoliveError

    try:
        from wizard import headless

        return headless.main(options, words)
    except GoliveError as error:
        print(f"golive: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print("golive: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201
        return 130
