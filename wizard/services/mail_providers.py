"""Providers that take mail over HTTPS: the settings that django-anymail needs, and a test message to their API.

A test message goes to an address of the provider that discards it, or is only checked. Sources: django-anymail's
documentation and its backends, and the providers' API references.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.base.errors import ServiceError
from wizard.services.http import Client

SUBJECT, TEXT = "Test message", "Golive sent this message to check the settings of the site's mail."


@dataclass(frozen=True)
class MailProvider:
    """A provider as django-anymail and the domain name system see it.

    Arguments:
        backend: its backend in django-anymail.
        key: the setting of ANYMAIL that has the key, which is also the name of the variable.
        url: the base URL of its API.
        spf: what the SPF record includes, the present name first.
        return_path: the subdomain to which bounces go, whose SPF record counts; empty for the domain itself.
        bounces: what that subdomain is an alias of, whose SPF record it then has; empty if it has a record of its own.
        selectors: the usual names of its DKIM key; empty if each account has names of its own.
        more: further settings of ANYMAIL that have a variable.
        extra: the extra of django-anymail that its backend needs.
    """

    name: str
    title: str
    backend: str
    key: str
    url: str
    spf: tuple[str, ...]
    return_path: str = ""
    bounces: str = ""
    selectors: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    extra: str = ""
    checks_format_only: bool = False
    """Whether it accepts a test message from a domain that it does not know."""

    @property
    def requirement(self) -> str:
        return f"django-anymail[{self.extra}]" if self.extra else "django-anymail"

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables with its key."""
        return SES_VARIABLES if self.name == "amazon_ses" else (self.key,)


SES_VARIABLES = ("AWS_SES_ACCESS_KEY_ID", "AWS_SES_SECRET_ACCESS_KEY", "AWS_SES_REGION")
"""Names of their own, since those that boto3 reads may be those of a bucket at another provider."""
SIMULATOR = "success@simulator.amazonses.com"
"""Takes a message and discards it. Source: Amazon's documentation of the mailbox simulator."""
OTHER_BACKENDS = {"django_ses.SESBackend": "amazon_ses"}
_BACKENDS = "anymail.backends."
PROVIDERS = {
    each.name: each
    for each in (
        MailProvider(
            "resend", "Resend", f"{_BACKENDS}resend.EmailBackend", "RESEND_API_KEY", "https://api.resend.com",
            ("amazonses.com",), return_path="send", selectors=("resend",),
        ),
        MailProvider(
            "postmark", "Postmark", f"{_BACKENDS}postmark.EmailBackend", "POSTMARK_SERVER_TOKEN",
            "https://api.postmarkapp.com", (), return_path="pm-bounces", bounces="pm.mtasv.net",
        ),
        MailProvider(
            "brevo", "Brevo", f"{_BACKENDS}brevo.EmailBackend", "BREVO_API_KEY", "https://api.brevo.com/v3",
            ("spf.brevo.com", "spf.sendinblue.com"), selectors=("brevo1", "brevo2", "mail"),
            checks_format_only=True,
        ),
        MailProvider(
            "mailgun", "Mailgun", f"{_BACKENDS}mailgun.EmailBackend", "MAILGUN_API_KEY", "https://api.mailgun.net/v3",
            ("mailgun.org",), selectors=("pdk1", "pdk2", "mx", "smtp", "pic", "k1", "mailo"),
            more=("MAILGUN_SENDER_DOMAIN", "MAILGUN_API_URL"),
        ),
        MailProvider(
            "amazon_ses", "Amazon SES", f"{_BACKENDS}amazon_ses.EmailBackend", "AMAZON_SES_CLIENT_PARAMS", "",
            ("amazonses.com",), extra="amazon-ses",
        ),
    )
}  # fmt: skip


def provider_of(backend: str) -> MailProvider | None:
    """The provider of an e-mail backend; None for another one."""
    name = OTHER_BACKENDS.get(backend, "")
    return next((each for each in PROVIDERS.values() if each.backend == backend or each.name == name), None)


@dataclass(frozen=True)
class TestMessage:
    """How one provider takes a test message: the request, and the field of the answer that tells that it was taken.

    Arguments:
        request: makes path, headers and body from the key, the sender and the values of further variables.
        accepted: the field of the answer.
    """

    request: Callable[[str, str, Mapping[str, str]], tuple[str, dict[str, str], dict[str, Any]]]
    accepted: str

    __test__ = False  # it is no test of pytest


def _resend(key: str, sender: str, more: Mapping[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    body = {"from": sender, "to": ["delivered@resend.dev"], "subject": SUBJECT, "text": TEXT}
    return "/emails", {"Authorization": f"Bearer {key}"}, {"json": body}


def _postmark(key: str, sender: str, more: Mapping[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    body = {"From": sender, "To": "test@blackhole.postmarkapp.com", "Subject": SUBJECT, "TextBody": TEXT}
    return "/email", {"X-Postmark-Server-Token": key, "Accept": "application/json"}, {"json": body}


def _brevo(key: str, sender: str, more: Mapping[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    body = {
        "sender": {"email": sender}, "to": [{"email": sender}], "subject": SUBJECT, "textContent": TEXT,
        "headers": {"X-Sib-Sandbox": "drop"},  # it is checked, and not sent
    }  # fmt: skip
    return "/smtp/email", {"api-key": key}, {"json": body}


def _mailgun(key: str, sender: str, more: Mapping[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    domain = more.get("MAILGUN_SENDER_DOMAIN") or sender.rpartition("@")[2]
    form = {"from": sender, "to": sender, "subject": SUBJECT, "text": TEXT, "o:testmode": "yes"}
    return f"/{domain}/messages", {}, {"data": form, "auth": ("api", key)}


MESSAGES = {
    "resend": TestMessage(_resend, "id"),
    "postmark": TestMessage(_postmark, "MessageID"),
    "brevo": TestMessage(_brevo, "messageId"),
    "mailgun": TestMessage(_mailgun, "id"),
}


def send_test_message(client: Client, provider: MailProvider, key: str, sender: str, more: Mapping[str, str]) -> str:
    """Send a test message from *sender*, and return the number that the provider gave it.

    Raises:
        ServiceError: the key or the sender is refused, or the answer is not the documented one.
    """
    message = MESSAGES[provider.name]
    path, headers, body = message.request(key, sender, more)
    answer = client.json("POST", path, headers=headers, retry=False, **body)
    number = answer.get(message.accepted) if isinstance(answer, dict) else None
    if not number:
        raise ServiceError(f"{provider.title} did not say that it accepted the message", f"no {message.accepted}", "",
                           service=provider.title)  # fmt: skip
    return str(number)
