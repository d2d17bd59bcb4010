"""Addresses that are none, and redirects to them, are errors of the site for whoever asks, in whichever way."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wizard.base.errors import SiteError
from wizard.site.session import Site


@pytest.fixture(scope="module")
def port():
    """A server whose `/lost` redirects to an invalid address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/?"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("javascript:go()", "redirects to an invalid address: For absolute URLs"),
        ("http://[::1", "got no response: RemoteProtocolError: Invalid URL in location header"),
    ],
)
def test_a_redirect_to_an_invalid_address_is_told(port, location, why):
    with Site(port, "shop.example") as site:
        with pytest.raises(SiteError) as got:
            site.get(f"/?{location}")
        with pytest.raises(SiteError) as peeked:
            site.peek(f"/?{location}", "192.0.2.1")
    assert why in str(got.value)
    assert str(peeked.value) == str(got.value)


def test_an_address_that_is_none_is_told(port):
    with Site(port, "shop.example") as site, pytest.raises(SiteError, match=r"GET alert\(1\) has no valid address"):
        site.get("alert(1)")
