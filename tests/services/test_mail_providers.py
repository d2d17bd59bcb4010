"""A test message to each provider's API, and the records that it wants, against a stand-in that refuses as they do."""

from __future__ import annotations

import pytest
from doubles.mail_providers import KEY_VALUE, MailProviders
from doubles.serving import EventLoop

from wizard.base import process
from wizard.base.errors import ServiceError
from wizard.services.domain_records import sender_domain
from wizard.services.http import Client
from wizard.services.mail_providers import MESSAGES, PROVIDERS, provider_of, send_test_message

NAMES = sorted(MESSAGES)
SENDER, STRANGER = "noreply@mail-club.net", "noreply@elsewhere.net"


@pytest.fixture
def double():
    loop, made = EventLoop(), MailProviders()
    loop.run(made.start())
    yield made
    loop.run(made.stop())
    loop.close()


def send(double, name, *, key="", sender=SENDER):
    client = Client(PROVIDERS[name].title, double.url(name), direct=True)
    try:
        return send_test_message(client, PROVIDERS[name], key or double.key, sender, {})
    finally:
        client.close()


def known(double, name, domain, key=""):
    client = Client(PROVIDERS[name].title, double.url(name), direct=True)
    try:
        return sender_domain(client, PROVIDERS[name], key or double.key, domain)
    finally:
        client.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_message_from_a_verified_domain_is_accepted(double, name):
    assert send(double, name)
    assert double.accepted == [SENDER]


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_key_is_refused(double, name):
    with pytest.raises(ServiceError) as error:
        send(double, name, key="key-of-somebody-else")
    assert error.value.status in (401, 403)
    assert double.accepted == []


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [("resend", 403, "elsewhere.net domain is not verified"), ("postmark", 422, "is not a Sender Signature"),
     ("mailgun", 404, "Domain not found: elsewhere.net")],
)  # fmt: skip
def test_a_sender_at_another_domain_is_refused(double, name, status, says):
    with pytest.raises(ServiceError) as error:
        send(double, name, sender=STRANGER)
    assert error.value.status == status
    assert says in error.value.why
    assert double.accepted == []


def test_brevos_sandbox_takes_any_sender_so_the_domain_is_asked_about(double):
    assert send(double, "brevo", sender=STRANGER)
    assert PROVIDERS["brevo"].checks_format_only
    assert known(double, "brevo", "elsewhere.net") is None
    assert known(double, "brevo", "pending.net").verified is False
    assert known(double, "brevo", "mail-club.net").verified is True


@pytest.mark.parametrize(
    ("name", "record"),
    [("resend", "TXT resend._domainkey.pending.net"), ("brevo", "TXT mail._domainkey.pending.net"),
     ("mailgun", "TXT pdk7._domainkey.pending.net")],
)  # fmt: skip
def test_the_provider_names_the_records_of_a_domain(double, name, record):
    found = known(double, name, "pending.net")
    assert not found.verified
    [key] = [each for each in found.records if each.selector]
    assert str(key) == f'{record} "{KEY_VALUE}"'
    assert known(double, name, "mail-club.net").verified
    assert known(double, name, "nobody-knows.net") is None


def test_a_key_that_may_only_send_reads_no_domain(double):
    double.sends_only = True
    with pytest.raises(ServiceError, match="refused"):
        known(double, "resend", "pending.net")
    assert send(double, "resend")


def test_a_message_is_sent_once_even_if_the_provider_fails(double, monkeypatch):
    monkeypatch.setattr(process, "pause", lambda seconds: None)
    double.failing = 503
    with pytest.raises(ServiceError) as error:
        send(double, "resend")
    assert (error.value.status, double.refused) == (503, 1)


def test_providers_are_known_by_their_backends():
    assert provider_of("anymail.backends.postmark.EmailBackend") is PROVIDERS["postmark"]
    assert provider_of("django.core.mail.backends.smtp.EmailBackend") is None
