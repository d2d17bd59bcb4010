"""A request without a response: the message of the system, whose fault it is, and what to check."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from wizard.services.no_response import explain

URL = "https://api.example.com/v3"
PROXY = "http://jane:a-secret-of-jane@proxy.example.com:8080"


def raised(error, cause=None):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "why", "hint"),
    [
        pytest.param(
            raised(httpx.ConnectError("[Errno -2] Name or service not known"), socket.gaierror(-2, "unknown")),
            'DNS knows no address of api.example.com: "[Errno -2] Name or service not known"',
            "`curl -I https://api.example.com`", id="DNS",
        ),
        pytest.param(
            raised(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), ssl.SSLError()),
            'the TLS connection to api.example.com failed: "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"',
            "SSL_CERT_FILE", id="certificate",
        ),
        pytest.param(httpx.ReadTimeout(""), "api.example.com timed out (ReadTimeout)", "curl", id="timeout"),
        pytest.param(
            httpx.ReadError("[Errno 104] Connection reset by peer"),
            'api.example.com ended the connection: "[Errno 104] Connection reset by peer"', "curl", id="reset",
        ),
        pytest.param(
            httpx.ConnectError("[Errno 111] Connection refused"),
            'api.example.com: "[Errno 111] Connection refused"', "curl", id="refused",
        ),
    ],
)  # fmt: skip
def test_the_reason_is_named_with_the_words_of_the_system(monkeypatch, error, why, hint):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert explain(error, URL, direct=True)[0] == why
    assert hint in explain(error, URL, direct=True)[1]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx.ProxyError("407 Proxy Authentication Required"), 'proxy.example.com:8080 refused: "407 Proxy'),
        (httpx.ConnectError("[Errno 111] Connection refused"), "the proxy proxy.example.com:8080 can't be reached"),
        (
            raised(httpx.ConnectError("[Errno -2] Name or service not known"), socket.gaierror(-2, "unknown")),
            "DNS knows no address of proxy.example.com:8080",
        ),
    ],
)
def test_a_proxy_is_named_without_its_password(monkeypatch, error, why):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.delenv("NO_PROXY", raising=False)
    found = explain(error, URL, direct=False)
    assert why in found[0] and "HTTPS_PROXY" in found[1]
    assert "a-secret-of-jane" not in " ".join(found)


def test_a_host_that_bypasses_the_proxy_is_not_blamed_on_it(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "api.example.com")
    assert "proxy" not in " ".join(explain(httpx.ConnectError("refused"), URL, direct=False))
