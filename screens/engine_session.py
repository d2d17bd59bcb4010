"""The engine of a guided session. One thread at a time uses it; its events go to the front end and into the log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from screens.formatting import half_day_tasks
from screens.session_failures import SessionFailures
from wizard import step
from wizard.base import files
from wizard.base.errors import Stopped
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.engine import half_day_commit, missing_values, single_change, user_journeys
from wizard.engine.events import Emit, Event, NotChecked, Output, Planned, TaskFailed, TaskStarted
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.engine.undo import Undone
from wizard.engine.user_journeys import Draft
from wizard.journeys.store import StoredJourney
from wizard.plan.actions import Choice, CommitFiles, Finding, Plan
from wizard.project.findings import project_findings
from wizard.reporting import event_text, report
from wizard.reporting.session_log import RunLog
from wizard.state.state_file import folder_of
from wizard.targets.credentials import Credentials

TOKEN = "token."  # noqa: S105 - not a token
"""Prefix of the names of questions that ask for a token. The token's environment variable follows."""


@dataclass(frozen=True)
class Prepared:
    """A task before it runs: its questions, findings and plan, and its last failure if it failed."""

    questions: list[Question]
    findings: list[Finding]
    plan: Plan
    failure: TaskFailed | None = None


@dataclass(frozen=True)
class FrontendCallbacks:
    """Calls from the engine's thread to the front end.

    *pause* shows the coffee break of so many minutes and returns how it ended. *interact* runs an interactive program
    in the terminal and returns its exit code. *yield_to_input* is called before each line of output and may wait
    while the user is typing.
    """

    pause: Callable[[int], str]
    interact: Callable[[list[str]], int]
    yield_to_input: Callable[[], None] = lambda: None


