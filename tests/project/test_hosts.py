"""Host names and origins, judged as Django and browsers do."""

from __future__ import annotations

import pytest

from wizard.project import hosts
from wizard.project.platform import RAILWAY


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("shop.example.com", True), (".example.com", True), ("xn--bcher-kva.example", True), ("", False), (" ", False),
        ("*", False), ("localhost", False), (".localhost", False), ("127.0.0.1", False), ("[::1]", False),
        ("203.0.113.9", False), ("db", False), ("shop.local", False),
    ],
)  # fmt: skip
def test_names_that_visitors_can_reach(host, public):
    assert hosts.is_public_name(host) is public


@pytest.mark.parametrize(
    ("origin", "problem"),
    [
        ("https://shop.example.com", ""),
        ("https://*.example.com", ""),
        ("https://shop.example.com:8443", ""),
        ("https://*", "trusts the sites of other people"),
        ("https://*.com", "trusts the sites of other people"),
        ("https://*.co.uk", "trusts the sites of other people"),
        ("https://*.railway.app", "trusts the sites of other people"),
        ("https://*.up.railway.app", "trusts the sites of other people"),
        ("https://*.pythonanywhere.com", "trusts the sites of other people"),
        ("https://*shop.example.com", "trusts the sites of other people"),
        ("http://shop.example.com", "does not start with https://"),
        ("shop.example.com", "does not start with https://"),
        ("", "does not start with https://"),
        ("https://", "is not a public name"),
        ("https://localhost:3000", "is not a public name"),
        ("https://203.0.113.9", "is not a public name"),
    ],
)
def test_origins_that_production_must_not_trust(origin, problem):
    assert hosts.origin_problem(origin) == problem


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("api.example.com", "www.example.com", True),
        ("example.com", "shop.example.com", True),
        ("shop.up.railway.app", "shop.vercel.app", False),
        ("api.up.railway.app", "web.up.railway.app", False),
        ("api.example.co.uk", "www.example.co.uk", True),
        ("api.example.co.uk", "www.other.co.uk", False),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_one_site_is_what_a_browser_sends_lax_cookies_to(first, second, same):
    assert hosts.same_site(first, second) is same


@pytest.mark.parametrize(
    ("host", "domain", "kept"),
    [
        ("api.example.com", ".example.com", True),
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "example.org", False),
        ("shop.up.railway.app", ".up.railway.app", False),
        ("badexample.com", "example.com", False),
    ],
)
def test_a_browser_keeps_only_cookies_of_the_own_domain(host, domain, kept):
    assert hosts.accepts_cookie_domain(host, domain) is kept


@pytest.mark.parametrize(
    ("allowed", "accepted"),
    [(["*"], True), ([".example.com"], True), (["Shop.Example.com"], True), (["example.com"], False), ([""], False)],
)
def test_hosts_are_accepted_by_djangos_rule(allowed, accepted):
    assert hosts.is_accepted("shop.example.com", allowed) is accepted


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ([""], RAILWAY.public_host),
        (["", " tea.example.com"], RAILWAY.public_host),
        (["", "tea.example.com"], "tea.example.com"),
        ([".railway.app", "127.0.0.1"], RAILWAY.public_host),
        (["127.0.0.1", ".railway.app"], RAILWAY.public_host),
    ],
)
def test_an_empty_string_is_no_host_and_the_order_does_not_matter(allowed, host):
    assert RAILWAY.accepted_host(allowed) == host
