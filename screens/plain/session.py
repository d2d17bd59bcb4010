"""The guided session as lines and prompts: nothing is drawn, and no sign stands for a word.

The engine works on a thread of its own; whatever it needs a person for is done here, by the thread of the prompts, so
that Ctrl-C always reaches somebody.
"""

from __future__ import annotations

import dataclasses
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from screens.engine_session import EngineSession, FrontendCallbacks
from screens.formatting import many, next_task, same_session
from screens.plain import prompts, status
from screens.plain.prompts import agreed, ask, say
from screens.plain.task import TaskTalk
from wizard.base.errors import GoliveError, SeveralProjects, Stopped
from wizard.checklist.model import Task
from wizard.engine.events import Event, TaskFailed
from wizard.engine.start_options import StartOptions
from wizard.plan.actions import Finding
from wizard.project.detection import ProjectLocation, locate
from wizard.project.trust import QUESTION, WHY, is_trusted, trust, what_runs
from wizard.reporting.event_text import WORDED, line, plan_lines

T = TypeVar("T")
KEYS = """Enter     go on with the next task
NUMBER    open that task
m         the map: every task and how far it is
s         ask everything this session needs, show its plans, then work alone
w         what waits for you
/ WORDS   tasks and items with these words
c         check that every ticked box still holds
g         the go-live lists
l         the site goes live now
r         write the report, for a browser
q         quit; what is done is kept, a later start resumes"""


