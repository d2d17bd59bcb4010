"""Task 4, Add Logging: console always, a rotating file (5 MB, 3 kept) where one can be written.

Without LOGGING a production error leaves no trace: Django's own console handler needs DEBUG. The platform keeps the
console; a folder that can't be made must not stop the site.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from steps.shared import settings_block
from steps.shared.env_files import add_to_gitignore, is_ignored
from wizard.base import files
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, rehearsed, shown
from wizard.plan.actions import Finding, MakeDirectory, Plan
from wizard.plan.draft import Draft
from wizard.project.interpreter import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import TEST_RECORD, Sandbox, environment_for, missing_variables

BLOCK = """
LOGS_DIR = {root} / "logs"
try:
    LOGS_DIR.mkdir(exist_ok=True)
    LOGS_ARE_KEPT = os.access(LOGS_DIR, os.W_OK)
except OSError:  # a read-only disk must not stop the site
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
# True would silence Django's own loggers, which report every error 500.
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
            except OSError:  # the handler will say it better
                pass
        elif not os.access(folder, os.W_OK):  # no folder is made outside of the project: to the console instead
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
        return [
            Finding("LOGGING is there, and will be added to", found.path, found.line)
            if found
            else Finding("no LOGGING yet")
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, made = Draft(), []
        if not _complete(project):
            place = BLOCK.replace("{root}", settings_block.root_expression(project, draft))
            lines = [place, FRESH]
            if before := settings_block.previous_value(project, "LOGGING", "{}"):
                lines = [
                    place,
                    *([] if before == "LOGGING" else [f"LOGGING = {before}"]),
                    *([] if before == "LOGGING" and _whole(project) else [MERGED]),
                    FORMAT,
                    *([FOLDERS] if _to_file(project) else []),
                    *([] if _to_console(project) else [CONSOLE]),
                ]
            lines = "\n".join([*lines, FILE]).splitlines()
            settings_block.append(
                project,
                draft,
                "Logs go to the console, and to a file where one can be written.",
                lines,
                "console and rotating file",
                only_production=False,
            )
            settings_block.ensure_import(project, draft, "import os")
        folder = project.root / "logs"
        add_to_gitignore(project, draft, folder / "django.log", "logs/")
        if not folder.is_dir():
            made.append(MakeDirectory(folder, "the log file goes there"))
        return Plan.of(*draft.actions(), *made)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        yield shown(
            "4.1",
            _complete(project),
            "settings",
            "LOGGING under production's environment",
            ("console and a rotating file, 5 MB, 3 kept" if _complete(project) else "not both handlers")
            + project.set_by("LOGGING"),
        )
        folder = project.root / "logs"
        yield shown(
            "4.2",
            folder.is_dir(),
            "file",
            project.display_path(folder),
            "is a folder" if folder.is_dir() else "missing",
        )
        ignored = is_ignored(project, folder / "django.log")
        yield shown("4.3", ignored, "git", "git check-ignore logs/django.log", "ignored" if ignored else "not ignored")
        done = sandbox.manage("check")
        # Of a traceback the last line says it; what the checks found takes several.
        told = done.last_lines(1 if done.returncode == 0 or "Traceback (" in done.output else 6)
        placeholders = {} if project.development_status()[0] else missing_variables(project)
        if placeholders:  # as after a clone without its .env file
            told += f" With placeholders, since this machine has no value for {', '.join(sorted(placeholders))}."
        kind = rehearsed if placeholders else shown
        yield kind("4.4", done.returncode == 0, "command", done.command, told)
        mark = f"golive-{uuid.uuid4().hex}"
        split = project.production_module != project.settings_module
        environment = environment_for(project, "production" if split else "development")
        request = project.in_place(
            "log", project.production_module, project.configuration, environment,
            logger="django", message=f"{TEST_RECORD}{mark}",
        )  # fmt: skip
        answer = project.interpreter.ask_all([request])[0]
        arrived = "error" not in answer and mark.encode() in (files.read(folder / "django.log") or b"")
        yield shown(
            "4.5",
            arrived,
            "record",
            "one record through the project's logging",
            "arrived in logs/django.log" if arrived else f"did not arrive{_why(answer)}",
        )


def _whole(project: Project) -> bool:
    """Whether LOGGING is a complete configuration with a root logger, under which Django's own loggers speak."""
    logging = project.value("LOGGING") or {}
    complete = {"version", "handlers", "root"} <= logging.keys() and "level" in (logging.get("root") or {})
    return complete and logging.get("disable_existing_loggers") is False


def _to_console(project: Project) -> bool:
    """Whether the root logger already writes to the console."""
    logging = project.value("LOGGING") or {}
    root = logging.get("root") or (logging.get("loggers") or {}).get("") or {}
    handlers = logging.get("handlers") or {}
    return any("StreamHandler" in str((handlers.get(name) or {}).get("class")) for name in root.get("handlers") or [])


def _to_file(project: Project) -> bool:
    """Whether a handler of the project's own opens a file, whose folder may not be there."""
    handlers = (project.value("LOGGING") or {}).get("handlers") or {}
    return any("filename" in each for each in handlers.values())


def _why(answer: Answer) -> str:
    error = answer.get("error")
    return f": {error['type']}: {redact(error['message'])}" if error else ""


def _complete(project: Project) -> bool:
    """Whether some handler writes to the console, and some rotating file keeps three of 5 MB."""
    handlers = ((project.value("LOGGING") or {}).get("handlers") or {}).values()
    console = any("StreamHandler" in str(each.get("class")) for each in handlers)
    kept = any(
        str(each.get("class", "")).endswith("RotatingFileHandler")
        and str(each.get("filename", "")).endswith("logs/django.log")
        and (each.get("maxBytes"), each.get("backupCount")) == (5 * 1024 * 1024, 3)
        for each in handlers
    )
    return console and kept


STEP = Logging
