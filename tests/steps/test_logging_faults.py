"""Task 4 finds logging in which errors get lost: records of each logger must reach the console and the file."""

from __future__ import annotations

import pytest

from steps.t04_logging import Logging
from tests.steps import real_project
from wizard.checklist.evidence import Status

GOOD = """
import os
(BASE_DIR / "logs").mkdir(exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "file": {
            "class": "logging.handlers.RotatingFileHandler", "filename": BASE_DIR / "logs" / "django.log",
            "maxBytes": 5 * 1024 * 1024, "backupCount": 3, "formatter": "line",
        },
    },
    "root": {"handlers": ["console", "file"], "level": "INFO"},
}
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory, python):
    """A project with good logging, and its sandbox."""
    folder = tmp_path_factory.mktemp("logging")
    with real_project.opened(folder, python, {".gitignore": "logs/\n"}, GOOD) as (project, sandbox):
        yield project, sandbox, (folder / "settings.py").read_text()


@pytest.fixture
def check(opened, monkeypatch):
    """Check the log items of task 4 with more lines of settings or URLs. Returns the failed items."""
    project, sandbox, settings = opened
    monkeypatch.setattr(Logging, "_check", lambda *given: (_ for _ in ()))  # `manage.py check` starts an interpreter

    def verify(lines="", urls=""):
        (project.root / "settings.py").write_text(settings + lines)
        (project.root / "urls.py").write_text("urlpatterns = []\n" + urls)
        project.refresh()
        found = [each for each in Logging(None).verify(project, sandbox, sandbox.answers) if hasattr(each, "item")]
        return {each.item: each for each in found if each.status is Status.FAILED}

    return verify


def test_good_logging_has_no_fault(check):
    assert check() == {}
    deliberate = 'LOGGING["loggers"] = {"django.security.DisallowedHost": {"handlers": [], "propagate": False}}\n'
    assert check(deliberate) == {}
    more = 'LOGGING["loggers"] = {"urls": {"handlers": ["console", "file"], "propagate": False, "level": "DEBUG"}}\n'
    assert check(more) == {}


BOTH = ["4.1", "4.5"]


@pytest.mark.parametrize(
    ("lines", "items", "found"),
    [
        (
            'LOGGING["root"]["level"] = "CRITICAL"',
            BOTH,
            "an error of the logger urls.views was not found in logs/django.log",
        ),
        (
            'LOGGING["loggers"] = {"django": {"handlers": [], "propagate": False}}',
            BOTH,
            "the logger django drops its records",
        ),
        (
            'LOGGING["loggers"] = {"django.request": {"handlers": ["none"], "propagate": False}}\n'
            'LOGGING["handlers"]["none"] = {"class": "logging.NullHandler"}',
            BOTH,
            "an error of the logger django.request",
        ),
        ('LOGGING["loggers"] = {"urls": {"propagate": False}}', BOTH, "the logger urls drops its records"),
        ('LOGGING["disable_existing_loggers"] = True', BOTH, "an error of the logger django.request"),
        ('LOGGING["handlers"]["file"]["level"] = "CRITICAL"', BOTH, "handlers.file.level in LOGGING drops errors"),
        (
            'LOGGING["handlers"]["console"]["level"] = "CRITICAL"',
            ["4.1"],
            "handlers.console.level in LOGGING drops errors",
        ),
        ('LOGGING["handlers"]["console"]["stream"] = open(os.devnull, "w")', ["4.1"], "not found in the console"),
        ('LOGGING["root"]["handlers"] = ["file"]', ["4.1"], "not found in the console"),
        ('LOGGING["root"]["handlers"] = ["console"]', BOTH, "not found in logs/django.log"),
        ('LOGGING["root"]["handlers"] = []', BOTH, "not found in logs/django.log"),
        (
            'LOGGING["filters"] = {"no": {"()": "django.utils.log.RequireDebugTrue"}}\n'
            'for each in LOGGING["handlers"].values():\n    each["filters"] = ["no"]',
            BOTH,
            "not found in the console",
        ),
        (
            'LOGGING["filters"] = {"no": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: False}}\n'
            'LOGGING["handlers"]["file"]["filters"] = ["no"]',
            BOTH,
            "not found in logs/django.log",
        ),
        ('LOGGING["formatters"]["line"] = {"format": "%(nothere)s %(message)s"}', BOTH, "a handler raises"),
        ("LOGGING_CONFIG = None", BOTH, "not found in logs/django.log"),
        (
            'LOGGING["handlers"] = {"mail": {"class": "django.utils.log.AdminEmailHandler"}}\n'
            'LOGGING["root"]["handlers"] = ["mail"]',
            BOTH,
            "no console handler",
        ),
        (
            'LOGGING["handlers"]["file"]["filename"] = BASE_DIR / "logs" / "site.log"',
            BOTH,
            "logs/site.log, not logs/django.log",
        ),
        ('LOGGING["handlers"]["file"]["maxBytes"] = 1024', ["4.1"], "maxBytes 1024 and backupCount 3"),
        ('LOGGING["handlers"]["file"]["backupCount"] = 0', ["4.1"], "backupCount 0"),
        (
            'LOGGING["handlers"]["file"] = {"class": "logging.FileHandler", "filename": BASE_DIR / '
            '"logs" / "django.log"}',
            ["4.1"],
            "no rotating file",
        ),
    ],
)
def test_a_fault_of_logging_is_found(check, lines, items, found):
    failed = check(lines + "\n")
    assert sorted(failed) == items
    assert any(found in each.showed for each in failed.values())
    assert all(each.expected for each in failed.values())


def test_logging_that_is_disabled_elsewhere_is_found(check):
    assert sorted(check(urls="import logging\nlogging.disable(logging.CRITICAL)\n")) == BOTH
