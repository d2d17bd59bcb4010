"""All errors that are shown to the user, as one tree.

GoliveError
├── UsageError          2  wrong command line, answers file or checklist overlay
│   ├── ChecklistError  2  a checklist file is invalid: names file, line, found and expected value
│   └── NotTrusted      2  the project's code would run, and the user has not agreed to that
├── StepError           1  a step could not be planned, applied or verified
│   ├── EditError       1  a file can't be edited safely
│   ├── StaleError      1  a file changed between planning and applying: plan again
│   ├── CommandError    1  a child process failed or took too long
│   │   └── DeploymentError 1  a deployment failed at a platform
│   ├── SiteError       1  the running site did not respond
│   │   └── NotGraded   6  an address gave no answer that can be graded
│   ├── StartError      1  the project does not start under production's environment
│   ├── UndoError       1  a change can't be undone
│   │   └── UndoRefused 1  and nothing was changed
│   ├── ServiceError    1  an external service refused, failed or did not respond
│   ├── NotYetError     1  a check needs something that the user has to allow first
│   ├── ToolError       1  this machine lacks a program, git refuses, a file can't be read, or the disk is full
│   ├── StepBug         1  a step raised an exception that is a bug
│   └── Stopped         1  the user stopped the task
├── LockedError         4  another run is working on this project
└── ProjectError        5  no Django project was found, or it can't be read
    ├── SettingsError   5  the project's settings raise or can't be parsed
    │   ├── MissingModule 5  they need a package that is recorded but not installed
    │   └── LoadingLimit 5  loading them takes longer, or prints more, than Golive allows
    ├── SeveralProjects 5  there are several manage.py: the user has to choose
    └── StateError      5  Golive's own state can't be read

Each error says what happened, why, and what to do next. The front end decides how to show it.
"""

from __future__ import annotations

from wizard.base.terminal import harmless


class GoliveError(Exception):
    """An error for the user: *what* happened, *why*, and a *hint* what to do.

    Its text is redacted, because it may quote a program's output, or a requirement with a password in its URL.
    *where* is the place of the mistake if it is known, as `path:line`.
    """

    exit_code = 1
    output = ""
    """Everything that the program which failed has printed."""
    summary = ""
    """What happened in one clause, if *why* quotes the program's output."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, where: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.hint, self.where = what, why, hint, where

    def __str__(self) -> str:
        from wizard.base.secrets import redact

        sentence = f"{self.what}: {self.why}" if self.why else self.what
        return harmless(redact(f"{sentence.rstrip('.')}. {self.hint}" if self.hint else sentence))


class UsageError(GoliveError):
    exit_code = 2


class ChecklistError(UsageError):
    """A checklist file is invalid."""


class NotTrusted(UsageError):
    """The project's code would run, and the user has not agreed to that."""


class StepError(GoliveError):
    exit_code = 1


class EditError(StepError):
    """A file can't be edited safely."""


class StaleError(StepError):
    """A file changed between planning and applying. Plan again."""


class CommandError(StepError):
    """A child process failed or took too long. *output* is everything that it printed.

    *summary* says what happened in one clause, without the output; *where* is the place of the command.
    """

    def __init__(
        self, what: str, why: str = "", hint: str = "", *, output: str = "", summary: str = "", where: str = ""
    ) -> None:
        super().__init__(what, why, hint, where=where)
        self.output, self.summary = output, summary


class DeploymentError(CommandError):
    """A deployment failed at a platform. Its hint names the page with the log."""


class SiteError(StepError):
    """The running site did not respond."""


class NotGraded(SiteError):
    """An address gave no answer that can be graded."""

    exit_code = 6


class StartError(StepError):
    """The project does not start under production's environment. *missing_module* is a module that it lacks."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, missing_module: str = "") -> None:
        super().__init__(what, why, hint)
        self.missing_module = missing_module


class UndoError(StepError):
    """A change can't be undone."""


class UndoRefused(UndoError):
    """A change can't be undone as requested. Nothing was changed.

    *tasks* are those that can be undone together instead. *revert*: it is possible with a revert commit.
    """

    def __init__(
        self, what: str, why: str = "", hint: str = "", *, tasks: tuple[int, ...] = (), revert: bool = False
    ) -> None:
        super().__init__(what, why, hint)
        self.tasks, self.revert = tasks, revert


class ServiceError(StepError):
    """An external *service* refused, failed or did not respond. *status* is the HTTP status, 0 for no response."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, service: str = "", status: int = 0) -> None:
        super().__init__(what, why, hint)
        self.service, self.status = service, status


class NotYetError(StepError):
    """A check can't run yet, which is no failure. Its items stay open."""


class BlockedError(NotYetError):
    """A check is not possible because another task failed. It says nothing about the items of this one."""


class ToolError(StepError):
    """The operating system or git refused something: a program is missing, a file can't be read, the disk is full."""

    @classmethod
    def of(cls, error: OSError) -> ToolError:
        """*error* with the file that it is about."""
        reason = error.strerror or str(error) or type(error).__name__
        if not error.filename:
            return cls("The operating system refused an operation", reason, "Correct that, then run the task again.")
        name = error.filename.decode("utf-8", "replace") if isinstance(error.filename, bytes) else str(error.filename)
        return cls(f"{name} can't be used", reason, "Correct that, then run the task again.")


class StepBug(StepError):
    """A step raised an exception that is a bug of Golive or of a plug-in."""


class Stopped(StepError):
    """The user stopped the task."""


class LockedError(GoliveError):
    exit_code = 4


class ProjectError(GoliveError):
    exit_code = 5


class SettingsError(ProjectError):
    """The project's settings could not be read."""


class MissingModule(SettingsError):
    """The settings need *package* (PEP 508), which the project has recorded and this environment lacks."""

    def __init__(self, package: str, why: str) -> None:
        super().__init__(f"{package} is not installed", why, "Install the project's requirements.")
        self.package = package


class LoadingLimit(SettingsError):
    """Loading the settings takes longer, or prints more, than Golive allows. It may be this machine's fault."""


class SeveralProjects(ProjectError):
    """There are several manage.py. *places* are their folders, relative to the one that was searched."""

    def __init__(self, what: str, why: str, hint: str, places: tuple[str, ...]) -> None:
        super().__init__(what, why, hint)
        self.places = places


class StateError(ProjectError):
    """Golive's own state could not be read."""
