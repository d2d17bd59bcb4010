"""The cause of a failed task in one line: what was expected, what was found, where, and the program's own error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wizard.base.error_output import last_error, last_traceback
from wizard.base.errors import DeploymentError, GoliveError, ServiceError
from wizard.base.log_errors import about_requests
from wizard.base.secrets import excerpt, redact
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Evidence
from wizard.checklist.model import Task
from wizard.project.places import Places
from wizard.targets.verification.expected_errors import is_unexpected

if TYPE_CHECKING:
    from wizard.project.project import Project
    from wizard.targets.sandbox import Sandbox

RAISED = re.compile(
    r"\b50[0-9]\b|\braised\b|did not respond|no response|gave no answer|can't be rendered|no earlier step kept",
    re.IGNORECASE,
)
"""What evidence says of a site that failed, so that the site's own log has the cause."""
LONGEST, SHORT = 400, 160
"""The most characters of each part, and of what was found beside the error that explains it."""


@dataclass(frozen=True)
class Cause:
    """Why a task failed.

    Arguments:
        found: what was found, or what happened.
        expected: what was expected, if *found* does not say so.
        where: the place in the project, `path:line` or a path.
        error: the last error line of the program that failed, or what a service answered.
        advice: what to do, if a service failed.
    """

    found: str
    expected: str = ""
    where: str = ""
    error: str = ""
    advice: str = ""

    def __str__(self) -> str:
        text = f"expected {self.expected}, found {self.found}" if self.expected else self.found
        if self.error and self.error not in text:
            text = f"{text}: {self.error}"
        if self.advice:
            text = f"{text}. {self.advice}"
        return f"{self.where}: {text}" if self.where and not text.startswith(self.where) else text

    def as_record(self) -> dict[str, str]:
        return {name: redact(text) for name, text in asdict(self).items()}


def of_error(error: GoliveError, project: Project) -> Cause:
    """The cause of *error*, which ended a task."""
    if isinstance(error, ServiceError):
        return _of_service(error)
    places = Places(project)
    if isinstance(error, DeploymentError):
        return _of_deployment(error, places)
    found = error.summary or error.what
    printed = error.output or (error.why if "\n" in error.why.strip() else "")
    line = last_error(printed, ended="was killed by" not in found) if printed else None
    quoted = bool(error.summary) and error.why.startswith(error.summary)
    said = line.full if line else "" if quoted else error.why
    where = places.of_error(line) if line and line.is_exception else ""
    where = (
        where
        or error.where
        or (places.entry_point(line) if line else "")
        or places.written_in(str(error))
        or places.named_in(f"{found}: {said}")
    )
    return _cause(found, where=where, error=said)


def _of_service(error: ServiceError) -> Cause:
    """The cause of *error*: what the service or its program said, and what to do. The project has no place of it."""
    line = last_error(error.output) if error.output else None
    return _cause(error.what, where=error.where, error=line.full if line else error.why, advice=error.hint)


def _of_deployment(error: DeploymentError, places: Places) -> Cause:
    """The cause of *error*: the step that failed, the error in its log, and the page with the log."""
    line = last_error(error.output) if error.output else None
    where = places.of_error(line) if line and line.is_exception else ""
    where = where or (places.named_in(line.full) if line else "")
    return _cause(error.summary, where=where, error=line.full if line else "", advice=error.hint)


def of_evidence(task: Task, failed: Sequence[Evidence], project: Project, sandbox: Sandbox) -> Cause:
    """The cause of *failed*, the evidence that some items of *task* are not as they should be."""
    first = next((each for each in failed if RAISED.search(each.showed)), failed[0])
    places, error, where = Places(project), "", ""
    if RAISED.search(first.showed):
        log = about_requests(_log(sandbox).splitlines(), f"{first.ran} {first.showed}")
        if (line := last_traceback("\n".join(log))) and is_unexpected(line.text):
            error, where = line.full, places.of_error(line)
    where = where or first.where or places.written_in(first.showed) or places.named_in(first.showed)
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    expected = f"{first.expected or task.item(first.item).text} ({first.item})"
    showed = f"{excerpt(first.showed, SHORT)}…" if error and len(first.showed) > SHORT else first.showed
    return _cause(f"{showed}{more}", expected=expected, where=where, error=error)


def _cause(found: str, *, expected: str = "", where: str = "", error: str = "", advice: str = "") -> Cause:
    return Cause(_line(found), _line(expected), where, _line(error), _line(advice))


def _line(text: str) -> str:
    """*text* in one line, redacted and without control characters."""
    line = " ".join(harmless(redact(text)).split()).rstrip(".")
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _log(sandbox: Sandbox) -> str:
    """What the project's processes have printed since the checks of the task began."""
    from wizard.targets.local.rehearsal import Rehearsal

    target = sandbox.active_target
    service = ""
    if isinstance(target, Rehearsal) and target.is_started("deployment"):
        service = "\n".join(target.deployment.log)
    return f"{sandbox.new_log_text()}\n{service}"
