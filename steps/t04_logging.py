"""Task 4, Add Logging: to the console, and to a rotating file (5 MB, 3 backups) if one can be written.

Without LOGGING a production error leaves no trace, because Django's default console handler works only with DEBUG.
The platform keeps the console output. A log folder that cannot be created must not stop the site.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps.shared import log_levels, settings_block
from steps.shared.env_files import add_to_gitignore, is_ignored
from wizard.base import files
from wizard.base.log_errors import raised_in
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, rehearsed, shown
from wizard.plan.actions import Finding, MakeDirectory, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.project.static_settings import tracked_files
from wizard.step import Step
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.commands import command_environment, missing_variables
from wizard.targets.verification.settings import TEST_RECORD

BLOCK = """
LOGS_DIR = {root} / "logs"
try:
    LOGS_DIR.mkdir(exist_ok=True)
    LOGS_ARE_KEPT = os.access(LOGS_DIR, os.W_OK)
except OSError:  # a read-only file system must not stop the site
    LOGS_ARE_KEPT = False
""".strip()
FRESH = """
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"golive": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "golive"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
""".strip()
MERGED = """
LOGGING.setdefault("version", 1)
# True would silence Django's own loggers, which report every server error.
LOGGING["disable_existing_loggers"] = False
LOGGING.setdefault("handlers", {})
LOGGING.setdefault("root", LOGGING.setdefault("loggers", {}).pop("", {}))
LOGGING["root"].setdefault("level", "INFO")
""".strip()
FORMAT = """
LOGGING.setdefault("formatters", {})["golive"] = {
    "format": "{asctime} {levelname} {name}: {message}",
    "style": "{",
}
""".strip()
FOLDERS = """
for handler in LOGGING["handlers"].values():
    if "filename" in handler:
        folder = os.path.dirname(os.path.abspath(handler["filename"]))
        if f"{folder}{os.sep}".startswith(f"{LOGS_DIR.parent}{os.sep}"):
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError:  # the handler reports the error when it opens the file
                pass
        elif not os.access(folder, os.W_OK):  # outside of the project: log to the console instead
            for key in handler.keys() - {"level", "filters", "formatter"}:
                del handler[key]
            handler["class"] = "logging.StreamHandler"
""".strip()
CONSOLE = """
LOGGING["handlers"]["golive_console"] = {"class": "logging.StreamHandler", "formatter": "golive"}
LOGGING["root"]["handlers"] = [*LOGGING["root"].get("handlers", []), "golive_console"]
""".strip()
FILE = """
if LOGS_ARE_KEPT:
    LOGGING["handlers"]["golive_file"] = {
        "class": "logging.handlers.RotatingFileHandler",
        "filename": LOGS_DIR / "django.log",
        "maxBytes": 5 * 1024 * 1024,
        "backupCount": 3,
        "encoding": "utf-8",
        "formatter": "golive",
    }
    for logger in [LOGGING["root"], *LOGGING.get("loggers", {}).values()]:
        if logger is LOGGING["root"] or not logger.get("propagate", True):
            logger["handlers"] = [*logger.get("handlers", []), "golive_file"]
