"""The output tab of a task: the log, a field to search it, and saving it to a file."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, TabPane

from screens.formatting import SECRETS_REDACTED
from screens.forms import Form
from screens.widgets.log import LogView
from wizard.base.wording import plural
from wizard.checklist.answers import Question
from wizard.reporting.session_log import RunLog


class OutputPane(TabPane):
    """Shows the part of *log* that belongs to the task with this number."""

    class StatusChanged(Message):
        """A text for the status line."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, log: RunLog, task: int) -> None:
        super().__init__("Output", id="output")
        self.run_log, self.task_number = log, task

    def compose(self) -> ComposeResult:
        yield LogView(self.run_log, self.task_number)
        yield Input(placeholder="Find in the log. Enter goes to the previous match.", id="find", compact=True)

    def on_mount(self) -> None:
        self.query_one("#find").display = False

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    # ---- searching

    @on(LogView.FindRequested)
    def show_find(self) -> None:
        field = self.query_one("#find", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#find")
    def find(self, event: Input.Changed) -> None:
        count = self.log_view.find(event.value)
        if event.value:
            text = f"{plural(count, 'line')} with “{event.value}”. Enter goes to the previous one."
            self.post_message(self.StatusChanged(text if count else "No matches"))

    @on(Input.Submitted, "#find")
    def find_previous(self) -> None:
        self.log_view.action_step(-1)

    @on(LogView.StatusChanged)
    def show_status(self, event: LogView.StatusChanged) -> None:
        if event.text:
            self.post_message(self.StatusChanged(event.text))

    # ---- saving

    @on(LogView.SaveRequested)
    def ask_for_file(self) -> None:
        path = Path.cwd() / f"golive-task-{self.task_number}.log"
        question = Question("path", "Save to", str(path), f"The whole log of this session. {SECRETS_REDACTED}")
        self.app.push_screen(Form("Save the log", [question]), self.save)

    def save(self, answers: dict[str, str] | None) -> None:
        if answers:
            self.run_worker(partial(self._save, Path(answers["path"]).expanduser()), thread=True, group="saving")

    def _save(self, path: Path) -> None:
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self.run_log.whole())
        except OSError as error:
            text = f"Cannot write {path}: {error.strerror}. Choose another file."
            self.app.call_from_thread(self.notify, text, severity="warning", timeout=10)
        else:
            self.app.call_from_thread(self.notify, str(path), title="Log saved")
