"""Evidence from a mail provider and from name servers: only at a real target, and never on a guess."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from doubles.mail_providers import MailProviders
from doubles.name_server import NameServer
from doubles.serving import EventLoop

from steps.shared import mail_sending
from tests.steps.deployed import make_sandbox
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import NO_VALUE
from wizard.checklist.loader import load
from wizard.engine.missing_values import missing_variable
from wizard.project.mail import MailWay
from wizard.project.platform import RAILWAY
from wizard.services.http import Client
from wizard.services.mail_providers import PROVIDERS
from wizard.services.sender_records import texts_of

RECORDS = {
    "send.mail-club.net": ["v=spf1 include:amazonses.com ~all"],
    "resend._domainkey.mail-club.net": ["p=abc"],
    "_dmarc.mail-club.net": ["v=DMARC1; p=none"],
}


@pytest.fixture
def outside(monkeypatch):
    """The providers and a name server on loopback."""
    loop, providers, server = EventLoop(), MailProviders(), NameServer(dict(RECORDS))
    for part in (providers, server):
        loop.run(part.start())
    monkeypatch.setattr(mail_sending, "LOOK_UP", lambda: texts_of(server.resolver()))
    yield SimpleNamespace(providers=providers, server=server)
    for part in (providers, server):
        loop.run(part.stop())
    loop.close()


def seen(
    outside,
    *,
    name="resend",
    sender="noreply@mail-club.net",
    real=True,
    may_write=True,
    key=None,
    values=None,
    backend="",
    **answers,
):
    """The evidence for 25.6 and 25.7 of a site that sends through the provider *name*."""
    providers, provider = outside.providers, PROVIDERS[name]
    values = values or dict.fromkeys(provider.variables, providers.key if key is None else key)

    def mail_client(asked):
        assert real, "a rehearsal must not reach a provider"
        return Client(provider.title, providers.url(asked), direct=True)

    project = SimpleNamespace(
        platform=RAILWAY, value={"DEFAULT_FROM_EMAIL": sender}.get, service_values=lambda: values,
        origin=lambda name: "settings.py:9",
    )  # fmt: skip
    sandbox = make_sandbox(real=real, may_write=may_write, mail_client=mail_client)
    sandbox.checklist = load()
    found = mail_sending.evidence(project, sandbox, MailWay(backend or provider.backend), Answers(dict(answers)))
    return {each.item: each for each in found}


@pytest.mark.parametrize("name", ["resend", "postmark", "brevo", "mailgun"])
def test_an_accepted_message_is_evidence(outside, name):
    found = seen(outside, name=name)["25.6"]
    assert (found.status.value, outside.providers.accepted) == ("done", ["noreply@mail-club.net"])
    assert outside.providers.key not in repr(found)


@pytest.mark.parametrize("name", ["resend", "postmark", "brevo", "mailgun"])
def test_a_domain_that_the_provider_does_not_know_fails(outside, name):
    found = seen(outside, name=name, sender="noreply@elsewhere.net")["25.6"]
    assert (found.status.value, found.where) == ("failed", "settings.py:9")
    assert "elsewhere.net" in found.showed


def test_a_wrong_key_fails(outside):
    found = seen(outside, key="key-of-another-account")["25.6"]
    assert found.status.value == "failed"
    assert "API key is invalid" in found.showed


def test_a_provider_that_is_down_says_nothing(outside):
    outside.providers.failing = 500
    assert seen(outside)["25.6"].kind == "undecided"


def test_without_a_key_the_item_waits_for_its_variable_and_names_the_sign_up(outside):
    found = seen(outside, key="")["25.6"]
    assert missing_variable(found) == "RESEND_API_KEY"
    assert found.showed.startswith(NO_VALUE)
    assert "https://resend.com/signup" in found.showed


@pytest.mark.parametrize("options", [{"real": False}, {"may_write": False}])
def test_nothing_is_sent_in_a_rehearsal_or_by_a_check(outside, options):
    found = seen(outside, **options)["25.6"]
    assert (found.kind, outside.providers.accepted) == ("undecided", [])


@pytest.mark.parametrize("backend", ["", "django_ses.SESBackend"])
@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, None),
        ({"MAIL_ACCESS_KEY_ID": "a", "MAIL_SECRET_ACCESS_KEY": ""}, "AWS_SES_SECRET_ACCESS_KEY"),
        ({"AWS_SES_ACCESS_KEY_ID": "a", "AWS_SES_SECRET_ACCESS_KEY": "b"}, "AWS_SES_REGION"),
    ],
)
def test_amazon_gets_its_key_by_any_usual_name(outside, values, missing, backend):
    found = seen(outside, name="amazon_ses", may_write=False, values=values, backend=backend)["25.6"]
    assert (missing_variable(found) if missing else "") == (missing or "")
    assert found.showed.startswith(NO_VALUE if missing else "this check sends no mail")


def test_a_provider_of_which_golive_knows_no_api_gets_a_message_only_to_an_address_of_the_user(outside):
    found = seen(outside, backend="sendgrid_backend.SendgridBackend")["25.6"]
    assert (found.status.value, found.kind) == ("open", "note")
    assert "Answer mail.test with an address of yours" in found.showed


def test_published_records_are_evidence(outside):
    assert seen(outside)["25.7"].status.value == "done"


def test_missing_records_are_named_with_the_key_that_the_provider_shows(outside):
    found = seen(outside, sender="noreply@pending.net")["25.7"]
    assert found.status.value == "failed"
    for record in (
        'TXT send.pending.net "v=spf1 include:amazonses.com ~all"',
        'TXT resend._domainkey.pending.net "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB"',
        'TXT _dmarc.pending.net "v=DMARC1; p=none"',
    ):
        assert record in found.showed


def test_a_key_that_may_only_send_does_not_end_the_look_up(outside):
    outside.providers.sends_only = True
    assert "shows for resend._domainkey.pending.net" in seen(outside, sender="noreply@pending.net")["25.7"].showed


def test_the_selector_of_the_answer_is_looked_up(outside):
    outside.server.records |= {"x1._domainkey.mail-club.net": ["p=abc"], "pm-bounces.mail-club.net": ["v=spf1 ~all"]}
    assert seen(outside, name="postmark")["25.7"].status.value == "failed"
    assert seen(outside, name="postmark", **{"mail.dkim": "x1"})["25.7"].status.value == "done"


@pytest.mark.parametrize(
    ("sender", "says"),
    [
        ("noreply@shop.up.railway.app", "Set DEFAULT_FROM_EMAIL to an address at a domain of your own"),
        ("webmaster@localhost", "which is no domain of the site"),
    ],
)
def test_a_sender_without_a_domain_of_its_own_waits(outside, sender, says):
    found = seen(outside, sender=sender)["25.7"]
    assert (found.status.value, found.kind) == ("open", "note")
    assert says in found.showed
    assert outside.server.asked == []


def test_a_rehearsal_asks_no_name_server(outside):
    assert seen(outside, real=False)["25.7"].kind == "undecided"
    assert outside.server.asked == []


def test_name_servers_that_fail_say_nothing(outside, monkeypatch):
    outside.server.failing = True
    monkeypatch.setattr("wizard.services.sender_records.SECONDS", 0.5)
    assert seen(outside)["25.7"].kind == "undecided"
