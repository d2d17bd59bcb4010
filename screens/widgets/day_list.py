"""One day of the checklist: its half-days and their tasks."""

from __future__ import annotations

from textual.content import Content
from textual.widgets.option_list import Option

from screens.formatting import estimate, needing_input, was_run
from screens.status_symbols import QUIET, STYLES, symbol
from screens.widgets.hanging import Hanging
from screens.widgets.wrapped_list import WrappedList
from wizard.checklist.model import Day, Task
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State

RUNNING = "▶"
INDENT = 11
"""Where the title of a task begins: after its symbol, number and progress."""


class DayList(WrappedList):
    """The tasks of one day, with a heading for each half-day."""

    def __init__(self, day: Day) -> None:
        super().__init__(id=f"day-{day.number}")
        self.day = day
        self.tasks: list[Task | None] = [task for session in day.sessions for task in (None, *session.tasks)]
        """The task of each row; None for a heading."""

    def show(self, state: State, current_task: Task | None, *, wide: bool) -> None:
        """Update the rows and keep the highlight."""
        rows: list[Content] = []
        for session in self.day.sessions:
            settled = sum(state.settled_count(task) for task in session.tasks)
            items = sum(map(state.applicable_count, session.tasks))
            rows.append(Content.styled(f"{session.title}, {session.hours} h: {settled} of {items}", "bold"))
            rows += [task_row(task, state, running=task is current_task, wide=wide) for task in session.tasks]
        if self.option_count != len(rows):
            self.clear_options()
            self.add_options(
                Option(Hanging(row, INDENT), disabled=task is None) for row, task in zip(rows, self.tasks, strict=True)
            )
        else:
            for index, row in enumerate(rows):
                self.replace_option_prompt_at_index(index, Hanging(row, INDENT))

    def row_of(self, task: Task) -> int:
        return self.tasks.index(task)


def task_row(task: Task, state: State, *, running: bool, wide: bool) -> Content:
    """A task's symbol, number, progress and title; in a *wide* list also its status and time."""
    status = state.task_status(task)
    row = Content.assemble(
        (f"{RUNNING if running else symbol(status)} {task.number:>2} ", STYLES.get(status, "")),
        (f"{state.settled_count(task):>2}/{state.applicable_count(task):<2} ", QUIET),
        (task.title, STYLES.get(status, "")),
    )
    if not wide:
        return row
    word = "Running" if running else task_label(task, state)
    return row.append_text(f"  {word}, {estimate(task, state)}", QUIET)


def task_label(task: Task, state: State) -> str:
    """The status of *task* in words."""
    if was_run(task, state) and needing_input(task, state):
        return "Needs your input"
    return WORDS[state.task_status(task)]
