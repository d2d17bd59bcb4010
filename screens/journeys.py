"""The user journeys: their results, and one of them step by step. It can be edited and run again from here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Header, Label, OptionList, Static
from textual.widgets.option_list import Option

from screens.base_screen import BaseScreen
from screens.edit_flow import EditFlow
from screens.formatting import safe
from screens.journey_content import EMPTY, counts, result_text, row, steps
from screens.key_names import key_of, with_keys
from screens.widgets.keys import KeyBar
from screens.widgets.status_line import StatusLine
from screens.widgets.wrapped_list import WrappedList
from screens.work_item import WorkItem
from wizard.base.errors import GoliveError
from wizard.base.wording import duration
from wizard.checklist.model import OVERLAY
from wizard.engine import user_journeys
from wizard.engine.user_journeys import Draft
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.reporting.journey_text import outcome
from wizard.reporting.status_words import WORDS
from wizard.state.generated_items import TASK

PROGRESS = 0.25
"""Seconds between two updates of the status line while a journey runs."""


class JourneysScreen(BaseScreen, Screen[None]):
    """Shows the journeys; the first one about *item* is selected."""

    CSS_PATH = "journeys.tcss"
    HELP = (
        "What Golive did on the site as a visitor. Choose a journey to see each request, what was sent, the answer, "
        "and what Golive learned from a refusal. Press Tab to scroll through the steps. A journey needs what others "
        "create, such as an account. So r runs all journeys again, and records the evidence of this one's items."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back", id="journeys.back"),
        Binding(
            "r",
            "run",
            "Run again",
            tooltip="Run this journey again and record the evidence of its items",
            id="journeys.run",
        ),
        Binding(
            "e", "edit", "Edit", tooltip=f"Edit this journey as a flow of {OVERLAY}, then run it", id="journeys.edit"
        ),
        Binding(
            "s", "save", "Save", tooltip=f"Save this journey, which works, to {OVERLAY} as a flow", id="journeys.save"
        ),
        Binding(
            "n",
            "next_problem",
            "Next problem",
            tooltip="Go to the next journey that does not work",
            id="journeys.next_problem",
        ),
        Binding("x", "stop", "Stop", tooltip="Stop. The items keep their earlier evidence.", id="journeys.stop"),
    ]

    def __init__(self, item: str = "") -> None:
        super().__init__()
        self.item = item
        self.journeys: list[StoredJourney] = []
        self.wanted: Callable[[StoredJourney], bool] = lambda journey: item in journey.items
        """Which journey to select when the list is shown."""
        self.running: WorkItem | None = None
        self.result = ""
        """The result of the last action, for the status line."""

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("Journeys", classes="title")
        yield Static("", id="counts", classes="quiet", markup=False)
        with Container(id="body"):
            yield WrappedList(id="journeys")
            yield VerticalScroll(id="steps")
        with Horizontal(id="bar"):
            yield Button("Run again", id="run", variant="primary", compact=True)
            yield StatusLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.timer = self.set_interval(PROGRESS, self.show_progress, pause=True)
        self.rows.focus()
        if not self.idle:
            self.started()
        self.load()

    @property
    def rows(self) -> OptionList:
        return self.query_one("#journeys", OptionList)

    @property
    def chosen(self) -> StoredJourney | None:
        index = self.rows.highlighted
        return self.journeys[index] if index is not None and index < len(self.journeys) else None

    @property
    def idle(self) -> bool:
        return self.session_app.work_item is None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        chosen = self.chosen if self.is_mounted else None
        allowed = {
            "run": self.idle,
            "edit": self.idle and chosen is not None,
            "save": self.idle and chosen is not None and chosen.source == DERIVED and works(chosen),
            "next_problem": any(not works(journey) for journey in self.journeys),
            "stop": not self.idle,
        }
        return allowed.get(action, True)

    # ---- the list

    @work(thread=True, exclusive=True, group="loading")
    def load(self) -> None:
        """Read the journeys. Blocks, so it runs on a thread."""
        try:
            journeys, problem = self.engine_session.journeys(), ""
        except GoliveError as error:
            journeys, problem = [], str(error)
        self.app.call_from_thread(self.show, journeys, problem)

    def show(self, journeys: list[StoredJourney], problem: str = "") -> None:
        if not self.is_open:
            return
        self.journeys = journeys
        self.query_one("#counts", Static).update(counts(journeys))
        self.rows.display = bool(journeys)
        self.rows.clear_options()
        self.rows.add_options(Option(row(journey)) for journey in journeys)
        if not journeys:
            self.show_steps([Static(safe(problem) or with_keys(EMPTY), classes="step", markup=False)])
        found = next((index for index, journey in enumerate(journeys) if self.wanted(journey)), None)
        self.rows.highlighted = found or 0 if journeys else None
        if self.item and found is None and journeys and not self.result:
            edit = key_of("journeys.edit")
            self.result = f"No journey proves item {self.item} yet. Press {edit} on a similar one, or write a flow."
        self.update()

    @on(OptionList.OptionHighlighted)
    def show_chosen(self) -> None:
        if journey := self.chosen:
            self.wanted = partial(same, journey)
            self.show_steps(list(steps(journey)))
            self.refresh_bindings()

    @work(exclusive=True, group="steps")
    async def show_steps(self, shown: list[Static]) -> None:
        area = self.query_one("#steps", VerticalScroll)
        async with self.batch():
            await area.remove_children()
            await area.mount(*shown)
        area.scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def read_steps(self) -> None:
        self.query_one("#steps").focus()

    def action_next_problem(self) -> None:
        """Select the next journey that does not work, from the one that is selected."""
        start = self.rows.highlighted or 0
        places = [*range(start + 1, len(self.journeys)), *range(start + 1)]
        self.rows.highlighted = next(index for index in places if not works(self.journeys[index]))

    # ---- running

    def update(self) -> None:
        """Update the button, the status line and the keys."""
        button = self.query_one("#run", Button)
        button.label = "Stop" if self.running else "Run again" if self.journeys else f"Run task {TASK}"
        button.refresh(layout=True)
        if not self.running:
            self.show_status(self.result)
        self.refresh_bindings()

    def show_status(self, text: str) -> None:
        self.query_one(StatusLine).show(text, progress=self.running is not None)

    def show_progress(self) -> None:
        if self.running:
            last = next((line.strip() for line in reversed(self.engine_session.log.last(10)) if line.strip()), "")
            self.show_status(f"{self.running.title} · {duration(self.running.seconds)} · {last}")

    @on(Button.Pressed, "#run")
    def press_button(self) -> None:
        if self.running:
            self.action_stop()
        else:
            self.action_run()

    def action_run(self) -> None:
        journey = self.chosen
        if journey is None:
            self.session_app.run_tasks([self.engine_session.engine.checklist.tasks[TASK]])
            self.started()
            return
        items = {*journey.items, *({self.item} if self.item else ())}
        run = partial(self.engine_session.run_journey, journey.name, items)
        self.begin(f"Journey {journey.name}", run, self.ran)

    def begin(self, title: str, run: Callable[[], object], on_success: Callable[..., None]) -> None:
        idle = self.idle
        self.session_app.begin(WorkItem(title, run, on_success=on_success))
        if idle:
            self.started()

    def started(self) -> None:
        self.running, self.result = self.session_app.work_item, ""
        self.timer.resume()
        self.show_progress()
        self.update()

    def ran(self, journey: StoredJourney) -> None:
        """Show the result of *journey*, and the status of its items."""
        state = self.engine_session.engine.state
        items = [f"{item} {WORDS[state.status(item)].lower()}" for item in journey.items]
        self.result = " · ".join([result_text(journey), *items])
        if not self.is_open:
            self.app.notify(self.result, title=f"Journey {journey.name}", timeout=10)
        self.wanted = partial(same, journey)

    def work_ended(self, work_item: WorkItem) -> None:
        if work_item is self.running:
            self.running = None
            self.timer.pause()
            problem = work_item.failure.error if work_item.failure else str(work_item.error or "")
            self.result = problem or self.result
        self.load()

    def action_stop(self) -> None:
        self.show_status("Stopping …")
        self.session_app.stop_work()

    # ---- flows

    def action_edit(self) -> None:
        if self.chosen:
            self.make_draft(self.chosen, self.edit)

    def action_save(self) -> None:
        if self.chosen:
            self.make_draft(self.chosen, self.save)

    @work(thread=True, exclusive=True, group="draft")
    def make_draft(self, journey: StoredJourney, use: Callable[[StoredJourney, Draft], None]) -> None:
        """Make golive.yaml with *journey* as a flow, and give it to *use*. Blocks, so it runs on a thread."""
        try:
            draft = user_journeys.draft(self.engine_session.engine.project.root, journey)
        except GoliveError as error:
            self.app.call_from_thread(self.app.notify, safe(str(error)), title=OVERLAY, severity="warning", timeout=12)
        else:
            self.app.call_from_thread(use, journey, draft)

    def edit(self, journey: StoredJourney, draft: Draft) -> None:
        if self.is_current:
            self.app.push_screen(EditFlow(draft), partial(self.edited, journey, draft))

    def edited(self, journey: StoredJourney, draft: Draft, content: bytes | None) -> None:
        """Save *content*, then run the flow in it."""
        if content is None:
            return
        flow = user_journeys.flow_at(content, journey.name, draft.line)

        def save_and_run() -> StoredJourney | None:
            self.engine_session.save_flow(draft, content)
            return self.engine_session.run_journey(flow.name, flow.items) if flow else None

        self.begin(f"Journey {flow.name if flow else journey.name}", save_and_run, self.saved_and_ran)

    def saved_and_ran(self, journey: StoredJourney | None) -> None:
        if journey is None:
            self.result = f"Saved {OVERLAY}. It has no flow to run."
        else:
            self.ran(journey)

    def save(self, journey: StoredJourney, draft: Draft) -> None:
        save = partial(self.engine_session.save_flow, draft, draft.after)
        self.begin(f"Saving {journey.name}", save, partial(self.saved, journey))

    def saved(self, journey: StoredJourney, _: None) -> None:
        self.result = f"Saved {journey.name} to {OVERLAY}. Undo of task {TASK} restores the file."
        self.wanted = lambda each: each.name == journey.name


def works(journey: StoredJourney) -> bool:
    return outcome(journey) == "works"


def same(journey: StoredJourney, other: StoredJourney) -> bool:
    """Whether *other* is *journey*, possibly run again. A flow can have the name of a journey that Golive found."""
    return other.name == journey.name and (other.source == DERIVED) is (journey.source == DERIVED)
