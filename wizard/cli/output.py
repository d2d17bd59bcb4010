"""Print the output of commands."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from wizard.base.terminal import harmless

if TYPE_CHECKING:
    from wizard.cli.progress_line import ProgressLine
    from wizard.engine.events import Event
    from wizard.plan.actions import Plan


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Print one or more lines, without control sequences."""
    # A single write, because the rehearsal prints from another thread.
    (stream or sys.stdout).write(harmless(text) + "\n")


def say_painted(text: str) -> None:
    """Print one or more lines on stdout, in colour if it is a terminal."""
    from wizard.cli import colours

    text = harmless(text)
    sys.stdout.write(f"{colours.paint(text) if colours.are_shown(sys.stdout) else text}\n")


def print_plan(plan: Plan) -> None:
    from wizard.reporting import event_text

    if lines := event_text.plan_lines(plan):
        say_painted("\n".join(lines))


class EventPrinter:
    """Prints events: as text on stderr, above the *progress* line if there is one, or as JSON lines on stdout."""

    def __init__(self, *, as_json: bool = False, progress: ProgressLine | None = None, verbose: bool = False) -> None:
        self.as_json, self.progress, self.verbose = as_json, progress, verbose
        self.tasks = self._begun = 0
        """How many tasks will run, and how many have begun."""

    def __call__(self, event: Event) -> None:
        from wizard.base.secrets import redact, redacted
        from wizard.cli import colours
        from wizard.engine.events import RunStarted, TaskStarted, as_record
        from wizard.reporting import event_text

        if self.as_json:
            say(json.dumps(redacted(as_record(event)), ensure_ascii=False))
            sys.stdout.flush()
            return
        if self.progress and isinstance(event, TaskStarted):
            self._begun += 1
            self.progress.show(f"Task {self._begun} of {self.tasks}: {event.task.title}")
        line = event_text.line(event)
        if isinstance(event, RunStarted) and not self.verbose:
            line = f"{event.project}  ({event.settings})"
        if line:
            text = redact(harmless(line))
            text = colours.paint(text) if colours.are_shown(sys.stderr) else text
            if self.progress:
                self.progress.write(text)
            else:
                sys.stderr.write(f"{text}\n")
