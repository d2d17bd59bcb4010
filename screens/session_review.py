"""All planned changes of a half-day, before Golive runs it unattended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Collapsible, Header, Label, Static

from screens.base_screen import BaseScreen
from screens.formatting import plan_size, safe
from screens.status_symbols import QUIET
from screens.widgets.diff import DiffView
from screens.widgets.diff_rows import Diff
from screens.widgets.keys import KeyBar
from wizard.base.wording import hours_and_minutes, plural
from wizard.checklist.model import Task
from wizard.plan.actions import Action, Plan, WriteFile


class SessionReview(BaseScreen, Screen[bool]):
    """Returns whether to run the half-day."""

    CSS_PATH = "session_review.tcss"
    HELP = (
        "Every change that these tasks plan for the project as it is now. Press Enter on a task to show its diffs. A "
        "task may find more to change once earlier tasks have run: the log then shows it, and you can undo it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Back", id="review.back"),
        Binding(
            "ctrl+s",
            "dismiss(True)",
            "Run",
            priority=True,
            tooltip="Run all of these tasks unattended",
            id="review.run",
        ),
    ]

    def __init__(self, plans: list[tuple[Task, Plan]], top: Path, diffs: Mapping[Action, Diff]) -> None:
        super().__init__()
        self.plans, self.top, self.diffs = plans, top, diffs

    def compose(self) -> ComposeResult:
        count, minutes = sum(len(plan.work) for _, plan in self.plans), sum(task.minutes for task, _ in self.plans)
        yield Header()
        yield Label(f"{plural(count, 'change')} in {plural(len(self.plans), 'task')}", classes="title")
        summary = f"Estimated time by hand: {hours_and_minutes(minutes)}. Nothing has changed yet."
        yield Static(summary, classes="quiet", id="details")
        with VerticalScroll(id="plans", can_focus=False):
            for task, plan in self.plans:
                title = f"{task.number} {task.title}: {plan_size(len(plan.work))}"
                with Collapsible(title=title.replace("[", "\\["), collapsed=True):
                    yield from self.details(plan)
        with Horizontal(classes="buttons"):
            yield Button("Run", variant="primary", id="run")
            yield Button("Back", id="back")
        yield KeyBar()

    def details(self, plan: Plan) -> Iterator[Widget]:
        """The remarks and the actions of *plan*, each with its diff."""
        if not (plan.remarks or plan.actions):
            yield Static(Content.styled("Nothing to change. Golive only runs the checks.", QUIET))
        for remark in plan.remarks:
            yield Static(Content(f"· {safe(remark)}"))
        for action in plan.actions:
            yield Static(Content.styled(safe(action.describe()), "bold"))
            if isinstance(action, WriteFile) and (diff := self.diffs.get(action)):
                yield DiffView(diff)
            elif preview := safe(action.preview()).replace(f"{self.top}/", ""):
                yield Static(Content(preview))

    def on_mount(self) -> None:
        self.query_one("#run").focus()

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "run")
