"""The sandbox: steps verify their work by running the project here, as production would run it.

The project runs from a copy, on a scratch database, with real servers on loopback. `Sandbox.target` is the production
environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

from wizard.base import files
from wizard.base.errors import StartError, StepError
from wizard.base.process import Completed
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, rehearsed, shown, undecided, waiting
from wizard.checklist.model import Checklist
from wizard.project import release_environment
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.environment_in_advance import EnvironmentInAdvance
from wizard.project.project import Project
from wizard.project.release_environment import ReleaseEnvironment
from wizard.site.session import Site
from wizard.state.state_file import Facts
from wizard.targets.registry import target_class
from wizard.targets.verification import commands, guard, gunicorn
from wizard.targets.verification.scratch_database import ScratchDatabase
from wizard.targets.verification.settings import error_page_settings
from wizard.targets.verification.static_files import StaticFiles

if TYPE_CHECKING:
    from wizard.targets.base import Observation, Target
    from wizard.targets.local.postgres import Postgres


class Sandbox:
    """Runs *project* for verification. Servers end with the `with` block that started them.

    Arguments:
        name: the target, one of `registry.names()`.
        on_line: is called with each line that a command prints.
    """

    def __init__(
        self,
        project: Project,
        name: str,
        facts: Facts,
        checklist: Checklist,
        answers: Answers,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.project, self.name, self.on_line = project, name, on_line
        self.facts, self.checklist, self.answers = facts, checklist, answers
        self.may_write = True
        self.interact: Callable[[list[str]], int] | None = None
        self.scratch = ScratchDatabase(project, self._postgres)
        self.static_files = StaticFiles(project)
        self.environment_in_advance = EnvironmentInAdvance(project)
        self._refusing_proxy = guard.prepare(project)
        self._log_start = self._task_number = 0
        self._temporary = False
        self._target: Target | None = None
        self._side: Target | None = None
        """The last target of `beside`."""

    # ---- the target

    @property
    def target(self) -> Target:
        """The production environment. Its parts start, or are contacted, when they are first used."""
        if self._target is None:
            made = target_class(self.name)(self.project, self.on_line, self.answers, self.facts, self.checklist)
            made.may_write, made.interact = self.may_write, self.interact
            made.task_number, made.temporary = self._task_number, self._temporary
            self._target = made
        return self._target

    def beside(self, target: Target) -> Sandbox:
        """Return this sandbox with another *target*, which the caller closes. `interrupt` ends its deployments, too."""
        other = copy(self)
        other._target = self._side = target
        return other

    @property
    def active_target(self) -> Target | None:
        """The target if it was used, else None."""
        return self._target

    def begin(self, task_number: int, *, temporary: bool = False) -> None:
        """Name the task that uses the sandbox from now on. A failed deployment is reported with it.

        *temporary*: its changes are taken back at the end of its checks.

        It reads golive.yaml as it is now, and `new_log_text` begins here.
        """
        self.mark_log()
        self._task_number, self._temporary = task_number, temporary
        if self._target is not None:
            self._target.task_number, self._target.temporary = task_number, temporary
            vars(self._target).pop("config", None)

    def forget_failure(self) -> None:
        """Let the next task deploy again, after the user stopped a deployment."""
        if self._target is not None:
            self._target.failure = None

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Send no orders, errors or deployments to a real production while the block runs."""
        self.may_write = self.target.may_write = not self.target.real
        try:
            yield
        finally:
            self.may_write = True
            if self._target is not None:
                self._target.may_write = True

    def evidence(
        self, item: str, holds: bool, kind: str, ran: str, showed: str, *, real: bool = True, **failure: str
    ) -> Evidence:
        """Return evidence from production: `done` if target and service are *real*, else `rehearsed`.

        *failure* are `expected` and `where`.
        """
        return (shown if self.target.real and real else rehearsed)(item, holds, kind, ran, showed, **failure)

    def evidence_of(self, item: str, observation: Observation) -> Evidence:
        """Return *observation* as evidence; an undecided one leaves the item open."""
        if observation.holds is None:
            return (waiting if observation.absent else undecided)(item, observation.ran, observation.showed)
        return self.evidence(
            item, observation.holds, observation.kind, observation.ran, observation.showed, real=observation.real
        )

    def interrupt(self) -> None:
        """End a deployment that another thread waits for."""
        for target in (self._target, self._side):
            if target is not None:
                target.interrupt()

    def close(self) -> None:
        self.environment_in_advance.wait(self.on_line)
        if self._target is not None:
            self._target.close()
            self._target = None
        self._refusing_proxy.stop()

    def _postgres(self) -> Postgres | None:
        return self.target.database.server

    # ---- the project

    def release_environment(self) -> ReleaseEnvironment:
        """Return an environment that was installed from the dependency file alone. It is made once.

        Raises:
            InstallError: the file can't be installed.
        """
        self.project.inspect_settings()  # brings the copy up to date
        self.environment_in_advance.wait(self.on_line)
        return release_environment.provide(self.project, self.project.copy.folder, self.on_line)

    def manage(self, *arguments: str, environment: str = "development") -> Completed:
        """Run `manage.py` with *arguments*, in the `development` or `production` environment."""
        return commands.manage(self.project, *arguments, environment=environment, on_line=self.on_line)

    def ask(self, op: str, *, overrides: str = "", **more: Any) -> Answer:
        """Run the agent's operation *op* in the copy, on the scratch database.

        Raises:
            StepError: the project raised an exception.
        """
        answer = self.project.ask(op, overrides=self.scratch.settings() + overrides, **more)
        if op != "collect" and (error := AgentError.of(answer)):
            raise StepError(f"The operation {op} failed in the sandbox", str(error), where=error.where(self.project))
        return answer

    @contextmanager
    def running(
        self, overrides: str = "", *, database: bool = True, environment: Mapping[str, str] | None = None
    ) -> Iterator[Site]:
        """Serve the application under production's environment or *environment*, with *overrides* to the settings.

        Raises:
            StepError: it does not start.
        """
        lines = (self.scratch.settings() if database else "") + self.static_files.settings() + overrides
        answer = self.project.ask("serve", overrides=lines, environment=environment)
        if error := AgentError.of(answer):
            location = f" ({error.place[0]}:{error.place[1]})" if error.place else ""
            raise StartError(
                f"The project doesn't start with DEBUG=False{location}", str(error),
                "Fix the error; the application must load with production's environment.",
                missing_module=error.missing_module,
            )  # fmt: skip
        with self._served(answer) as site:
            yield site

    @contextmanager
    def serving(self, environment: Mapping[str, str]) -> Iterator[Site]:
        """Serve the application under *environment*, on the database of its DATABASE_URL.

        Raises:
            StepError: it does not start.
        """
        answer = self.project.ask("serve", environment=environment, guarded=not self.target.real)
        if error := AgentError.of(answer):
            raise StartError("The project doesn't start", str(error), missing_module=error.missing_module)
        with self._served(answer) as site:
            yield site

    @contextmanager
    def _served(self, answer: Answer) -> Iterator[Site]:
        site = Site(answer["port"], self.project.host, gunicorn.csrf_cookie_name(self.project))
        try:
            yield site
        finally:
            site.close()
            self.project.interpreter.stop(answer["id"])

    def gunicorn(self, workers: int, overrides: str = "", **variables: str) -> AbstractContextManager[Site]:
        """Serve the application with gunicorn; *variables* are added to its environment.

        Raises:
            CommandError: it does not start. Has the end of its log.
        """
        lines = self.scratch.settings() + self.static_files.settings() + overrides
        return gunicorn.serve(self.project, lines, workers, variables)

    def last_gunicorn_error(self) -> str:
        """Return the last exception in gunicorn's log as `: KeyError: 'x'`, or an empty text."""
        return gunicorn.last_error(self.project)

    def error_page_settings(self) -> str:
        """Return settings in which /golive-raises/ raises an error and /golive-missing/ is a 404."""
        return error_page_settings(self.project)

    # ---- the log of the project's processes

    def mark_log(self) -> None:
        """Remember the end of the log; `new_log_text` begins here."""
        self._log_start = self._log_size()

    def new_log_text(self) -> str:
        """Return the log of the project's processes since `mark_log`."""
        size = self._log_size()
        content = files.tail(self.project.interpreter.log, min(gunicorn.LOG_BYTES, max(0, size - self._log_start)))
        return content.decode("utf-8", "replace")

    def _log_size(self) -> int:
        self.project.interpreter.keep_log()
        log = self.project.interpreter.log
        return log.stat().st_size if log.is_file() else 0
