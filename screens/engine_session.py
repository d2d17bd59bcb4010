"""The engine where a person sits: worked on by one thread at a time; its events go to the app and into the log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wizard import step
from wizard.base import files
from wizard.base.errors import GoliveError, Stopped
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import Emit, Event, Output, Planned
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.engine.undo import Undone
from wizard.plan.actions import Choice, Finding, Plan
from wizard.project.findings import project_findings
from wizard.reporting import event_text, report, support_bundle
from wizard.reporting.session_log import RunLog
from wizard.state.state_file import folder_of
from wizard.targets.credentials import Credentials

LAST = 12
"""Lines of the log that a failure shows."""
TOKEN = "token."  # noqa: S105 - no token, but where one is asked for
"""Before the variable of a token, in the name of the question for it."""


@dataclass(frozen=True)
class Prepared:
    """What a task screen shows before anything is done."""

    questions: list[Question]
    findings: list[Finding]
    plan: Plan


@dataclass(frozen=True)
class FrontendCallbacks:
    """What the thread at work needs a person's hands for: a break, and a terminal for a program that asks itself.

    *give_way* is called before each line of output: it may wait while the person is served.
    """

    pause: Callable[[int], str]
    interact: Callable[[list[str]], int]
    give_way: Callable[[], None] = lambda: None


class EngineSession:
    """The engine of one open project; every method that works blocks, and belongs on a thread."""

    def __init__(self, engine: Engine, kept: ExitStack, log: RunLog) -> None:
        self.engine, self.log = engine, log
        self._kept = kept
        self._turn = threading.Lock()
        self._leaving = False

    @classmethod
    def open(cls, start: StartOptions, hands: FrontendCallbacks, emit: Emit) -> EngineSession:
        """Find and lock the project, take back what a kill left half done, and look at it once.

        Raises:
            GoliveError: there is no project, it can't be read, or another run works on it.
        """
        log: list[RunLog] = []

        def tell(event: Event) -> None:
            # A flood of output is no flood of messages: who shows the log looks at it when there is time.
            text = (
                "\n".join(event_text.plan_lines(event.plan)) if isinstance(event, Planned) else event_text.line(event)
            )
            if isinstance(event, Output):
                hands.give_way()
            if log and text:
                log[0].write(redact(text).replace(above, ""))
            if not isinstance(event, Output):
                emit(event)

        above = ""
        with ExitStack() as opening:
            engine = opening.enter_context(open_engine(start, Answers(dict(start.answers), present=True), tell))
            above = f"{engine.project.top}/"
            log.append(RunLog(folder_of(engine.project.root) / "runs"))
            opening.callback(log[0].close)
            engine.pause = hands.pause
            engine.interact = engine.sandbox.interact = hands.interact
            if start.target:
                engine.answers.given["target"] = start.target
            engine.project.inspect_settings()
            return cls(engine, opening.pop_all(), log[0])

    @property
    def leaving(self) -> bool:
        return self._leaving

    @contextmanager
    def _working(self) -> Iterator[Engine]:
        with self._turn:
            if self._leaving:
                raise Stopped("The session is over")
            self.engine.resume()
            yield self.engine

    def findings(self) -> list[Finding]:
        with self._working() as engine:
            return project_findings(engine.project)

    def _begin(self, engine: Engine) -> None:
        """Take in what changed since the last time: the person's files, and where production is."""
        engine.project.catch_up()
        if target := engine.answers.get("target"):
            engine.select_target(target)

    def prepare(self, task: Task) -> Prepared:
        """Inspect and plan *task*; where the person is, a later start resumes."""
        with self._working() as engine:
            engine.state.position = task.number
            engine.state.save()
            self._begin(engine)
            work = step.load(task)
            questions = work.questions(engine.project, engine.sandbox)
            findings = work.inspect(engine.project)
            return Prepared(questions, findings, work.plan(engine.project, engine.sandbox, engine.answers))

    def questions(self, tasks: list[Task], asked: Container[str] = ()) -> list[tuple[Task, Question]]:
        """What *tasks* would like to know, and nobody has answered or was *asked* yet; each question once."""
        with self._working() as engine:
            self._begin(engine)
            found: dict[str, tuple[Task, Question]] = {}
            for task in tasks:
                for question in (*step.load(task).questions(engine.project, engine.sandbox), *self._tokens(task)):
                    if question.name not in asked and not engine.answers.get(question.name):
                        found.setdefault(question.name, (task, question))
            return list(found.values())

    def _tokens(self, task: Task) -> Iterator[Question]:
        """The tokens that *task* needs for real services, and nobody has given yet."""
        if not self.engine.sandbox.target.real:
            return
        credentials, items = Credentials(self.engine.project), {item.id for item in task.items}
        for service in self.engine.checklist.services.values():
            if service.account in items and not credentials.get(*service.variables):
                text = f"{service.title}: the token, which the keyring keeps"
                why = f"It is made at {service.tokens} and needs {service.needs}. No account yet? {service.sign_up}"
                yield Question(TOKEN + service.token, text, "", why, secret=True)

    def plans(self, tasks: list[Task]) -> list[tuple[Task, Plan]]:
        """What *tasks* intend as the project stands now; later ones may find more once earlier ones are done."""
        with self._working() as engine:
            self._begin(engine)
            return [(task, engine.plan(task)) for task in tasks]

    def answer(self, answers: dict[str, str]) -> None:
        """Take *answers* to questions; a token goes to the keyring, and is no answer.

        Raises:
            StepError: there is no keyring; says where to put the token instead.
        """
        tokens = {name: value for name, value in answers.items() if name.startswith(TOKEN)}
        self.engine.answers.given.update({name: value for name, value in answers.items() if name not in tokens})
        for name, value in tokens.items():
            if value:
                self.store(name.removeprefix(TOKEN), value)

    def choose(self, task: Task, choice: Choice) -> None:
        self.engine.choices[task.number] = choice

    def run(self, tasks: list[Task]) -> list[Task]:
        """Do *tasks* in order up to the first that fails; returns the failed ones."""
        with self._working() as engine:
            self._begin(engine)
            return engine.run(tasks)

    def check(self) -> list[Evidence]:
        with self._working() as engine:
            return engine.check(engine.checklist.tasks.values())

    def undo_needs(self, task: Task) -> tuple[tuple[int, ...], bool]:
        """The tasks that have to be undone with *task*, and whether commits have to be reverted.

        Raises:
            UndoRefused: it can't be undone; says why.
        """
        with self._working() as engine:
            return engine.records.undoing.requirements(task.number)

    def undo(self, tasks: tuple[int, ...], *, revert: bool = False) -> Undone:
        """Put back what *tasks* changed, all of it or nothing.

        Raises:
            UndoRefused: other tasks have to be undone too, or commits reverted; it says which.
        """
        with self._working() as engine:
            return engine.undo(tasks, revert=revert)

    def note(self, task: Task, item: Item, status: Status, text: str) -> None:
        with self._working() as engine:
            engine.records.note(task, item, status, text)

    def set_aside(self, task: Task, why: str) -> None:
        with self._working() as engine:
            engine.skip_open_items(task, why)

    def launch(self) -> str:
        with self._working() as engine:
            return engine.records.launch()

    def store(self, name: str, value: str) -> str:
        """Keep a token in the keyring; returns where it is now. What was known of the services is asked anew."""
        with self._working() as engine:
            where = Credentials(engine.project).store(name, value)
            engine.sandbox.close()
            return where

    def mending(self, found: Diagnosis) -> list[tuple[Task, Plan]]:
        with self._working() as engine:
            return list(engine.fixes_for(found))

    def mendable(self, diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, list[tuple[Task, Plan]]] | None:
        """The first confirmed hint that a plan can act on, with what would mend it."""
        for diagnosis in diagnoses:
            if not diagnosis.confirmed:
                continue
            try:
                plans = self.mending(diagnosis)
            except GoliveError:  # the failure itself may keep it from being planned; the hint's words remain
                continue
            if plans:
                return diagnosis, plans
        return None

    def mend(self, found: Diagnosis) -> None:
        with self._working() as engine:
            engine.apply_fixes(found)

    def report(self) -> Path:
        """Write the report of how things stand, for a browser; returns where it is."""
        with self._working() as engine:
            root = engine.project.root
            text = report.render("html", root, engine.checklist, engine.state)
            path = folder_of(root) / "runs" / "report.html"
            path.parent.mkdir(exist_ok=True)
            files.write(path, text.encode(), mode=0o600)
            return path

    def bundle(self, failure: str) -> Path:
        """Pack what a helper needs about *failure*; returns where it is."""
        with self._working() as engine:
            log = self.log.whole()
            return support_bundle.make(engine.project.root, engine.checklist, engine.state, log=log, failure=failure)

    def last_lines(self) -> list[str]:
        """The last lines of the log, as a failure shows them."""
        return [line for line in self.log.last(200) if line.strip()][-LAST:]

    def stop(self) -> None:
        """Stop the work at hand; may be called from any thread, and does not wait."""
        self.engine.stop()

    def leave(self) -> None:
        """No more work is begun from now on, and that at hand is stopped; does not wait."""
        self._leaving = True
        if self._turn.locked():
            self.stop()

    def close(self) -> None:
        """Wait for the thread at work to end, then let go of the project."""
        self._leaving = True
        with self._turn:
            self._kept.close()
