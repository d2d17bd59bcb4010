"""Certificate authorities are read once for each site and service, and not at all for plain HTTP on this machine."""

from __future__ import annotations

import ssl

import httpx
import pytest

from wizard.services.http import Client
from wizard.site.session import Site


@pytest.fixture
def contexts(monkeypatch):
    """The contexts with authorities that are made. All requests go through proxies, which have clients of their own."""
    made, make = [], ssl.create_default_context

    def count(*arguments, **options):
        made.append(arguments or options)
        return make(*arguments, **options)

    monkeypatch.setattr(ssl, "create_default_context", count)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return made


def test_a_site_reads_the_authorities_once_for_all_requests(contexts):
    with Site(443, "shop.example", public=True) as site:
        assert site._client("192.0.2.1") is site._client("192.0.2.2")
    assert len(contexts) == 1


def test_a_service_reads_the_authorities_once(contexts):
    client = Client("Sentry", "https://sentry.example")
    assert client.http() is client.http()
    client.close()
    assert len(contexts) == 1


def test_plain_http_on_this_machine_needs_no_authorities(contexts):
    client = Client("A stub", "http://127.0.0.1:9", direct=True)
    with Site(9, "shop.example") as site:
        assert isinstance(site._client("192.0.2.1"), httpx.Client)
        client.http()
    client.close()
    assert contexts == []
