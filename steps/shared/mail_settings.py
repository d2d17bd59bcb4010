"""Evidence that the settings send mail over a way that is open on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steps.shared.mail_plans import PROVIDER, SMTP
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.project.hosts import is_local
from wizard.project.mail import MailWay
from wizard.project.project import Project
from wizard.services.mail_providers import provider_of
from wizard.targets.sandbox import Sandbox

RAN = "the e-mail backends of production's settings"


def described(ways: Iterable[MailWay]) -> list[str]:
    """Each way in words."""
    return [_described(way) for way in ways]


def _described(way: MailWay) -> str:
    name = "mail" if way.alias == "default" else "queued mail" if way.alias == "queue" else f"mail of {way.alias}"
    if way.error:
        return f"{name}: {way.backend} can't be used: {way.error}"
    if not way.backend:
        return f"{name} goes nowhere: {way.setting} is empty in production"
    if way.nowhere:
        return f"{name} goes to {way.nowhere}" if way.nowhere != "nowhere" else f"{name} goes nowhere"
    if way.family == "smtp":
        return f"{name} goes to {way.host}:{way.port} by SMTP"
    provider = provider_of(way.backend)
    return f"{name} goes to {provider.title} over HTTPS" if provider else f"{name} goes through {way.backend}"


def way_evidence(project: Project, sandbox: Sandbox, ways: Sequence[MailWay], answers: Answers) -> Evidence:
    """Evidence for 25.1."""
    # What only queues mail is judged by the way behind it.
    queued = any(way.alias == "queue" for way in ways)
    judged = [way for way in ways if not (queued and way.alias == "default" and not way.family)]
    problems = [problem for way in judged if (problem := _problem(project, way, answers))]
    expected = "a provider over HTTPS, or a mail server that the platform lets the site reach"
    names = dict.fromkeys([*(way.setting for way in judged), "EMAIL_BACKEND", "EMAIL_HOST"])
    where = next(filter(None, map(project.origin, names)), project.display_path(project.settings.main))
    showed = "; ".join(problems or described(judged))
    return sandbox.evidence("25.1", not problems, "settings", RAN, showed, expected=expected, where=where)


def _problem(project: Project, way: MailWay, answers: Answers) -> str:
    """Why mail does not leave on this way; empty if it does."""
    platform, text = project.platform, _described(way)
    if way.error or way.nowhere:
        return text
    if way.family != "smtp":
        return ""
    if not way.host or is_local(way.host):
        return f"{text}, and the service has no mail server of its own"
    if way.port in platform.closed_ports and answers.get(PROVIDER) != SMTP:
        return (
            f"{text}, and {platform.title} closes this port below its {platform.opening_plan} plan. Answer {PROVIDER}"
        )
    return ""