""".strip()


class Logging(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = project.settings.definition("LOGGING")
        if found is None:
            return [Finding("the settings have no LOGGING")]
        return [Finding("LOGGING will be extended", found.path, found.line)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        louder = log_levels.raise_voices(project, draft)
        if louder:
            title = "These levels dropped ordinary errors."
            settings_block.append(project, draft, title, louder, "log errors", only_production=False)
        if not _complete(project):
            title = "Logs go to the console, and to a file if one can be written."
            why = "log to the console and to a rotating file"
            settings_block.append(project, draft, title, self._lines(project, draft), why, only_production=False)
            settings_block.ensure_import(project, draft, "import os")
        folder = project.root / "logs"
        add_to_gitignore(project, draft, folder / "django.log", "logs/")
        make = None if folder.is_dir() else MakeDirectory(folder, "for the log file")
        return Plan.of(*draft.actions(), make)

    def _lines(self, project: Project, draft: Draft) -> list[str]:
        """Return settings lines for a new LOGGING, or lines that extend the existing one."""
        parts = [BLOCK.replace("{root}", settings_block.root_expression(project, draft))]
        if before := settings_block.previous_value(project, "LOGGING", "{}"):
            parts += [
                *([] if before == "LOGGING" else [f"LOGGING = {before}"]),
                *([] if before == "LOGGING" and _has_root_logger(project) else [MERGED]),
                FORMAT,
                *([FOLDERS] if _has_file_handler(project) else []),
                *([] if _root_logs_to_console(project) else [CONSOLE]),
            ]
        else:
            parts.append(FRESH)
        return "\n".join([*parts, FILE]).splitlines()

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        records = self._test_records(project)
        yield self._configuration(project, records)
        folder = project.root / "logs"
        exists = folder.is_dir()
        yield shown("4.2", exists, "file", project.display_path(folder), "is a folder" if exists else "missing")
        ignored, showed, place = _ignored(project, folder)
        yield shown("4.3", ignored, "git", "git check-ignore logs/django.log", showed, where=place)
        yield self._check(project, sandbox)
        yield self._file_record(project, records)

    def _configuration(self, project: Project, records: Sequence[TestRecord]) -> Evidence:
        """Evidence that LOGGING has both handlers, and that errors reach them in production."""
        handlers = "a console handler and a rotating file (5 MB, 3 backups)"
        quiet, silent = (
            log_levels.quiet_places({"LOGGING": project.value("LOGGING")}),
            log_levels.silenced_loggers(project),
        )
        production = records[-1]
        if quiet:
            found = f"{'.'.join(quiet[0])} in LOGGING drops errors"
        elif silent:
            found = f"the logger {silent[0]} drops its records: it has no handler and propagate is False"
        elif not _complete(project):
            found = _incomplete(project)
        else:
            found = production.problem("the console", production.printed) or production.problem(
                "the file", production.written
            )
        where, ran = project.origin("LOGGING"), "LOGGING in the production environment"
        if found:
            expected = f"{handlers}, with every error in both"
            return shown(
                "4.1", False, "settings", ran, found + project.set_by("LOGGING"), expected=expected, where=where
            )
        return shown("4.1", True, "settings", ran, handlers + project.set_by("LOGGING"))

    def _check(self, project: Project, sandbox: Sandbox) -> Evidence:
        """Run `manage.py check`. It is only rehearsed if variables have placeholders, as in a clone without .env."""
        done = sandbox.manage("check")
        # The last line of a traceback names the error. Messages of system checks take several lines.
        showed = done.last_lines(1 if done.returncode == 0 or "Traceback (" in done.output else 6)
        placeholders = {} if project.development_status()[0] else missing_variables(project)
        if placeholders:
            showed += f" With placeholders for {', '.join(sorted(placeholders))}, which have no value on this machine."
        record = rehearsed if placeholders else shown
        return record("4.4", done.returncode == 0, "command", done.command, showed)

    def _test_records(self, project: Project) -> tuple[TestRecord, TestRecord]:
        """Log errors through the project's own logging: in its folder, and in the copy under production's settings."""
        split = project.production_module != project.settings_module
        environment = command_environment(project, "production" if split else "development")
        mark = f"golive-{uuid.uuid4().hex}-"
        loggers = log_levels.loggers_to_test(project)
        record: dict[str, Any] = {"loggers": loggers, "message": f"{TEST_RECORD}{mark}"}
        there, copy = project.request("log", **record), project.copy.at(project.root)
        here, folder = there, copy
        if not os.statvfs(project.root).f_flag & os.ST_RDONLY:
            module, configuration = project.production_module, project.configuration
            here, folder = project.in_place("log", module, configuration, environment, **record), project.root
        first, second = project.interpreter.ask_all([here, there])
        written = [files.text(each / "logs" / "django.log") for each in (folder, copy)]
        return TestRecord(mark, loggers, first, written[0]), TestRecord(mark, loggers, second, written[1])

    def _file_record(self, project: Project, records: Sequence[TestRecord]) -> Evidence:
        """Evidence that errors of every logger are written to logs/django.log, here and in production."""
        ran = "a test record through the project's logging"
        for record, place in zip(records, ("", " under production's settings"), strict=True):
            if problem := record.problem("logs/django.log", record.written):
                where = project.origin("LOGGING")
                return shown("4.5", False, "record", ran, problem + place, expected="in logs/django.log", where=where)
        return shown("4.5", True, "record", ran, "arrived in logs/django.log")


@dataclass(frozen=True)
class TestRecord:
    """Records with *mark* and the number of their logger in *loggers*. *written* is the text of the log file."""

    __test__ = False  # not a test class for pytest

    mark: str
    loggers: tuple[str, ...]
    answer: Answer
    written: str

    @property
    def printed(self) -> str:
        """What the console shows, without the records that a failing handler prints with its own error."""
        lines = str(self.answer.get("printed") or "").splitlines()
        return "\n".join(line for line in lines if not line.startswith(("Message: ", "Arguments: ")))

    def problem(self, place: str, text: str) -> str:
        """Say which logger's record is missing in *text*, and why; empty if all are there."""
        missing = [name for number, name in enumerate(self.loggers) if f"{self.mark}{number}-" not in text]
        if not missing:
            return ""
        if error := AgentError.of(self.answer):
            return f"not found in {place}: {error}"
        raised = raised_in(str(self.answer.get("printed") or "").splitlines())
        why = f": a handler raises {excerpt(raised[-1], 120)}" if raised else ""
        return f"an error of the logger {missing[0]} was not found in {place}{why}"