class Plain:
    """One project, one person, line by line."""

    def __init__(self, start: StartOptions) -> None:
        self.start = start
        self.desk: EngineSession | None = None
        self.failure: TaskFailed | None = None
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._alone = False
        self._waiting: Future[Any] | None = None
        self.leaving = False

    # ---- the thread at work, and what it asks for

    def work(self, job: Callable[[], T]) -> T:
        """Have *job* done, telling what happens meanwhile; Ctrl-C stops it.

        Raises:
            GoliveError: it failed, or was stopped.
        """
        future = self._thread.submit(job)
        future.add_done_callback(lambda _: self._calls.put(None))
        while True:
            try:
                call = self._calls.get()
                if call is None:
                    return future.result()
                call()
            except KeyboardInterrupt:
                if self.desk is None:
                    raise
                say("Stopping; what is half done is taken back.")
                self.desk.stop()

    def tell(self, event: Event) -> None:
        if isinstance(event, TaskFailed):
            self.failure = event
            return
        if text := line(event, WORDED):
            self._calls.put(partial(self.say, text))

    def say(self, text: str) -> None:
        """Say *text*, with paths as the project names them."""
        say(text.replace(f"{self.desk.engine.project.top}/", "") if self.desk else text)

    def _asked_of(self, here: Callable[[], T]) -> T:
        """From the thread at work: what *here* returns when the thread of the prompts calls it."""
        waiting: Future[T] = Future()

        def call() -> None:
            try:
                waiting.set_result(here())
            finally:  # who waits for it never waits for ever
                waiting.cancel()

        self._waiting = waiting
        if self.leaving:
            waiting.cancel()
        self._calls.put(call)
        try:
            return waiting.result()
        except CancelledError:
            raise Stopped("It was left by the person") from None

    def pause(self, minutes: int) -> str:
        """The coffee break, asked for by the thread at work; returns how it went."""
        assert self.desk is not None
        how = "taken while Golive worked alone" if self._alone else self._asked_of(partial(self._break, minutes))
        self.desk.answer({"break": how})
        return how

    def _break(self, minutes: int) -> str:
        say(f"Coffee break: {minutes} minutes. Enter ends it sooner.")
        if prompts.wait(minutes * 60):
            return "ended by the person"
        say("\aThe coffee break is over.")
        return f"taken: {minutes} minutes"

    def interact(self, argv: list[str]) -> int:
        return self._asked_of(partial(self.lend, argv))

    def lend(self, argv: list[str]) -> int:
        """Give the terminal to *argv* until it ends; returns its exit code."""
        assert self.desk is not None
        try:
            return subprocess.run(argv, cwd=self.desk.engine.project.root, check=False).returncode
        except OSError as error:
            say(f"{argv[0]} could not be started: {error.strerror}. Set EDITOR.")
            return 127

    def edit(self, content: bytes, name: str) -> bytes | None:
        """*content* as the person's editor leaves it; None when the editor failed."""
        editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        with tempfile.TemporaryDirectory(prefix="golive-") as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            return path.read_bytes() if self.lend([*editor, str(path)]) == 0 else None

    # ---- the session

    def open(self) -> int:
        """Find the project, with the person's help where it is needed; returns an exit code, 0 once it is open."""
        if code := self.trust():
            return code
        while self.desk is None:
            say("Looking at the project.")
            try:
                self.desk = self.work(
                    lambda: EngineSession.open(self.start, FrontendCallbacks(self.pause, self.interact), self.tell)
                )
            except GoliveError as error:
                if not self.amended(error):
                    return error.exit_code
        findings = self.work(self.desk.findings)
        engine, plan = self.desk.engine, self.desk.engine.checklist
        say(f"{plan.title}: {engine.project.root}")
        self.tell_findings(findings)
        if not engine.state.started:
            say(f"{len(plan.tasks)} tasks, {plan.hours} hours. Nothing is changed before you have seen it.")
        return 0

    def trust(self) -> int:
        """See that the person trusts the project before any of its code runs; returns an exit code, 0 to go on."""
        place: ProjectLocation | None = None
        while place is None:
            try:
                place = locate(self.start.folder, self.start.manage)
            except GoliveError as error:
                if not self.amended(error):
                    return error.exit_code
        if not is_trusted(place.root):
            say(f"{place.root}: {WHY} It would run:")
            for each in what_runs(place, self.start.python):
                say(f"- {each}")
            if not agreed(QUESTION, default=False):
                raise prompts.Gone
            trust(place.root)
        return 0

    def amended(self, error: GoliveError) -> bool:
        """Tell *error*; returns whether the person said where to look again."""
        say(str(error))
        try:
            again = self.corrected(error)
        except prompts.Gone:
            return False
        if again is not None:
            self.start = again
        return again is not None

    def corrected(self, error: GoliveError) -> StartOptions | None:
        """Where to look again, as the person says; None if they leave it."""
        if isinstance(error, SeveralProjects):
            prompts.listed(f"{number}: {place}" for number, place in enumerate(error.places, 1))
            given = ask("Its number, or Enter to quit:")
            known = given.isdigit() and 0 < int(given) <= len(error.places)
            return dataclasses.replace(self.start, manage=error.places[int(given) - 1]) if known else None
        if "interpreter" in error.what.lower():
            given = ask("The path of the project's python, or Enter to quit:")
            return dataclasses.replace(self.start, python=given) if given else None
        return None if ask("Correct it, then Enter to look again, or q to quit:") == "q" else self.start

    def tell_findings(self, findings: list[Finding]) -> None:
        for each in findings:
            self.say(f"{'Careful' if each.warning else 'Found'}: {each}")

    def upcoming(self) -> Task | None:
        assert self.desk is not None
        engine = self.desk.engine
        here = engine.state.position - 1 if engine.state.started else 0
        return next_task(engine.checklist, engine.state, here) or next_task(engine.checklist, engine.state)

    def run(self) -> int:
        if code := self.open():
            return code
        assert self.desk is not None
        tasks = self.desk.engine.checklist.tasks
        while True:
            task = self.upcoming()
            say()
            status.left(self.desk.engine)
            following = f"Enter for task {task.number}, {task.title}; " if task else ""
            given = ask(f"{following}a number, a letter, or ? for help:")
            try:
                if given == "q":
                    return 0
                if not given and task:
                    self.visit(task)
                elif given.isdigit() and int(given) in tasks:
                    self.visit(tasks[int(given)])
                else:
                    self.obey(given)
            except GoliveError as error:
                say(f"{error}")

    def obey(self, given: str) -> None:
        assert self.desk is not None
        does = {"s": self.session, "c": self.check, "l": self.launch, "r": self.report}
        tells = {"m": status.whole_map, "w": status.waiting, "g": status.lists}
        if given.startswith("/"):
            status.search(self.desk.engine, given[1:].lower().split())
        elif given in tells:
            tells[given](self.desk.engine)
        elif given in does:
            does[given]()
        else:
            say(KEYS)

    def visit(self, task: Task | None) -> None:
        """Open *task*, and the tasks the person goes on to from there."""
        while task:
            task = TaskTalk(self, task).run()

    # ---- work

    def session(self) -> None:
        """All questions of the session at hand, then its plans, then the work."""
        assert self.desk is not None
        desk, first = self.desk, self.upcoming()
        if first is None:
            say("No task is left that Golive could begin; w tells what waits for you.")
            return
        tasks = same_session(first, desk.engine.checklist, desk.engine.state)
        asked: set[str] = set()
        while found := self.work(partial(desk.questions, tasks, asked)):
            given = {}
            for task, question in found:
                say(f"Task {task.number}, {task.title}.")
                given[question.name] = prompts.answer(question, question.default)
            asked |= given.keys()
            self.work(partial(desk.answer, given))
        for task, plan in self.work(partial(desk.plans, tasks)):
            say(
                f"Task {task.number}, {task.title}: {many(len(plan.work), 'change') if plan.work else 'only looked at'}"
            )
            prompts.listed(plan_lines(plan, WORDED))
        if agreed(f"Do {many(len(tasks), 'task')} now?", default=True):
            self.do(tasks, alone=True)

    def do(self, tasks: list[Task], *, alone: bool = False) -> TaskFailed | None:
        """Do *tasks* up to the first that fails; returns the failure."""
        assert self.desk is not None
        self.failure, self._alone = None, alone
        try:
            self.work(partial(self.desk.run, tasks))
        finally:
            self._alone = False
        failure = self.failure
        if failure and alone:
            TaskTalk(self, failure.task).failed(failure)
        return failure

    def check(self) -> None:
        assert self.desk is not None
        drifted = self.work(self.desk.check)
        prompts.listed(f"Drifted: {each.item}: {each.showed}" for each in drifted)
        if not drifted:
            say("Every ticked box still holds.")

    def launch(self) -> None:
        assert self.desk is not None
        if agreed("Is the site live from now on? Due times count from this moment.", default=True):
            say(f"You are live, since {self.work(self.desk.launch)}. Congratulations.")
            status.lists(self.desk.engine)

    def report(self) -> None:
        assert self.desk is not None
        say(f"The report is in {self.work(self.desk.report)}")

    def close(self) -> None:
        """Stop the work, wait for its end, and let go of the project."""
        self.leaving = True
        if self._waiting:
            self._waiting.cancel()
        if self.desk is not None:
            self.desk.leave()
            self.desk.close()
        self._thread.shutdown()


def run(start: StartOptions) -> int:
    """The session in lines; returns its exit code."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may have ignored it
    plain = Plain(start)
    try:
        return plain.run()
    except prompts.Gone:
        return 0
    finally:
        plain.close()
