"""Harmless values for environment variables that the settings need and that are not set yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from wizard.project.agent_answer import AgentError

PLACEHOLDERS = (
    (r"DSN$", ""),  # the Sentry SDK takes an empty DSN for "do not report", and rejects an invalid one
    (r"(REDIS|BROKER|CELERY).*_UR[LI]$", "redis://127.0.0.1:1/0"),
    (r"CACHE_URL$", "locmemcache://"),
    (r"EMAIL_URL$", "consolemail://"),
    (r"CLOUDINARY_URL$", "cloudinary://1:placeholder@placeholder"),
    (r"ADMIN_URL$", "admin/"),
    (r"_(URL|URI|ORIGINS?)$", "https://placeholder.invalid"),
    (r"PORT|SIZE|TIMEOUT|COUNT|SECONDS|MINUTES|DAYS|_ID$", "1"),
    (r"DEBUG|^USE_|_ENABLED$|_TLS$|_SSL$", "False"),
    (r"SECRET", "placeholder-" + "x" * 50),
    (r"", "placeholder"),
)
"""Values by a pattern of the variable's name. The first match wins."""
_MISSING = (
    re.compile(r"[Ss]et the ([A-Z][A-Z0-9_]*) environment variable"),
    re.compile(r"^([A-Z][A-Z0-9_]*) not found\. Declare it"),
    re.compile(r"[Ee]nvironment variable[: ]+['\"]?([A-Z][A-Z0-9_]+)"),
    re.compile(
        r"['\"]?\b([A-Z][A-Z0-9_]{3,})['\"]? (?:environment variable|env var|must be set|(?:is )?not set|is required)"
    ),
    re.compile(r"^(\w+)\n\s+Field required", re.MULTILINE),
)
"""Messages for a missing variable: of django-environ, python-decouple, environs, hand-written checks and pydantic."""


def placeholder(variable: str, env_files: Iterable[Mapping[str, str]], work: Path) -> str:
    """A harmless value for *variable*: from the project's own .env files, else guessed from its name.

    A database never comes from a .env file: it is a SQLite file in *work*.
    """
    if variable.endswith("DATABASE_URL"):
        return "sqlite:///" + str(work / "placeholder.sqlite3")
    written = (values.get(variable) for values in env_files)
    return next((value for value in written if value), None) or by_name(variable)


def by_name(variable: str) -> str:
    """A harmless value for *variable*, guessed from its name."""
    return next(value for pattern, value in PLACEHOLDERS if re.search(pattern, variable))


def missing_variable(error: AgentError) -> str | None:
    """The environment variable that *error* reports as missing."""
    if error.type == "KeyError":
        match = re.search(r"^'?([A-Z][A-Z0-9_]*)'?$", error.message)
        return match[1] if match else None
    for pattern in _MISSING:
        if match := pattern.search(error.message):
            return match[1].upper()
    return None


def rejected_variable(error: AgentError, placeholders: Mapping[str, str]) -> str | None:
    """The variable whose placeholder has the wrong type, so that *error* quotes it."""
    return next((name for name, value in placeholders.items() if len(value) > 1 and value in error.message), None)
