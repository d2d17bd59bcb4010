"""The map: three days, their sessions and tasks, how far each is by evidence, what is next, what waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Header, Label, OptionList, Static
from textual.widgets.option_list import Option

from screens.base_screen import Page
from screens.formatting import hours, many, minutes_left, next_task, safe, same_session, seen, span, waits
from screens.forms import Form
from screens.go_live import LaunchScreen
from screens.session_review import Review
from screens.status_symbols import QUIET, STYLES, item_row, sign
from screens.widgets.keys import Keys
from screens.widgets.progress import Progress, bar
from screens.work_item import Job
from wizard.base.errors import GoliveError, Stopped
from wizard.checklist.answers import Question
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Day, Task
from wizard.engine.events import Event, TaskFailed, TaskFinished, TaskStarted, Ticked, Verifying
from wizard.plan.actions import Plan
from wizard.state.state_file import SETTLED, State

T = TypeVar("T")
DONE_NOW = "Every task has been worked on; what is open waits for you"
WORKING = "▶"


class DayList(OptionList):
    """The tasks of one day, session by session."""

    def __init__(self, day: Day) -> None:
        super().__init__(id=f"day-{day.number}")
        self.day = day
        self.tasks: list[Task | None] = [task for session in day.sessions for task in (None, *session.tasks)]

    def show(self, state: State, now: Task | None, *, wide: bool) -> None:
        """Draw the tasks as they stand, the highlight where it is; *now* is the one being worked on."""
        rows: list[Content] = []
        for session in self.day.sessions:
            settled = sum(state.settled_count(task) for task in session.tasks)
            items = sum(len(task.items) for task in session.tasks)
            rows.append(Content.styled(f"{session.title}, {session.hours} h: {settled} of {items}", "bold"))
            rows += [task_row(task, state, working=task is now, wide=wide) for task in session.tasks]
        if self.option_count != len(rows):
            self.clear_options()
            self.add_options(Option(row, disabled=task is None) for row, task in zip(rows, self.tasks, strict=True))
        else:
            for index, row in enumerate(rows):
                self.replace_option_prompt_at_index(index, row)

    def at(self, task: Task) -> int:
        return self.tasks.index(task)


def task_row(task: Task, state: State, *, working: bool, wide: bool) -> Content:
    """A task's sign, number, title and items settled; in a *wide* list also its status and time."""
    status = state.task_status(task)
    row = Content.assemble(
        (f"{WORKING if working else sign(status)} {task.number:>2} ", STYLES.get(status, "")),
        (f"{state.settled_count(task)}/{len(task.items):<2} ", QUIET),
        (task.title, STYLES.get(status, "")),
    )
    if not wide:
        return row
    took = state.spent.get(str(task.number))
    time = f"{hours(task.minutes)} planned" + (f", {span(took)} taken" if took is not None else "")
    word = "working" if working else "waits for you" if seen(task, state) and waits(task, state) else str(status)
    return row.append_text(f"  {word}, {time}", QUIET)


