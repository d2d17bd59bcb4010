"""Arguments → one call each. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from types import TracebackType

SELDOM = (20_000, 50, 100)
"""How seldom Python looks for garbage: syntax trees are many objects and no garbage, and a look at all takes 0.1 s."""
COMMANDS = (
    "status",
    "check",
    "plan",
    "undo",
    "report",
    "doctor",
    "demo",
    "launch",
    "flows",
    "confirm",
    "waive",
    "serve",
    "forget",
    "completion",
)
TAKE_WORDS = {"plan", "undo", "confirm", "waive", "demo", "completion"}
"""Commands with words of their own; any other takes the project's folder."""


class Version(argparse.Action):
    """Made up only where somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from wizard.build import told

        print(told())  # noqa: T201
        parser.exit()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="golive", description="Takes a Django project to a monitored production service."
    )
    made.add_argument("--version", action=Version, nargs=0, help="what this is, and the commit it was built from")
    made.add_argument(
        "command",
        nargs="*",
        metavar="PROJECT | status | check | plan N | undo N[-M][,…] | report | doctor | demo [FOLDER] | launch | "
        "flows | serve | forget | completion SHELL | confirm ITEM WORDS… | waive ITEM WORDS…",
    )
    made.add_argument("--project", default=".", help="the project's folder, for a command (default: here)")
    made.add_argument("--auto", action="store_true", help="headless: never asks, needs no terminal")
    made.add_argument(
        "--plain", action="store_true", help="the guided session as lines and prompts, for screen readers"
    )
    made.add_argument("--only", metavar="N-M,…", help="only these tasks")
    made.add_argument("--from", dest="start", metavar="N", help="from this task on")
    made.add_argument(
        "--target", metavar="NAME", default="",
        help="where production is: local, a rehearsal on this machine; railway; or the target of a package that is "
        "installed beside Golive (default: as the last time, at first local)",
    )  # fmt: skip
    made.add_argument("--answers", type=Path, metavar="FILE", help="YAML file with answers")
    made.add_argument("--dry-run", action="store_true", help="show the plans, change nothing")
    made.add_argument("--keep-going", action="store_true", help="go on after a task that failed")
    made.add_argument("--json", action="store_true", help="one event a line on stdout")
    made.add_argument("--format", choices=("md", "html", "json", "sarif", "junit"), default="",
        help="of the report (default: md), or of what `golive check` prints")  # fmt: skip
    made.add_argument("--port", type=int, default=0, help="of `golive serve`, the session in a browser (default: any)")
    made.add_argument(
        "--ticked", type=Path, metavar="FILE",
        help="for `golive check` where no .golive/ is, as in CI: a report in JSON, whose ticked boxes are looked at",
    )  # fmt: skip
    made.add_argument("--no-commit", action="store_true", help="commit nothing to git")
    made.add_argument("--manage", metavar="PATH", help="the manage.py to use, where there are several")
    made.add_argument("--python", metavar="PATH", help="the project's own interpreter")
    made.add_argument("--settings", metavar="MODULE", help="the settings module")
    return made


def guided(options: argparse.Namespace) -> int:
    """The session in a terminal; resumes where it stopped."""
    from wizard.errors import UsageError
    from wizard.start import start

    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on the last one
    served = "TEXTUAL_DRIVER" in os.environ  # by `golive serve`: what is drawn goes to a browser
    if not options.plain and not served and not all(stream.isatty() for stream in streams):
        raise UsageError(
            "The guided session needs a terminal",
            "input or output is not one",
            "Run `golive --auto PROJECT` where there is none.",
        )
    if options.plain or (not served and os.environ.get("TERM", "dumb") in {"", "dumb"}):
        from screens.plain import run as run_plain

        return run_plain(start(options))
    from screens.app import run

    return run(start(options))


def serve(options: argparse.Namespace) -> int:
    """The guided session in a browser; what the command line says of the project is said to each session."""
    from screens import serve

    given = {"--manage": options.manage, "--python": options.python, "--settings": options.settings,
             "--target": options.target, "--answers": options.answers}  # fmt: skip
    arguments = [part for name, value in given.items() if value for part in (name, str(value))]
    return serve.run([options.project, *arguments, *["--no-commit"] * options.no_commit], options.port)


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from wizard.crash import hook

    hook(kind, error, trace)


def _carry_out(options: argparse.Namespace, words: list[str]) -> int:
    from wizard import headless

    if words and options.name not in TAKE_WORDS:
        options.project, *words = words
        if words:
            from wizard.errors import UsageError

            raise UsageError(f"Too many arguments: {' '.join(words)}", "one project at a time", "See golive --help.")
    if options.name == "completion":
        from wizard import completion

        headless.say(completion.script(words[0] if words else Path(os.environ.get("SHELL", "bash")).name))
        return 0
    if options.name == "serve":
        return serve(options)
    if options.name == "demo":
        from wizard.demo import make
        from wizard.trust import trust

        made = make(Path(words[0]) if words else Path("golive-demo"))
        trust(made)  # its code is Golive's own
        options.project, options.name = str(made), "run"
    if options.name != "run" or options.auto or options.dry_run:
        return headless.main(options, words)
    return guided(options)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    reader = parser()
    if "_ARGCOMPLETE" in os.environ:
        from wizard import completion

        completion.offer(reader, COMMANDS)
    options = reader.parse_intermixed_args(argv)
    words: list[str] = options.command
    options.name = words.pop(0) if words and words[0] in COMMANDS else "run"
    from wizard.errors import GoliveError

    sys.excepthook = _unforeseen
    gc.set_threshold(*SELDOM)
    try:
        code = _carry_out(options, words)
        sys.stdout.flush()
    except GoliveError as error:
        print(f"golive: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:  # whoever read the output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"golive: {place}{error.strerror}. Golive can't go on; what was done is in .golive/", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("golive: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201
        return 130
    return code
