"""The progress line: in a terminal it says what runs and for how long, below the lines that are printed."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from wizard.base.errors import CommandError
from wizard.checklist.loader import load
from wizard.cli import progress_line
from wizard.cli.commands import demo
from wizard.cli.output import EventPrinter
from wizard.cli.progress_line import ERASE, ProgressLine
from wizard.engine.events import Output, TaskStarted


class Terminal(io.StringIO):
    """Keeps what is written, and says when the progress line was written once more."""

    def __init__(self, *, is_terminal=True):
        super().__init__()
        self.is_terminal, self.updated = is_terminal, threading.Event()

    def isatty(self):
        return self.is_terminal

    def write(self, text):
        if text.endswith("0:01"):
            self.updated.set()
        return super().write(text)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    return Terminal()


def test_lines_are_printed_above_the_line_which_is_erased_at_the_end(terminal):
    with ProgressLine(terminal) as progress:
        progress.write("first")
        progress.show("Task 1 of 2: Rotate Secrets")
        progress.write("second")
    line = f"{ERASE}Task 1 of 2: Rotate Secrets · 0:00"
    assert terminal.getvalue() == f"{ERASE}first\n{line}{ERASE}second\n{line}{ERASE}"


def test_the_time_goes_on_without_output(terminal, monkeypatch):
    monkeypatch.setattr(progress_line, "SECONDS", 0.05)
    with ProgressLine(terminal) as progress:
        progress.show("Running")
        assert terminal.updated.wait(10)


def test_a_long_text_stays_in_one_line_and_controls_nothing(terminal):
    with ProgressLine(terminal) as progress:
        progress.show("\x1b[31mCollecting" + " package" * 20)
    shown = terminal.getvalue().split(ERASE)[1]
    assert len(shown) == 39 and shown.startswith("Collecting package") and shown.endswith(" · 0:00")


@pytest.mark.parametrize(("is_terminal", "term"), [(False, "xterm"), (True, "dumb")])
def test_without_a_terminal_only_lines_are_printed(monkeypatch, is_terminal, term):
    monkeypatch.setenv("TERM", term)
    stream = Terminal(is_terminal=is_terminal)
    with ProgressLine(stream) as progress:
        progress.show("Task 1 of 2")
        progress.write("line")
    assert stream.getvalue() == "line\n"


def test_tasks_of_a_run_are_counted(terminal):
    tasks = load().tasks
    with ProgressLine(terminal) as progress:
        printer = EventPrinter(progress=progress)
        printer.tasks = 2
        for number in (5, 7):
            printer(TaskStarted(tasks[number]))
        printer(Output("a line"))
    shown = re.sub(r"\x1b\S*?K", "", terminal.getvalue()).replace("\r", "\n")
    assert f"Task 1 of 2: {tasks[5].title}"[:30] in shown
    assert f"| a line\n\nTask 2 of 2: {tasks[7].title}"[:30] in shown


def test_the_demo_shows_what_a_program_prints_and_its_error(terminal, tmp_path):
    with ProgressLine(terminal) as progress:
        demo._run((sys.executable, "-c", "print('  Collecting django')"), tmp_path, progress)
        with pytest.raises(CommandError, match="no index"):
            demo._run((sys.executable, "-c", "raise SystemExit('no index')"), tmp_path, progress)
    assert f"{ERASE}Collecting django · 0:0" in terminal.getvalue()
