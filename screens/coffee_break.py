"""The coffee break: a timer that can be skipped, and a summary of the morning."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Digits, Label, Static

from screens.base_screen import BaseScreen
from screens.status_symbols import symbol
from wizard.base.wording import duration, hours_and_minutes, plural
from wizard.checklist.model import Task

CUP = ("   ) (  ", "  (   ) ", " .-----.", " |     |]", "  `---'  ")
STEAM = ("  (   ) ", "   ) (  ")
REMARKS = (
    "The first webcam watched a coffee pot, so that nobody walked to an empty one.",
    "HTTP status 418 is still reserved: I'm a teapot.",
    "Look out of the window at something 20 metres away. Your eyes need it.",
    "Pilots got their first checklist when a new plane proved too complex to fly from memory.",
    "The open items can wait. Nothing is on fire.",
)


class CoffeeBreak(BaseScreen, ModalScreen[str]):
    """Counts *minutes* down; returns how the break ended."""

    CSS_PATH = "coffee_break.tcss"
    HELP = "A break is part of the checklist. Half of the first day is done. End the break whenever you like."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,escape", "skip", "Back to work", tooltip="End the break now", id="coffee_break.end"),
    ]

    def __init__(self, minutes: int) -> None:
        super().__init__()
        self.minutes = minutes
        self.started = 0.0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Coffee break", classes="title")
            yield Static("\n".join(CUP), id="cup", markup=False)
            yield Digits(f"{self.minutes:02}:00")
            yield Static(REMARKS[self.minutes % len(REMARKS)], id="remark", markup=False)
            yield Static(self.summary(), id="summary", classes="quiet", markup=False)
            with VerticalScroll(id="morning"):
                for line in self.morning():
                    yield Static(line, markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Back to work", variant="primary", id="skip")

    def morning(self) -> list[str]:
        """The tasks before the break, with their progress."""
        engine = self.engine_session.engine
        return [
            f"{symbol(engine.state.task_status(task))} {task.number} {task.title}: "
            f"{engine.state.settled_count(task)} of {plural(engine.state.applicable_count(task), 'item')}"
            for task in self.before()
        ]

    def before(self) -> list[Task]:
        engine = self.engine_session.engine
        tasks = engine.checklist.tasks
        return [task for task in tasks.values() if _in_this_morning(task, engine.state.position, tasks)]

    def summary(self) -> str:
        """The progress of the morning."""
        state, tasks = self.engine_session.engine.state, self.before()
        settled, items = sum(map(state.settled_count, tasks)), sum(map(state.applicable_count, tasks))
        worked = sum(state.spent.get(str(task.number), 0.0) for task in tasks)
        estimated = hours_and_minutes(sum(task.minutes for task in tasks))
        return f"This morning: {settled} of {items} items in {duration(worked)} (estimated by hand: {estimated})"

    def on_mount(self) -> None:
        self.started = monotonic()
        self.set_interval(0.5, self.tick)
        self.query_one("#skip").focus()

    @property
    def seconds_left(self) -> int:
        return max(0, round(self.minutes * 60 - (monotonic() - self.started)))

    def tick(self) -> None:
        minutes, seconds = divmod(self.seconds_left, 60)
        self.query_one(Digits).update(f"{minutes:02}:{seconds:02}")
        if self.app.animation_level != "none":
            top = STEAM[seconds % 2]
            self.query_one("#cup", Static).update("\n".join((CUP[0] if seconds % 2 else STEAM[0], top, *CUP[2:])))
        if not self.seconds_left:
            self.session_app.send_notification("Golive", "The coffee break is over.")
            self.dismiss(f"taken: {self.minutes} minutes")

    @on(Button.Pressed, "#skip")
    def action_skip(self) -> None:
        minutes, seconds = divmod(self.minutes * 60 - self.seconds_left, 60)
        self.dismiss(f"ended early, after {minutes}:{seconds:02}")


def _in_this_morning(task: Task, number: int, tasks: dict[int, Task]) -> bool:
    """Whether *task* comes before task *number* on the same day."""
    return task.number < number and task.day == tasks[number].day
