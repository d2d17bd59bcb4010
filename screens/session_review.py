"""What a whole session is going to do, before it is left to itself."""

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
from screens.formatting import many, safe
from screens.status_symbols import QUIET
from screens.widgets.diff import parsed, unified
from screens.widgets.keys import KeyBar
from wizard.checklist.model import Task
from wizard.plan.actions import Action, Plan, WriteFile


class SessionReview(BaseScreen, Screen[bool]):
    """Dismissed with whether to go on."""

    CSS_PATH = "session_review.tcss"
    HELP = (
        "Every change that the session's tasks plan as things stand now; Enter on a task shows its diffs. Later tasks "
        "may find more to do once earlier ones are done: the log shows it then, and everything can be undone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Back"),
        Binding("ctrl+s", "dismiss(True)", "Go", priority=True, tooltip="Do all of it; have a coffee"),
    ]

    def __init__(self, plans: list[tuple[Task, Plan]], top: Path) -> None:
        super().__init__()
        self.plans, self.top = plans, top

    def compose(self) -> ComposeResult:
        count, minutes = sum(len(plan.work) for _, plan in self.plans), sum(task.minutes for task, _ in self.plans)
        yield Header()
        yield Label(f"{many(count, 'change')} in {many(len(self.plans), 'task')}", classes="title")
        yield Static(f"By hand this would take {minutes} min. Nothing was touched yet.", classes="quiet", id="told")
        with VerticalScroll(id="plans", can_focus=False):
            for task, plan in self.plans:
                title = (
                    f"{task.number} {task.title}: {many(len(plan.work), 'change') if plan.work else 'only looked at'}"
                )
                with Collapsible(title=title.replace("[", "\\["), collapsed=True):
                    yield Static(Content("\n").join(self.lines(plan)))
        with Horizontal(classes="buttons"):
            yield Button("Go", variant="primary", id="go")
            yield Button("Back", id="back")
        yield KeyBar()

    def lines(self, plan: Plan) -> list[Content]:
        found = [Content(f"· {safe(remark)}") for remark in plan.remarks]
        for action in plan.actions:
            found += self.action_lines(action)
        return found or [Content.styled("Nothing to change; the items are verified.", QUIET)]

    def action_lines(self, action: Action) -> list[Content]:
        head = Content.styled(safe(action.describe()), "bold")
        preview = safe(action.preview()).replace(f"{self.top}/", "")
        if not preview:
            return [head]
        return [head, unified(parsed(preview)) if isinstance(action, WriteFile) else Content(preview)]

    def on_mount(self) -> None:
        self.query_one("#go").focus()

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "go")
