"""The guided session as lines and prompts: nothing is drawn, and words replace symbols."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from screens.engine_session import EngineSession, FrontendCallbacks
from screens.formatting import NOTHING_TO_RUN, half_day_tasks, local_time, next_task, plan_size
from screens.plain import journeys, status
from screens.plain.engine_thread import EngineThread
from screens.plain.opening import ask_for_trust, corrected
from screens.plain.prompts import InputClosed, ask, ask_question, confirm, say, say_lines, wait_for_enter
from screens.plain.task import PlainTask
from wizard.base.errors import GoliveError
from wizard.base.preferences import NO_EDITOR, editor_command
from wizard.base.process import own_environment
from wizard.base.wording import plural
from wizard.checklist.model import Task
from wizard.engine.events import Event, TaskFailed
from wizard.engine.start_options import StartOptions
from wizard.plan.actions import Finding
from wizard.reporting import drift_text
from wizard.reporting.event_text import WORDED, line, plan_lines

T = TypeVar("T")
KEYS = """Enter     open the next task
NUMBER    open that task
m         list all tasks with their progress
s         run this half-day: answer its questions, review its plans, then let Golive run it
w         list the items that need your input
/ WORDS   search tasks and items
j         list the user journeys; j NAME shows one step by step
c         check for drift: check all done items again
g         show the go-live lists
l         go live: record that the site is live now
r         write the HTML report
q         quit; finished work is kept, and a later start resumes here"""


class PlainSession:
    """The guided session of one project, as a conversation."""

    def __init__(self, start: StartOptions) -> None:
        self.start = start
        self.engine_session: EngineSession | None = None
        self.failure: TaskFailed | None = None
        self._thread = EngineThread()
        self._unattended = False

    @property
    def session(self) -> EngineSession:
        assert self.engine_session is not None
        return self.engine_session

    # ---- the engine

    def work(self, call: Callable[[], T]) -> T:
        """Run *call* on the engine's thread and print its events; Ctrl-C stops it.

        Raises:
            GoliveError: it failed, or was stopped.
        """
        return self._thread.run(call, self._stop if self.engine_session else None)

    def _stop(self) -> None:
        say("Stopping. Rolling back unfinished changes.")
        self.session.stop()

    def emit_event(self, event: Event) -> None:
        """Print an event of the engine; called from its thread."""
        if isinstance(event, TaskFailed):
            self.failure = event
        elif text := line(event, WORDED):
            self._thread.post(partial(self.say, text))

    def say(self, text: str) -> None:
        """Print *text*, with paths relative to the project."""
        say(text.replace(f"{self.session.engine.project.top}/", "") if self.engine_session else text)

    def say_findings(self, findings: list[Finding]) -> None:
        for finding in findings:
            self.say(f"{'Warning' if finding.warning else 'Found'}: {finding}")

    def pause(self, minutes: int) -> str:
        """Take the coffee break; called from the engine's thread. Returns how it ended."""
        if self._unattended:
            result = "taken while Golive ran unattended"
        else:
            result = self._thread.call_main(partial(self._take_break, minutes))
        self.session.answer({"break": result})
        return result

    def _take_break(self, minutes: int) -> str:
        say(f"Coffee break: {minutes} minutes. Press Enter to end it early.")
        if wait_for_enter(minutes * 60):
            return "ended early"
        say("\aThe coffee break is over.")
        return f"taken: {minutes} minutes"

    # ---- other programs

    def interact(self, argv: list[str]) -> int:
        """Run *argv* in the terminal; called from the engine's thread. Returns its exit code."""
        return self._thread.call_main(partial(self.run_in_terminal, argv))

    def run_in_terminal(self, argv: list[str]) -> int:
        """Run *argv* in the terminal; returns its exit code."""
        try:
            folder, environment = self.session.engine.project.root, own_environment()
            return subprocess.run(argv, cwd=folder, env=environment, check=False).returncode
        except OSError as error:
            say(f"Cannot start {argv[0]}: {error.strerror}. {NO_EDITOR}")
            return 127

    def edit(self, content: bytes, name: str) -> bytes | None:
        """Let the user edit *content* in a file called *name*; None if the editor failed."""
        editor = editor_command()
        with tempfile.TemporaryDirectory(prefix="golive-") as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            return path.read_bytes() if self.run_in_terminal([*editor, str(path)]) == 0 else None

    # ---- the session

    def open(self) -> int:
        """Open the project; returns 0, or an exit code if the user can't correct an error."""
        trusted = False
        while self.engine_session is None:
            try:
                if not trusted:
                    ask_for_trust(self.start)
                    trusted = True
                say("Inspecting the project.")
                callbacks = FrontendCallbacks(self.pause, self.interact)
                self.engine_session = self.work(partial(EngineSession.open, self.start, callbacks, self.emit_event))
            except GoliveError as error:
                start = corrected(self.start, error)
                if start is None:
                    return error.exit_code
                self.start = start
        findings = self.work(self.session.findings)
        engine = self.session.engine
        checklist = engine.checklist
        say(f"{checklist.title}: {engine.project.root}")
        self.say_findings(findings)
        if not engine.state.started:
            say(f"{len(checklist.required_tasks)} tasks. By hand they take {checklist.hours} hours.")
            say("Golive shows every change before it makes it.")
        return 0

    def upcoming(self) -> Task | None:
        """The next task, from the one the user was working on."""
        engine = self.session.engine
        after = engine.state.position - 1 if engine.state.started else 0
        return next_task(engine.checklist, engine.state, after) or next_task(engine.checklist, engine.state)

    def run(self) -> int:
        """Run the session; returns its exit code."""
        if code := self.open():
            return code
        tasks = self.session.engine.checklist.tasks
        while True:
            task = self.upcoming()
            say()
            status.progress(self.session.engine)
            enter = f"Press Enter for task {task.number}, {task.title}; or type" if task else "Type"
            answer = ask(f"{enter} a number, a letter, or ? for help:")
            try:
                if answer == "q":
                    return 0
                if not answer and task:
                    self.open_task(task)
                elif answer.isdigit() and int(answer) in tasks:
                    self.open_task(tasks[int(answer)])
                else:
                    self.run_command(answer)
            except GoliveError as error:
                say(str(error))

    def run_command(self, answer: str) -> None:
        commands = {"s": self.run_half_day, "c": self.check, "l": self.launch, "r": self.report}
        lists = {"m": status.all_tasks, "w": status.needs_input, "g": status.go_live_lists}
        if answer.startswith("/"):
            status.search(self.session.engine, answer[1:].lower().split())
        elif answer.partition(" ")[0] == "j":
            journeys.show(self.session, answer[1:].strip())
        elif answer in lists:
            lists[answer](self.session.engine)
        elif answer in commands:
            commands[answer]()
        else:
            say(KEYS)

    def open_task(self, task: Task | None) -> None:
        """Open *task*, and then each next task that the user chooses."""
        while task:
            task = PlainTask(self, task).run()

    # ---- commands

    def run_half_day(self) -> None:
        """Ask the questions of this half-day, show its plans, then run it."""
        session, first = self.session, self.upcoming()
        if first is None:
            say(NOTHING_TO_RUN)
            return
        tasks = half_day_tasks(first, session.engine.checklist, session.engine.state)
        asked: set[str] = set()
        while found := self.work(partial(session.questions, tasks, asked)):
            answers = {}
            for task, question in found:
                say(f"Task {task.number}, {task.title}.")
                answers[question.name] = ask_question(question, question.default)
            asked |= answers.keys()
            self.work(partial(session.answer, answers))
        for task, plan in self.work(partial(session.plans, tasks)):
            say(f"Task {task.number}, {task.title}: {plan_size(len(plan.work))}")
            say_lines(plan_lines(plan, WORDED))
        if confirm(f"Run {plural(len(tasks), 'task')} now?", default=True):
            self.run_tasks(tasks, unattended=True)

    def run_tasks(self, tasks: list[Task], *, unattended: bool = False) -> TaskFailed | None:
        """Run *tasks* up to the first that fails; returns the failure."""
        self.failure, self._unattended = None, unattended
        try:
            self.work(partial(self.session.run, tasks))
        finally:
            self._unattended = False
        failure = self.failure
        if failure and unattended:
            PlainTask(self, failure.task).show_failure(failure)
        if not failure:
            self.propose_commit(tasks[-1])
        return failure

    def propose_commit(self, last: Task) -> None:
        """Propose a commit if the half-day has ended, whose task *last* has run."""
        found = self.work(partial(self.session.proposed_commit, last))
        if found is None:
            return
        commit, diffs = found
        files = plural(len(diffs), "uncommitted file")
        say(f"This half-day is finished. It leaves {files} that Golive changed:")
        for name, diff in diffs.items():
            say(name)
            say_lines(diff.splitlines()[2:])
        if confirm(f"Commit them as “{commit.message.splitlines()[0]}”? Nothing is pushed.", default=False):
            self.work(partial(self.session.commit, last, commit))
            say("Committed.")

    def check(self) -> None:
        drifted, errors = self.work(self.session.check)
        say_lines(f"Drifted: {evidence.item}: {evidence.result()}" for evidence in drifted)
        say_lines(f"N{drift_text.not_checked_line(error)[1:]}" for error in errors)
        if not drifted and not errors:
            say("No drift: all done items still pass.")

    def launch(self) -> None:
        if confirm("Is the site live now? The due times of the lists count from now.", default=False):
            say(f"You are live, since {local_time(self.work(self.session.launch))}. Congratulations.")
            status.go_live_lists(self.session.engine)

    def report(self) -> None:
        say(f"Report: {self.work(self.session.report)}")

    def close(self) -> None:
        """Stop the work, wait for its end, and close the project."""
        self._thread.leave()
        if self.engine_session is not None:
            self.engine_session.leave()
            self.engine_session.close()
        self._thread.close()


def run(start: StartOptions) -> int:
    """Run the plain session; returns its exit code."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the parent process may have ignored it
    session = PlainSession(start)
    try:
        return session.run()
    except InputClosed:
        return 0
    finally:
        session.close()
