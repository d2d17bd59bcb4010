"""Visit an address as MDN's HTTP Observatory does, and grade what it answers.

A visit makes three requests, each with its redirects: the address over HTTPS, the same over plain HTTP, and the request
by which a browser would ask for another origin. Only these addresses are contacted, and those that they redirect to.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from wizard import __version__
from wizard.base import process
from wizard.base.charsets import codec_of
from wizard.base.errors import NotGraded, UsageError
from wizard.services import header_grades
from wizard.services.cookie_grades import Jar
from wizard.services.no_response import causes_of

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MAX_REDIRECTS = 10
TIMEOUT = 9.0
"""Seconds without any byte of an answer. Source: MDN's retriever."""
TOTAL_TIMEOUT = 30.0
"""Seconds for one request with all its redirects."""
READ = 5 * 1024 * 1024
"""The number of bytes of a page that are read and graded. The rest is cut off."""
GRADED = {401, 403}
"""Statuses from 400 on whose answers MDN grades, too."""


@dataclass
class Session:
    """One request with its redirects. *error* says why there is no *page*."""

    jar: Jar = field(default_factory=Jar)
    route: list[httpx.URL] = field(default_factory=list)
    """The addresses that answered, in order."""
    page: httpx.Response | None = None
    text: str = ""
    cut: bool = False
    verified: bool = True
    """Whether every certificate on the way was valid."""
    error: str = ""


@dataclass(frozen=True)
class Graded:
    """The grades of an address: *grade* by MDN's rules, *six* by securityheaders.com's. *url* is the page's own."""

    url: str
    grade: header_grades.Grade
    six: tuple[str, list[str], list[str]]
    remarks: tuple[str, ...] = ()


def grade_address(text: str) -> Graded:
    """Visit the address *text* and grade it. Without a scheme, it is that of an HTTPS site.

    Raises:
        UsageError: *text* is no address of a website.
        NotGraded: there was no answer to grade.
    """
    asked, https_url, http_url = _addresses(text)
    http = _request(http_url)
    if asked == http_url and asked.port:
        https_url = next((url for url in http.route if (url.scheme, url.host) == ("https", asked.host)), https_url)
    https = _request(https_url)
    if https.page is None and "://" not in text and asked.port:  # the port may be that of plain HTTP
        http = _request(asked.copy_with(scheme="http"))
    session = https if https.page is not None else http
    page = _gradable(asked, session, https, http)
    visit = header_grades.Visit(
        https=https.page is not None, https_verified=https.verified,
        http=http.page is not None, http_verified=http.verified,
    )  # fmt: skip
    redirects = [str(url) for url in http.route[1:]]
    grade = header_grades.grade(
        page, host=asked.host, redirects=redirects, cors=_ask_as_other_origin(session), body=session.text,
        jar=session.jar, visit=visit,
    )  # fmt: skip
    remarks = tuple(_remarks(https, http, session))
    return Graded(str(session.route[-1]), grade, header_grades.six_headers(page), remarks)


def _gradable(asked: httpx.URL, session: Session, https: Session, http: Session) -> httpx.Response:
    """The page of *session*.

    Raises:
        NotGraded: there is none, or MDN does not grade it.
    """
    what, page = f"{asked} can't be graded", session.page
    if page is None:
        error = http.error if asked.scheme == "http" else https.error
        other = https.error if asked.scheme == "http" else http.error
        hint = "" if other == error else f" Over {'HTTPS' if asked.scheme == 'http' else 'plain HTTP'}: {other}."
        raise NotGraded(what, error, f"Check the address, and that this machine can reach it.{hint}")
    if page.has_redirect_location:
        why = f"it redirects more than {MAX_REDIRECTS} times, last to {session.route[-1]}"
        raise NotGraded(what, why, "Mend the redirects.")
    if page.status_code < 200 or (page.status_code >= 400 and page.status_code not in GRADED):
        why = f"{session.route[-1]} responds with {page.status_code}"
        raise NotGraded(what, why, "Give the address of a page that can be opened.")
    return page


