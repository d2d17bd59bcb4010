"""The coffee break: a timer that can be skipped, and what the morning brought."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Digits, Label, Static

from screens.signs import sign
from wizard.checklist import Task

if TYPE_CHECKING:
    from screens.app import Golive


class CoffeeBreak(ModalScreen[str]):
    """Counts *minutes* down; dismissed with how the break went."""

    CSS_PATH = "coffee.tcss"
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
            yield Digits(f"{self.minutes:02}:00")
            yield Static("Stand up, stretch, drink something. This morning:", classes="quiet")
            with VerticalScroll(id="morning"):
                for line in self.morning():
                    yield Static(line, markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Back to work", variant="primary", id="skip")

    def morning(self) -> list[str]:
        """The tasks before the break, each with what it settled."""
        engine = cast("Golive", self.app).desk.engine
        return [
            f"{sign(engine.state.of(task))} {task.number} {task.title}: "
            f"{engine.state.settled(task)} of {len(task.items)} items"
            for task in engine.checklist.tasks.values()
            if _in_this_morning(task, engine.state.position, engine.checklist.tasks)
        ]

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
        if not self.seconds_left:
            self.app.bell()
            self.dismiss(f"taken: {self.minutes} minutes")

    @on(Button.Pressed, "#skip")
    def action_skip(self) -> None:
        minutes, seconds = divmod(self.minutes * 60 - self.seconds_left, 60)
        self.dismiss(f"ended by the person after {minutes}:{seconds:02}")


def _in_this_morning(task: Task, number: int, tasks: dict[int, Task]) -> bool:
    """Whether *task* comes before task *number* on the same day."""
    return task.number < number and task.day == tasks[number].day
