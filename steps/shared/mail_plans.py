"""Settings that send mail through a provider over HTTPS, with an address of the site's own as the sender.

Development stays as it is. Sources: django-anymail's documentation, and Django's of e-mail and of the sites framework.
"""

from __future__ import annotations

from steps.shared import added_modules, packages, settings_block
from steps.shared.trusted_hosts import listed
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action
from wizard.plan.draft import Draft
from wizard.project.hosts import is_local, is_public_name, is_shared, registrable_domain
from wizard.project.mail import MailWay
from wizard.project.project import Project
from wizard.services.mail_providers import MailProvider

PROVIDER, SENDER = "mail.provider", "mail.sender"
SMTP = "smtp"
"""The answer of somebody whose plan at the platform leaves SMTP open."""
TITLE = "Mail leaves through {title} over HTTPS, because the platform closes the ports of SMTP."
SENDER_TITLE = "The address that mail comes from."
SITE_TITLE = "Links in mails use the site's public name."
SENDERS = ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL")
AT_SITE = "site"
"""The answer of somebody who has no domain yet: mail comes from the site's public name."""
SES = (
    ("aws_access_key_id", "AWS_SES_ACCESS_KEY_ID"),
    ("aws_secret_access_key", "AWS_SES_SECRET_ACCESS_KEY"),
    ("region_name", "AWS_SES_REGION"),
)
FREE_MAIL = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "ymail.com", "icloud.com",
    "me.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "yandex.com",
    "mail.ru", "qq.com", "zoho.com",
}  # fmt: skip
"""Domains of mail services whose DMARC records nobody else can change. Providers refuse them, or inboxes do."""
SITES = "django.contrib.sites"


def needs_provider(project: Project, way: MailWay) -> bool:
    """Whether the platform keeps mail from leaving on this way, or it goes nowhere at all.

    A mail server of this machine, such as one that only shows mails, is not there in production.
    """
    if way.nowhere or way.family != "smtp":
        return bool(way.nowhere)
    return not way.host or is_local(way.host) or not way.port or way.port in project.platform.closed_ports


def usual_provider(way: MailWay) -> str:
    """The provider without an answer. A mail server of the project's own is replaced only if the person agrees."""
    return "resend" if way.nowhere or not way.host or is_local(way.host) else SMTP


def use_provider(
    project: Project, draft: Draft, way: MailWay, provider: MailProvider, answers: Answers
) -> list[Action]:
    """Let *provider* send what leaves on *way*. Returns the actions for its package."""
    lines = [*_anymail(project, provider), *_backend(project, way, provider.backend)]
    if "anymail" not in listed(project, "INSTALLED_APPS"):
        lines.append(settings_block.append_to_list(project, "INSTALLED_APPS", '"anymail"'))
    title = TITLE.format(title=provider.title)
    settings_block.append(project, draft, title, lines, f"send mail through {provider.title}", only_production=True)
    settings_block.ensure_import(project, draft, "import os")
    return packages.add_packages(project, (provider.requirement,), f"it sends mail through {provider.title}", answers)


def _backend(project: Project, way: MailWay, backend: str) -> list[str]:
    """The setting that names the backend: Django's, or that of a queue which hands mail over to it."""
    if way.setting == "MAILERS":  # Django refuses EMAIL_BACKEND beside it
        before = settings_block.previous_value(project, "MAILERS", "{}")
        return [f'MAILERS = {{**{before}, "default": {{"BACKEND": "{backend}"}}}}']
    if way.setting == "POST_OFFICE":
        before = settings_block.previous_value(project, "POST_OFFICE", "{}") or "{}"
        return [f'POST_OFFICE = {{**{before}, "BACKENDS": {{"default": "{backend}"}}}}']
    return [f'{way.setting} = "{backend}"']


def _anymail(project: Project, provider: MailProvider) -> list[str]:
    before = settings_block.previous_value(project, "ANYMAIL", "{}")
    lines = [f"    **{before},"] if before else []
    if provider.name == "amazon_ses":
        lines += [f'    "{provider.key}": {{', *(f'        "{name}": os.getenv("{read}", ""),' for name, read in SES)]
        lines.append("    },")
    else:
        lines.append(f'    "{provider.key}": os.getenv("{provider.key}", ""),')
    lines += [f'    **({{"{name}": os.environ["{name}"]}} if os.getenv("{name}") else {{}}),' for name in provider.more]
    return ["ANYMAIL = {", *lines, "}"]


def set_sender(project: Project, draft: Draft, sender: str) -> None:
    """Replace senders that no mail server accepts by *sender*; `site` is an address at the site's public name."""
    value = f'"{sender}"'
    if sender == AT_SITE:
        value = f'"noreply@" + os.getenv("{project.platform.domain_variable}", "localhost")'
    if wrong := wrong_senders(project):
        lines = [f'{name} = os.getenv("{name}", {value})' for name in wrong]
        why = "an address that mail comes from"
        settings_block.append(project, draft, SENDER_TITLE, lines, why, only_production=True)
        settings_block.ensure_import(project, draft, "import os")


def wrong_senders(project: Project) -> list[str]:
    """The settings with a sender that no mail server accepts."""
    return [name for name in SENDERS if sender_problem(str(project.value(name) or ""))]


def sender_problem(sender: str) -> str:
    """Why mail servers refuse mail from the address *sender*; empty if they don't."""
    address = address_of(sender)
    name, _, domain = address.rpartition("@")
    if not name or not domain:
        return f"{sender or 'it'} is no e-mail address"
    if is_local(domain):
        return f"{address} is at {domain}, which is no domain of the site"
    return ""


def borrowed_domain(sender: str, provider: str) -> str:
    """Why mail from *sender* is taken for spam if *provider* sends it; empty if it is not, or without a provider."""
    domain = address_of(sender).rpartition("@")[2].lower()
    if not provider or domain not in FREE_MAIL:
        return ""
    return f"{address_of(sender)} is at {domain}, which lets only its own servers send, and not {provider}'s"


def address_of(sender: str) -> str:
    """The address in *sender*, which may have a name: `Shop <shop@example.com>`."""
    from email.utils import parseaddr

    return parseaddr(sender)[1]


def usual_sender(project: Project) -> str:
    """`noreply` at the site's own domain, or `site` if it has none yet."""
    names = [each.removeprefix(".") for each in listed(project, "ALLOWED_HOSTS") if is_public_name(each)]
    own = [each for each in names if not is_shared(each) and not f".{each}".endswith(project.platform.domain_suffix)]
    return f"noreply@{registrable_domain(own[0])}" if own else AT_SITE


def name_site(project: Project, draft: Draft) -> None:
    """Let the row of the sites framework have the public name, which is example.com in a new database."""
    apps = listed(project, "INSTALLED_APPS")
    if SITES not in apps:
        return
    path, module = added_modules.locate(project, "site_name.py")
    name = f"{module}.SiteName"
    draft.put(path, added_modules.render(project, "site_name.py").encode(), "the site's name in mails")
    if name not in apps:
        lines = [settings_block.append_to_list(project, "INSTALLED_APPS", f'"{name}"')]
        settings_block.append(project, draft, SITE_TITLE, lines, "the site's name in mails", only_production=False)