class MapScreen(Page, Screen[None]):
    CSS_PATH = "dashboard.tcss"
    HELP = (
        "Three days with their tasks. A box is ticked by what was run and seen, never by hand. Enter opens a task; n "
        "goes on where you are; s asks everything a session needs at once and then works alone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", "Day before", show=False),
        Binding("right", "day(1)", "Day after", show=False),
        Binding("n", "next", "Next task", tooltip="Open the task that comes next"),
        Binding(
            "s", "session", "Do the session", tooltip="Answer all of its questions now, see its plans, then let it run"
        ),
        Binding("w", "waiting", "Waits for you", tooltip="The items that only you can settle"),
        Binding("g", "go_live", "Go live", tooltip="The lists for the launch and the time after it"),
        Binding("c", "check", "Check for drift", tooltip="Verify every ticked box again"),
        Binding("x", "stop", "Stop", tooltip="Stop the work; what is half done is taken back"),
        Binding("b", "app.report", "Report", tooltip="Open the report of how things stand in the browser"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("", id="now", classes="title", markup=False)
        with Horizontal(id="how-far"):
            yield Progress()
            yield Label("", id="share", markup=False)
        yield Static("", id="left", classes="quiet", markup=False)
        with Horizontal(id="headings"):
            for day in self.desk.engine.checklist.days:
                yield Static("", id=f"heading-{day.number}", classes="heading")
        with Horizontal(id="days"):
            for day in self.desk.engine.checklist.days:
                with Vertical(classes="day"):
                    yield DayList(day)
        yield Static("", id="about", markup=False)
        yield Keys()

    def on_screen_resume(self) -> None:
        self.show()

    def on_mount(self) -> None:
        self.show()
        task = self.upcoming()
        self.focus_on(task or next(iter(self.desk.engine.checklist.tasks.values())))

    def on_resize(self) -> None:
        self.call_after_refresh(self.show)

    def upcoming(self) -> Task | None:
        engine = self.desk.engine
        return next_task(engine.checklist, engine.state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        job = self.golive.job
        return {"stop": job is not None, "session": job is None, "check": job is None}.get(action, True)

    # ---- what is shown

    @property
    def narrow(self) -> bool:
        """Whether there is room for one day at a time only."""
        return self.has_class("-narrow")

    def show(self) -> None:
        if self.golive.desk is None:
            return
        engine, job = self.desk.engine, self.golive.job
        now = job.now if job else None
        here = self.focused_day()
        for each in self.query(DayList):
            each.show(engine.state, now, wide=self.narrow or self.size.width >= 210)
            each.parent.set_class(each is not here, "-elsewhere")  # type: ignore[union-attr]
            heading = self.query_one(f"#heading-{each.day.number}", Static)
            heading.update(self.heading(each.day, here=each is here))
        statuses = [engine.state.status(item.id) for _, item in engine.checklist.items()]
        self.query_one(Progress).statuses = tuple(statuses)
        settled = sum(status in SETTLED for status in statuses)
        self.query_one("#share", Label).update(f"{settled} of {len(statuses)} items")
        self.query_one("#now", Label).update(self.told_now(statuses))
        self.query_one("#left", Static).update(self.told_left(statuses))
        if here.highlighted is not None and (task := here.tasks[here.highlighted]):
            self.query_one("#about", Static).update(self.about(task))

    def heading(self, day: Day, *, here: bool) -> Content:
        state = self.desk.engine.state
        items = [item for session in day.sessions for task in session.tasks for item in task.items]
        room, title = self.size.width // 3, f"Day {day.number} · {day.title}"
        if len(title) + 12 > room:  # the bar tells more than the title does
            title = f"Day {day.number}"
        wide = max(6, min(20, room - len(title) - 6))
        mark = ("› " if here and self.narrow else "") + title
        return Content.assemble((f"{mark} ", "bold" if here else QUIET), bar((state.status(i.id) for i in items), wide))

    def told_now(self, statuses: list[Status]) -> str:
        if job := self.golive.job:
            doing = f"task {job.now.number}, {job.now.title}" if job.now else job.told
            return f"{WORKING} Working on {doing}; x stops it"
        if task := self.upcoming():
            return (
                f"Day {task.day}, {task.session}. Next: task {task.number}, {task.title} ({task.minutes} min); press n"
            )
        settled = all(status in SETTLED for status in statuses)
        return "Everything is rehearsed; production is next" if settled and Status.REHEARSED in statuses else DONE_NOW

    def told_left(self, statuses: list[Status]) -> str:
        engine = self.desk.engine
        state, tasks = engine.state, engine.checklist.tasks.values()
        planned, worked = sum(task.minutes for task in tasks), sum(state.spent.values())
        mine = sum(len(waits(task, state)) for task in tasks)
        counted = {
            "done": statuses.count(Status.DONE) + statuses.count(Status.WAIVED),
            "rehearsed, not yet in production": statuses.count(Status.REHEARSED),
            f"wait{'s' * (mine == 1)} for you": mine,
            "drifted": statuses.count(Status.DRIFTED),
            "failed": statuses.count(Status.FAILED),
        }
        parts = [f"{hours(minutes_left(engine.checklist, state))} left of {hours(planned)}"]
        parts += [f"{span(worked)} worked"] if worked else []
        parts += [f"{count} {word}" for word, count in counted.items() if count]
        return " · ".join(parts)

    def about(self, task: Task) -> Content:
        state = self.desk.engine.state
        took = state.spent.get(str(task.number))
        told = f"{state.task_status(task)}, {state.settled_count(task)} of {len(task.items)} items, {task.minutes} min"
        told += f" planned, {span(took)} taken" if took is not None else ""
        lines = [Content.assemble((f"{task.number} {task.title}: ", "bold"), told), Content.styled(task.why, QUIET)]
        if self.has_class("-high"):
            room = self.query_one("#about").size.height - 3
            lines += [item_row(item, state.evidence.get(item.id)).split("\n")[0] for item in task.items[: max(0, room)]]
        return Content("\n").join(lines)

    # ---- moving

    def focused_day(self) -> DayList:
        days = list(self.query(DayList))
        chosen = next((each for each in days if each.has_focus), None)
        return chosen or next(
            (each for each in days if each.parent and not each.parent.has_class("-elsewhere")), days[0]
        )

    def focus_on(self, task: Task) -> None:
        for each in self.query(DayList):
            if task in each.tasks:
                each.parent.remove_class("-elsewhere")  # type: ignore[union-attr]
                each.highlighted = each.at(task)
                each.focus()

    def on_descendant_focus(self) -> None:
        self.show()

    @on(OptionList.OptionHighlighted)
    def tell_about(self, event: OptionList.OptionHighlighted) -> None:
        chosen = self.task_at(event.option_list, event.option_index)
        if chosen and event.option_list is self.focused_day():
            self.query_one("#about", Static).update(self.about(chosen))

    def task_at(self, day: OptionList, index: int) -> Task | None:
        return day.tasks[index] if isinstance(day, DayList) else None

    @on(OptionList.OptionSelected)
    def open(self, event: OptionList.OptionSelected) -> None:
        if task := self.task_at(event.option_list, event.option_index):
            self.golive.go_to(task)

    def action_day(self, step: int) -> None:
        days = list(self.query(DayList))
        to = days[(days.index(self.focused_day()) + step) % len(days)]
        for each in days:
            each.parent.set_class(each is not to, "-elsewhere")  # type: ignore[union-attr]
        if to.highlighted is None:
            to.highlighted = 1
        to.focus()

    def on_click(self, event: object) -> None:
        widget = getattr(event, "widget", None)
        if widget is not None and widget.id and widget.id.startswith("heading-"):
            number = int(widget.id.removeprefix("heading-"))
            days = [each.day.number for each in self.query(DayList)]
            self.action_day(days.index(number) - days.index(self.focused_day().day.number))

    def action_next(self) -> None:
        if task := self.upcoming():
            self.golive.go_to(task)
        else:
            self.notify("No task is left that Golive could begin; w shows what waits for you")

    def action_waiting(self) -> None:
        self.golive.action_search("waits")

    def action_go_live(self) -> None:
        self.app.push_screen(LaunchScreen())

    def action_stop(self) -> None:
        self.golive.stop_work()

    # ---- a whole session, while the person is away

    def action_session(self) -> None:
        first = self.upcoming()
        if first is None:
            self.action_next()
            return
        same = same_session(first, self.desk.engine.checklist, self.desk.engine.state)
        self.query_one("#now", Label).update(f"Looking at what {many(len(same), 'task')} need …")
        self.asked = set()
        self.see(partial(self.desk.questions, same), partial(self.ask, same))

    @work(thread=True, exclusive=True, group="looking")
    def see(self, look: Callable[[], T], then: Callable[[T], None]) -> None:
        """Look at the project on a thread, and go on with what was seen."""
        try:
            found = look()
        except Stopped:  # the session ends
            return
        except GoliveError as error:
            self.app.call_from_thread(self.notify, safe(str(error)), severity="error", timeout=15)
        else:
            self.app.call_from_thread(then, found)

    def ask(self, tasks: list[Task], found: list[tuple[Task, Question]]) -> None:
        """Ask what was *found*; an answer may lead to more questions, and without any the plans are next."""
        self.show()
        if not found:
            self.see(partial(self.desk.plans, tasks), self.review)
            return
        questions, headings, last = [question for _, question in found], {}, None
        for task, question in found:
            if task is not last:
                headings[question.name] = f"Task {task.number}: {task.title}"
            last = task
        self.asked.update(question.name for question in questions)
        form = Form("Everything this session asks", questions, headings=headings)
        self.app.push_screen(form, lambda answers: self.answered(tasks, answers))

    def answered(self, tasks: list[Task], answers: dict[str, str] | None) -> None:
        def look() -> list[tuple[Task, Question]]:
            self.desk.answer(answers or {})
            return self.desk.questions(tasks, self.asked)

        if answers is not None:
            self.see(look, partial(self.ask, tasks))

    def review(self, plans: list[tuple[Task, Plan]]) -> None:
        def go(agreed: bool | None) -> None:
            if agreed:
                self.golive.run_tasks([task for task, _ in plans], alone=True)
                self.show()

        self.app.push_screen(Review(plans, self.desk.engine.project.top), go)

    # ---- news, and drift

    def follow(self, event: Event) -> None:
        if isinstance(event, Ticked | TaskStarted | TaskFinished | TaskFailed):
            self.show()
        elif isinstance(event, Verifying) and self.golive.job and not self.golive.job.now:
            self.query_one("#now", Label).update(f"{WORKING} Checking: {event.what} …")

    def ended(self, job: Job) -> None:
        self.show()
        if job.failure and self.is_current:
            self.golive.show_failure(job.failure)
        elif job.alone and not job.error:
            self.notify("The session is done; w shows what waits for you", title=job.told, timeout=10)

    def action_check(self) -> None:
        self.golive.begin(Job("Check for drift", self.desk.check, then=self.checked))
        self.show()

    def checked(self, drifted: list[Evidence]) -> None:
        if not drifted:
            self.notify("Every ticked box still holds", title="Check")
        for evidence in drifted:
            self.notify(f"{evidence.item}: {safe(evidence.showed)}", title="Drifted", severity="warning", timeout=12)
