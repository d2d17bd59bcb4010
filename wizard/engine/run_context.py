"""The project, records and target of one run, and how the run is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from wizard.base import process
from wizard.base.errors import Stopped, UndoError
from wizard.checklist.answers import Answers
from wizard.checklist.model import Checklist, Task
from wizard.engine import recovery
from wizard.engine.apply import Applier
from wizard.engine.events import Emit, Event, Output, Recovered
from wizard.engine.records import Records
from wizard.project.project import Project
from wizard.state.journal import Journal
from wizard.state.state_file import Facts, State
from wizard.targets.registry import names, platform_of, require_known
from wizard.targets.sandbox import Sandbox


@dataclass
class RunContext:
    """State shared by the parts of the engine. The caller holds the project's lock."""

    project: Project
    checklist: Checklist
    answers: Answers
    emit: Emit
    target_name: str = ""
    """The target to use; empty for the last one used, which is the rehearsal at first."""
    pause: Callable[[int], str] = field(default=lambda minutes: "skipped")
    interact: Callable[[list[str]], int] | None = None
    reading: bool = False
    """Whether this run only reads: it writes nothing and recovers nothing."""
    records: Records = field(init=False)
    applier: Applier = field(init=False)
    sandbox: Sandbox = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        project = self.project
        self.records = Records(project.root, project.git, self.checklist, self.emit, reading=self.reading)
        self.answers.remembered = self.state.answers
        self.applier = Applier(
            project,
            self.journal,
            self.report,
            pause=self._pause,
            perform=self._perform,
        )
        self.sandbox = self._sandbox(self.target_name or self.state.facts.get("target", "") or names()[0])
        self.learn_originals()

    def _pause(self, minutes: int) -> str:
        return self.pause(minutes)  # front ends set it after the engine was opened

    def _perform(self, part: str) -> dict[str, str]:
        return self.sandbox.target.perform(part)

    @property
    def state(self) -> State:
        return self.records.state

    @property
    def journal(self) -> Journal:
        return self.records.journal

    def _sandbox(self, target: str) -> Sandbox:
        require_known(target)
        facts = Facts(self.state, self.journal)
        facts.put("target", target)
        self.project.platform = platform_of(target)
        on_line = lambda line: self.report(Output(line))  # noqa: E731
        sandbox = Sandbox(self.project, target, facts, self.checklist, self.answers, on_line)
        sandbox.interact = self.interact
        return sandbox

    def select_target(self, name: str) -> None:
        """Use the target *name* from now on.

        Raises:
            UsageError: there is no such target.
        """
        if name != self.sandbox.name:
            self.sandbox.close()
            self.sandbox = self._sandbox(name)
        self.keep_answer("target", name)

    def keep_answer(self, name: str, answer: str) -> None:
        """Keep an answer in the state, so that later runs use it too."""
        if self.state.answers.get(name) != answer:
            self.state.answers[name] = answer
            self.journal.append("answer", name=name, answer=answer)

    # ---- stopping

    def report(self, event: Event) -> None:
        """Pass on *event*. Every event is a point at which the user can safely stop the task.

        Raises:
            Stopped: `stop` was called.
        """
        if self.stopping:
            raise Stopped("Stopped")
        self.emit(event)

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called, and not `resume` since then."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Stop the task that another thread is running. That thread rolls back its unfinished changes."""
        self._stop.set()
        process.stop_running()
        self.sandbox.interrupt()
        self.project.interpreter.interrupt()

    def resume(self) -> None:
        """Allow new work after `stop`, which may have been called when nothing was running."""
        self._stop.clear()
        process.resume()

    # ---- changed files

    def refresh(self) -> None:
        """Read the project again after files have changed."""
        self.project.refresh()
        self.learn_originals()

    def look_at_files(self) -> None:
        """Read the project's files again after a change, and keep how it loaded before."""
        self.project.look_at_files()
        self.learn_originals()

    def learn_originals(self) -> None:
        """Give the project the content that each file had before Golive first changed it."""
        originals: dict[str, str | None] = {}
        for batch in self.records.undoing.active():
            for journaled in batch.actions:
                if "before" in journaled.action and "path" in journaled.action:
                    originals.setdefault(journaled.action["path"], journaled.action["before"])
        self.project.originals = {}
        for name, backup in originals.items():
            with suppress(UndoError):  # the backup was forgotten or lost: only the file as it is now is known
                path = self.applier.context.absolute(name)
                self.project.originals[path] = self.journal.read_backup(backup)

    def roll_back(self, task: Task) -> int:
        """Undo the unfinished batches of *task*. Return how many there were."""
        unfinished = [batch for batch in self.journal.batches() if batch.task == task.number and batch.interrupted]
        for batch in reversed(unfinished):
            if problem := recovery.roll_back(self.records, batch):
                self.emit(Recovered(f"Task {task.number}: {problem}"))
        self.refresh()
        return len(unfinished)
