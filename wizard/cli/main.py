"""Arguments → one call each. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from types import TracebackType

from wizard.cli.command_line import COMMANDS, parse, parser

SELDOM = (20_000, 50, 100)
"""How seldom Python looks for garbage: syntax trees are many objects and no garbage, and a look at all takes 0.1 s."""


def guided(options: argparse.Namespace) -> int:
    """The session in a terminal; resumes where it stopped."""
    from wizard.base.errors import UsageError
    from wizard.cli.start_options import start_options

    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on the last one
    served = "TEXTUAL_DRIVER" in os.environ  # by `golive serve`: what is drawn goes to a browser
    if not options.plain and not served and not all(stream.isatty() for stream in streams):
        raise UsageError(
            "The guided session needs a terminal",
            "input or output is not one",
            "Run `golive --auto PROJECT` where there is none.",
        )
    if options.plain or (not served and os.environ.get("TERM", "dumb") in {"", "dumb"}):
        from screens.plain.session import run as run_plain

        return run_plain(start_options(options))
    from screens.app import run

    return run(start_options(options))


def serve(options: argparse.Namespace) -> int:
    """The guided session in a browser; what the command line says of the project is said to each session."""
    from screens import serve

    given = {"--manage": options.manage, "--python": options.python, "--settings": options.settings,
             "--target": options.target, "--answers": options.answers}  # fmt: skip
    arguments = [part for name, value in given.items() if value for part in (name, str(value))]
    return serve.run([options.project, *arguments, *["--no-commit"] * options.no_commit], options.port)


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from wizard.reporting.crash import hook

    hook(kind, error, trace)


def _carry_out(options: argparse.Namespace, words: list[str]) -> int:
    from wizard.cli import headless

    if words and not (options.name in COMMANDS and COMMANDS[options.name].has_words):
        options.project, *words = words
        if words:
            from wizard.base.errors import UsageError

            raise UsageError(f"Too many arguments: {' '.join(words)}", "one project at a time", "See golive --help.")
    if options.name == "completion":
        from wizard.cli import completion

        headless.say(completion.script(words[0] if words else Path(os.environ.get("SHELL", "bash")).name))
        return 0
    if options.name == "serve":
        return serve(options)
    if options.name == "demo":
        from wizard.cli.demo import make

        made = make(Path(words[0]) if words else Path("golive-demo"))
        options.project, options.name = str(made), "run"
    if options.trust:
        from wizard.project.detection import locate
        from wizard.project.trust import trust

        trust(locate(Path(options.project), options.manage).root)
    if options.name != "run" or options.auto or options.dry_run:
        return headless.main(options, words)
    return guided(options)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    if "_ARGCOMPLETE" in os.environ:
        from wizard.cli import completion

        completion.offer(parser(), COMMANDS)
    from wizard.base.errors import GoliveError

    sys.excepthook = _unforeseen
    gc.set_threshold(*SELDOM)
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
        code = _carry_out(options, options.command)
        sys.stdout.flush()
    except GoliveError as error:
        print(f"golive: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:  # whoever read the output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        from wizard.base.terminal import harmless

        place = f"{error.filename}: " if error.filename else ""
        told = f"golive: {place}{error.strerror}. Golive can't go on; what was done is in .golive/"
        print(harmless(told), file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("golive: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201
        return 130
    return code