def _addresses(text: str) -> tuple[httpx.URL, httpx.URL, httpx.URL]:
    """The address *text*, the same over HTTPS and the same over plain HTTP. A port counts for its own scheme.

    Raises:
        UsageError: it is no address of a website.
    """
    hint = "For example: golive grade https://shop.example.com"
    try:
        url = httpx.URL(text if "://" in text else f"https://{text}").copy_with(fragment=None, userinfo=b"")
    except httpx.InvalidURL as error:
        raise UsageError(f"Invalid address: {text!r}", str(error), hint) from error
    if url.scheme not in {"http", "https"}:
        raise UsageError(f"Invalid address: {text!r}", f"{url.scheme}: is not HTTP", hint)
    if not url.host or any(character.isspace() for character in text):
        raise UsageError(f"Invalid address: {text!r}", "it names no host", hint)
    url = url.copy_with(raw_path=url.raw_path)  # with the slash of the start page
    other = url.copy_with(scheme="http" if url.scheme == "https" else "https", port=None)
    return (url, url, other) if url.scheme == "https" else (url, other, url)


def _request(url: httpx.URL) -> Session:
    """Request *url* and follow its redirects. With an invalid certificate, request it again without a check."""
    session = Session()
    context: ssl.SSLContext | bool = True
    for _ in range(2):
        try:
            with _client(context) as client, process.waiting():
                _follow(client, url, session)
            return session
        except httpx.HTTPError as error:
            if context is True and any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes_of(error)):
                session = Session(verified=False)
                context = _unchecked()
                continue
            session.page, session.error = None, _reason(error)
            return session
        except (httpx.InvalidURL, ValueError) as error:
            session.page, session.error = None, f"it redirects to an invalid address ({error})"
            return session
    return session


def _client(verify: ssl.SSLContext | bool) -> httpx.Client:
    headers = {"Accept": ACCEPT, "User-Agent": f"golive/{__version__}"}
    return httpx.Client(headers=headers, timeout=TIMEOUT, verify=verify, follow_redirects=False)


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _follow(client: httpx.Client, url: httpx.URL, session: Session) -> None:
    deadline = time.monotonic() + TOTAL_TIMEOUT
    for _ in range(MAX_REDIRECTS + 1):
        with client.stream("GET", url) as response:
            session.route.append(url)
            session.jar.store(response.headers.get_list("set-cookie"), url)
            session.page = response
            location = response.headers.get("location", "")
            if not (response.has_redirect_location and location):
                session.text, session.cut = _read(response, deadline)
                return
        url = url.join(location).copy_with(fragment=None)
        if url.scheme not in {"http", "https"}:
            raise ValueError(location)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout(f"no answer in {TOTAL_TIMEOUT:.0f} s")


def _read(response: httpx.Response, deadline: float) -> tuple[str, bool]:
    """The text of the page, up to READ bytes, and whether that is not all."""
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > READ or time.monotonic() > deadline:
            break
    else:
        return _decode(response, bytes(content)), False
    return _decode(response, bytes(content[:READ])), True


def _decode(response: httpx.Response, content: bytes) -> str:
    return content.decode(codec_of(response.charset_encoding or "") or "utf-8", "replace")


def _ask_as_other_origin(session: Session) -> httpx.Response | None:
    """The response to a request from another origin, of which only the headers are read; None without one."""
    headers = {"Origin": header_grades.ORIGIN, "Access-Control-Request-Method": "GET"}
    try:
        with (
            process.waiting(),
            _client(True if session.verified else _unchecked()) as client,
            client.stream("OPTIONS", session.route[-1], headers=headers) as response,
        ):
            return response
    except httpx.HTTPError:
        return None


REASONS: Mapping[type[httpx.HTTPError], str] = {
    httpx.ConnectTimeout: "nothing answers there",
    httpx.TimeoutException: "it did not answer in time",
    httpx.RemoteProtocolError: "what answers there is not HTTP",
    httpx.ConnectError: "there is no connection",
    httpx.DecodingError: "the answer can't be decompressed",
}


def _reason(error: httpx.HTTPError) -> str:
    said = next((text for kind, text in REASONS.items() if isinstance(error, kind)), "the request failed")
    if any(isinstance(cause, ssl.SSLError) for cause in causes_of(error)):
        said = "there is no secure connection"
    detail = " ".join(str(error).split())
    return f"{said} ({detail})" if detail else said


def _remarks(https: Session, http: Session, session: Session) -> list[str]:
    remarks = []
    if https.page is None:
        remarks.append(f"no answer over HTTPS: {https.error}")
    elif not https.verified:
        remarks.append("the certificate is invalid, and the page was read without checking it")
    if http.page is None:
        remarks.append(f"no answer over plain HTTP: {http.error}")
    if session.cut:
        remarks.append(f"the page was cut after {READ >> 20} MB")
    return remarks
