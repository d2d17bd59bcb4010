"""`golive grade` as a user runs it, on servers of this machine."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from wizard.cli.command_table import GRADES
from wizard.cli.main import main
from wizard.services import header_grades
from wizard.site import graded_visit

GOOD = {
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Content-Type": "text/html",
}
NO_ANSWER = 6


class Pages(BaseHTTPRequestHandler):
    """Answers by the path: a status, headers and a body."""

    def do_GET(self):
        self.server.asked.append(f"{self.command} {self.path}")
        status, headers, body = self.server.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            for each in value if isinstance(value, list) else [value]:
                self.send_header(name, each.replace("{origin}", self.headers.get("Origin", "")))
        self.end_headers()
        try:
            for part in [body] if isinstance(body, bytes) else body:
                self.wfile.write(part)
        except OSError:
            self.server.stopped = True

    def do_OPTIONS(self):
        self.do_GET()

    def log_message(self, *_):
        pass


@contextmanager
def serving(pages, context=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.pages, server.asked, server.stopped = pages, [], False
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority):
    """A server over HTTPS, with the certificate of *authority*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving({}, context) as server:
        yield server


@pytest.fixture(scope="module")
def plain():
    with serving({}) as server:
        yield server


@pytest.fixture
def site(secure, plain, authority, tmp_path, monkeypatch):
    """Both servers as one site, outside a project. Its plain address redirects to the secure one."""
    certificate = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    secure.pages, plain.pages, plain.asked, secure.asked = {}, {}, [], []
    return Site(secure, plain)


class Site:
    def __init__(self, secure, plain):
        self.secure, self.plain = secure, plain
        self.https = f"https://127.0.0.1:{secure.server_address[1]}"
        self.http = f"http://127.0.0.1:{plain.server_address[1]}"

    def show(self, headers, body=b"<html></html>", path="/"):
        self.plain.pages[path] = 301, {"Location": self.https + path}, b""
        self.secure.pages[path] = 200, headers, body


def grade(capsys, *arguments):
    code = main(["grade", *arguments])
    shown = capsys.readouterr()
    assert shown.err.count("\n") <= 1
    return code, shown.out or shown.err


def test_a_good_site_gets_its_grade_in_one_line(site, capsys, tmp_path):
    site.show(GOOD)
    code, shown = grade(capsys, site.http)
    assert code == 0
    assert shown.startswith(f"{site.https}/: A+ with 120 points (MDN HTTP Observatory, algorithm version 6), A+ by ")
    assert shown.count("\n") == 1
    assert site.plain.asked == ["GET /"]
    assert site.secure.asked == ["GET /", "GET /", "OPTIONS /"]
    assert [path.name for path in tmp_path.iterdir()] == ["authority.pem"]


def test_what_costs_points_is_listed_with_its_task_the_worst_first(site, capsys):
    cookie = "sessionid=1; Secure; SameSite=Lax"
    site.show({**GOOD, "X-Frame-Options": "ALLOWALL", "Content-Security-Policy": "script-src *", "Set-Cookie": cookie})
    code, shown = grade(capsys, site.http, "--least", "D")
    first, *rest = shown.splitlines()
    assert "D with 30 points" in first
    assert rest == [
        "  -30 cookies: expected Secure on every cookie, HttpOnly on session cookies, SameSite on CSRF cookies, found "
        "a session cookie without HttpOnly (sessionid) (task 3, Add Security Headers)",
        "  -20 content-security-policy: expected a policy without 'unsafe-inline', 'unsafe-eval', data:, http: and "
        "sources for every host, found * in scripts or objects (task 20, Security Testing)",
        "  -20 x-frame-options: expected DENY, SAMEORIGIN, or frame-ancestors in the CSP, found invalid: ALLOWALL "
        "(task 3, Add Security Headers)",
    ]
    assert code == 0


def test_a_grade_below_the_wanted_one_is_exit_code_1(site, capsys):
    site.show({**GOOD, "Content-Security-Policy": "script-src *"})
    assert grade(capsys, site.http, "--least", "A")[0] == 1
    assert grade(capsys, site.http, "--least", "B+")[0] == 0


def test_json_has_every_test(site, capsys):
    del (headers := dict(GOOD))["Permissions-Policy"]
    site.show(headers)
    code, shown = grade(capsys, "--json", site.http)
    record = json.loads(shown)
    assert code == 0
    assert (record["grade"], record["score"], record["url"]) == ("A+", 120, f"{site.https}/")
    assert record["six_headers"] == {"grade": "B or less", "missing": ["Permissions-Policy"], "warnings": []}
    assert {test["name"] for test in record["tests"]} == header_grades.FIXES.keys()
    assert all(test["expected"] and test["found"] and test["task"] for test in record["tests"])


