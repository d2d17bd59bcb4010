"""All planned changes of a half-day, before Golive runs it unattended."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Collapsible, Header, Label, Static

from screens.base_screen import BaseScreen
from screens.formatting import hours_and_minutes, plan_size, safe
from screens.status_symbols import QUIET
from screens.widgets.diff import parse_diff, unified
from screens.widgets.keys import KeyBar
from wizard.base.wording import plural
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

    def __init__(self, plans: list[tuple[Task, Plan]], top: Path) -> None:
        super().__init__()
        self.plans, self.top = plans, top

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
                    yield Static(Content("\n").join(self.lines(plan)))
        with Horizontal(classes="buttons"):
            yield Button("Run", variant="primary", id="run")
            yield Button("Back", id="back")
        yield KeyBar()

    def lines(self, plan: Plan) -> list[Content]:
        lines = [Content(f"· {safe(remark)}") for remark in plan.remarks]
        for action in plan.actions:
            lines += self.action_lines(action)
        return lines or [Content.styled("Nothing to change. Golive only runs the checks.", QUIET)]

    def action_lines(self, action: Action) -> list[Content]:
        heading = Content.styled(safe(action.describe()), "bold")
        preview = safe(action.preview()).replace(f"{self.top}/", "")
        if not preview:
            return [heading]
        return [heading, unified(parse_diff(preview)) if isinstance(action, WriteFile) else Content(preview)]

    def on_mount(self) -> None:
        self.query_one("#run").focus()

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "run")
