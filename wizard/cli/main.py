"""Run one command and turn errors into exit codes. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType

GC_THRESHOLDS = (20_000, 50, 100)
"""Collect garbage rarely: a full collection takes 0.1 s, and syntax trees are many objects that produce no garbage."""


def main(argv: list[str] | None = None) -> int:
    """Run the command in *argv* and return its exit code."""
    from wizard.base.errors import GoliveError
    from wizard.cli import arguments, task_selection

    if "_ARGCOMPLETE" in os.environ:
        from wizard.cli.commands import completion

        completion.answer_shell()
    sys.excepthook = _report_bug
    gc.set_threshold(*GC_THRESHOLDS)
    _end_as_by_ctrl_c()
    try:
        options = arguments.parse(sys.argv[1:] if argv is None else argv)
        if options.command != "demo":  # which may have no folder yet
            task_selection.check_task_numbers(options)
        if options.trust and options.command != "demo":
            _trust(options.project, options.manage)
        command = importlib.import_module(f"wizard.cli.commands.{options.command}")
        code: int = command.run(options)
        sys.stdout.flush()
    except GoliveError as error:
        print(f"golive: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:  # the reader of the output has exited
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        from wizard.base.terminal import harmless

        place = f"{error.filename}: " if error.filename else ""
        message = f"golive: {place}{error.strerror}. Golive stopped; its state and journal are in .golive/"
        print(harmless(message), file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("golive: interrupted. Run it again to resume.", file=sys.stderr)  # noqa: T201
        return 130
    return code


def _end_as_by_ctrl_c() -> None:
    """Let a closed terminal, and CI that cancels a run, end Golive as Ctrl+C does: with the servers that it started."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGHUP, signal.SIGTERM):
            if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` ignores SIGHUP
                signal.signal(number, signal.default_int_handler)


def _trust(project: str, manage: str | None) -> None:
    from wizard.project.detection import locate
    from wizard.project.trust import trust

    trust(locate(Path(project), manage).root)


def _report_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from wizard.reporting.crash import hook

    hook(kind, error, trace)
