"""SPF, DKIM and DMARC, looked up at a name server on loopback."""

from __future__ import annotations

import pytest
from doubles.name_server import NameServer
from doubles.serving import EventLoop

from wizard.services import sender_records
from wizard.services.domain_records import WantedRecord
from wizard.services.mail_providers import PROVIDERS
from wizard.services.sender_records import LookUpError, checks, texts_of

KEY = "v=DKIM1; k=rsa; p=" + "MIGf" * 90
"""Longer than 255 bytes, as a key of 2,048 bits is: its record has several strings."""
RESEND = {
    "send.mail-club.net": ["v=spf1 include:amazonses.com ~all"],
    "resend._domainkey.mail-club.net": [KEY],
    "_dmarc.mail-club.net": ["v=DMARC1; p=none;"],
    "mail-club.net": ["google-site-verification=x"],
}


@pytest.fixture
def server():
    loop, made = EventLoop(), NameServer(dict(RESEND))
    loop.run(made.start())
    yield made
    loop.run(made.stop())
    loop.close()


def found(server, provider="resend", domain="mail-club.net", **more):
    chosen = PROVIDERS.get(provider)
    return {each.name: each for each in checks(domain, chosen, texts_of(server.resolver()), **more)}


def wrong(server, **more):
    return {name: each.add for name, each in found(server, **more).items() if not each.holds}


def test_a_domain_with_all_three_records_is_right(server):
    assert wrong(server) == {}
    assert found(server)["DKIM"].found == "resend._domainkey has a key"


def test_a_domain_without_records_gets_the_exact_ones(server):
    assert wrong(server, domain="new-club.net") == {
        "SPF": 'TXT send.new-club.net "v=spf1 include:amazonses.com ~all"',
        "DKIM": "the record that Resend shows for resend._domainkey.new-club.net",
        "DMARC": 'TXT _dmarc.new-club.net "v=DMARC1; p=none"',
    }


def test_the_key_that_the_provider_shows_is_named(server):
    shown = (
        WantedRecord("TXT", "send.new-club.net", "v=spf1 include:amazonses.com ~all"),
        WantedRecord("TXT", "own._domainkey.new-club.net", "p=abc"),
    )
    assert wrong(server, domain="new-club.net", wanted=shown)["DKIM"] == 'TXT own._domainkey.new-club.net "p=abc"'
    server.records["own._domainkey.new-club.net"] = ["p=abc"]
    assert "DKIM" not in wrong(server, domain="new-club.net", wanted=shown)


def test_another_sender_in_the_spf_record_stays_in_the_new_one(server):
    server.records["mail-club.net"] = ["v=spf1 include:_spf.google.com -all"]
    assert wrong(server, provider="mailgun")["SPF"] == (
        'TXT mail-club.net "v=spf1 include:mailgun.org include:_spf.google.com -all" in place of it'
    )
    server.records["mail-club.net"] = ["v=spf1 include:mailgun.org include:_spf.google.com -all"]
    assert "SPF" not in wrong(server, provider="mailgun")


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["v=spf1 include:amazonses.com ~all", "v=spf1 -all"], "has 2 SPF records"),
        (["v=spf1 include:amazonses.com +all"], "lets everybody send"),
        (["v=spf10 include:amazonses.com ~all"], "has none"),
    ],
)
def test_an_invalid_spf_record_is_described(server, texts, says):
    server.records["send.mail-club.net"] = texts
    assert says in found(server)["SPF"].found
    assert not found(server)["SPF"].holds


def test_an_alias_of_the_providers_name_is_followed(server):
    assert wrong(server, provider="postmark")["SPF"] == "CNAME pm-bounces.mail-club.net pm.mtasv.net"
    server.records |= {
        "pm-bounces.mail-club.net": ["CNAME pm.mtasv.net"],
        "pm.mtasv.net": ["v=spf1 a ip4:50.31.156.96/27 ~all"],
    }
    assert "SPF" not in wrong(server, provider="postmark")


def test_a_key_whose_name_nobody_knows_is_asked_for(server):
    assert "mail.dkim" in wrong(server, provider="postmark")["DKIM"]
    server.records["20260101pm._domainkey.mail-club.net"] = [KEY]
    assert "DKIM" not in wrong(server, provider="postmark", selectors=("20260101pm",))


def test_a_revoked_key_is_no_key(server):
    server.records["resend._domainkey.mail-club.net"] = ["v=DKIM1; p="]
    assert "revoked" in found(server)["DKIM"].found
    assert not found(server)["DKIM"].holds


def test_the_policy_of_the_parent_domain_counts_for_a_subdomain(server):
    server.records |= {"send.news.mail-club.net": ["v=spf1 include:amazonses.com ~all"]}
    assert "DMARC" not in wrong(server, domain="news.mail-club.net")
    assert "_dmarc.net" not in server.asked


@pytest.mark.parametrize("text", ["v=DMARC1; p=maybe", "v=DMARC1"])
def test_a_record_without_a_valid_policy_is_none(server, text):
    server.records["_dmarc.mail-club.net"] = [text]
    assert wrong(server)["DMARC"] == 'TXT _dmarc.mail-club.net "v=DMARC1; p=none"'


def test_a_name_server_that_fails_says_nothing_about_the_records(server, monkeypatch):
    server.failing = True
    monkeypatch.setattr(sender_records, "SECONDS", 0.5)
    with pytest.raises(LookUpError):
        found(server)
