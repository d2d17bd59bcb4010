"""The map: three days, their sessions and tasks, the time left, and what drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Header, Label, OptionList, Static
from textual.widgets.option_list import Option

from screens.desk import Happened
from screens.launch import LaunchScreen
from screens.signs import STYLES, hours, minutes_left, next_task, sign
from wizard.checklist import Day, Task
from wizard.errors import GoliveError
from wizard.events import Verifying
from wizard.evidence import Evidence, Status
from wizard.secrets import redact
from wizard.state import SETTLED

if TYPE_CHECKING:
    from screens.app import Golive


DONE_NOW = "Every task has been worked on; what is open waits for you"


class DayList(OptionList):
    """The tasks of one day, session by session."""

    def __init__(self, day: Day) -> None:
        super().__init__(id=f"day-{day.number}")
        self.day = day
        self.tasks: list[Task | None] = []

    def show(self, screen: MapScreen) -> None:
        """Draw the tasks as they stand, the highlight where it was."""
        state, here = screen.golive.desk.engine.state, self.highlighted
        self.tasks = []
        self.clear_options()
        for session in self.day.sessions:
            self.tasks.append(None)
            self.add_option(Option(Text(f"{session.title}, {session.hours} h", style="bold"), disabled=True))
            for task in session.tasks:
                self.tasks.append(task)
                status = state.of(task)
                line = f"{sign(status)} {task.number:>2} {state.settled(task)}/{len(task.items):<2} {task.title}"
                self.add_option(Option(Text(line, STYLES.get(status, ""), no_wrap=True, overflow="ellipsis")))
        self.highlighted = here

    def at(self, task: Task) -> int:
        return self.tasks.index(task)


class MapScreen(Screen[None]):
    CSS_PATH = "map.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", "Day before", show=False),
        Binding("right", "day(1)", "Day after", show=False),
        Binding("n", "next", "Next task", tooltip="Open the task that comes next"),
        Binding("g", "go_live", "Go live", tooltip="The lists for the launch and the time after it"),
        Binding("c", "check", "Check for drift", tooltip="Verify every ticked box again"),
    ]

    @property
    def golive(self) -> Golive:
        return cast("Golive", self.app)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("", id="now", classes="title", markup=False)
        yield Static("", id="left", classes="quiet", markup=False)
        with Horizontal(id="days"):
            for day in self.golive.desk.engine.checklist.days:
                with Vertical(classes="day"):
                    yield Label(f"Day {day.number} · {day.title}", classes="heading", markup=False)
                    yield DayList(day)
        yield Static("", id="about", markup=False)
        yield Footer()

    def on_screen_resume(self) -> None:
        self.show()

    def on_mount(self) -> None:
        self.show()
        task = self.upcoming()
        self.focus_on(task or next(iter(self.golive.desk.engine.checklist.tasks.values())))

    def upcoming(self) -> Task | None:
        engine = self.golive.desk.engine
        return next_task(engine.checklist, engine.state)

    def show(self) -> None:
        engine = self.golive.desk.engine
        for each in self.query(DayList):
            each.show(self)
        task, items = self.upcoming(), [engine.state.status(item.id) for _, item in engine.checklist.items()]
        if task:
            now = (
                f"Day {task.day}, {task.session}. Next: task {task.number}, {task.title} ({task.minutes} min); press n"
            )
        else:
            settled = all(status in SETTLED for status in items)
            now = "Everything is rehearsed; production is next" if settled and Status.REHEARSED in items else DONE_NOW
        done, drifted = items.count(Status.DONE) + items.count(Status.WAIVED), items.count(Status.DRIFTED)
        left = f"{hours(minutes_left(engine.checklist, engine.state))} left · {done} of {len(items)} items"
        failed, rehearsed = items.count(Status.FAILED), items.count(Status.REHEARSED)
        left += f" · {rehearsed} rehearsed, not yet in production" * bool(rehearsed)
        left += f" · {drifted} drifted" * bool(drifted) + f" · {failed} failed" * bool(failed)
        self.query_one("#now", Label).update(now)
        self.query_one("#left", Static).update(left)

    def focus_on(self, task: Task) -> None:
        for each in self.query(DayList):
            if task in each.tasks:
                each.highlighted = each.at(task)
                each.focus()

    @on(OptionList.OptionHighlighted)
    def tell_about(self, event: OptionList.OptionHighlighted) -> None:
        chosen = self.task_at(event.option_list, event.option_index)
        if chosen and event.option_list.has_focus:
            state = self.golive.desk.engine.state
            word = f"{state.of(chosen)}, {state.settled(chosen)} of {len(chosen.items)} items, {chosen.minutes} min"
            self.query_one("#about", Static).update(f"{chosen.number} {chosen.title}: {word}\n{chosen.why}")

    def task_at(self, day: OptionList, index: int) -> Task | None:
        return day.tasks[index] if isinstance(day, DayList) else None

    @on(OptionList.OptionSelected)
    def open(self, event: OptionList.OptionSelected) -> None:
        if task := self.task_at(event.option_list, event.option_index):
            self.golive.go_to(task)

    def action_day(self, step: int) -> None:
        days = list(self.query(DayList))
        here = next((index for index, each in enumerate(days) if each.has_focus), 0)
        to = days[(here + step) % len(days)]
        if to.highlighted is None:
            to.highlighted = 1
        to.focus()
        self.tell_about(OptionList.OptionHighlighted(to, to.options[to.highlighted], to.highlighted))

    def action_next(self) -> None:
        if task := self.upcoming():
            self.golive.go_to(task)
        else:
            self.notify("No task is left that Golive could begin; open one that waits for you")

    def action_go_live(self) -> None:
        self.app.push_screen(LaunchScreen())

    # ---- drift

    def action_check(self) -> None:
        self.notify("Every ticked box is verified again", title="Check")
        self.check()

    @work(thread=True, exclusive=True, group="engine")
    def check(self) -> None:
        try:
            drifted = self.golive.desk.check(self)
        except GoliveError as error:
            self.app.call_from_thread(self.notify, redact(str(error)), severity="error", timeout=15)
        else:
            self.app.call_from_thread(self.checked, drifted)

    @on(Happened)
    def progress(self, message: Happened) -> None:
        if isinstance(message.event, Verifying):
            self.query_one("#left", Static).update(f"Checking: {message.event.what} …")

    def checked(self, drifted: list[Evidence]) -> None:
        self.show()
        if not drifted:
            self.notify("Every ticked box still holds", title="Check")
        for evidence in drifted:
            self.notify(f"{evidence.item}: {redact(evidence.showed)}", title="Drifted", severity="warning", timeout=12)
