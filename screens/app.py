"""The guided session: which screen comes when, and the work that goes on behind them.

Light to import: the engine is loaded by the thread that opens the project, once the first screen stands.
"""

from __future__ import annotations

import gc
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, work
from textual.app import App, SuspendNotSupported, SystemCommand
from textual.binding import Binding
from textual.screen import ModalScreen, Screen

from screens import themes
from screens.base_screen import Page
from screens.welcome import Welcome
from wizard.engine.start_options import StartOptions

if TYPE_CHECKING:
    from screens.engine_session import EngineSession
    from screens.work_item import Ended, Happened, Job
    from wizard.checklist.model import Task
    from wizard.engine.events import Event, TaskFailed

AT_LINE = {"vi", "vim", "nvim", "nano", "emacs", "micro", "hx"}
"""Editors that take `+LINE` before the file."""
SWITCH = 0.0005
"""Seconds after which the thread at work lets that of the screens in: a key shall not wait for a flood of output."""
SERVED, PACE = 0.3, 0.001
"""Seconds after a key in which the thread at work waits between two lines of output, and how long: what the key asks
for is drawn meanwhile, and a program that floods waits too."""
TIDY = 10.0
"""Seconds between looks for garbage, if there was no key for half of that; by itself Python would look at any time."""
SELDOM = (20_000, 50, 1_000_000)
"""How seldom Python looks for garbage by itself: among young objects only, in effect."""
GRACE = 20.0
"""Seconds that work has to take back what is half done, when the terminal is gone."""


