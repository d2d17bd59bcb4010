"""The coffee break: a timer that can be skipped, and what the morning brought."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Digits, Label, Static

from screens.base_screen import Page
from screens.formatting import span
from screens.status_symbols import sign
from wizard.checklist.model import Task

CUP = ("   ) (  ", "  (   ) ", " .-----.", " |     |]", "  `---'  ")
STEAM = ("  (   ) ", "   ) (  ")
PLEASANT = (
    "The first webcam watched a coffee pot, so that nobody walked for an empty one.",
    "HTTP 418 is still reserved: a teapot can't brew coffee.",
    "Look out of the window at something twenty metres away: your eyes will like it.",
    "A checklist let test pilots fly a plane that was called too much for one person.",
    "Whatever is still open will wait. Nothing of yours is on fire.",
)


class CoffeeBreak(Page, ModalScreen[str]):
    """Counts *minutes* down; dismissed with how the break went."""

    CSS_PATH = "coffee_break.tcss"
    HELP = "A break is part of the checklist: half of the first day is behind you. End it whenever you like."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,escape", "skip", "Back to work", tooltip="End the break now"),
    ]

    def __init__(self, minutes: int) -> None:
        super().__init__()
        self.minutes = minutes
        self.began = 0.0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Coffee break", classes="title")
            yield Static("\n".join(CUP), id="cup", markup=False)
            yield Digits(f"{self.minutes:02}:00")
            yield Static(PLEASANT[self.minutes % len(PLEASANT)], id="pleasant", markup=False)
            yield Static(self.summary(), id="summary", classes="quiet", markup=False)
            with VerticalScroll(id="morning"):
                for line in self.morning():
                    yield Static(line, markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Back to work", variant="primary", id="skip")

    def morning(self) -> list[str]:
        """The tasks before the break, each with what it settled."""
        engine = self.desk.engine
        return [
            f"{sign(engine.state.task_status(task))} {task.number} {task.title}: "
            f"{engine.state.settled_count(task)} of {len(task.items)} items"
            for task in self.before()
        ]

    def before(self) -> list[Task]:
        engine = self.desk.engine
        tasks = engine.checklist.tasks
        return [task for task in tasks.values() if _in_this_morning(task, engine.state.position, tasks)]

    def summary(self) -> str:
        """What the morning came to, in a sentence."""
        state, tasks = self.desk.engine.state, self.before()
        settled, items = sum(map(state.settled_count, tasks)), sum(len(task.items) for task in tasks)
        worked = sum(state.spent.get(str(task.number), 0.0) for task in tasks)
        planned = sum(task.minutes for task in tasks)
        return f"This morning: {settled} of {items} items settled, {span(worked)} of work for {planned} min planned."

    def on_mount(self) -> None:
        self.began = monotonic()
        self.set_interval(0.5, self.tick)
        self.query_one("#skip").focus()

    @property
    def seconds_left(self) -> int:
        return max(0, round(self.minutes * 60 - (monotonic() - self.began)))

    def tick(self) -> None:
        minutes, seconds = divmod(self.seconds_left, 60)
        self.query_one(Digits).update(f"{minutes:02}:{seconds:02}")
        if self.app.animation_level != "none":
            top = STEAM[seconds % 2]
            self.query_one("#cup", Static).update("\n".join((CUP[0] if seconds % 2 else STEAM[0], top, *CUP[2:])))
        if not self.seconds_left:
            self.golive.send_notice("Golive", "The coffee break is over")
            self.dismiss(f"taken: {self.minutes} minutes")

    @on(Button.Pressed, "#skip")
    def action_skip(self) -> None:
        minutes, seconds = divmod(self.minutes * 60 - self.seconds_left, 60)
        self.dismiss(f"ended by the person after {minutes}:{seconds:02}")


def _in_this_morning(task: Task, number: int, tasks: dict[int, Task]) -> bool:
    """Whether *task* comes before task *number* on the same day."""
    return task.number < number and task.day == tasks[number].day
