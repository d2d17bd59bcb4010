"""One task: its items with their evidence, the planned changes, the live output, and one button for the next step."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Header, Label, OptionList, Static, TabbedContent, TabPane

from screens.edit_file import EditFile
from screens.engine_session import Prepared
from screens.formatting import next_task
from screens.forms import Form
from screens.messages import OpenFailure
from screens.task_actions import TaskActions
from screens.task_output import OutputPane
from screens.task_texts import IDLE, Phase, button_label, guide_text, plan_text, result_text
from screens.widgets.hanging import Hanging
from screens.widgets.items import ItemList
from screens.widgets.keys import KeyBar
from screens.widgets.log import LogView
from screens.widgets.plan import ActionCard, PlanView
from screens.widgets.status_line import StatusLine
from screens.work_item import WorkItem
from wizard.base.errors import GoliveError, Stopped
from wizard.base.wording import plural
from wizard.checklist.model import Task
from wizard.diagnosis.cause import of_error
from wizard.engine.events import ActionStarted, Event, Planned, TaskFailed, TaskStarted, Ticked, Verifying
from wizard.plan.actions import WriteFile


class TaskScreen(TaskActions, Screen[None]):
    CSS_PATH = "task.tcss"
    HELP = (
        "The items of this task with their evidence. Press Enter to open one. Golive shows every change before it "
        "makes it. Press Tab to go through the changes; you can skip, edit or copy each one. The button at the bottom "
        "is the next step. You can go back to the dashboard while Golive works."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Back to the dashboard; Golive keeps working", id="task.back"),
        Binding("a", "apply", "Apply", tooltip="Make the changes shown, then run the checks", id="task.apply"),
        Binding("n", "next", "Next task", id="task.next"),
        Binding("o", "ask", "Options", tooltip="Change the answers to this task's questions", id="task.options"),
        Binding("x", "stop", "Stop", tooltip="Stop and roll back unfinished changes", id="task.stop"),
        Binding("u", "undo", "Undo", tooltip="Restore every file that this task changed", id="task.undo"),
        Binding("k", "skip_task", "Skip", tooltip="Skip the open items of this task, with a reason", id="task.skip"),
        Binding("f", "failure", "Troubleshoot", tooltip="Show the failure and its diagnosis", id="task.troubleshoot"),
        Binding(
            "j", "journeys", "Journeys", tooltip="Show what Golive did on the site, step by step", id="task.journeys"
        ),
        Binding("h", "help", "Guide", tooltip="The troubleshooting guide of this task", show=False, id="task.guide"),
        Binding(
            "d",
            "docs",
            "Documentation",
            tooltip="Open the documentation for this task",
            show=False,
            id="task.documentation",
        ),
        Binding("l", "tab('output')", "Log", show=False, id="task.log"),
        Binding("1", "tab('changes')", "Changes", show=False, id="task.changes_tab"),
        Binding("2", "tab('output')", "Output", show=False, id="task.output_tab"),
        Binding("3", "tab('help')", "Guide", show=False, id="task.guide_tab"),
    ]

    def __init__(self, task: Task, item: str = "") -> None:
        super().__init__()
        self.task_shown, self.item = task, item
        self.phase = Phase.INSPECTING
        self.prepared: Prepared | None = None
        self.problem: TaskFailed | None = None

    @property
    def running(self) -> bool:
        return self.phase is Phase.RUNNING

    # ---- display

    def compose(self) -> ComposeResult:
        task, engine_session = self.task_shown, self.engine_session
        yield Header()
        yield Label(f"{task.number} {task.title}", classes="title", markup=False)
        yield Static(f"Day {task.day}, {task.session} · {task.minutes} min · {task.why}", id="why", markup=False)
        with Container(id="body"):
            yield ItemList(task)
            with TabbedContent(id="tabs"):
                with TabPane("Changes", id="changes"):
                    yield PlanView()
                yield OutputPane(engine_session.log, task.number)
                with TabPane("Guide", id="help"), VerticalScroll():
                    yield Static(Hanging(Content(guide_text(engine_session.engine.checklist, task))), id="help-text")
        with Horizontal(id="bar"):
            yield Button("", id="move", variant="primary", compact=True)
            yield StatusLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.items.show(self.engine_session.engine.state)
        if self.item:
            self.items.highlighted = self.items.get_option_index(self.item)
        work_item = self.session_app.work_item
        if work_item and work_item.current_task is self.task_shown:
            self.action_tab("output")
            self.enter(Phase.RUNNING)
        else:
            self.inspect()

    @property
    def items(self) -> ItemList:
        return self.query_one(ItemList)

    @property
    def plan(self) -> PlanView:
        return self.query_one(PlanView)

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def show_status(self, text: str) -> None:
        self.query_one(StatusLine).show(text, progress=self.running)

    @on(OutputPane.StatusChanged)
    def show_output_status(self, event: OutputPane.StatusChanged) -> None:
        self.show_status(event.text)

    def enter(self, phase: Phase, text: str = "") -> None:
        """Enter *phase*: update the button, the status line and the keys."""
        self.phase = phase
        button = self.update_button()
        button.disabled = phase in {Phase.INSPECTING, Phase.WAITING}
        if not button.disabled and self.is_current and not self.item:
            button.focus()
        self.show_status(text or phase.value)
        self.refresh_bindings()

    def update_button(self) -> Button:
        button = self.query_one("#move", Button)
        button.label = button_label(self.phase, self.plan.wanted if self.prepared else None, self.following())
        return button.refresh(layout=True)

    def following(self) -> Task | None:
        engine = self.engine_session.engine
        return next_task(engine.checklist, engine.state, self.task_shown.number)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        idle = self.phase in IDLE
        allowed = {
            "apply": idle,
            "next": idle,
            "undo": idle,
            "skip_task": idle,
            "stop": self.running,
            "failure": self.problem is not None,
            "ask": idle and bool(self.prepared and self.prepared.questions),
            "journeys": self.has_journeys,
            "side_by_side": bool(self.prepared and self.prepared.plan.actions),
        }
        return allowed.get(action, True)

    # ---- planning

    def inspect(self) -> None:
        if not self.is_open:
            return
        if self.session_app.work_item:
            self.enter(Phase.WAITING)
            return
        self.enter(Phase.INSPECTING)
        self.prepare()

    @work(thread=True, exclusive=True, group="planning")
    def prepare(self) -> None:
        try:
            prepared = self.engine_session.prepare(self.task_shown)
        except Stopped:  # the session is ending
            return
        except GoliveError as error:
            cause = of_error(error, self.engine_session.engine.project)  # blocks: it may read many files
            self.app.call_from_thread(self.inspection_failed, TaskFailed(self.task_shown, str(error), cause=cause))
        else:
            self.app.call_from_thread(self.start_showing, prepared)

    def start_showing(self, prepared: Prepared) -> None:
        self.run_worker(self.show_plan(prepared), group="plan", exclusive=True)

    async def show_plan(self, prepared: Prepared) -> None:
        if not self.is_open or self.session_app.leaving:
            return
        first, self.prepared = self.prepared is None, prepared
        await self.plan.show(prepared.plan, prepared.findings, self.engine_session.engine.project.top)
        if not self.is_open:
            return
        state, changes = self.engine_session.engine.state, len(prepared.plan.work)
        if not changes and state.is_complete(self.task_shown):
            self.enter(Phase.FINISHED, result_text(self.task_shown, state))
            return
        if first and prepared.failure:
            self.problem = prepared.failure
            self.enter(Phase.FAILED, f"Failed: {self.problem.error}")
            return
        self.enter(Phase.PLANNED, plan_text(changes))
        answers = self.engine_session.engine.answers
        unanswered = [question for question in prepared.questions if not answers.get(question.name)]
        needed = any(question.needed for question in unanswered)
        if first and unanswered and (changes or needed) and self.is_current:
            self.action_ask()

    def inspection_failed(self, failure: TaskFailed) -> None:
        if self.is_open:
            self.fail(failure)

    def action_ask(self) -> None:
        assert self.prepared is not None
        answers, questions = self.engine_session.engine.answers, self.prepared.questions
        current = {question.name: answers.get(question.name, question.default) for question in questions}
        self.app.push_screen(Form(f"Options: {self.task_shown.title}", questions, current), self.answered)

    def answered(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.engine_session.answer(answers)
            self.inspect()

    # ---- the actions of the plan

    @on(ActionCard.Changed)
    def update_count(self) -> None:
        self.update_button()
        if skipped := sum(not card.included for card in self.plan.cards):
            self.show_status(f"{plural(skipped, 'change')} skipped. The items that need it stay open.")

    @on(ActionCard.EditRequested)
    def edit_change(self, event: ActionCard.EditRequested) -> None:
        card = event.card
        assert isinstance(card.change, WriteFile)
        content = card.edited if card.edited is not None else card.change.after
        self.app.push_screen(EditFile(card.change, content, card.first_line), partial(self.change_edited, card))

    def change_edited(self, card: ActionCard, content: bytes | None) -> None:
        if content is not None:
            self.run_worker(card.edit(content), group="editing")

    @on(ActionCard.OpenRequested)
    def open_file(self, event: ActionCard.OpenRequested) -> None:
        if event.path.exists():
            self.session_app.edit_file(event.path, event.line)
            self.inspect()
        else:
            self.notify(f"{event.path.name} does not exist yet. Apply creates it.", title="Open file")

    def action_side_by_side(self) -> None:
        self.plan.toggle_side_by_side()

    # ---- running

    @on(Button.Pressed, "#move")
    def take_next_step(self) -> None:
        if self.running:
            self.action_stop()
        elif self.phase is Phase.FINISHED:
            self.action_next()
        elif self.phase is Phase.FAILED:
            self.action_failure()
        else:
            self.action_apply()

    def action_apply(self) -> None:
        self.engine_session.choose(self.task_shown, self.plan.choice)
        self.session_app.run_tasks([self.task_shown])
        self.action_tab("output")

    def show_event(self, event: Event) -> None:
        match event:
            case TaskStarted() if event.task is self.task_shown:
                self.problem = None
                self.log_view.begin()
                self.enter(Phase.RUNNING)
            case Ticked() if event.item in self.task_shown.items:
                self.items.tick(event.item, event.evidence)
            case ActionStarted() if self.running:
                self.show_status(event.action.describe())
            case Verifying() if self.running:
                self.show_status(f"Checking {event.what} …")
            case Planned() if self.running and self.prepared and event.task is self.task_shown:
                self.run_worker(self.plan.show(event.plan, [], self.engine_session.engine.project.top), group="plan")

    def work_ended(self, work_item: WorkItem) -> None:
        state = self.engine_session.engine.state
        self.items.show(state)
        if work_item.failure and work_item.failure.task is self.task_shown:
            self.fail(work_item.failure)
        elif work_item.error or self.task_shown not in work_item.tasks:
            self.inspect()
        else:
            self.enter(Phase.FINISHED, result_text(self.task_shown, state))

    def fail(self, failure: TaskFailed) -> None:
        self.problem = failure
        self.enter(Phase.FAILED, failure.error)
        if self.is_current:
            self.action_failure()

    def action_failure(self) -> None:
        assert self.problem is not None
        self.post_message(OpenFailure(self.problem))

    def action_stop(self) -> None:
        self.show_status("Stopping. Rolling back unfinished changes …")
        self.session_app.stop_work()

    def undo_started(self) -> None:
        self.enter(Phase.RUNNING, "Undoing …")

    def undo_finished(self) -> None:
        self.action_tab("changes")

    # ---- navigation

    @on(OptionList.OptionSelected, "ItemList")
    def item_selected(self, event: OptionList.OptionSelected) -> None:
        self.open_item(self.task_shown.items[event.option_index])

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = name

    def action_help(self) -> None:
        self.action_tab("help")

    def action_docs(self) -> None:
        links = [self.engine_session.engine.checklist.links[name] for name in self.task_shown.links]
        for link in links:
            self.session_app.open_address(link.url)
        if not links:
            self.notify("This task has no documentation links.")

    def action_next(self) -> None:
        if following := self.following():
            self.app.switch_screen(TaskScreen(following))
        else:
            self.action_back()

    def action_back(self) -> None:
        self.dismiss()