class Golive(App[None]):
    """One project, one person, one evening."""

    TITLE = "Golive"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-middle"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]
    BINDINGS = [
        Binding("ctrl+q", "leave", "Quit", priority=True, tooltip="What is done is kept; a later start resumes"),
        Binding("ctrl+c", "leave", "Quit", priority=True, show=False),
        Binding("f1,question_mark", "show_help", "Help", tooltip="What this screen is for, and its keys"),
        Binding("slash", "search", "Search", tooltip="Find a task or an item by words, number or status"),
    ]

    def __init__(self, start: StartOptions) -> None:
        super().__init__()
        self.kept_theme = ""
        for theme in themes.OURS:
            self.register_theme(theme)
        self.theme = self.kept_theme = themes.chosen()
        for name in self.available_themes.keys() - themes.offered().keys():
            self.unregister_theme(name)
        self.start = start
        self.desk: EngineSession | None = None
        self.job: Job | None = None
        self.leaving = False
        self.touched, self.tidied = monotonic(), False
        self.recovered: list[str] = []
        self._waiting: Future[str] | None = None

    def notify(self, message: str, *, markup: bool = True, **more: Any) -> None:
        """A message at the corner; never markup: what it tells may be anybody's text."""
        from screens.formatting import safe

        super().notify(safe(message), markup=False, **more)

    def get_default_screen(self) -> Screen[Any]:
        return Welcome()

    def on_mount(self) -> None:
        self.set_interval(TIDY, self.tidy)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.touched = monotonic()
        await super().on_event(event)

    def give_way(self) -> None:
        """From the thread at work, before each line of output: whoever presses keys comes first."""
        if monotonic() - self.touched < SERVED:
            sleep(PACE)

    def tidy(self) -> None:
        """Look for garbage while nobody presses a key: that takes longer than a key may."""
        if monotonic() - self.touched > TIDY / 2:
            gc.collect()
            if not self.tidied:
                gc.freeze()  # what was loaded until now stays
                self.tidied = True

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        if self.is_running and theme_name != self.kept_theme:
            self.kept_theme = theme_name
            self.run_worker(partial(themes.keep, theme_name), thread=True, group="taste")

    # ---- where to go

    def opened(self) -> None:
        """The project is open: show the map, and above it the task a person was at."""
        from screens.dashboard import MapScreen
        from screens.formatting import next_task

        assert self.desk is not None
        engine = self.desk.engine
        self.sub_title = engine.project.root.name
        self.push_screen(MapScreen())
        position = engine.checklist.tasks.get(engine.state.position)
        if engine.state.started and position:
            after = next_task(engine.checklist, engine.state, position.number - 1)
            if task := after or next_task(engine.checklist, engine.state):
                self.go_to(task)
        for message in self.recovered:
            self.notify(message, title="After an interruption", timeout=12)

    def go_to(self, task: Task, item: str = "") -> None:
        """Open *task*, in place of another one that is open."""
        from screens.task import TaskScreen

        screen = TaskScreen(task, item)
        if isinstance(self.screen, TaskScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for command in super().get_system_commands(screen):
            if command.title in {"Theme", "Maximize", "Minimize"}:
                yield command
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and not binding.system:
                run = partial(self.run_action, binding.action, active.node)
                yield SystemCommand(
                    binding.description, active.tooltip or f"On this screen: {binding.description}", run
                )
        if self.desk is None or self.leaving or isinstance(screen, ModalScreen):
            return
        yield SystemCommand("Report", "Open the report of how things stand in the browser", self.action_report)
        for task in self.desk.engine.checklist.tasks.values():
            yield SystemCommand(
                f"Task {task.number}: {task.title}", f"Day {task.day}, {task.session}", partial(self.go_to, task)
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"search", "report"}:
            return self.desk is not None and not isinstance(self.screen, ModalScreen)
        return True

    def action_search(self, words: str = "") -> None:
        from screens.search import Search

        self.push_screen(Search(words), self._found)

    def _found(self, place: tuple[Task, str] | None) -> None:
        if place:
            self.go_to(*place)

    def action_show_help(self) -> None:
        from screens.help import HelpDialog, keys

        if not isinstance(self.screen, HelpDialog):
            about = self.screen.HELP or "A checklist in which every box is ticked by what was run and seen."
            self.push_screen(HelpDialog(about, keys(self.screen)))

    # ---- work

    def begin(self, job: Job) -> None:
        """Have the engine's thread do *job*, unless it has work already."""
        if self.job is not None:
            self.notify(f"{self.job.told} comes first; x on its screen stops it", title="At work")
            return
        self.job = job
        self.refresh_bindings()
        self._labour(job)

    @work(thread=True, group="engine")
    def _labour(self, job: Job) -> None:
        from screens.work_item import Ended
        from wizard.base.errors import GoliveError

        try:
            job.result = job.work()
        except GoliveError as error:
            job.error = error
        self.post_message(Ended(job))

    def run_tasks(self, tasks: list[Task], *, alone: bool = False) -> None:
        """Do *tasks* in their order up to the first that fails."""
        from screens.work_item import Job

        assert self.desk is not None
        told = f"Task {tasks[0].number}" if len(tasks) == 1 else f"Tasks {tasks[0].number} to {tasks[-1].number}"
        self.begin(Job(told, partial(self.desk.run, tasks), tasks, alone=alone))

    def tell(self, event: Event) -> None:
        """An event of the engine, from whichever thread."""
        from screens.work_item import Happened

        self.post_message(Happened(event))

    def on_happened(self, message: Happened) -> None:
        from wizard.engine.events import Recovered, TaskFailed, TaskStarted

        event, job = message.event, self.job
        if isinstance(event, Recovered):
            self.recovered.append(event.message)
        elif isinstance(event, TaskStarted) and job:
            job.now = event.task
        elif isinstance(event, TaskFailed) and job:
            job.failure = event
        for screen in self.screen_stack:
            if isinstance(screen, Page) and screen.is_mounted:
                screen.follow(event)

    def on_ended(self, message: Ended) -> None:
        from wizard.base.errors import Stopped
        from wizard.engine.events import TaskFailed

        job, self.job = message.job, None
        if self.leaving:
            return
        if isinstance(job.error, Stopped):
            self.notify(str(job.error), title="Stopped", timeout=8)
        elif job.error and (job.now or job.tasks):
            job.failure = TaskFailed(job.now or job.tasks[0], str(job.error))
        elif job.error:
            self.notify(str(job.error), title=job.told, severity="error", timeout=15)
        elif job.then:
            job.then(job.result)
        for screen in self.screen_stack:
            if isinstance(screen, Page) and screen.is_mounted:
                screen.ended(job)
        self.refresh_bindings()
        self._announce(job)

    def _announce(self, job: Job) -> None:
        """Tell a person who may have looked away, when it took long."""
        from screens.desktop_notification import LONG
        from screens.formatting import span

        if job.seconds >= LONG and not isinstance(self.screen, ModalScreen):
            told = f"{'failed' if job.failure or job.error else 'done'} after {span(job.seconds)}"
            self.send_notice(job.told, told)

    def send_notice(self, title: str, text: str) -> None:
        """A notice on the person's desktop, or by the terminal."""
        from screens.desktop_notification import give

        self.bell()
        driver = self._driver
        write: Callable[[str], Any] = driver.write if driver and not self.is_headless else lambda told: None
        self.run_worker(partial(give, title, text, write), thread=True, group="notices")

    def stop_work(self) -> None:
        """Stop the job at hand, without waiting for its end."""
        if self.desk is not None:
            self.run_worker(self.desk.stop, thread=True, group="stopping")

    def show_failure(self, failure: TaskFailed) -> None:
        from screens.failure import Failure

        self.push_screen(Failure(failure), partial(self._after_failure, failure))

    def _after_failure(self, failure: TaskFailed, choice: str | None) -> None:
        from screens.task import TaskScreen

        if not isinstance(self.screen, TaskScreen) or self.screen.task_shown is not failure.task:
            self.go_to(failure.task)
            return
        if choice == "again":
            self.screen.look()
        elif choice == "next":
            self.screen.action_next()
        elif choice in {"log", "fixing"}:
            self.screen.action_tab("output")

    def action_report(self) -> None:
        from screens.work_item import Job

        assert self.desk is not None
        self.begin(Job("The report", self.desk.report, then=self.show_report))

    def show_report(self, path: Path) -> None:
        if self.is_web:
            self.deliver_text(path, open_method="browser", mime_type="text/html")
        else:
            self.open_address(path.as_uri())

    # ---- the break, asked for by the thread at work

    def take_break(self, minutes: int) -> str:
        """Block the calling thread until the break is over; returns how it went."""
        assert self.desk is not None
        if self.job and self.job.alone:
            self.desk.answer({"break": "taken while Golive worked alone"})
            return self.desk.engine.answers.given["break"]
        from screens.coffee_break import CoffeeBreak

        self._waiting = Future()
        self.call_from_thread(self.push_screen, CoffeeBreak(minutes), self._break_over)
        try:
            how = self._waiting.result()
        except CancelledError:
            return "left"
        self.desk.answer({"break": how})
        return how

    def _break_over(self, how: str | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(how or "skipped")

    # ---- the terminal and the browser, for programs that talk to the person themselves

    def hand_over(self, argv: list[str]) -> int:
        """Give the terminal to *argv* until it ends; from the thread at work. Returns its exit code."""
        return self.call_from_thread(self.lend_terminal, argv)

    def lend_terminal(self, argv: list[str]) -> int:
        """Give the terminal to *argv* until it ends; returns its exit code."""
        assert self.desk is not None
        try:
            with self.suspend():
                code = subprocess.run(argv, cwd=self.desk.engine.project.root, check=False).returncode
        except SuspendNotSupported:
            told = " ".join(map(shlex.quote, argv))
            self.notify(f"Run it in another terminal: {told}", title="This terminal can't be handed over", timeout=15)
            return 1
        except OSError as error:
            self.notify(f"{argv[0]} could not be started: {error.strerror}. Set EDITOR.", severity="error", timeout=10)
            return 127
        self.refresh(layout=True)
        return code

    def edit_file(self, path: Path, line: int = 1) -> None:
        """Open *path* in the person's editor, at *line* where the editor takes one."""
        editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        at_line = [f"+{line}"] if Path(editor[0]).name in AT_LINE else []
        self.lend_terminal([*editor, *at_line, str(path)])

    def open_address(self, url: str) -> None:
        """Open *url* in the person's browser, or say it where there is none in front of them."""
        from wizard.base.browser import is_remote_session, open_url

        if self.is_web:
            self.open_url(url)
            return
        self.copy_to_clipboard(url)
        if is_remote_session():
            self.notify(url, title="No browser here; the address is in the clipboard", timeout=15)
        else:
            self.run_worker(partial(open_url, url), thread=True, group="browser")

    # ---- what should never happen

    def _fatal_error(self) -> None:
        """Textual's own report of a crash shows local variables, which may be secrets; this one shows the way."""
        from wizard.reporting import crash

        self.bell()
        self._exit_renderables.append(Text(crash.report(self.start.folder)))
        self._close_messages_no_wait()

    # ---- leaving

    def action_leave(self) -> None:
        from screens.forms import Form, sure

        if self.job is None:
            self.leave()
        elif not isinstance(self.screen, Form):
            text = "A task is being worked on. Stop it and quit?"
            why = "What it has half done is taken back; the next start resumes there."
            self.push_screen(sure("Quit", text, why, default="yes"), self._leave_if_sure)

    def _leave_if_sure(self, answers: dict[str, str] | None) -> None:
        from screens.forms import agreed

        if agreed(answers):
            self.leave()

    def leave(self) -> None:
        if self.leaving:
            return
        self.leaving = True
        self.run_worker(self._close, thread=True, group="leaving")

    def _close(self) -> None:
        self.let_go()
        self.call_from_thread(self.exit)

    def let_go(self) -> None:
        """Stop the work, wait for its end, and let go of the project; blocks, and may be called again."""
        self.leaving = True
        if self._waiting:
            self._waiting.cancel()
        if self.desk is not None:
            self.desk.leave()
            self.desk.close()

    def hung_up(self) -> None:
        """The terminal is gone: nothing can be drawn any more, and whoever writes to it waits for ever."""

        def end() -> None:
            letting_go = threading.Thread(target=self.let_go, daemon=True)
            letting_go.start()
            letting_go.join(GRACE)
            os._exit(129)

        self.leaving = True
        threading.Thread(target=end, daemon=True).start()


def run(start: StartOptions) -> int:
    """The session in this terminal; returns its exit code."""
    import signal

    sys.setswitchinterval(SWITCH)
    gc.set_threshold(*SELDOM)
    app = Golive(start)
    signal.signal(signal.SIGHUP, lambda *_: app.hung_up())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: app.call_later(app.leave))
    app.run()
    app.let_go()
    sys.stdout.flush()
    return app.return_code or 0
