"""Failures of the project itself: its start command, dependencies, settings, code, templates, database and files."""

from __future__ import annotations

from tests.faults.failure import Failure
from tests.faults.fault import append, replace, without_line

SETTINGS = "election_cart/settings.py"

FAILURES = [
    Failure("start: a typo in the program", 17, replace("Procfile", "exec gunicorn", "exec gunicron"),
            cause=["Procfile:1", "gunicron: not found"], never=["None Check the", "SIGTERM"]),
    Failure("start: gunicorn is not in requirements.txt", 17, without_line("requirements.txt", "gunicorn"),
            cause=["Procfile:1", "gunicorn: not found"]),
    Failure("settings: a syntax error", 17, append(SETTINGS, "\nDEBUG = (\n"),
            cause=["settings.py:", "SyntaxError: '(' was never closed"]),
    Failure("code: an import of a missing package", 17, append("orders/views.py", "import nosuchlib\n"),
            cause=["orders/views.py:", "No module named 'nosuchlib'"]),
]  # fmt: skip
