"""One task: its items with their evidence, the changes, the live output, and one key for the next move."""

from __future__ import annotations

import os
from enum import Enum
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Header, Input, Label, OptionList, Static, TabbedContent, TabPane

from screens.base_screen import Page
from screens.edit_file import Rewrite
from screens.engine_session import Prepared
from screens.formatting import NOTHING_CHANGED, many, next_task, safe, undo_question, undone_text, waits
from screens.forms import Form, agreed, sure
from screens.item import ItemDialog, Said, Token
from screens.widgets.items import Items
from screens.widgets.keys import Keys
from screens.widgets.log import LogView
from screens.widgets.plan import ActionCard, PlanView
from screens.work_item import Job
from wizard.base.errors import GoliveError, Stopped
from wizard.checklist.answers import Question
from wizard.checklist.evidence import Status
from wizard.checklist.model import Task
from wizard.engine.events import ActionStarted, Event, Planned, TaskFailed, TaskStarted, Ticked, Verifying
from wizard.engine.undo import Undone
from wizard.plan.actions import WriteFile


class Phase(Enum):
    WAITING = "Another task is being worked on; this one is planned when it ends"
    LOOKING = "Looking at the project …"
    PLANNED = "Planned"
    RUNNING = "Working …"
    FINISHED = "Finished"
    FAILED = "Failed"


IDLE = {Phase.PLANNED, Phase.FINISHED, Phase.FAILED}


