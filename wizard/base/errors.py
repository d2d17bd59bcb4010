"""Everything that can go wrong and be told to a person, as one tree.

GoliveError
├── UsageError          2  wrong command line, answers file or checklist overlay
│   ├── ChecklistError  2  a checklist file is wrong: names file, line, what was found and expected
│   └── NotTrusted      2  the project's code would run, and the person has not agreed to that
├── StepError           1  a step could not be planned, applied or verified
│   ├── EditError       1  a file can't be edited safely
│   ├── StaleError      1  a file changed between planning and applying: plan anew
│   ├── CommandError    1  a child process failed or took too long
│   ├── SiteError       1  the running site gave no answer
│   ├── UndoError       1  a change can't be put back
│   │   └── UndoRefused 1  and nothing of its plan was touched
│   ├── ServiceError    1  a service outside refused, failed or gave no answer
│   ├── NotYetError     1  what a check looks at has to be made first, by a person's leave
│   └── Stopped         1  a person stopped the task
├── LockedError         4  another run works on this project
└── ProjectError        5  no Django project here, or one that can't be read
    ├── SettingsError   5  the project's settings raise or can't be parsed
    │   └── MissingModule 5  they need a package that is written down and not installed
    ├── SeveralProjects 5  several manage.py: the person says which
    └── StateError      5  Golive's own state can't be read

Each carries what happened, why, and what to do next; the front end decides how to show it.
"""

from __future__ import annotations

from wizard.base.terminal import harmless


class GoliveError(Exception):
    """An error told to a person in one breath: *what* happened, *why*, and a *hint* for the next move.

    Its text is redacted: it may quote a program's output, or name a requirement with a password in its address.
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.hint = what, why, hint

    def __str__(self) -> str:
        from wizard.base.secrets import redact

        sentence = f"{self.what}: {self.why}" if self.why else self.what
        return harmless(redact(f"{sentence.rstrip('.')}. {self.hint}" if self.hint else sentence))


class UsageError(GoliveError):
    exit_code = 2


class ChecklistError(UsageError):
    """A checklist file is wrong."""


class NotTrusted(UsageError):
    """The project's code would run, and the person has not agreed to that."""


class StepError(GoliveError):
    exit_code = 1


class EditError(StepError):
    """A file can't be edited safely."""


class StaleError(StepError):
    """The project changed between planning and applying: plan anew."""


class CommandError(StepError):
    """A child process failed or took too long; *output* is all it said."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, output: str = "") -> None:
        super().__init__(what, why, hint)
        self.output = output


class SiteError(StepError):
    """The running site gave no answer."""


class UndoError(StepError):
    """A change can't be put back."""


class UndoRefused(UndoError):
    """A change can't be put back as asked; nothing was touched.

    *tasks* are those that can be undone together instead; *revert*: a revert commit would do.
    """

    def __init__(
        self, what: str, why: str = "", hint: str = "", *, tasks: tuple[int, ...] = (), revert: bool = False
    ) -> None:
        super().__init__(what, why, hint)
        self.tasks, self.revert = tasks, revert


class ServiceError(StepError):
    """A service outside refused, failed or gave no answer: *service* by name, *status* of HTTP (0: none came)."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, service: str = "", status: int = 0) -> None:
        super().__init__(what, why, hint)
        self.service, self.status = service, status


class NotYetError(StepError):
    """What a check looks at isn't there yet, and that is no failure: its items wait."""


class Stopped(StepError):
    """A person stopped the task that was being worked on."""


class LockedError(GoliveError):
    exit_code = 4


class ProjectError(GoliveError):
    exit_code = 5


class SettingsError(ProjectError):
    """The project's settings could not be read."""


class MissingModule(SettingsError):
    """The settings need a package that the project wrote down and this environment lacks: *package*, PEP 508."""

    def __init__(self, package: str, why: str) -> None:
        super().__init__(f"{package} is not installed", why, "Install the project's requirements.")
        self.package = package


class SeveralProjects(ProjectError):
    """There are several manage.py; *places* are their paths below the folder that was searched."""

    def __init__(self, what: str, why: str, hint: str, places: tuple[str, ...]) -> None:
        super().__init__(what, why, hint)
        self.places = places


class StateError(ProjectError):
    """Golive's own state could not be read."""
