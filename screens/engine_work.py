"""An app that runs the engine on a thread: one work item at a time, its events passed on to the open screens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from textual import work
from textual.app import App
from textual.screen import ModalScreen

from screens.base_screen import BaseScreen
from screens.key_names import key_of
from screens.messages import EngineEvent, WorkEnded
from screens.responsiveness import InputPriority

if TYPE_CHECKING:
    from screens.engine_session import EngineSession
    from screens.widgets.diff_rows import Diff
    from screens.work_item import WorkItem
    from wizard.base.errors import GoliveError
    from wizard.checklist.model import Task
    from wizard.diagnosis.cause import Cause
    from wizard.engine.events import Event, TestsCompared
    from wizard.engine.start_options import StartOptions
    from wizard.plan.actions import CommitFiles


class EngineApp(App[None]):
    """Owns the engine session and its thread. Light to import: the engine is loaded by the thread that opens it."""

    def __init__(self, start: StartOptions) -> None:
        super().__init__()
        self.start = start
        self.engine_session: EngineSession | None = None
        self.work_item: WorkItem | None = None
        self.leaving = False
        self.recovered: list[str] = []
        """Messages about changes rolled back after an interrupted run."""
        self.priority = InputPriority()
        self._break: Future[str] | None = None

    @property
    def last_input(self) -> float:
        """Time of the last key press or mouse event, by the monotonic clock."""
        return self.priority.last_input

    def run_in_terminal(self, argv: list[str]) -> int:
        """Run *argv* in the user's terminal, from the engine's thread; returns its exit code."""
        raise NotImplementedError

    def open_engine_session(self) -> EngineSession:
        """Open the project unless it is open. Blocks.

        Raises:
            GoliveError: there is no project, it can't be loaded, or another run uses it.
        """
        from screens.engine_session import EngineSession, FrontendCallbacks

        if self.engine_session is None:
            callbacks = FrontendCallbacks(self.take_break, self.run_in_terminal, self.priority.yield_to_input)
            self.engine_session = EngineSession.open(self.start, callbacks, self.emit_event)
        return self.engine_session

    # ---- work items

    def begin(self, work_item: WorkItem) -> None:
        """Run *work_item* on the engine's thread. Refused while other work is in progress."""
        if self.work_item is not None:
            text = f"{self.work_item.title} is still running. Press {key_of('task.stop')} on its screen to stop it."
            self.notify(text, title="Busy")
            return
        self.work_item = work_item
        self.refresh_bindings()
        self._run_work(work_item)

    @work(thread=True, group="engine")
    def _run_work(self, work_item: WorkItem) -> None:
        from wizard.base.errors import GoliveError

        try:
            work_item.result = work_item.work()
        except GoliveError as error:
            work_item.error, work_item.cause = error, self._cause(error)
        self.post_message(WorkEnded(work_item))

    def _cause(self, error: GoliveError) -> Cause | None:
        """Why *error* ended some work; None for a stop or without a project. Blocks: it may read many files."""
        from wizard.base.errors import Stopped
        from wizard.diagnosis.cause import of_error

        if self.engine_session is None or isinstance(error, Stopped):
            return None
        return of_error(error, self.engine_session.engine.project)

    def run_tasks(self, tasks: list[Task], *, unattended: bool = False) -> None:
        """Run *tasks* in order up to the first that fails."""
        from screens.work_item import WorkItem

        assert self.engine_session is not None
        title = f"Task {tasks[0].number}" if len(tasks) == 1 else f"Tasks {tasks[0].number} to {tasks[-1].number}"
        self.begin(WorkItem(title, partial(self.engine_session.run, tasks), tasks, unattended=unattended))

    def stop_work(self) -> None:
        """Stop the work in progress, without waiting for it to end."""
        if self.engine_session is not None:
            self.run_worker(self.engine_session.stop, thread=True, group="stopping")

    # ---- events

    def emit_event(self, event: Event) -> None:
        """Pass on an event of the engine. May be called from any thread."""
        self.post_message(EngineEvent(event))

    def on_engine_event(self, message: EngineEvent) -> None:
        from wizard.engine.events import Recovered, TaskFailed, TaskStarted, TestsCompared

        event, work_item = message.event, self.work_item
        if isinstance(event, Recovered):
            self.recovered.append(event.message)
        elif isinstance(event, TaskStarted) and work_item:
            work_item.current_task = event.task
        elif isinstance(event, TaskFailed) and work_item:
            work_item.failure = event
        elif isinstance(event, TestsCompared):
            self._show_tests(event)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.show_event(event)

    def _show_tests(self, event: TestsCompared) -> None:
        """Show how the project's own tests ended. Failures stay longer."""
        from wizard.reporting.event_text import own_tests_text

        severity: Literal["warning", "information"] = "warning" if event.broken else "information"
        self.notify(own_tests_text(event), title="Tests", severity=severity, timeout=60 if event.broken else 10)

    def on_work_ended(self, message: WorkEnded) -> None:
        from wizard.base.errors import Stopped
        from wizard.engine.events import TaskFailed

        work_item, self.work_item = message.work_item, None
        if self.leaving:
            return
        if isinstance(work_item.error, Stopped):
            self.notify(str(work_item.error), title="Stopped", timeout=8)
        elif work_item.error and (work_item.current_task or work_item.tasks):
            task = work_item.current_task or work_item.tasks[0]
            work_item.failure = TaskFailed(task, str(work_item.error), cause=work_item.cause)
        elif work_item.error:
            self.notify(str(work_item.error), title=work_item.title, severity="error", timeout=15)
        elif work_item.on_success:
            work_item.on_success(work_item.result)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.work_ended(work_item)
        self.refresh_bindings()
        self._notify_if_long(work_item)
        if work_item.tasks and not (work_item.error or work_item.failure):
            self._find_commit(work_item.tasks[-1])

    @work(thread=True, exclusive=True, group="commit")
    def _find_commit(self, last: Task) -> None:
        """Propose a commit if the half-day has ended, whose task *last* has run."""
        from screens.widgets.diff_rows import parse_diff
        from wizard.base.errors import GoliveError

        assert self.engine_session is not None
        try:
            found = self.engine_session.proposed_commit(last)
        except GoliveError:  # the session ends, or the project does not load; both are shown elsewhere
            return
        if found and not self.leaving:
            commit, diffs = found
            parsed = {name: parse_diff(diff, name) for name, diff in diffs.items()}
            self.call_from_thread(self._propose_commit, last, commit, parsed)

    def _propose_commit(self, last: Task, commit: CommitFiles, diffs: dict[str, Diff]) -> None:
        from screens.propose_commit import ProposeCommit
        from screens.work_item import WorkItem

        session = self.engine_session
        assert session is not None

        def commit_if_agreed(agreed: CommitFiles | None) -> None:
            if agreed:
                text = f"Committed: {agreed.message.splitlines()[0]}"
                done = lambda _: self.notify(text, title="Commit")  # noqa: E731
                self.begin(WorkItem("Commit", partial(session.commit, last, agreed), on_success=done))

        if self.work_item is None and not isinstance(self.screen, ModalScreen):
            self.push_screen(ProposeCommit(commit, diffs), commit_if_agreed)

    def _notify_if_long(self, work_item: WorkItem) -> None:
        """Send a desktop notification if the work took so long that the user may have looked away."""
        from screens.desktop_notification import LONG
        from wizard.base.wording import duration

        if work_item.seconds >= LONG and not isinstance(self.screen, ModalScreen):
            result = "failed" if work_item.failure or work_item.error else "finished"
            self.send_notification(work_item.title, f"{result} after {duration(work_item.seconds)}")

    def send_notification(self, title: str, text: str) -> None:
        """Show a desktop notification."""
        from screens.desktop_notification import send

        self.bell()
        driver = self._driver
        write: Callable[[str], Any] = driver.write if driver and not self.is_headless else lambda _: None
        self.run_worker(partial(send, title, text, write), thread=True, group="notifications")

    # ---- the coffee break

    def take_break(self, minutes: int) -> str:
        """Show the coffee break and block the calling thread until it is over; returns how it ended."""
        assert self.engine_session is not None
        if self.work_item and self.work_item.unattended:
            result = "taken while Golive ran unattended"
        else:
            from screens.coffee_break import CoffeeBreak

            self._break = Future()
            self.call_from_thread(self.push_screen, CoffeeBreak(minutes), self._end_break)
            try:
                result = self._break.result()
            except CancelledError:
                return "interrupted: the session ended"
        self.engine_session.answer({"break": result})
        return result

    def _end_break(self, result: str | None) -> None:
        if self._break and not self._break.done():
            self._break.set_result(result or "skipped")

    def cancel_break(self) -> None:
        """Release the thread that waits in `take_break`."""
        if self._break:
            self._break.cancel()