class EngineSession(SessionFailures):
    """The engine of one open project. Methods that use the engine block, so call them on a thread."""

    def __init__(self, engine: Engine, resources: ExitStack, log: RunLog) -> None:
        self.engine, self.log = engine, log
        self._resources = resources
        self._lock = threading.Lock()
        self._leaving = False

    @classmethod
    def open(cls, start: StartOptions, callbacks: FrontendCallbacks, emit: Emit) -> EngineSession:
        """Find and lock the project, roll back what an interrupted run left behind, and inspect the settings.

        Raises:
            GoliveError: there is no project, it can't be loaded, or another run uses it.
        """
        log: list[RunLog] = []

        def log_and_emit(event: Event) -> None:
            # Output goes to the log only, which is drawn at its own pace: thousands of messages would block the UI.
            text = (
                "\n".join(event_text.plan_lines(event.plan)) if isinstance(event, Planned) else event_text.line(event)
            )
            if isinstance(event, Output):
                callbacks.yield_to_input()
            if log and isinstance(event, TaskStarted):
                log[0].begin_task(event.task.number)
            if log and text:
                log[0].write(redact(text).replace(top, ""))
            if not isinstance(event, Output):
                emit(event)

        top = ""
        with ExitStack() as resources:
            answers = Answers(dict(start.answers), present=True)
            engine = resources.enter_context(open_engine(start, answers, log_and_emit))
            top = f"{engine.project.top}/"
            log.append(RunLog(folder_of(engine.project.root) / "runs"))
            resources.callback(log[0].close)
            engine.pause = callbacks.pause
            engine.interact = engine.sandbox.interact = callbacks.interact
            if start.target:
                engine.answers.given["target"] = start.target
            engine.project.inspect_settings()
            return cls(engine, resources.pop_all(), log[0])

    @property
    def leaving(self) -> bool:
        return self._leaving

    @contextmanager
    def _locked_engine(self) -> Iterator[Engine]:
        with self._lock:
            if self._leaving:
                raise Stopped("The session has ended")
            self.engine.resume()
            yield self.engine

    def _update(self, engine: Engine) -> None:
        """Read the user's changes to the project, and select the target."""
        engine.project.catch_up()
        if target := engine.answers.get("target"):
            engine.select_target(target)

    # ---- planning

    def findings(self) -> list[Finding]:
        with self._locked_engine() as engine:
            return project_findings(engine.project)

    def prepare(self, task: Task) -> Prepared:
        """Inspect and plan *task*. A later start resumes at this task."""
        with self._locked_engine() as engine:
            engine.state.position = task.number
            engine.state.save()
            self._update(engine)
            work = step.load(task)
            questions = work.questions(engine.project, engine.sandbox)
            findings = work.inspect(engine.project)
            plan = work.plan(engine.project, engine.sandbox, engine.answers)
            return Prepared(questions, findings, plan, self.last_failure(task))

    def questions(self, tasks: list[Task], asked: Container[str] = ()) -> list[tuple[Task, Question]]:
        """The questions of *tasks* that have no answer yet and are not among *asked*; each question once."""
        with self._locked_engine() as engine:
            self._update(engine)
            found: dict[str, tuple[Task, Question]] = {}
            for task in tasks:
                for question in (*step.load(task).questions(engine.project, engine.sandbox), *self._tokens(task)):
                    if question.name not in asked and not engine.answers.get(question.name):
                        found.setdefault(question.name, (task, question))
            return list(found.values())

    def _tokens(self, task: Task) -> Iterator[Question]:
        """Questions for the tokens that *task* needs at a real target and that are not stored yet."""
        if not self.engine.sandbox.target.real:
            return
        credentials, items = Credentials(self.engine.project), {item.id for item in task.items}
        for service in self.engine.checklist.services.values():
            if service.account in items and not credentials.get(*service.variables):
                text = f"{service.title} token (stored in your keyring)"
                why = f"Create it at {service.tokens}. It needs {service.needs}. No account yet? {service.sign_up}"
                yield Question(TOKEN + service.token, text, "", why, secret=True)

    def plans(self, tasks: list[Task]) -> list[tuple[Task, Plan]]:
        """The plans of *tasks* for the project as it is now. A later task may change more once earlier ones ran."""
        with self._locked_engine() as engine:
            self._update(engine)
            return [(task, engine.plan(task)) for task in tasks]

    def choose_target(self, name: str) -> None:
        """Use the target *name* from now on, also in later sessions.

        Raises:
            UsageError: there is no such target.
        """
        with self._locked_engine() as engine:
            engine.select_target(name)
            engine.answers.given["target"] = name
            engine.state.save()

    def answer(self, answers: dict[str, str]) -> None:
        """Keep *answers* to questions for this session. Tokens go to the keyring instead.

        Raises:
            StepError: there is no keyring; says where to put the token.
        """
        tokens = {name: value for name, value in answers.items() if name.startswith(TOKEN)}
        self.engine.answers.given.update({name: value for name, value in answers.items() if name not in tokens})
        for name, value in tokens.items():
            if value:
                self.store(name.removeprefix(TOKEN), value)

    def store(self, name: str, value: str) -> str:
        """Store a token in the keyring and close connections that use an older one; returns where it is stored."""
        with self._locked_engine() as engine:
            where = Credentials(engine.project).store(name, value)
            engine.sandbox.close()
            return where

    # ---- running

    def choose(self, task: Task, choice: Choice) -> None:
        """Set which actions of the plan of *task* to skip or replace."""
        self.engine.choices[task.number] = choice

    def run(self, tasks: list[Task]) -> list[Task]:
        """Run *tasks* in order up to the first that fails; returns the failed ones.

        At the end of a half-day the project's own tests run again.
        """
        with self._locked_engine() as engine:
            self._update(engine)
            failed = engine.run(tasks)
            if not failed and not half_day_tasks(tasks[-1], engine.checklist, engine.state):
                engine.compare_tests()
            return failed

    def check(self) -> tuple[list[Evidence], list[NotChecked]]:
        """Check all done items again; returns the evidence of those that drifted, and what could not be checked."""
        with self._locked_engine() as engine:
            drifted = engine.check(engine.checklist.tasks.values())
            engine.compare_tests()
            return drifted, engine.not_checked

    def undo_needs(self, task: Task) -> tuple[tuple[int, ...], bool]:
        """The tasks that have to be undone together with *task*, and whether that needs revert commits.

        Raises:
            UndoRefused: it can't be undone; says why.
        """
        with self._locked_engine() as engine:
            return engine.records.undoing.requirements(task.number)

    def undo(self, tasks: tuple[int, ...], *, revert: bool = False) -> Undone:
        """Undo all changes of *tasks*, or none of them.

        Raises:
            UndoRefused: other tasks have to be undone too, or commits reverted; it says which.
        """
        with self._locked_engine() as engine:
            self.log.begin_task(tasks[0])
            return engine.undo(tasks, revert=revert)

    def note(self, task: Task, item: Item, status: Status, text: str) -> None:
        """Record the user's confirmation of *item*, or the reason for skipping it."""
        with self._locked_engine() as engine:
            engine.records.note(task, item, status, text)

    def write_value(self, task: Task, name: str, value: str) -> None:
        """Set a variable in .env.production. See `missing_values.write_value`."""
        with self._locked_engine() as engine:
            missing_values.write_value(engine, task, name, value)

    def skip_task(self, task: Task, why: str) -> None:
        """Skip the open items of *task*, with a reason."""
        with self._locked_engine() as engine:
            engine.skip_open_items(task, why)

    def launch(self) -> str:
        """Record that the site is live from now on; returns the time (ISO 8601)."""
        with self._locked_engine() as engine:
            return engine.records.launch()

    # ---- commits

    def proposed_commit(self, last: Task) -> tuple[CommitFiles, dict[str, str]] | None:
        """The commit to propose at the end of a half-day, whose task *last* has run, and the diff of each file.

        None if the half-day has not ended, or if there is nothing to commit.
        """
        with self._locked_engine() as engine:
            if half_day_tasks(last, engine.checklist, engine.state):
                return None
            half_day = (last.day, last.session)
            tasks = [task for task in engine.checklist.tasks.values() if (task.day, task.session) == half_day]
            action = half_day_commit.proposal(engine, tasks)
            return (action, half_day_commit.differences(engine, action)) if action else None

    def commit(self, task: Task, action: CommitFiles) -> None:
        """Make a commit as a change of *task*, which can be undone.

        Raises:
            GoliveError: git refused it.
        """
        with self._locked_engine() as engine:
            single_change.apply(engine, task, action)

    # ---- journeys

    def journeys(self) -> list[StoredJourney]:
        """The user journeys with their last results.

        Raises:
            ChecklistError: golive.yaml is invalid.
        """
        return user_journeys.journeys_of(self.engine.project.root)

    def run_journey(self, name: str, items: Iterable[str]) -> StoredJourney:
        """Run the journey *name* again, with those it needs, and record the evidence of its *items*."""
        with self._locked_engine() as engine:
            self._update(engine)
            return user_journeys.run_again(engine, name, items)

    def save_flow(self, draft: Draft, content: bytes) -> None:
        """Write *content* to golive.yaml as a change that can be undone."""
        with self._locked_engine() as engine:
            user_journeys.save(engine, draft, content)

    # ---- the report

    def report(self) -> Path:
        """Write the HTML report; returns its path."""
        with self._locked_engine() as engine:
            root = engine.project.root
            text = report.render("html", root, engine.checklist, engine.state)
            path = folder_of(root) / "runs" / "report.html"
            path.parent.mkdir(exist_ok=True)
            files.write(path, text.encode(), mode=0o600)
            return path

    # ---- ending

    def stop(self) -> None:
        """Stop the work in progress. May be called from any thread; does not wait."""
        self.engine.stop()

    def leave(self) -> None:
        """Stop the work in progress and refuse new work. Does not wait."""
        self._leaving = True
        if self._lock.locked():
            self.stop()

    def close(self) -> None:
        """Wait for the work in progress to end, then close the project."""
        self._leaving = True
        with self._lock:
            self._resources.close()
