"""One task: its items with their evidence, the changes, the live output, and one key for the next move."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Footer, Header, Label, OptionList, RichLog, Static, TabbedContent, TabPane

from screens.desk import Happened, Prepared
from screens.failure import Failure
from screens.item import ItemDialog, Said, Token
from screens.question import Form
from screens.signs import next_task
from screens.widgets.items import Items
from screens.widgets.plan import plan_text
from wizard.answers import Question
from wizard.checklist import Task
from wizard.errors import GoliveError, Stopped
from wizard.events import (
    ActionDone,
    ActionStarted,
    Found,
    Output,
    Planned,
    TaskFailed,
    TaskFinished,
    Ticked,
    Verifying,
)
from wizard.evidence import Status
from wizard.secrets import redact

if TYPE_CHECKING:
    from screens.app import Golive


class Phase(Enum):
    LOOKING = "Looking at the project …"
    PLANNED = "Planned"
    RUNNING = "Working …"
    FINISHED = "Finished"
    FAILED = "Failed"


class TaskScreen(Screen[None]):
    CSS_PATH = "task.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Map", tooltip="Back to the map of the three days"),
        Binding("a", "apply", "Apply", tooltip="Make the changes shown, then verify"),
        Binding("n", "next", "Next task"),
        Binding("o", "ask", "Options", tooltip="Answer this task's questions anew"),
        Binding("x", "stop", "Stop", tooltip="Stop the work; what is half done is taken back"),
        Binding("u", "undo", "Undo", tooltip="Put back every file this task changed"),
        Binding("h", "help", "Guide", tooltip="The troubleshooting guide of this task", show=False),
    ]

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task_shown = task
        self.phase = Phase.LOOKING
        self.prepared: Prepared | None = None
        self.failure: TaskFailed | None = None

    @property
    def golive(self) -> Golive:
        return cast("Golive", self.app)

    @property
    def running(self) -> bool:
        return self.phase is Phase.RUNNING

    @property
    def present(self) -> bool:
        """Whether the person is still here: the last word of a stopped thread may come late."""
        return self.is_attached and self.golive.desk.ready

    # ---- what is shown

    def compose(self) -> ComposeResult:
        task = self.task_shown
        yield Header()
        yield Label(f"{task.number} {task.title}", classes="title", markup=False)
        yield Static(f"Day {task.day}, {task.session} · {task.minutes} min · {task.why}", id="why", markup=False)
        with Container(id="body"):
            yield Items(task)
            with TabbedContent(id="tabs"):
                with TabPane("Changes", id="changes"), VerticalScroll():
                    yield Static("", id="plan", markup=False)
                with TabPane("Output", id="output"):
                    yield RichLog(max_lines=5000, min_width=20, wrap=True, markup=False, auto_scroll=True)
                with TabPane("Help", id="help"), VerticalScroll():
                    yield Static(self.help_text(), id="help-text", markup=False)
        with Horizontal(id="bar"):
            yield Button("", id="move", variant="primary", compact=True)
            yield Static("", id="state", markup=False)
        yield Footer()

    def help_text(self) -> str:
        checklist, task = self.golive.desk.engine.checklist, self.task_shown
        parts = [f"Commands the checklist names:\n  {chr(10).join(task.commands)}\n"] if task.commands else []
        parts += [f"Files: {', '.join(task.files)}\n"] if task.files else []
        for guide in checklist.guides_for(task):
            parts += [guide.title, *(f"  · {hint.text}. {hint.fix}" for hint in guide.hints), ""]
        parts += [f"{link.title}: {link.url}" for name in task.links if (link := checklist.links.get(name))]
        return "\n".join(parts)

    def on_mount(self) -> None:
        self.items.show(self.golive.desk.engine.state)
        self.look()

    @property
    def items(self) -> Items:
        return self.query_one(Items)

    @property
    def log_shown(self) -> RichLog:
        return self.query_one(RichLog)

    def say(self, text: str) -> None:
        self.query_one("#state", Static).update(redact(text).replace("\n", " "))

    def turn(self, phase: Phase, told: str = "") -> None:
        """Enter *phase*: the button and the keys that make sense now."""
        self.phase = phase
        move = self.query_one("#move", Button)
        move.label = self.next_move()
        move.refresh(layout=True)
        move.disabled = phase is Phase.LOOKING
        if phase is not Phase.LOOKING and self.is_current:
            move.focus()
        self.say(told or phase.value)
        self.refresh_bindings()

    def next_move(self) -> str:
        if self.phase is Phase.RUNNING:
            return "Stop"
        if self.phase is Phase.FAILED:
            return "What to do"
        if self.phase is Phase.FINISHED:
            following = self.following()
            return f"Next: {following.number} {following.title}" if following else "To the map"
        if self.prepared and (count := len(self.prepared.plan.work)):
            return f"Apply {count} change{'s' * (count > 1)}"
        return "Verify" if self.phase is Phase.PLANNED else "…"

    def following(self) -> Task | None:
        engine = self.golive.desk.engine
        return next_task(engine.checklist, engine.state, self.task_shown.number)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        idle = self.phase in {Phase.PLANNED, Phase.FINISHED, Phase.FAILED}
        allowed = {
            "apply": idle,
            "next": idle,
            "undo": idle,
            "stop": self.running,
            "ask": idle and bool(self.prepared and self.prepared.questions),
        }
        return allowed.get(action, True)

    # ---- looking and planning

    def look(self) -> None:
        self.turn(Phase.LOOKING)
        self.prepare()

    @work(thread=True, exclusive=True, group="engine")
    def prepare(self) -> None:
        try:
            prepared = self.golive.desk.prepare(self, self.task_shown)
        except GoliveError as error:
            self.app.call_from_thread(self.broke, error)
        else:
            self.app.call_from_thread(self.planned, prepared)

    def planned(self, prepared: Prepared) -> None:
        if not self.present:
            return
        first, self.prepared = self.prepared is None, prepared
        self.query_one("#plan", Static).update(
            plan_text(prepared.plan, prepared.findings, self.golive.desk.engine.project.top)
        )
        state = self.golive.desk.engine.state
        work = prepared.plan.work
        open_items = len(self.task_shown.items) - state.settled(self.task_shown)
        if work:
            told = f"{len(work)} change{'s' * (len(work) > 1)} shown above; nothing is touched before you apply"
        elif not open_items:
            self.turn(Phase.FINISHED, "Every item is settled")
            return
        else:
            told = "Nothing to change; verify looks at the items"
        self.turn(Phase.PLANNED, told)
        answers = self.golive.desk.engine.answers
        unanswered = [each for each in prepared.questions if not answers.get(each.name)]
        needed = any(each.needed for each in unanswered)
        if first and unanswered and (work or needed) and self.is_current:
            self.action_ask()

    def action_ask(self) -> None:
        assert self.prepared is not None
        answers, questions = self.golive.desk.engine.answers, self.prepared.questions
        now = {each.name: answers.get(each.name, each.default) for each in questions}
        self.app.push_screen(Form(f"{self.task_shown.title}: your choice", questions, now), self.answered)

    def answered(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.golive.desk.engine.answers.given.update(answers)
            self.look()

    # ---- working

    @on(Button.Pressed, "#move")
    def move(self) -> None:
        if self.running:
            self.action_stop()
        elif self.phase is Phase.FINISHED:
            self.action_next()
        elif self.phase is Phase.FAILED and self.failure:
            self.show_failure()
        else:
            self.action_apply()

    def action_apply(self) -> None:
        self.failure = None
        self.log_shown.clear()
        self.query_one(TabbedContent).active = "output"
        self.turn(Phase.RUNNING)
        self.run_task()

    @work(thread=True, exclusive=True, group="engine")
    def run_task(self) -> None:
        try:
            self.golive.desk.run(self, self.task_shown)
        except GoliveError as error:
            self.app.call_from_thread(self.broke, error)
        else:
            self.app.call_from_thread(self.finished)

    @on(Happened)
    def follow(self, message: Happened) -> None:
        """Show what the engine does while it does it."""
        match message.event:
            case Found() as event:
                self.write(f"{'!' if event.finding.warning else '·'} {event.finding}")
            case Planned() as event:
                self.query_one("#plan", Static).update(plan_text(event.plan, [], self.golive.desk.engine.project.top))
            case ActionStarted() as event:
                self.say(event.action.describe())
                self.write(f"→ {event.action.describe()}")
            case Output() as event:
                self.write(f"  {event.line}")
            case ActionDone():
                self.write("  done")
            case Verifying() as event:
                self.say(f"Verifying {event.what} …")
                self.write(f"Verifying {event.what}")
            case Ticked() as event:
                self.items.tick(event.item, event.evidence)
            case TaskFailed() as event:
                self.failure = event
                self.write(f"✘ {event.error}")
            case TaskFinished() as event:
                self.write(f"{event.task.title}: {event.status}")

    def write(self, line: str) -> None:
        self.log_shown.write(redact(line).replace(f"{self.golive.desk.engine.project.top}/", ""))

    def finished(self) -> None:
        if self.present:  # events were posted before this; they are shown first
            self.call_after_refresh(self.conclude)

    def conclude(self) -> None:
        if self.failure:
            self.turn(Phase.FAILED, self.failure.error)
            self.show_failure()
            return
        state, task = self.golive.desk.engine.state, self.task_shown
        waits = len(task.items) - state.settled(task)
        rehearsed = state.of(task) is Status.REHEARSED
        told = f"Every item is settled by what was seen{' in the rehearsal' * rehearsed}"
        if waits:
            told = f"{waits} item{'s' * (waits > 1)} wait{'s' * (waits == 1)} for you: choose it in the list"
        self.turn(Phase.FINISHED, told)

    def broke(self, error: GoliveError) -> None:
        """The work ended before its end: stopped, or the project can't be read."""
        if not self.present:
            return
        if isinstance(error, Stopped):
            self.notify(redact(str(error)), title="Stopped", timeout=8)
            self.items.show(self.golive.desk.engine.state)
            self.look()
            return
        self.failure = TaskFailed(self.task_shown, str(error))
        self.write(f"✘ {error}")
        self.turn(Phase.FAILED, str(error))
        self.show_failure()

    def show_failure(self) -> None:
        assert self.failure is not None
        if self.is_current:
            self.app.push_screen(Failure(self.failure), self.after_failure)

    def after_failure(self, choice: str | None) -> None:
        if choice == "again":
            self.look()
        elif choice == "next":
            self.action_next()

    def action_stop(self) -> None:
        self.say("Stopping; what is half done is taken back …")
        self.golive.desk.stop()

    # ---- items, undo, leaving

    @on(OptionList.OptionSelected, "Items")
    def open_item(self, event: OptionList.OptionSelected) -> None:
        if not self.running:
            item = self.task_shown.items[event.option_index]
            evidence = self.golive.desk.engine.state.evidence.get(item.id)
            known = self.golive.desk.engine.checklist.services.values()
            service = next((each for each in known if each.account == item.id), None)
            dialog = ItemDialog(item, evidence, service)
            self.app.push_screen(dialog, lambda said: self.note(event.option_index, said))

    def note(self, index: int, said: Said | Token | None) -> None:
        if isinstance(said, Token):
            self.keep(said)
        elif said:
            item = self.task_shown.items[index]
            evidence = self.golive.desk.engine.note(self.task_shown, item, said.status, said.text)
            self.items.tick(item, evidence)
            if self.phase in {Phase.PLANNED, Phase.FINISHED}:
                self.turn(self.phase, f"{item.id} is {said.status}")

    @work(thread=True, exclusive=True, group="engine")
    def keep(self, token: Token) -> None:
        try:
            where = self.golive.desk.store(self, token.name, token.value)
        except GoliveError as error:
            self.app.call_from_thread(self.notify, redact(str(error)), title=token.name, timeout=12, severity="warning")
        else:
            self.app.call_from_thread(self.notify, f"It is in {where} now", title=token.name)
            self.app.call_from_thread(self.look)

    def action_undo(self) -> None:
        text = f"Put back everything task {self.task_shown.number} changed?"
        why = "Files get their old content byte for byte; packages it installed are removed."
        question = Question("undo", text, "no", why, ("no", "yes"))
        self.app.push_screen(Form("Undo", [question]), self.undo_if_sure)

    def undo_if_sure(self, answers: dict[str, str] | None) -> None:
        if answers and answers["undo"] == "yes":
            self.turn(Phase.RUNNING, "Undoing …")
            self.undo()

    @work(thread=True, exclusive=True, group="engine")
    def undo(self) -> None:
        try:
            count = self.golive.desk.undo(self, self.task_shown)
        except GoliveError as error:
            self.app.call_from_thread(self.broke, error)
        else:
            self.app.call_from_thread(self.undone, count)

    def undone(self, count: int) -> None:
        self.notify("Everything is back as it was" if count else "This task had changed nothing", title="Undo")
        self.items.show(self.golive.desk.engine.state)
        self.query_one(TabbedContent).active = "changes"
        self.look()

    def action_help(self) -> None:
        self.query_one(TabbedContent).active = "help"

    def action_next(self) -> None:
        if following := self.following():
            self.app.switch_screen(TaskScreen(following))
        else:
            self.action_back()

    def action_back(self) -> None:
        if self.running:
            self.notify("The task is being worked on; x stops it")
        else:
            self.dismiss()
