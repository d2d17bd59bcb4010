"""A failure: what happened, the last lines, and its guide already diagnosed, the likely cause first."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Header, Label, Static

from screens.base_screen import BaseScreen
from screens.formatting import safe
from screens.status_symbols import QUIET
from screens.widgets.keys import KeyBar
from screens.work_item import WorkItem
from wizard.base.errors import GoliveError
from wizard.checklist.model import Task
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Plan

SIGNS = {True: ("▶", "$text-warning bold"), None: ("?", ""), False: ("–", QUIET)}


class FailureScreen(BaseScreen, Screen[str | None]):
    """Dismissed with `again`, `next`, `log`, or None for a look at the task itself."""

    CSS_PATH = "failure.tcss"
    HELP = (
        "Every hint of the guide was tried before you see it: confirmed ones come first, with what was seen and how to "
        "mend it. Where Golive can mend it itself, what it would change is shown, and one key does it and tries again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back to the task"),
        Binding("f", "fix", "Fix and retry", tooltip="Make the changes shown, then do the task again"),
        Binding("r", "dismiss('again')", "Try again"),
        Binding("n", "dismiss('next')", "Next task"),
        Binding("l", "dismiss('log')", "Full log"),
        Binding("b", "bundle", "Bundle", tooltip="Pack what a helper needs, without secrets"),
    ]

    def __init__(self, failure: TaskFailed) -> None:
        super().__init__()
        self.problem = failure
        self.mendable: Diagnosis | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label(f"{self.problem.task.number} {self.problem.task.title} failed", classes="title", markup=False)
        with VerticalScroll(id="told"):
            yield Static(safe(self.problem.error), id="error", classes="error", markup=False)
            for diagnosis in self.problem.diagnoses:
                yield Static(hint_text(diagnosis), classes="hint")
            yield Static("", id="mend")
            if lines := self.engine_session.last_lines():
                yield Static("The last lines of the log:", classes="quiet")
                yield Static("\n".join(lines), id="log", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Fix and retry", variant="success", id="fix")
            yield Button("Try again", variant="primary", id="again")
            yield Button("Next task", id="next")
            yield Button("Full log", id="log-button")
            yield Button("Back to the task", id="back")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#fix").display = False
        self.set_focus(
            self.query_one("#again")
        )  # at once: what mends may be found before a focus that is only asked for
        self.see_what_mends()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "fix" or self.mendable is not None

    @work(thread=True, exclusive=True, group="looking")
    def see_what_mends(self) -> None:
        if found := self.engine_session.mendable(self.problem.diagnoses):
            self.app.call_from_thread(self.offer, *found)

    def offer(self, diagnosis: Diagnosis, plans: list[tuple[Task, Plan]]) -> None:
        if not self.is_open:
            return
        self.mendable = diagnosis
        parts: list[Content | str | tuple[str, str]] = [("Golive can mend it (press f):\n", "bold")]
        for task, plan in plans:
            for action in plan.work:
                parts.append(f"  → {safe(action.describe())} (task {task.number})\n")
                parts.append((f"{safe(action.preview())}\n" if action.preview() else "", QUIET))
        self.query_one("#mend", Static).update(Content.assemble(*parts))
        fix = self.query_one("#fix", Button)
        fix.display = True
        if self.focused is self.query_one("#again"):
            self.set_focus(fix)
        self.refresh_bindings()

    def action_fix(self) -> None:
        if self.mendable:
            task, mendable, engine_session = self.problem.task, self.mendable, self.engine_session

            def mend() -> list[Task]:
                engine_session.mend(mendable)
                return engine_session.run([task])

            self.session_app.begin(WorkItem(f"Task {task.number}, mended", mend, [task]))
            self.dismiss("fixing")

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        if event.button.id == "fix":
            self.action_fix()
        else:
            self.dismiss({"again": "again", "next": "next", "log-button": "log"}.get(str(event.button.id)))

    def action_bundle(self) -> None:
        self.run_worker(self._bundle, thread=True, group="saving")

    def _bundle(self) -> None:
        try:
            path = self.engine_session.bundle(f"Task {self.problem.task.number}: {self.problem.error}")
        except (GoliveError, OSError) as error:
            self.app.call_from_thread(self.notify, safe(str(error)), severity="warning", timeout=10)
        else:
            self.app.call_from_thread(self.notify, f"{path}", title="To share: no secret is in it", timeout=15)


def hint_text(found: Diagnosis) -> Content:
    """One hint: its sign and verdict, what its probe saw, and the fix where it was confirmed."""
    sign, style = SIGNS[found.confirmed]
    return Content.assemble(
        (f"{sign} {found.hint.text} ({found.verdict})\n", style),
        (f"    {safe(found.seen)}\n", QUIET if found.confirmed is False else ""),
        f"    {found.hint.fix}\n" if found.confirmed else "",
    )
