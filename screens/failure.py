"""A failed task: the error, the diagnosis with the likely causes first, and the last lines of the log."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Header, Label, Static

from screens.base_screen import BaseScreen
from screens.formatting import SECRETS_REDACTED, safe
from screens.key_names import key_of
from screens.status_symbols import QUIET
from screens.widgets.diff import DiffView
from screens.widgets.diff_rows import Diff, diff_of
from screens.widgets.hanging import Hanging
from screens.widgets.keys import KeyBar
from screens.work_item import WorkItem
from wizard.base.errors import GoliveError
from wizard.checklist.model import Task
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Action
from wizard.reporting.event_text import failure_lines, listed

HINT_STYLES = {True: ("▶", "$text-warning bold"), None: ("?", ""), False: ("–", QUIET)}
"""Symbol and style of a hint that is confirmed, not checked, or ruled out."""


class FailureScreen(BaseScreen, Screen[str | None]):
    """Returns `retry`, `next`, `log`, `fixing`, or None to go back to the task."""

    CSS_PATH = "failure.tcss"
    HELP = (
        "Golive has checked every hint of the troubleshooting guide. Confirmed ones come first, with their evidence "
        "and how to fix them. If Golive can fix the cause itself, it shows the changes: press "
        "{failure.fix} to make them and retry."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", tooltip="Back to the task", id="failure.back"),
        Binding(
            "f", "fix", "Fix and retry", tooltip="Make the changes shown, then run the task again", id="failure.fix"
        ),
        Binding("r", "dismiss('retry')", "Retry", id="failure.retry"),
        Binding("n", "dismiss('next')", "Next task", id="failure.next"),
        Binding("l", "dismiss('log')", "Full log", id="failure.log"),
        Binding(
            "b",
            "bundle",
            "Support bundle",
            tooltip=f"Save a file to send with a bug report. {SECRETS_REDACTED}",
            id="failure.bundle",
        ),
    ]

    def __init__(self, failure: TaskFailed) -> None:
        super().__init__()
        self.problem = failure
        self.fixable: Diagnosis | None = None
        """The diagnosis that Golive can fix."""

    def compose(self) -> ComposeResult:
        task = self.problem.task
        yield Header()
        yield Label(f"{task.number} {task.title} failed", classes="title", markup=False)
        with VerticalScroll(id="details"):
            yield Static(safe("\n".join(failure_lines(self.problem))), id="error", classes="error", markup=False)
            shown, ruled_out = listed(self.problem.diagnoses)
            for diagnosis in shown:
                yield Static(Hanging(hint_text(diagnosis)), classes="hint")
            if ruled_out:
                yield Static(f"– Ruled out: {'; '.join(ruled_out)}", classes="hint quiet", markup=False)
            yield Vertical(id="fix-details")
            if lines := self.engine_session.last_lines(task):
                yield Static("Last lines of the log:", classes="quiet")
                yield Static("\n".join(lines), id="log", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Fix and retry", variant="success", id="fix")
            yield Button("Retry", variant="primary", id="retry")
            yield Button("Next task", id="next")
            yield Button("Full log", id="log-button")
            yield Button("Back", id="back")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#fix").display = False
        # Immediately, not by focus(), which waits: the fix may be found before that.
        self.set_focus(self.query_one("#retry"))
        self.find_fix()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "fix" or self.fixable is not None

    @work(thread=True, exclusive=True, group="planning")
    def find_fix(self) -> None:
        if fix := self.engine_session.find_fix(self.problem.diagnoses):
            diagnosis, plans = fix
            changes = [(task, action, diff_of(action)) for task, plan in plans for action in plan.work]
            self.app.call_from_thread(self.offer_fix, diagnosis, changes)

    def offer_fix(self, diagnosis: Diagnosis, changes: list[tuple[Task, Action, Diff | None]]) -> None:
        if not self.is_open:
            return
        self.fixable = diagnosis
        details = self.query_one("#fix-details")
        details.mount(Static(Content.styled(f"Golive can fix this (press {key_of('failure.fix')}):", "bold")))
        for task, action, diff in changes:
            details.mount(Static(f"  → {safe(action.describe())} (task {task.number})", markup=False))
            if diff:
                details.mount(DiffView(diff))
            elif preview := action.preview():
                details.mount(Static(safe(preview), classes="quiet", markup=False))
        button = self.query_one("#fix", Button)
        button.display = True
        if self.focused is self.query_one("#retry"):
            self.set_focus(button)
        self.refresh_bindings()

    def action_fix(self) -> None:
        if self.fixable:
            task, diagnosis, engine_session = self.problem.task, self.fixable, self.engine_session

            def fix_and_run() -> list[Task]:
                engine_session.apply_fix(diagnosis)
                return engine_session.run([task])

            self.session_app.begin(WorkItem(f"Task {task.number}", fix_and_run, [task]))
            self.dismiss("fixing")

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        if event.button.id == "fix":
            self.action_fix()
        else:
            self.dismiss({"retry": "retry", "next": "next", "log-button": "log"}.get(str(event.button.id)))

    def action_bundle(self) -> None:
        self.run_worker(self._bundle, thread=True, group="saving")

    def _bundle(self) -> None:
        try:
            path = self.engine_session.bundle(f"Task {self.problem.task.number}: {self.problem.error}")
        except (GoliveError, OSError) as error:
            self.app.call_from_thread(self.notify, safe(str(error)), severity="warning", timeout=10)
        else:
            text = f"{path}\n{SECRETS_REDACTED}"
            self.app.call_from_thread(self.notify, text, title="Support bundle saved", timeout=15)


def hint_text(diagnosis: Diagnosis) -> Content:
    """A hint with its verdict and evidence; the fix as well if it is confirmed."""
    symbol, style = HINT_STYLES[diagnosis.confirmed]
    return Content.assemble(
        (f"{symbol} {diagnosis.hint.text} ({diagnosis.verdict})\n", style),
        (f"    {safe(diagnosis.seen)}\n" if diagnosis.seen else "", QUIET if diagnosis.confirmed is False else ""),
        f"    {diagnosis.hint.fix}\n" if diagnosis.confirmed else "",
    )
