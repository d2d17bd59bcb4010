"""Task 4 checks LOGGING, the log folder, `manage.py check`, and that a test record arrives."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t04_logging import Logging
from tests.steps.fakes import FakeProject, FakeSandbox, by_item, completed
from wizard.checklist.evidence import Status

CONSOLE = {"class": "logging.StreamHandler"}
FILE = {
    "class": "logging.handlers.RotatingFileHandler", "filename": "/app/logs/django.log", "maxBytes": 5 * 1024 * 1024,
    "backupCount": 3,
}  # fmt: skip


class Project(FakeProject):
    """Its interpreter writes a test record to the log file if *logs*, or else fails with *error*."""

    production_module = settings_module = "shop.settings"
    configuration = ""

    def __init__(self, root, handlers=None, *, logs=True, error=None):
        super().__init__(root, values={"LOGGING": {"handlers": handlers or {}}})
        self.logs, self.error, self.interpreter = logs, error, self
        self.copy = SimpleNamespace(known=list, at=lambda path: path)

    def development_status(self):
        return True, ""

    def in_place(self, *given, message, loggers, **more):
        return "\n".join(f"{message}{number}-" for number, _ in enumerate(loggers))

    request = in_place

    def ask_all(self, requests):
        if self.logs:
            (self.root / "logs" / "django.log").write_text(requests[0])
        return [{"error": self.error} if self.error else {"printed": text} for text in requests]


def checked(project, done=None):
    return by_item(Logging(None).verify(project, FakeSandbox(completed=done or completed(0, "no issues")), None))


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setattr("steps.t04_logging.command_environment", lambda project, name: {})


@pytest.mark.parametrize(
    ("handlers", "status", "showed"),
    [
        ({"console": CONSOLE, "file": FILE}, Status.DONE, "a console handler and a rotating file (5 MB, 3 backups)"),
        ({"file": FILE}, Status.FAILED, "no console handler"),
        ({"console": CONSOLE}, Status.FAILED, "no rotating file"),
        (
            {"console": CONSOLE, "file": {**FILE, "backupCount": 1}},
            Status.FAILED,
            "a rotating file with maxBytes 5242880 and backupCount 1",
        ),
        (
            {"console": CONSOLE, "file": {**FILE, "filename": "/var/log/shop.log"}},
            Status.FAILED,
            "a rotating file /var/log/shop.log, not logs/django.log",
        ),
    ],
    ids=["both", "no console", "no file", "one backup", "another file"],
)
def test_logging_needs_a_console_and_a_rotating_file(tmp_path, handlers, status, showed):
    (tmp_path / "logs").mkdir()
    evidence = checked(Project(tmp_path, handlers))["4.1"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_the_log_folder_exists_and_is_ignored(tmp_path):
    evidence = checked(Project(tmp_path, logs=False))
    assert [(evidence[item].status, evidence[item].showed) for item in ("4.2", "4.3")] == [
        (Status.FAILED, "missing"), (Status.FAILED, "not ignored"),
    ]  # fmt: skip
    (tmp_path / "logs").mkdir()
    (tmp_path / ".gitignore").write_text("logs/\n")
    evidence = checked(Project(tmp_path))
    assert [(evidence[item].status, evidence[item].showed) for item in ("4.2", "4.3")] == [
        (Status.DONE, "is a folder"), (Status.DONE, "ignored"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("done", "status", "showed"),
    [
        (completed(0, "System check identified no issues\n"), Status.DONE, "System check identified no issues"),
        (completed(1, "Traceback (most recent call last):\n  x\nKeyError: 'A'\n"), Status.FAILED, "KeyError: 'A'"),
        (completed(1, "ERRORS:\nshop.E001\nfix it\n"), Status.FAILED, "ERRORS:\nshop.E001\nfix it"),
    ],
)
def test_manage_py_check_passes_on_this_machine(tmp_path, done, status, showed):
    evidence = checked(Project(tmp_path, logs=False), done)["4.4"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_a_check_with_placeholders_is_only_rehearsed(tmp_path, monkeypatch):
    monkeypatch.setattr("steps.t04_logging.missing_variables", lambda project: {"SECRET_KEY": "x"})
    project = Project(tmp_path, logs=False)
    project.development_status = lambda: (False, "")
    evidence = checked(project)["4.4"]
    assert evidence.status is Status.REHEARSED
    assert "With placeholders for SECRET_KEY, which have no value on this machine." in evidence.showed


def test_a_test_record_arrives_in_the_log_file(tmp_path):
    (tmp_path / "logs").mkdir()
    assert checked(Project(tmp_path))["4.5"].status is Status.DONE
    (tmp_path / "logs" / "django.log").unlink()
    missing = checked(Project(tmp_path, logs=False))["4.5"]
    assert (missing.status, missing.showed) == (
        Status.FAILED,
        "an error of the logger django.request was not found in logs/django.log",
    )
    error = {"type": "ImproperlyConfigured", "message": "no handler"}
    broken = checked(Project(tmp_path, logs=False, error=error))["4.5"]
    assert broken.showed == "not found in logs/django.log: ImproperlyConfigured: no handler"