def test_missing_headers_name_their_task(site, capsys):
    del (headers := dict(GOOD))["Permissions-Policy"]
    site.show(headers)
    assert "  missing header: Permissions-Policy (task 20, Security Testing)" in grade(capsys, site.http)[1]


def test_cookies_of_every_redirect_count(site, capsys):
    site.show(GOOD, path="/home")
    site.secure.pages["/"] = 302, {"Location": "home", "Set-Cookie": "login=1; Secure"}, b""
    site.plain.pages["/"] = 301, {"Location": site.https + "/"}, b""
    assert "-30 cookies" in grade(capsys, site.http)[1]


def test_credentials_for_every_origin_are_found(site, capsys):
    site.show({**GOOD, "Access-Control-Allow-Origin": "{origin}", "Access-Control-Allow-Credentials": "true"})
    assert "-50 cross-origin-resource-sharing" in grade(capsys, site.http)[1]


def test_a_site_without_https_is_graded_by_its_plain_page(site, capsys):
    site.plain.pages["/x"] = 200, GOOD, b""
    code, shown = grade(capsys, f"{site.http}/x")
    assert code == 0
    assert "-20 redirection" in shown and "-20 strict-transport-security" in shown
    assert "note: no answer over HTTPS: there is no connection" in shown


def test_a_port_without_a_scheme_may_be_that_of_plain_http(site, capsys):
    site.plain.pages["/"] = 200, GOOD, b""
    code, shown = grade(capsys, site.http.removeprefix("http://"))
    assert code == 0
    assert shown.startswith(f"{site.http}/: ")


def test_a_server_without_tls_at_an_https_address_is_an_error(site, capsys):
    code, shown = grade(capsys, site.http.replace("http:", "https:"))
    assert code == NO_ANSWER
    assert "there is no secure connection (" in shown


def test_an_invalid_certificate_costs_points(site, capsys, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    site.show(GOOD)
    code, shown = grade(capsys, site.http)
    assert code == 0
    assert "found the certificate is invalid" in shown
    assert "note: the certificate is invalid, and the page was read without checking it" in shown


def test_a_page_of_50_mb_is_cut(site, capsys):
    site.secure.stopped = False
    site.show(GOOD, (b" " * 1_000_000 for _ in range(50)))
    code, shown = grade(capsys, site.http)
    assert code == 0
    assert "note: the page was cut after 5 MB" in shown


def test_a_loop_of_redirects_is_an_error(site, capsys):
    site.show({}, path="/loop")
    site.secure.pages["/loop"] = 302, {"Location": "/loop"}, b""
    code, shown = grade(capsys, f"{site.http}/loop")
    assert code == NO_ANSWER
    assert shown.startswith(
        f"golive: {site.http}/loop can't be graded: it redirects more than 10 times, last to {site.https}"
    )


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_page_is_not_graded(site, capsys, status):
    site.show(GOOD)
    site.secure.pages["/"] = status, GOOD, b""
    code, shown = grade(capsys, site.http)
    assert code == NO_ANSWER
    assert f"{site.https}/ responds with {status}." in shown


def test_nothing_that_answers_is_an_error(site, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{free.getsockname()[1]}"
        code, shown = grade(capsys, address)
    assert code == NO_ANSWER
    assert shown.startswith(f"golive: {address}/ can't be graded: there is no connection (")


def test_an_answer_that_is_not_http_is_an_error(site, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        code, shown = grade(capsys, f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert code == NO_ANSWER
    assert "what answers there is not HTTP (" in shown


def test_a_server_that_never_answers_is_an_error(site, capsys, monkeypatch):
    monkeypatch.setattr(graded_visit, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        code, shown = grade(capsys, f"http://127.0.0.1:{server.getsockname()[1]}")
    assert code == NO_ANSWER
    assert "it did not answer in time" in shown


@pytest.mark.parametrize(
    ("address", "why"),
    [("ftp://a.example", "ftp: is not HTTP"), ("https://", "it names no host"), ("http://[::1", "Invalid port")],
)
def test_an_invalid_address_is_wrong_usage(capsys, address, why):
    code, shown = grade(capsys, address)
    assert code == 2
    assert f"golive: Invalid address: {address!r}: {why}" in shown
    assert "For example: golive grade https://" in shown


def test_the_grades_to_choose_from_are_those_of_the_scale():
    assert GRADES == header_grades.LETTERS
