"""The guided session: which screen comes when, and how the session ends.

Light to import: the engine is loaded by the thread that opens the project, after the first screen is drawn.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import ModalScreen, Screen

from screens.messages import OpenFailure, OpenJourneys, OpenSearch, OpenTask
from screens.preferences import PreferencesApp
from screens.responsiveness import COLLECT_CHECK, configure_interpreter
from screens.welcome import Welcome
from wizard.engine.start_options import StartOptions

if TYPE_CHECKING:
    from screens.session_app import SessionApp
    from wizard.checklist.model import Task
    from wizard.engine.events import TaskFailed

GRACE = 20.0
"""Seconds to roll back unfinished changes after the terminal has gone."""


class Golive(PreferencesApp):
    """The guided session of one project."""

    TITLE = "Golive"
    CSS_PATH = ["app.tcss", "welcome.tcss"]  # Textual does not load the CSS_PATH of the default screen
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-middle"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]
    BINDINGS = [
        Binding("q", "leave", "Quit", tooltip="Finished work is kept; a later start resumes", id="app.quit"),
        Binding("ctrl+q,ctrl+c", "leave", "Quit", priority=True, show=False, id="app.quit_anywhere"),
        Binding("f1,question_mark", "show_help", "Help", tooltip="Help for this screen and its keys", id="app.help"),
        Binding(
            "slash", "search", "Search", tooltip="Find a task or an item by words, number or status", id="app.search"
        ),
    ]

    def notify(self, message: str, *, markup: bool = True, **more: Any) -> None:
        """Show a notification. Its text may come from anywhere, so it is never read as markup."""
        from screens.formatting import safe

        super().notify(safe(message), markup=False, **more)

    def get_default_screen(self) -> Screen[Any]:
        return Welcome()

    def on_mount(self) -> None:
        self.set_interval(COLLECT_CHECK, self.priority.collect_garbage)
        self.report_wrong_preferences()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.priority.record_input()
        await super().on_event(event)

    # ---- opening screens

    def on_open_dashboard(self) -> None:
        self.open_dashboard()

    def open_dashboard(self) -> None:
        """Show the dashboard, and above it the task the user was working on."""
        from screens.dashboard import Dashboard
        from screens.formatting import next_task

        assert self.engine_session is not None
        engine = self.engine_session.engine
        self.sub_title = engine.project.root.name
        self.push_screen(Dashboard())
        position = engine.checklist.tasks.get(engine.state.position)
        if engine.state.started and position:
            following = next_task(engine.checklist, engine.state, position.number - 1)
            if task := following or next_task(engine.checklist, engine.state):
                self.open_task(task)
        for message in self.recovered:
            self.notify(message, title="Recovered after an interruption", timeout=12)

    def on_open_task(self, message: OpenTask) -> None:
        self.open_task(message.task, message.item)

    def open_task(self, task: Task, item: str = "") -> None:
        """Show *task*, replacing another task that is shown."""
        from screens.task import TaskScreen

        screen = TaskScreen(task, item)
        if isinstance(self.screen, TaskScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def on_open_go_live_board(self) -> None:
        from screens.go_live import GoLiveBoard

        self.push_screen(GoLiveBoard())

    def on_open_journeys(self, message: OpenJourneys) -> None:
        self.open_journeys(message.item)

    def open_journeys(self, item: str = "") -> None:
        """Show the user journeys, those about *item* first."""
        from screens.journeys import JourneysScreen

        if not isinstance(self.screen, JourneysScreen):
            self.push_screen(JourneysScreen(item))

    def on_open_search(self, message: OpenSearch) -> None:
        self.action_search(message.words)

    def action_search(self, words: str = "") -> None:
        from screens.search import Search

        self.push_screen(Search(words), self._open_match)

    def _open_match(self, match: tuple[Task, str] | None) -> None:
        if match:
            self.open_task(*match)

    def action_show_help(self) -> None:
        from screens.help import HelpDialog, active_keys
        from screens.key_names import with_keys

        if not isinstance(self.screen, HelpDialog):
            about = self.screen.HELP or "Golive marks an item as done only after checking it."
            self.push_screen(HelpDialog(with_keys(about), active_keys(self.screen)))

    def on_open_failure(self, message: OpenFailure) -> None:
        self.open_failure(message.failure)

    def open_failure(self, failure: TaskFailed) -> None:
        """Show *failure* with its diagnosis."""
        from screens.failure import FailureScreen

        self.push_screen(FailureScreen(failure), partial(self._leave_failure, failure))

    def _leave_failure(self, failure: TaskFailed, choice: str | None) -> None:
        from screens.task import TaskScreen

        if choice == "retry":
            self.run_tasks([failure.task])
        if not isinstance(self.screen, TaskScreen) or self.screen.task_shown is not failure.task:
            self.open_task(failure.task)
            return
        if choice == "next":
            self.screen.action_next()
        elif choice in {"retry", "log", "fixing"}:
            self.screen.action_tab("output")

    def action_report(self) -> None:
        from screens.work_item import WorkItem

        assert self.engine_session is not None
        self.begin(WorkItem("The report", self.engine_session.report, on_success=self.show_report))

    # ---- commands

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for command in super().get_system_commands(screen):
            if command.title in {"Maximize", "Minimize"}:
                yield command
        yield from self.preference_commands(screen)
        shown = set[str]()
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and not binding.system:
                shown.add(binding.description)
                run = partial(self.run_action, binding.action, active.node)
                yield SystemCommand(
                    binding.description, active.tooltip or f"On this screen: {binding.description}", run
                )
        if self.engine_session is None or self.leaving or isinstance(screen, ModalScreen):
            return
        yield SystemCommand("Report", "Open the report in the browser", self.action_report)
        if "Journeys" not in shown:  # a task has a key for it
            yield SystemCommand("Journeys", "Show what Golive did on the site, step by step", self.open_journeys)
        for task in self.engine_session.engine.checklist.tasks.values():
            yield SystemCommand(
                f"Task {task.number}: {task.title}", f"Day {task.day}, {task.session}", partial(self.open_task, task)
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"search", "report"}:
            return self.engine_session is not None and not isinstance(self.screen, ModalScreen)
        return True

    # ---- ending

    def _fatal_error(self) -> None:
        """Replace Textual's crash report, which shows local variables and so possibly secrets."""
        from wizard.reporting import crash

        self.bell()
        self._exit_renderables.append(Text(crash.report(self.start.folder)))
        self._close_messages_no_wait()

    def action_leave(self) -> None:
        from screens.forms import Confirmation

        if self.work_item is None:
            self.leave()
        elif not isinstance(self.screen, Confirmation):
            text = "A task is running. Stop it and quit?"
            why = "Golive rolls back unfinished changes. The next start resumes here."
            dialog = Confirmation("Quit", text, why, yes="Stop and quit", no="Keep running")
            self.push_screen(dialog, self._leave_if_agreed)

    def _leave_if_agreed(self, agreed: bool | None) -> None:
        if agreed:
            self.leave()

    def leave(self) -> None:
        """Quit: stop the work, close the project, end the app."""
        if self.leaving:
            return
        self.leaving = True
        self.run_worker(self._close_and_exit, thread=True, group="leaving")

    def _close_and_exit(self) -> None:
        self.close_project()
        self.call_from_thread(self.exit)

    def close_project(self) -> None:
        """Stop the work, wait for its end, and close the project. Blocks; may be called again."""
        self.leaving = True
        self.cancel_break()
        if self.engine_session is not None:
            self.engine_session.leave()
            self.engine_session.close()

    def hang_up(self) -> None:
        """End the process after the terminal has gone. Writing to that terminal would block for ever."""

        def end() -> None:
            closing = threading.Thread(target=self.close_project, daemon=True)
            closing.start()
            closing.join(GRACE)
            os._exit(129)

        self.leaving = True
        threading.Thread(target=end, daemon=True).start()


if TYPE_CHECKING:

    def as_session_app(app: Golive) -> SessionApp:
        """Have mypy check that the app implements the protocol."""
        return app


def run(start: StartOptions) -> int:
    """Run the session in this terminal; returns its exit code."""
    import signal

    configure_interpreter()
    app = Golive(start)
    signal.signal(signal.SIGHUP, lambda *_: app.hang_up())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: app.call_later(app.leave))
    app.run()
    app.close_project()
    sys.stdout.flush()
    return app.return_code or 0
