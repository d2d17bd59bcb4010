"""The guided session: which screen comes when."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import App, SuspendNotSupported, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from screens.coffee import CoffeeBreak
from screens.desk import Desk
from screens.map import MapScreen
from screens.question import Form
from screens.signs import next_task
from screens.task import TaskScreen
from screens.welcome import Welcome
from wizard import crash
from wizard.answers import Question
from wizard.checklist import Task
from wizard.session import Start


class Golive(App[None]):
    """One project, one person, one evening."""

    TITLE = "Golive"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]
    BINDINGS = [
        Binding("ctrl+q", "leave", "Quit", priority=True, tooltip="What is done is kept; a later start resumes")
    ]

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.desk = Desk(start, self.take_break, self.hand_over)
        self._waiting: Future[str] | None = None

    def on_mount(self) -> None:
        self.push_screen(Welcome())

    # ---- where to go

    def opened(self) -> None:
        """The project is open: show the map, and above it the task a person was at."""
        engine = self.desk.engine
        self.sub_title = engine.project.root.name
        self.switch_screen(MapScreen())
        position = engine.checklist.tasks.get(engine.state.position)
        if engine.state.begun and position:
            after = next_task(engine.checklist, engine.state, position.number - 1)
            if task := after or next_task(engine.checklist, engine.state):
                self.push_screen(TaskScreen(task))
        for message in self.desk.recovered:
            self.notify(message, title="After an interruption", timeout=12)

    def go_to(self, task: Task) -> None:
        """Open *task*, in place of another one that is open."""
        screen = TaskScreen(task)
        if isinstance(self.screen, TaskScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)
        if not self.desk.ready or self.busy:
            return
        for task in self.desk.engine.checklist.tasks.values():
            yield SystemCommand(
                f"Task {task.number}: {task.title}", f"Day {task.day}, {task.session}", partial(self.go_to, task)
            )

    # ---- the break, asked for by the thread at work

    def take_break(self, minutes: int) -> str:
        """Block the calling thread until the break is over; returns how it went."""
        self._waiting = Future()
        self.call_from_thread(self.push_screen, CoffeeBreak(minutes), self._break_over)
        try:
            how = self._waiting.result()
        except CancelledError:
            return "left"
        self.desk.engine.answers.given["break"] = how
        return how

    def _break_over(self, how: str | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(how or "skipped")

    # ---- the terminal, for a program that talks to the person itself

    def hand_over(self, argv: list[str]) -> int:
        """Give the terminal to *argv* until it ends; from the thread at work. Returns its exit code."""
        return self.call_from_thread(self._hand_over, argv)

    def _hand_over(self, argv: list[str]) -> int:
        try:
            with self.suspend():
                code = subprocess.run(argv, cwd=self.desk.engine.project.root, check=False).returncode
        except SuspendNotSupported:
            self.notify(f"Run it in another terminal: {' '.join(argv)}", title="This terminal can't be handed over")
            return 1
        self.refresh(layout=True)
        return code

    # ---- what should never happen

    def _fatal_error(self) -> None:
        """Textual's own report of a crash shows local variables, which may be secrets; this one shows the way."""
        self.bell()
        self._exit_renderables.append(Text(crash.report(self.desk.start.folder)))
        self._close_messages_no_wait()

    # ---- leaving

    @property
    def busy(self) -> bool:
        return any(isinstance(screen, TaskScreen) and screen.running for screen in self.screen_stack)

    def action_leave(self) -> None:
        if not self.busy:
            self.leave()
        elif not isinstance(self.screen, Form):
            text = "A task is being worked on. Stop it and quit?"
            why = "What it has half done is taken back; the next start resumes there."
            self.push_screen(Form("Quit", [Question("leave", text, "yes", why, ("yes", "no"))]), self._leave_if_sure)

    def _leave_if_sure(self, answers: dict[str, str] | None) -> None:
        if answers and answers["leave"] == "yes":
            self.leave()

    def leave(self) -> None:
        if self._waiting:
            self._waiting.cancel()
        self.desk.leave()
        self.run_worker(self._close, thread=True, group="leaving")

    def _close(self) -> None:
        self.desk.close()
        self.call_from_thread(self.exit)