class TaskScreen(Page, Screen[None]):
    CSS_PATH = "task.tcss"
    HELP = (
        "Above or at the left the items, each with what it rests on: Enter opens one. Changes are shown before "
        "anything is touched; Tab goes from one to the next, and each can be left out, edited or copied. The button at "
        "the bottom is the next move. You may go back to the map while the work goes on."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Map", tooltip="Back to the map; work goes on there"),
        Binding("a", "apply", "Apply", tooltip="Make the changes shown, then verify"),
        Binding("n", "next", "Next task"),
        Binding("o", "ask", "Options", tooltip="Answer this task's questions anew"),
        Binding("x", "stop", "Stop", tooltip="Stop the work; what is half done is taken back"),
        Binding("u", "undo", "Undo", tooltip="Put back every file this task changed"),
        Binding("k", "set_aside", "Set aside", tooltip="Skip what is open in this task, with a reason"),
        Binding("f", "failure", "What to do", tooltip="The failure and its diagnosed guide"),
        Binding("h", "help", "Guide", tooltip="The troubleshooting guide of this task", show=False),
        Binding("l", "docs", "Documentation", tooltip="Open the documentation behind this task", show=False),
        Binding("1", "tab('changes')", "Changes", show=False),
        Binding("2", "tab('output')", "Output", show=False),
        Binding("3", "tab('help')", "Guide", show=False),
    ]

    def __init__(self, task: Task, item: str = "") -> None:
        super().__init__()
        self.task_shown, self.item = task, item
        self.phase = Phase.LOOKING
        self.prepared: Prepared | None = None
        self.problem: TaskFailed | None = None

    @property
    def running(self) -> bool:
        return self.phase is Phase.RUNNING

    # ---- what is shown

    def compose(self) -> ComposeResult:
        task = self.task_shown
        yield Header()
        yield Label(f"{task.number} {task.title}", classes="title", markup=False)
        yield Static(f"Day {task.day}, {task.session} · {task.minutes} min · {task.why}", id="why", markup=False)
        with Container(id="body"):
            yield Items(task)
            with TabbedContent(id="tabs"):
                with TabPane("Changes", id="changes"):
                    yield PlanView()
                with TabPane("Output", id="output"):
                    yield LogView(self.desk.log)
                    yield Input(placeholder="find in the log, Enter for the one before", id="find", compact=True)
                with TabPane("Guide", id="help"), VerticalScroll():
                    yield Static(self.help_text(), id="help-text", markup=False)
        with Horizontal(id="bar"):
            yield Button("", id="move", variant="primary", compact=True)
            yield Static("", id="state", markup=False)
        yield Keys()

    def help_text(self) -> str:
        checklist, task = self.desk.engine.checklist, self.task_shown
        parts = [f"Commands the checklist names:\n  {chr(10).join(task.commands)}\n"] if task.commands else []
        parts += [f"Files: {', '.join(task.files)}\n"] if task.files else []
        for guide in checklist.guides_for(task):
            parts += [guide.title, *(f"  · {hint.text}. {hint.fix}" for hint in guide.hints), ""]
        parts += [f"{link.title}: {link.url}" for name in task.links if (link := checklist.links.get(name))]
        return "\n".join(parts)

    def on_mount(self) -> None:
        self.query_one("#find").display = False
        self.items.show(self.desk.engine.state)
        if self.item:
            self.items.highlighted = self.items.get_option_index(self.item)
        job = self.golive.job
        if job and job.now is self.task_shown:
            self.query_one(TabbedContent).active = "output"
            self.turn(Phase.RUNNING)
        else:
            self.look()

    @property
    def items(self) -> Items:
        return self.query_one(Items)

    @property
    def plan(self) -> PlanView:
        return self.query_one(PlanView)

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def say(self, text: str) -> None:
        self.query_one("#state", Static).update(safe(text).replace("\n", " "), layout=False)

    def turn(self, phase: Phase, told: str = "") -> None:
        """Enter *phase*: the button and the keys that make sense now."""
        self.phase = phase
        self.show_move()
        move = self.query_one("#move", Button)
        move.disabled = phase in {Phase.LOOKING, Phase.WAITING}
        if not move.disabled and self.is_current and not self.item:
            move.focus()
        self.say(told or phase.value)
        self.refresh_bindings()

    def show_move(self) -> None:
        move = self.query_one("#move", Button)
        move.label = self.next_move()
        move.refresh(layout=True)

    def next_move(self) -> str:
        if self.phase is Phase.RUNNING:
            return "Stop"
        if self.phase is Phase.FAILED:
            return "What to do"
        if self.phase is Phase.FINISHED:
            following = self.following()
            return f"Next: {following.number} {following.title}" if following else "To the map"
        if self.prepared and (count := self.plan.wanted):
            return f"Apply {many(count, 'change')}"
        return "Verify" if self.phase is Phase.PLANNED else "…"

    def following(self) -> Task | None:
        engine = self.desk.engine
        return next_task(engine.checklist, engine.state, self.task_shown.number)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        idle = self.phase in IDLE
        allowed = {
            "apply": idle,
            "next": idle,
            "undo": idle,
            "set_aside": idle,
            "stop": self.running,
            "failure": self.problem is not None,
            "ask": idle and bool(self.prepared and self.prepared.questions),
            "beside": bool(self.prepared and self.prepared.plan.actions),
        }
        return allowed.get(action, True)

    # ---- looking and planning

    def look(self) -> None:
        if not self.is_open:
            return
        if self.golive.job:
            self.turn(Phase.WAITING)
            return
        self.turn(Phase.LOOKING)
        self.prepare()

    @work(thread=True, exclusive=True, group="looking")
    def prepare(self) -> None:
        try:
            prepared = self.desk.prepare(self.task_shown)
        except Stopped:  # the session ends
            return
        except GoliveError as error:
            self.app.call_from_thread(self.broke, error)
        else:
            self.app.call_from_thread(self.show_plan, prepared)

    def show_plan(self, prepared: Prepared) -> None:
        self.run_worker(self.planned(prepared), group="plan", exclusive=True)

    async def planned(self, prepared: Prepared) -> None:
        if not self.is_open or self.golive.leaving:
            return
        first, self.prepared = self.prepared is None, prepared
        await self.plan.show(prepared.plan, prepared.findings, self.desk.engine.project.top)
        if not self.is_open:
            return
        state, count = self.desk.engine.state, len(prepared.plan.work)
        if count:
            told = f"{many(count, 'change')} shown; nothing is touched before you apply"
        elif state.settled_count(self.task_shown) == len(self.task_shown.items):
            self.turn(Phase.FINISHED, "Every item is settled")
            return
        else:
            told = "Nothing to change; verify looks at the items"
        self.turn(Phase.PLANNED, told)
        unanswered = [each for each in prepared.questions if not self.desk.engine.answers.get(each.name)]
        needed = any(each.needed for each in unanswered)
        if first and unanswered and (count or needed) and self.is_current:
            self.action_ask()

    def broke(self, error: GoliveError) -> None:
        """The project could not be looked at."""
        if self.is_open:
            self.fail(TaskFailed(self.task_shown, str(error)))

    def action_ask(self) -> None:
        assert self.prepared is not None
        answers, questions = self.desk.engine.answers, self.prepared.questions
        now = {each.name: answers.get(each.name, each.default) for each in questions}
        self.app.push_screen(Form(f"{self.task_shown.title}: your choice", questions, now), self.answered)

    def answered(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.desk.answer(answers)
            self.look()

    # ---- the plan's cards

    @on(ActionCard.Changed)
    def count_again(self) -> None:
        self.show_move()
        if left := sum(not card.kept for card in self.plan.cards):
            self.say(f"{many(left, 'change')} left out; what it was for stays open")

    @on(ActionCard.Rewrite)
    def rewrite(self, event: ActionCard.Rewrite) -> None:
        card = event.card
        assert isinstance(card.change, WriteFile)
        now = card.written if card.written is not None else card.change.after
        self.app.push_screen(Rewrite(card.change, now, card.first_line), partial(self.rewritten, card))

    async def rewritten(self, card: ActionCard, content: bytes | None) -> None:
        if content is not None:
            await card.rewrite(content)

    @on(ActionCard.Open)
    def open_file(self, event: ActionCard.Open) -> None:
        if event.path.exists():
            self.golive.edit_file(event.path, event.line)
            self.look()
        else:
            self.notify(f"{event.path.name} is not there yet; it is made when you apply", title="Open file")

    def action_beside(self) -> None:
        self.plan.toggle_beside()

    # ---- working

    @on(Button.Pressed, "#move")
    def move(self) -> None:
        if self.running:
            self.action_stop()
        elif self.phase is Phase.FINISHED:
            self.action_next()
        elif self.phase is Phase.FAILED:
            self.action_failure()
        else:
            self.action_apply()

    def action_apply(self) -> None:
        self.problem = None
        self.desk.choose(self.task_shown, self.plan.choice)
        self.golive.run_tasks([self.task_shown])
        self.query_one(TabbedContent).active = "output"

    def follow(self, event: Event) -> None:
        match event:
            case TaskStarted() if event.task is self.task_shown:
                self.log_view.begin()
                self.turn(Phase.RUNNING)
            case Ticked() if event.item in self.task_shown.items:
                self.items.tick(event.item, event.evidence)
            case ActionStarted() if self.running:
                self.say(event.action.describe())
            case Verifying() if self.running:
                self.say(f"Verifying {event.what} …")
            case Planned() if self.running and self.prepared and event.task is self.task_shown:
                self.run_worker(self.plan.show(event.plan, [], self.desk.engine.project.top), group="plan")

    def ended(self, job: Job) -> None:
        self.items.show(self.desk.engine.state)
        mine = job.failure and job.failure.task is self.task_shown
        if mine:
            self.fail(job.failure)
        elif job.error or self.task_shown not in job.tasks:
            self.look()
        else:
            self.conclude()

    def fail(self, failure: TaskFailed | None) -> None:
        assert failure is not None
        self.problem = failure
        self.turn(Phase.FAILED, failure.error)
        if self.is_current:
            self.action_failure()

    def conclude(self) -> None:
        state, task = self.desk.engine.state, self.task_shown
        rehearsed = state.task_status(task) is Status.REHEARSED
        told = f"Every item is settled by what was seen{' in the rehearsal' * rehearsed}"
        if mine := waits(task, state):
            told = f"{many(len(mine), 'item')} wait{'s' * (len(mine) == 1)} for you: choose it in the list"
        self.turn(Phase.FINISHED, told)

    def action_failure(self) -> None:
        assert self.problem is not None
        self.golive.show_failure(self.problem)

    def action_stop(self) -> None:
        self.say("Stopping; what is half done is taken back …")
        self.golive.stop_work()

    # ---- the log

    @on(LogView.Find)
    def show_find(self) -> None:
        field = self.query_one("#find", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#find")
    def find(self, event: Input.Changed) -> None:
        count = self.log_view.find(event.value)
        if event.value:
            self.say(f"{many(count, 'line')} with “{event.value}”; Enter goes to the one before")

    @on(Input.Submitted, "#find")
    def find_before(self) -> None:
        self.log_view.action_step(-1)

    @on(LogView.Told)
    def tell(self, event: LogView.Told) -> None:
        if event.text:
            self.say(event.text)

    @on(LogView.Save)
    def ask_where(self) -> None:
        path = Path.cwd() / f"golive-task-{self.task_shown.number}.log"
        question = Question("path", "Where to?", str(path), "The whole log of this session, without secrets.")
        self.app.push_screen(Form("Save the log", [question]), self.save)

    def save(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.run_worker(partial(self._save, Path(answers["path"]).expanduser()), thread=True, group="saving")

    def _save(self, path: Path) -> None:
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self.desk.log.whole())
        except OSError as error:
            told = f"{path} can't be written: {error.strerror}. Give another place."
            self.app.call_from_thread(self.notify, told, severity="warning", timeout=10)
        else:
            self.app.call_from_thread(self.notify, f"It is in {path}", title="The log is saved")

    # ---- items, undo, setting aside, leaving

    @on(OptionList.OptionSelected, "Items")
    def open_item(self, event: OptionList.OptionSelected) -> None:
        item = self.task_shown.items[event.option_index]
        evidence = self.desk.engine.state.evidence.get(item.id)
        known = self.desk.engine.checklist.services.values()
        service = next((each for each in known if each.account == item.id), None)
        dialog = ItemDialog(item, evidence, service, self.desk.engine.project.top)
        self.app.push_screen(dialog, partial(self.note, event.option_index))

    def note(self, index: int, said: Said | Token | None) -> None:
        if isinstance(said, Token):
            self.keep(said)
        elif said:
            item, task = self.task_shown.items[index], self.task_shown
            work = partial(self.desk.note, task, item, said.status, said.text)
            self.golive.begin(Job(f"{item.id} is {said.status}", work))

    @work(thread=True, group="keeping")
    def keep(self, token: Token) -> None:
        try:
            where = self.desk.store(token.name, token.value)
        except GoliveError as error:
            self.app.call_from_thread(self.notify, safe(str(error)), title=token.name, timeout=12, severity="warning")
        else:
            self.app.call_from_thread(self.notify, f"It is in {where} now", title=token.name)
            self.app.call_from_thread(self.look)

    def action_undo(self) -> None:
        self.golive.begin(Job("Undo", partial(self.desk.undo_needs, self.task_shown), then=self.ask_undo))

    def ask_undo(self, needs: tuple[tuple[int, ...], bool]) -> None:
        """Ask for all that has to be undone together, before anything is touched."""
        tasks, revert = needs
        if not tasks:
            self.notify(NOTHING_CHANGED, title="Undo")
            return

        def undo_if_sure(answers: dict[str, str] | None) -> None:
            if agreed(answers):
                self.turn(Phase.RUNNING, "Undoing …")
                work = partial(self.desk.undo, tasks, revert=revert)
                self.golive.begin(Job("Undo", work, then=self.undone))

        self.app.push_screen(sure("Undo", *undo_question(tasks, revert)), undo_if_sure)

    def undone(self, undone: Undone) -> None:
        self.notify(safe(undone_text(undone)), title="Undo", timeout=15 if undone.left else 5)
        self.query_one(TabbedContent).active = "changes"

    def action_set_aside(self) -> None:
        why = "The reason is kept as the evidence; the report shows it."
        question = Question("why", "Why is it set aside?", "", why, pattern=r".*\S.*")
        self.app.push_screen(Form(f"Set aside what is open in task {self.task_shown.number}", [question]), self.aside)

    def aside(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.golive.begin(Job("Set aside", partial(self.desk.set_aside, self.task_shown, answers["why"])))

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = name

    def action_help(self) -> None:
        self.action_tab("help")

    def action_docs(self) -> None:
        links = [self.desk.engine.checklist.links[name] for name in self.task_shown.links]
        for link in links:
            self.golive.open_address(link.url)
        if not links:
            self.notify("This task names no documentation")

    def action_next(self) -> None:
        if following := self.following():
            self.app.switch_screen(TaskScreen(following))
        else:
            self.action_back()

    def action_back(self) -> None:
        self.dismiss()
