"""Which failures each probe of a guide can explain, so that no hint contradicts the failure or distracts from it."""

from __future__ import annotations

import re

from wizard.base.errors import EditError, GoliveError, ServiceError, StaleError, ToolError, UndoError
from wizard.diagnosis.cause import Cause

AT_SERVICES = {"railway_cli", "login", "name", "patience", "connection", "platform_database"}
"""The probes of hints about a service that refused a request. No other hint explains that."""
NO_SITE = (EditError, StaleError, ToolError, UndoError)
"""Errors of this machine's files and programs. No hint of a guide is about them."""
CONNECTION = (
    r"could not connect|connection to server|connection .{0,80}(refused|failed|timed out|reset)|authentication failed|"
    r"could not translate host|server closed the connection|Unknown database|database \"\w+\" does not exist|"
    r"role \"\w+\" does not exist|Can't connect|Error loading (psycopg|MySQLdb)|OperationalError(?!: no such)|"
    r"DATABASE_URL|No suitable driver|is not a valid .*URL|unable to open database file"
)
SUBJECTS: dict[str, str] = {
    "database": rf"{CONNECTION}|\bdatabase\b|sqlite|postgres",
    "migrations": (
        r"no such (table|column)|relation \".*\" does not exist|column .* does not exist|migrat|"
        r"NodeNotFoundError|InconsistentMigrationHistory|ProgrammingError"
    ),
    "procfile": r"Procfile|: (command )?not found|exit code 12[67]|start command|gunicorn|uvicorn|daphne|hypercorn",
    "variables": (
        r"environment variable|UndefinedValueError|ImproperlyConfigured: Set the|KeyError: '[A-Z_]+'|SECRET_KEY|"
        r"\bvariables?\b"
    ),
    "allowed_hosts": r"DisallowedHost|Invalid HTTP_HOST|ALLOWED_HOSTS|\b400\b",
    "collectstatic": r"static|manifest|collectstatic",
    "whitenoise": r"static|whitenoise",
    "static_root": r"static|STATIC_ROOT",
    "browser_cache": r"static",
    "decorator": r"429|limit",
    "limited": r"429|limit",
    "client_address": r"429|limit|client",
    "worker_command": r"Procfile|worker|beat|process|queue",
    "worker_signal": r"SIGTERM|\btimes\b",
    "schedule_lines": r"schedule|beat",
    "worker_queues": r"queue",
    "redis_address": r"redis|broker|queue has no server|connection refused",
    "railway_cli": r"railway|npm",
    "login": r"401|403|token|login|account|unauthorized|not authorized",
    "name": r"name|project",
    "platform_database": r"database|postgres",
    "patience": r"rate of requests|429|too many requests",
    "upload_storage": r"\bfiles?\b|upload|media|storage",
    "media_route": r"\bfiles?\b|upload|media",
    "bucket": r"\bfiles?\b|upload|bucket|storage|boto|ClientError",
    "open_connections": r"requests failed|connections|too many|slots|500",
    "disk_space": r"disk|space|MB|could not extend",
    "event_filter": r"event|Host header|traced|quota",
    "new_migrations": r"migrat|table|column|can't be (read|saved)",
    "lock_timeout": r"lock|waited",
    "draining": r"requests? failed|SIGTERM|killed",
    "postgres_programs": r"PostgreSQL|pg_dump|pg_restore|psql",
    "database_access": r"tunnel|database",
    "search_path": r"does not restore",
    "mail_way": r"mail|SMTP",
    "mail_key": r"mail|no value|key",
    "mail_link": r"\blink\b|links",
    "mail_log": r"mail|500",
    "connection": r"gave no answer|did not respond|lost the connection|ENOTFOUND|network|resolve|unreachable",
}
"""A probe's name -> what the texts of a failure say that it can explain. A probe that is not here explains any."""
DENIED: dict[str, str] = {
    "logs": r".",
    "database": CONNECTION,
    "migrations": SUBJECTS["migrations"],
    "procfile": r"Procfile|: (command )?not found$|exit code 12[67]",
    "variables": r"UndefinedValueError|Set the \w+ environment variable|KeyError: '[A-Z_]+'|required .*variable",
    "allowed_hosts": r"DisallowedHost|Invalid HTTP_HOST",
    "collectstatic": r"[Mm]issing staticfiles manifest|collectstatic",
}
"""A probe's name -> what a cause says that the probe must not rule out."""
OF_NO_REQUEST = re.compile(r"known vulnerabilities")
"""Failures that no request to the site has caused, so that no log tells anything about them."""
SERVER_ERROR = re.compile(r"\b50[0-9]\b")
AFTER_A_SERVER_ERROR = {"database", "migrations", "logs", "variables"}


def runs_the_site(exception: GoliveError | None) -> bool:
    """Whether the guides' hints apply to *exception*: it is not about a file or a program of this machine."""
    return not isinstance(exception, NO_SITE)


def applies(probe: str, exception: GoliveError | None) -> bool:
    """Whether a hint with *probe* can be about *exception*."""
    return probe in AT_SERVICES or not isinstance(exception, ServiceError)


def explains(probe: str, error: str, cause: Cause) -> bool:
    """Whether a problem that *probe* confirms can be the reason of a failure with the message *error*."""
    pattern = SUBJECTS.get(probe)
    if pattern is None:
        return probe != "logs" or not OF_NO_REQUEST.search(f"{error} {cause}")
    if cause.error:
        return bool(re.search(pattern, f"{cause.where} {cause.found} {cause.error}", re.IGNORECASE))
    if probe in AFTER_A_SERVER_ERROR and SERVER_ERROR.search(error):
        return True
    return bool(re.search(pattern, f"{error} {cause}", re.IGNORECASE))


def rules_out(probe: str, cause: Cause | None) -> bool:
    """Whether *probe* may be ruled out beside *cause*: the cause does not say the opposite."""
    pattern = DENIED.get(probe)
    if cause is None or pattern is None:
        return True
    texts = [cause.error] if probe == "logs" else [cause.where, cause.error, cause.found]
    return not any(re.search(pattern, text) for text in texts)
