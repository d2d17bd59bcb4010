"""The headers of a response whose body never ends."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wizard.base.errors import SiteError
from wizard.site import session
from wizard.site.session import Site


class Endless(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/never/":
            self.server.over.wait()
            return
        self.send_response(200)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        try:
            while not self.server.over.wait(0.01):
                self.wfile.write(b"data: tea\n\n")
        except OSError:
            pass  # the client has what it wants

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    server.over = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    with Site(server.server_address[1], "shop.example") as found:
        yield found
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_only_the_headers_of_a_page_that_never_ends_are_read(site):
    assert site.peek("/events/", "192.0.2.7").headers["x-content-type-options"] == "nosniff"


def test_a_page_that_never_begins_is_an_error(site, monkeypatch):
    monkeypatch.setattr(session, "PEEK", 0.2)
    with pytest.raises(SiteError, match="GET /never/ got no response"):
        site.peek("/never/", "192.0.2.7")
