"""The mail of a project: the code that sends it, and the ways on which the settings let it leave."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.project.agent_answer import AgentError, Answer
from wizard.project.own_modules import apps_of_packages, modules, name_of

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


@dataclass(frozen=True)
class MailTrial:
    """What came of a message, or of a dialogue with a mail server.

    Arguments:
        number: what the service gave the message; empty if it tells none.
        problem: why it was not accepted; empty if it was.
        status: with which the service refused it; 0 if it did not answer.
        recipient: whether only the recipient was refused.
    """

    number: str = ""
    problem: str = ""
    status: int = 0
    recipient: bool = False


def send_message(
    project: Project, environment: Mapping[str, str], way: MailWay, *, sender: str, to: str, subject: str, text: str
) -> MailTrial:
    """Send a message on *way*, with the site's own e-mail backend under *environment*."""
    message = {"alias": way.alias, "sender": sender, "to": to, "subject": subject, "text": text}
    return _trial(project.ask("send_mail", environment=environment, guarded=False, **message))


def speak_to_server(
    project: Project, environment: Mapping[str, str], way: MailWay, *, sender: str, to: str
) -> MailTrial:
    """Log in at the mail server of *way*, and name a sender and a recipient. Nothing is sent."""
    names = {"alias": way.alias, "sender": sender, "to": to}
    return _trial(project.ask("mail_dialogue", environment=environment, guarded=False, **names))


def _trial(answer: Answer) -> MailTrial:
    if error := AgentError.of(answer):
        return MailTrial(problem=error.brief(200))
    texts = str(answer["number"]), str(answer["problem"])
    return MailTrial(*texts, int(answer["status"]), bool(answer.get("recipient")))


def senders(project: Project) -> list[MailSender]:
    """What sends mail: views of libraries, installed apps, and calls in the project's own code."""
    views = [url for url in project.urls if "mail" in url.does and not url.file]
    found = [MailSender(f"{url.function} at {url.shown}") for url in views]
    found += [MailSender(APPS[app]) for app in apps_of_packages(project) if app in APPS]
    if project.value("ADMINS"):
        found.append(MailSender("errors to ADMINS", project.origin("ADMINS")))
    wanted = CALLS if views else CALLS | RESETS
    return list(dict.fromkeys([*found, *_in_code(project, wanted)]))


def _in_code(project: Project, wanted: frozenset[str]) -> Iterator[MailSender]:
    """The calls of functions that send mail, and the uses of Django's reset."""
    for path, tree in modules(project, HINT):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call | ast.Attribute | ast.Name):
                continue
            name = name_of(node)
            if name in wanted and (name in RESETS or isinstance(node, ast.Call)):
                line = (node.func if isinstance(node, ast.Call) else node).lineno
                yield MailSender(name if name in RESETS else f"{name}()", f"{project.display_path(path)}:{line}")


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