def _has_root_logger(project: Project) -> bool:
    """Whether LOGGING is complete, has a root logger with a level, and keeps Django's own loggers."""
    logging = project.value("LOGGING") or {}
    complete = {"version", "handlers", "root"} <= logging.keys() and "level" in (logging.get("root") or {})
    return complete and logging.get("disable_existing_loggers") is False


def _root_logs_to_console(project: Project) -> bool:
    logging = project.value("LOGGING") or {}
    root = logging.get("root") or (logging.get("loggers") or {}).get("") or {}
    handlers = logging.get("handlers") or {}
    return any("StreamHandler" in str((handlers.get(name) or {}).get("class")) for name in root.get("handlers") or [])


def _has_file_handler(project: Project) -> bool:
    handlers = (project.value("LOGGING") or {}).get("handlers") or {}
    return any("filename" in handler for handler in handlers.values())


def _complete(project: Project) -> bool:
    """Whether LOGGING has a console handler, and a rotating file of 5 MB with 3 backups."""
    return not _incomplete(project)


def _incomplete(project: Project) -> str:
    """Say which handler LOGGING lacks: one for the console, or a rotating file of 5 MB with 3 backups."""
    handlers = ((project.value("LOGGING") or {}).get("handlers") or {}).values()
    rotating = [handler for handler in handlers if str(handler.get("class", "")).endswith("RotatingFileHandler")]
    named = [handler for handler in rotating if str(handler.get("filename", "")).endswith("logs/django.log")]
    if not any("StreamHandler" in str(handler.get("class")) for handler in handlers):
        return "no console handler"
    if not rotating:
        return "no rotating file"
    if not named:
        return f"a rotating file {rotating[0].get('filename')}, not logs/django.log"
    sizes = {(handler.get("maxBytes"), handler.get("backupCount")) for handler in named}
    if (5 * 1024 * 1024, 3) not in sizes:
        largest, backups = next(iter(sizes))
        return f"a rotating file with maxBytes {largest} and backupCount {backups}"
    return ""


def _ignored(project: Project, folder: Path) -> tuple[bool, str, str]:
    """Whether git ignores the logs in *folder* and tracks none of them, in words, and the place of a fault."""
    if not is_ignored(project, folder / "django.log"):
        ignore = project.top / ".gitignore"
        return False, "not ignored", project.display_path(ignore if ignore.is_file() else folder)
    if kept := tracked_files(project, folder):
        names = ", ".join(project.display_path(path) for path in kept[:3])
        return False, f"ignored, but git tracks {names}. Run `git rm --cached {names}`", names.split(", ")[0]
    return True, "ignored", ""


STEP = Logging
