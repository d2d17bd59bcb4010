"""The mail of a project: the code that sends it, and the ways on which the settings let it leave."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.base import files
from wizard.editing.syntax import parsed_bytes
from wizard.project.agent_answer import AgentError

if TYPE_CHECKING:
    from wizard.project.project import Project

CALLS = frozenset({
    "send_mail", "send_mass_mail", "mail_admins", "mail_managers", "email_user", "EmailMessage",
    "EmailMultiAlternatives", "asend_mail", "SMTP", "SMTP_SSL", "send_templated_mail",
})  # fmt: skip
"""Names of Django, `smtplib` and mail libraries that code calls to send a mail."""
RESETS = frozenset({"PasswordResetView", "PasswordResetForm"})
"""Names of Django's reset, which own views use or derive from."""
HINT = re.compile(rb"\b(?:" + "|".join(sorted(CALLS | RESETS)).encode() + rb")\b")
APPS = {
    "allauth.account": "allauth", "djoser": "djoser", "dj_rest_auth": "dj-rest-auth", "post_office": "post_office",
    "registration": "django-registration", "django_registration": "django-registration", "mailer": "django-mailer",
    "newsletter": "django-newsletter", "templated_email": "django-templated-email",
}  # fmt: skip
"""Apps that send mail by themselves."""
NOT_OURS = {"tests", "test", "migrations"}
NOWHERE = {"console": "the log", "dummy": "nowhere", "locmem": "the memory of the process", "filebased": "a file"}
"""Where Django's other backends send mail."""


@dataclass(frozen=True)
class MailSender:
    """Something that sends mail: *what*, and *where* it is in the project; empty for an installed app."""

    what: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


@dataclass(frozen=True)
class MailWay:
    """An e-mail backend that the settings name.

    Arguments:
        alias: `default`, another one of MAILERS, or `queue` for what a queue sends with.
        setting: the setting that names it.
        family: of Django's backends, the one that it is or derives from: `smtp`, `console`, …; empty for others.
        host, port: the server that it connects to; empty and 0 if it tells none.
        error: why it can't be made; empty if it can.
    """

    backend: str
    alias: str = "default"
    setting: str = "EMAIL_BACKEND"
    family: str = ""
    host: str = ""
    port: int = 0
    error: str = ""

    @property
    def nowhere(self) -> str:
        """Where the mail stays instead of leaving; empty if it leaves."""
        return NOWHERE.get(self.family, "") if self.backend else "nowhere"


def senders(project: Project) -> list[MailSender]:
    """What sends mail: views of libraries, installed apps, and calls in the project's own code."""
    views = [url for url in project.urls if "mail" in url.does and not url.file]
    found = [MailSender(f"{url.function} at {url.shown}") for url in views]
    apps = [str(app).partition(".apps.")[0] for app in project.value("INSTALLED_APPS") or []]
    found += [MailSender(APPS[app]) for app in apps if app in APPS]
    if project.value("ADMINS"):
        found.append(MailSender("errors to ADMINS", project.origin("ADMINS")))
    wanted = CALLS if views else CALLS | RESETS
    return list(dict.fromkeys([*found, *_in_code(project, wanted)]))


def _in_code(project: Project, wanted: frozenset[str]) -> Iterator[MailSender]:
    for path in project.copy.files():
        if path.suffix == ".py" and not NOT_OURS & set(path.parts) and not path.name.startswith("test"):
            for name, line in _used(files.read(path) or b"", wanted):
                yield MailSender(name, f"{project.display_path(path)}:{line}")


def _used(content: bytes, wanted: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The calls of functions that send mail, and the uses of Django's reset, each with its line."""
    if not HINT.search(content):
        return
    try:
        tree = parsed_bytes(content)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else node
        if not isinstance(called, ast.Attribute | ast.Name):
            continue
        name = called.attr if isinstance(called, ast.Attribute) else called.id
        if name in wanted and (name in RESETS or isinstance(node, ast.Call)):
            yield (name if name in RESETS else f"{name}()"), called.lineno


def ways(project: Project) -> list[MailWay]:
    """The ways on which the mail of production leaves, the default one first."""
    project.inspect_settings()  # brings the copy up to date
    answer = project.ask("mail")
    if error := AgentError.of(answer):
        return [MailWay(str(project.value("EMAIL_BACKEND") or ""), error=error.brief(200))]
    found = []
    for row in answer["ways"]:
        raised = AgentError.of(row) if row["backend"] else None
        values = {name: row[name] for name in ("alias", "setting", "family", "host", "port")}
        values["backend"] = row["backend"] or ""  # a variable without a value in production
        found.append(MailWay(**values, error=raised.brief(200) if raised else ""))
    return found


def sending_way(ways: list[MailWay]) -> MailWay:
    """The way by which mail leaves by default: the one behind a queue, if there is a queue."""
    return next((way for way in ways if way.alias == "queue"), ways[0])
