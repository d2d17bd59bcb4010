"""The dashboard: the days with their tasks, the progress of each, and the next step."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Header, Label, OptionList, Static

from screens.formatting import (
    NOTHING_TO_RUN,
    estimate,
    needing_input,
    next_task,
    safe,
    time_left,
)
from screens.forms import Form
from screens.half_day import HalfDayRun
from screens.key_names import key_of
from screens.messages import OpenFailure, OpenGoLiveBoard, OpenSearch, OpenTask
from screens.status_symbols import QUIET, item_row
from screens.widgets.day_list import RUNNING, DayList, task_label
from screens.widgets.keys import KeyBar
from screens.widgets.progress import Progress, bar
from screens.work_item import WorkItem
from wizard.base.wording import duration, plural
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Day, Task
from wizard.engine.events import Event, NotChecked, TaskFailed, TaskFinished, TaskStarted, Ticked, Verifying
from wizard.reporting import drift_text
from wizard.state.state_file import SETTLED
from wizard.targets import registry

LEAST_COLUMNS, COLUMN = 3, 38
"""The fewest days side by side, and the cells that a further one needs. Days beyond that are shown when selected."""


class Dashboard(HalfDayRun, Screen[None]):
    CSS_PATH = "dashboard.tcss"
    HELP = (
        "Three days with their tasks. Golive marks an item as done only after checking it. Press Enter to open a task, "
        "n for the next task, or s to run this half-day: Golive first asks all of its questions, shows its plans, "
        "and then works unattended."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", "Previous day", show=False, id="dashboard.previous_day"),
        Binding("right", "day(1)", "Next day", show=False, id="dashboard.next_day"),
        Binding("x", "stop", "Stop", tooltip="Stop and roll back unfinished changes", id="dashboard.stop"),
        Binding("n", "next", "Next task", tooltip="Open the next task", id="dashboard.next"),
        Binding(
            "s",
            "run_half_day",
            "Run this half-day",
            tooltip="Answer its questions, review its plans, then let Golive run it",
            id="dashboard.run_half_day",
        ),
        Binding(
            "w",
            "needs_input",
            "Needs your input",
            tooltip="List the items that need your input",
            id="dashboard.needs_input",
        ),
        Binding(
            "g", "go_live", "Go live", tooltip="The lists for the launch and the time after it", id="dashboard.go_live"
        ),
        Binding("t", "target", "Target", tooltip="Rehearse on this machine, or deploy", id="dashboard.target"),
        Binding("c", "check", "Check for drift", tooltip="Check all done items again", id="dashboard.check"),
        Binding("r", "app.report", "Report", tooltip="Open the report in the browser", id="dashboard.report"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.asked = set()

    def compose(self) -> ComposeResult:
        days = self.engine_session.engine.checklist.days
        yield Header()
        yield Label("", id="now", classes="title", markup=False)
        with Horizontal(id="how-far"):
            yield Progress()
            yield Label("", id="share", markup=False)
        yield Static("", id="left", classes="quiet", markup=False)
        with Horizontal(id="headings"):
            for day in days:
                yield Static("", id=f"heading-{day.number}", classes="heading")
        with Horizontal(id="days"):
            for day in days:
                with Vertical(classes="day"):
                    yield DayList(day)
        yield Static("", id="about", markup=False)
        yield KeyBar()

    def on_screen_resume(self) -> None:
        self.show()

    def on_mount(self) -> None:
        self.show()
        task = self.upcoming()
        self.focus_on(task or next(iter(self.engine_session.engine.checklist.tasks.values())))

    def on_resize(self) -> None:
        self.call_after_refresh(self.show)

    def upcoming(self) -> Task | None:
        engine = self.engine_session.engine
        return next_task(engine.checklist, engine.state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        idle = self.session_app.work_item is None
        return {"stop": not idle, "run_half_day": idle, "check": idle, "target": idle}.get(action, True)

    # ---- display

    @property
    def narrow(self) -> bool:
        """Whether there is room for one day only."""
        return self.has_class("-narrow")

    def show(self) -> None:
        if self.session_app.engine_session is None:
            return
        engine, work_item = self.engine_session.engine, self.session_app.work_item
        current_task = work_item.current_task if work_item else None
        selected = self.selected_day()
        self.show_days_around(selected)
        for day_list in self.query(DayList):
            day_list.show(engine.state, current_task, wide=self.narrow or self.size.width >= 210)
            day_list.parent.set_class(day_list is not selected, "-elsewhere")  # type: ignore[union-attr]
            heading = self.query_one(f"#heading-{day_list.day.number}", Static)
            heading.update(self.heading(day_list.day, selected=day_list is selected))
        statuses = [engine.state.status(item.id) for task in engine.checklist.required_tasks for item in task.items]
        self.query_one(Progress).statuses = tuple(statuses)
        applicable = [status for status in statuses if status is not Status.NOT_APPLICABLE]
        settled = sum(status in SETTLED for status in applicable)
        self.query_one("#share", Label).update(f"{settled} of {len(applicable)} items")
        self.show_headline(self.headline(statuses))
        self.query_one("#left", Static).update(self.summary(statuses))
        if selected.highlighted is not None and (task := selected.tasks[selected.highlighted]):
            self.query_one("#about", Static).update(self.about(task))

    def show_days_around(self, selected: DayList) -> None:
        """Show as many days side by side as there is room for. A narrow screen hides all but one by its styles."""
        days = list(self.query(DayList))
        fit = len(days) if self.narrow else min(len(days), max(LEAST_COLUMNS, self.size.width // COLUMN))
        first = max(0, days.index(selected) - fit + 1)
        for index, day in enumerate(days):
            away = not first <= index < first + fit
            day.parent.set_class(away, "-away")  # type: ignore[union-attr]
            self.query_one(f"#heading-{day.day.number}", Static).set_class(away, "-away")

    def show_headline(self, text: str) -> None:
        self.query_one("#now", Label).update(text)

    def heading(self, day: Day, *, selected: bool) -> Content:
        state = self.engine_session.engine.state
        items = [item for task in day.tasks for item in task.items]
        shown = [each for each in self.query(".heading") if not each.has_class("-away")]
        room, title = self.size.width // max(1, len(shown)), f"Day {day.number} · {day.title}"
        if len(title) + 12 > room:  # the progress bar matters more than the title
            title = f"Day {day.number}"
        if self.narrow:  # only the list of the selected day is shown
            title = f"{'›' if selected else ' '} {title}"
        width = max(4, min(20, room - len(title) - 4))
        style = "bold" if selected else QUIET
        return Content.assemble((f"{title} ", style), bar((state.status(item.id) for item in items), width))

    def headline(self, statuses: list[Status]) -> str:
        """The work in progress, or the next step."""
        if work_item := self.session_app.work_item:
            task = work_item.current_task
            title = f"Task {task.number}, {task.title}," if task else work_item.title
            return f"{RUNNING} {title} is running. Press {key_of('dashboard.stop')} to stop."
        if task := self.upcoming():
            position, title = f"Day {task.day}, {task.session}", f"{task.number} {task.title}"
            return f"{position} · Next: {title} ({task.minutes} min) · press {key_of('dashboard.next')}"
        if not all(status in {*SETTLED, Status.NOT_APPLICABLE} for status in statuses):
            return f"All tasks have run · Some items need your input · press {key_of('dashboard.needs_input')}"
        return "Everything is rehearsed · Next: production" if Status.REHEARSED in statuses else "Everything is done"

    def summary(self, statuses: list[Status]) -> str:
        """The time left, how many items have which status, and the time taken."""
        engine = self.engine_session.engine
        state, tasks = engine.state, engine.checklist.tasks.values()
        time_taken = sum(state.spent.values())
        waiting = sum(len(needing_input(task, state)) for task in tasks)
        counts = {
            "done": statuses.count(Status.DONE),
            "rehearsed": statuses.count(Status.REHEARSED),
            f"need{'s' * (waiting == 1)} your input": waiting,
            "drifted": statuses.count(Status.DRIFTED),
            "failed": statuses.count(Status.FAILED),
            "skipped": statuses.count(Status.WAIVED),
            "not applicable": statuses.count(Status.NOT_APPLICABLE),
        }
        parts = ["rehearsal" if engine.sandbox.name == "local" else f"target {engine.sandbox.name}"]
        parts += [f"{left} left to run"] if (left := time_left(engine.checklist, state)) else []
        parts += [f"{count} {word}" for word, count in counts.items() if count]
        parts += [f"{duration(time_taken)} taken"] if time_taken else []
        return " · ".join(parts)

    def about(self, task: Task) -> Content:
        """The status of *task*, why it matters, and as many of its items as there is room for."""
        state, box = self.engine_session.engine.state, self.query_one("#about")
        settled = f"{state.settled_count(task)} of {plural(state.applicable_count(task), 'item')}"
        facts = [task_label(task, state), settled]
        facts += [] if self.narrow else [estimate(task, state)]  # the row in the list says it
        head = Content.assemble((f"{task.number} {task.title}: ", "bold"), ", ".join(facts))
        lines = [head, Content.styled(task.why, QUIET)]
        if self.has_class("-high"):
            lines += [item_row(item, state.evidence.get(item.id)).split("\n")[0] for item in task.items]
            while len(Content("\n").join(lines).wrap(box.size.width)) > box.size.height and len(lines) > 2:
                lines.pop()
        return Content("\n").join(lines)

    # ---- moving between days and tasks

    def selected_day(self) -> DayList:
        days = list(self.query(DayList))
        focused = next((day for day in days if day is self.focused), None)
        return focused or next((day for day in days if day.parent and not day.parent.has_class("-elsewhere")), days[0])

    def focus_on(self, task: Task) -> None:
        for day in self.query(DayList):
            if task in day.tasks:
                day.parent.remove_class("-elsewhere", "-away")  # type: ignore[union-attr]
                day.highlighted = day.row_of(task)
                day.focus()

    def on_descendant_focus(self) -> None:
        self.show()

    @on(OptionList.OptionHighlighted)
    def show_about(self, event: OptionList.OptionHighlighted) -> None:
        task = self.task_at(event.option_list, event.option_index)
        if task and event.option_list is self.selected_day():
            self.query_one("#about", Static).update(self.about(task))

    def task_at(self, day: OptionList, index: int) -> Task | None:
        return day.tasks[index] if isinstance(day, DayList) else None

    @on(OptionList.OptionSelected)
    def open_selected(self, event: OptionList.OptionSelected) -> None:
        if task := self.task_at(event.option_list, event.option_index):
            self.post_message(OpenTask(task))

    def action_day(self, step: int) -> None:
        days = list(self.query(DayList))
        target = days[(days.index(self.selected_day()) + step) % len(days)]
        for day in days:
            day.parent.set_class(day is not target, "-elsewhere")  # type: ignore[union-attr]
        target.parent.remove_class("-away")  # type: ignore[union-attr]
        if target.highlighted is None:
            target.highlighted = 1
        self.set_focus(target)  # at once, so that the next key of a held arrow begins there

    def on_click(self, event: object) -> None:
        widget = getattr(event, "widget", None)
        if widget is not None and widget.id and widget.id.startswith("heading-"):
            number = int(widget.id.removeprefix("heading-"))
            numbers = [day.day.number for day in self.query(DayList)]
            self.action_day(numbers.index(number) - numbers.index(self.selected_day().day.number))

    # ---- actions

    def action_next(self) -> None:
        if task := self.upcoming():
            self.post_message(OpenTask(task))
        else:
            self.notify(NOTHING_TO_RUN)

    def action_needs_input(self) -> None:
        self.post_message(OpenSearch("needs your input"))

    def action_target(self) -> None:
        question = registry.question(self.engine_session.engine.sandbox.name)
        self.app.push_screen(Form("Target", [question]), self.choose_target)

    def choose_target(self, answers: dict[str, str] | None) -> None:
        if answers:
            choose = partial(self.engine_session.choose_target, answers["target"])
            self.session_app.begin(WorkItem("The target", choose))

    def action_go_live(self) -> None:
        self.post_message(OpenGoLiveBoard())

    def action_stop(self) -> None:
        self.session_app.stop_work()

    def action_check(self) -> None:
        self.session_app.begin(WorkItem("The drift check", self.engine_session.check, on_success=self.show_drift))
        self.show()

    def show_drift(self, result: tuple[list[Evidence], list[NotChecked]]) -> None:
        drifted, errors = result
        if not drifted and not errors:
            self.notify("No drift: all done items still pass.", title="Check for drift")
        for evidence in drifted:
            self.notify(f"{evidence.item}: {safe(evidence.result())}", title="Drifted", severity="warning", timeout=12)
        for error in errors:
            text = safe(drift_text.not_checked_line(error))
            self.notify(text, title="Not checked", severity="error", timeout=12)

    # ---- events

    def show_event(self, event: Event) -> None:
        if isinstance(event, Ticked | TaskStarted | TaskFinished | TaskFailed):
            self.show()
        elif isinstance(event, Verifying):
            work_item = self.session_app.work_item
            if work_item and not work_item.current_task:
                self.show_headline(f"{RUNNING} Checking {event.what} …")

    def work_ended(self, work_item: WorkItem) -> None:
        self.show()
        if work_item.failure and self.is_current:
            self.post_message(OpenFailure(work_item.failure))
        elif work_item.unattended and not work_item.error:
            key = key_of("dashboard.needs_input")
            text = f"This half-day is finished. Press {key} to list the items that need your input."
            self.notify(text, title=work_item.title, timeout=10)
