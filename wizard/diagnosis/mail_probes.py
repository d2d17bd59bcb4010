"""Probes of mail that does not arrive: the way it takes, the provider's key, its links, and errors in the log."""

from __future__ import annotations

import re

from wizard.base.secrets import excerpt
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project.mail import MailWay, sending_way, ways
from wizard.services.mail_providers import provider_of

ERRORS = re.compile(
    r"SMTP\w*(Error|Exception|Disconnected|Refused)|Anymail\w*Error|BadHeaderError|gaierror|Network is unreachable"
    r"|TemplateDoesNotExist: \S*(mail|password|reset)|NoReverseMatch.*reset",
    re.IGNORECASE,
)
PROXY_HEADER = "SECURE_PROXY_SSL_HEADER"
SITES = "django.contrib.sites"


def _way(context: ProbeContext) -> MailWay:
    return sending_way(ways(context.project))


@probe
def mail_way(context: ProbeContext) -> ProbeResult:
    """Whether the settings send mail over a way that is open on the platform."""
    way, platform = _way(context), context.project.platform
    if way.error:
        return confirmed(f"{way.backend} can't be used: {excerpt(way.error, 200)}")
    if way.nowhere:
        return confirmed(f"{way.setting} is {way.backend or 'empty'}: mail goes to {way.nowhere}")
    if way.port in platform.closed_ports:
        where = f"mail goes to {way.host}:{way.port}"
        return confirmed(f"{where}, which {platform.title} closes below its {platform.opening_plan} plan")
    return ruled_out(f"{way.setting} is {way.backend}")


@probe
def mail_key(context: ProbeContext) -> ProbeResult | None:
    """Whether the key of the mail provider has a value. None without a provider."""
    provider = provider_of(_way(context).backend)
    if provider is None:
        return None
    values = context.project.service_values()
    if missing := [name for name in provider.variables if not values.get(name)]:
        return confirmed(f"{', '.join(missing)} has no value in .env.production")
    return ruled_out(f"{', '.join(provider.variables)} has a value")


@probe
def mail_link(context: ProbeContext) -> ProbeResult:
    """Whether settings can give the links of mails another host, or http in place of https."""
    project = context.project
    apps, problems = [str(app) for app in project.value("INSTALLED_APPS") or []], []
    if SITES in apps and not any(app.endswith(".SiteName") for app in apps):
        problems.append(f"links take the domain of the site {project.value('SITE_ID') or 1} in the database")
    if not project.value(PROXY_HEADER):
        problems.append(f"without {PROXY_HEADER} Django takes each request for http")
    return confirmed("; ".join(problems)) if problems else ruled_out("host and scheme come from the request")


@probe
def mail_log(context: ProbeContext) -> ProbeResult:
    """Whether the log of the deployment has an error of the code that sends mail."""
    target = context.sandbox.active_target
    if target is None:
        return not_checked("the site was not deployed in this run")
    line = next((each for each in reversed(target.log_error_lines()) if ERRORS.search(each)), "")
    return confirmed(f"the deployment's log: {excerpt(line, 200)}") if line else ruled_out("no such error in the log")
