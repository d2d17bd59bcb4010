"""The engine where a person sits: worked on by one thread at a time, its events passed on as messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from textual.message import Message
from textual.message_pump import MessagePump

from wizard import step
from wizard.answers import Answers, Question
from wizard.checklist import Task
from wizard.credentials import Credentials
from wizard.engine import Engine
from wizard.errors import Stopped
from wizard.events import Event
from wizard.evidence import Evidence
from wizard.plan import Finding, Plan
from wizard.session import Start, opened


@dataclass
class Happened(Message):
    """An event of the engine, for the screen that asked for the work."""

    event: Event


@dataclass(frozen=True)
class Prepared:
    """What a task screen shows before anything is done."""

    questions: list[Question]
    findings: list[Finding]
    plan: Plan


class Desk:
    """Opens the project and does the work; every method but `stop` blocks and belongs on a thread."""

    def __init__(
        self, start: Start, pause: Callable[[int], str], interact: Callable[[list[str]], int] | None = None
    ) -> None:
        self.start, self.pause, self.interact = start, pause, interact
        self.listener: MessagePump | None = None
        self.recovered: list[str] = []
        self._engine: Engine | None = None
        self._open = ExitStack()
        self._turn = threading.Lock()
        self._leaving = False

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "the project is open once the welcome is over"
        return self._engine

    @property
    def ready(self) -> bool:
        return self._engine is not None and not self._leaving

    def tell(self, event: Event) -> None:
        if self.listener is not None:
            self.listener.post_message(Happened(event))

    @contextmanager
    def _working(self, listener: MessagePump) -> Iterator[Engine]:
        with self._turn:
            if self._leaving:
                raise Stopped("The session is over")
            self.listener = listener
            try:
                yield self.engine
            finally:
                self.listener = None

    def open(self, listener: MessagePump, start: Start) -> list[Finding]:
        """Find and lock the project, take back what a kill left half done, and look at it once.

        Raises:
            GoliveError: there is no project, it can't be read, or another run works on it.
        """
        with self._turn:
            self.listener = listener
            if self._engine is None:
                answers = Answers(dict(start.answers), present=True)
                with ExitStack() as opening:
                    engine = opening.enter_context(opened(start, answers, self.tell))
                    self._open = opening.pop_all()
                engine.pause = engine.applier.pause = self.pause
                engine.interact = engine.target.interact = self.interact
                if start.target:
                    engine.answers.given["target"] = start.target
                self._engine = engine
            self._engine.project.look()
            return self._engine.project.findings()

    def prepare(self, listener: MessagePump, task: Task) -> Prepared:
        """Inspect and plan *task*; where the person is, a later start resumes."""
        with self._working(listener) as engine:
            engine.state.position = task.number
            engine.state.save()
            if target := engine.answers.get("target"):
                engine.aim(target)
            work = step.load(task)
            questions = work.questions(engine.project, engine.target)
            findings = work.inspect(engine.project)
            return Prepared(questions, findings, work.plan(engine.project, engine.target, engine.answers))

    def store(self, listener: MessagePump, name: str, value: str) -> str:
        """Keep a token in the keyring; returns where it is now. What was known of the services is asked anew."""
        with self._working(listener) as engine:
            where = Credentials(engine.project).store(name, value)
            engine.target.close()
            return where

    def run(self, listener: MessagePump, task: Task) -> bool:
        with self._working(listener) as engine:
            return engine.run_task(task)

    def check(self, listener: MessagePump) -> list[Evidence]:
        with self._working(listener) as engine:
            return engine.check(engine.checklist.tasks.values())

    def undo(self, listener: MessagePump, task: Task) -> int:
        with self._working(listener) as engine:
            return engine.undo([task.number])

    def stop(self) -> None:
        if self._engine is not None:
            self._engine.stop()

    def leave(self) -> None:
        """No more work is begun from now on, and that at hand is stopped."""
        self._leaving = True
        if self._turn.locked():
            self.stop()

    def close(self) -> None:
        """Wait for the thread at work to end, then let go of the project."""
        with self._turn:
            self._open.close()
            self._engine = None
