"""One HTTP client for every service, with limits of time and size, retries, and readable errors.

A read is retried after a temporary error. A create is not: none of these services accepts an idempotency key. The
client waits when a service asks it to, up to a limit.
"""

from __future__ import annotations

import email.utils
import html
import io
import json
import random
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from wizard.base import process
from wizard.base.charsets import codec_of
from wizard.base.errors import ServiceError
from wizard.base.secrets import excerpt
from wizard.services import no_response

TIMEOUT = httpx.Timeout(30, connect=10)
TOTAL_TIMEOUT = 300.0
"""Seconds that a call may take, with all its retries."""
ATTEMPTS = 5
MAX_WAIT = 120.0
"""The longest wait, in seconds, that a service may ask for. A longer one is an error, with the time in its hint."""
TITLE = re.compile(r"<title[^<>]*>([^<]+)", re.IGNORECASE)
"""The title of an HTML page, which is what an error page of a proxy or a load balancer says."""
LARGEST = 20 * 1024 * 1024
READ = 40_000
"""Characters of a response that are read to show its beginning."""
TEMPORARY = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses of temporary errors. Source: RFC 9110, RFC 6585."""

INTERCEPTED = (
    "A proxy, or the login page of a network, may have answered instead. Open the service in a browser to check."
)


class ResponseTooLarge(Exception):
    """A response that is larger, or takes longer, than any valid one."""


def fetch(
    client: httpx.Client, method: str, url: str, *, seconds: float = TOTAL_TIMEOUT, **options: Any
) -> httpx.Response:
    """Send one request and read its response, up to a limit.

    Raises:
        ResponseTooLarge: it has more than LARGEST bytes when decompressed, or takes longer than *seconds*.
        httpx.HTTPError: as the client does.
    """
    deadline = time.monotonic() + seconds
    with client.stream(method, url, **options) as response:
        content = io.BytesIO()  # gives its bytes away without a copy
        for chunk in response.iter_raw() if method == "HEAD" else response.iter_bytes():
            content.write(chunk)
            if content.tell() > LARGEST:
                raise ResponseTooLarge(f"a response that is too large: more than {LARGEST >> 20} MB")
            if time.monotonic() > deadline:
                raise ResponseTooLarge(f"a response that takes longer than {seconds:.0f} s")
        # The content is decompressed and complete. The headers keep their order and their duplicates.
        kept = [(n, v) for n, v in response.headers.raw if n.lower() not in {b"content-encoding", b"transfer-encoding"}]
        complete = httpx.Response(
            response.status_code, headers=kept, content=content.getvalue(), request=response.request
        )
        complete.extensions = response.extensions
        if not codec_of(complete.charset_encoding or "utf-8"):
            complete.encoding = "utf-8"
    # httpx's response refers to its stream, and the stream to it: they would keep uploads until garbage is collected.
    response.stream = response.request.stream = httpx.ByteStream(b"")
    return complete


def without_authorities() -> ssl.SSLContext:
    """What a client of a plain HTTP server gets, since reading the usual certificate authorities takes 30 ms."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Client:
    """A client of the service *name* at *base_url*.

    *access_hint* is the hint for a refused request: which token is used, where to create it, the permissions it needs.
    *status_page* is the page that reports the service's outages.

    Proxies and certificate authorities come from the environment, as for other tools.
    """

    name: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    access_hint: str = "Check the token."
    status_page: str = ""
    on_line: Callable[[str], None] = lambda line: None
    direct: bool = False
    """Whether to bypass proxies, for a stub on this machine."""
    verify: ssl.SSLContext | bool = True
    _http: httpx.Client | None = field(default=None, repr=False)

    def http(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(
                timeout=TIMEOUT,
                headers=dict(self.headers),
                auth=self.auth,
                trust_env=not self.direct,
                verify=self._authorities(),
            )
        return self._http

    def _authorities(self) -> ssl.SSLContext | bool:
        """Those that the client trusts. They are read once, and not once more for each proxy."""
        if self.verify is not True:
            return self.verify
        if self.direct and self.base_url.startswith("http://"):
            return without_authorities()
        return httpx.create_ssl_context(trust_env=not self.direct)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def send(
        self, method: str, path: str, *, retry: bool | None = None, accept: frozenset[int] = frozenset(), **options: Any
    ) -> httpx.Response:
        """Send a request to *path* or to a URL, and return a response below 400 or with a status in *accept*.

        *retry*: whether to retry it after a temporary error. By default only reads are retried.

        Raises:
            ServiceError: the service refused, did not respond, or asks for a longer wait than MAX_WAIT.
        """
        url = self._address(path)
        repeat = method in {"GET", "HEAD"} if retry is None else retry
        deadline = time.monotonic() + TOTAL_TIMEOUT
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or not repeat or time.monotonic() > deadline
            backoff = 2.0**attempt * random.uniform(0.25, 0.5)  # noqa: S311 - not a secret
            try:
                response = self._once(method, url, options)
            except httpx.HTTPError as error:
                if last:
                    raise self._no_response(error, url) from error
                self._wait(backoff, "did not respond")
                continue
            # A request over the rate limit had no effect, so even a create can be sent again.
            if response.status_code == 429 and attempt < ATTEMPTS:
                self._wait_for_rate_limit(response, attempt)
            elif response.status_code not in TEMPORARY or last:
                return response if response.status_code in accept else self._checked(response)
            else:
                self._wait(_retry_after(response) or backoff, str(response.status_code))
        raise AssertionError("the last attempt returns or raises")

    def _address(self, path: str) -> str:
        """The full URL of *path*.

        Raises:
            ServiceError: it is on another host, which must not get the credentials.
        """
        if not path.startswith(("http://", "https://")):
            path = self.base_url + path
        try:
            url, base = httpx.URL(path), httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{self.name} sent an invalid URL", str(error), service=self.name) from error
        same_site = url.host == base.host or url.host.endswith(f".{base.host}")
        if base.host and not (same_site and (url.scheme, url.port) == (base.scheme, base.port)):
            raise ServiceError(
                f"{self.name} points to another host",
                url.host,
                "Golive does not send credentials to other hosts.",
                service=self.name,
            )
        return path

    def _once(self, method: str, url: str, options: Mapping[str, Any]) -> httpx.Response:
        try:
            with process.waiting():
                return fetch(self.http(), method, url, **options)
        except ResponseTooLarge as error:
            raise ServiceError(f"{self.name} sent {error}", "", service=self.name) from error

    def _wait_for_rate_limit(self, response: httpx.Response, attempt: int) -> None:
        seconds = _retry_after(response) or 2.0**attempt
        if seconds > MAX_WAIT:
            minutes = round(seconds / 60)
            raise ServiceError(
                f"{self.name} limits the rate of requests", quoted_answer(response),
                f"Run this again in about {minutes} minutes. Golive continues where it stopped.",
                service=self.name, status=429,
            )  # fmt: skip
        self._wait(seconds, "limits the rate of requests")

    def _wait(self, seconds: float, why: str) -> None:
        self.on_line(f"{self.name} {why}: retrying in {max(1, round(seconds))} s")
        process.pause(seconds)

    def _no_response(self, error: httpx.HTTPError, url: str) -> ServiceError:
        why, hint = no_response.explain(error, url, direct=self.direct)
        return ServiceError(f"{self.name} did not respond", why, hint, service=self.name)

    def _checked(self, response: httpx.Response) -> httpx.Response:
        status, why = response.status_code, quoted_answer(response)
        if status in {401, 403}:
            raise ServiceError(f"{self.name} refused the request", why, self.access_hint, service=self.name,
                               status=status)  # fmt: skip
        if response.is_redirect:
            raise ServiceError(f"{self.name} redirects to another address", f"HTTP {status}", INTERCEPTED,
                               service=self.name, status=status)  # fmt: skip
        if status >= 400:
            page = f" See {self.status_page} for outages." if self.status_page else ""
            hint = f"Run the task again in a few minutes.{page}" if status >= 500 or status == 429 else ""
            raise ServiceError(f"{self.name} refused the request" if status < 500 else f"{self.name} failed", why, hint,
                               service=self.name, status=status)  # fmt: skip
        return response

    def json(self, method: str, path: str, **options: Any) -> Any:
        """Send a request and return the JSON of its response; None if that is empty.

        Raises:
            ServiceError: the response is not JSON, or as `send` does.
        """
        response = self.send(method, path, **options)
        if not response.content:
            return None
        try:
            return response.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            kind = response.headers.get("content-type", "").partition(";")[0]
            what = f"{self.name} sent {kind or 'something else'} instead of JSON"
            if "json" in kind:
                what = f"{self.name} sent broken JSON"
            raise ServiceError(what, quoted_answer(response), INTERCEPTED, service=self.name,
                               status=response.status_code) from error  # fmt: skip


def quoted_answer(response: httpx.Response) -> str:
    """The status and the message of a response, as `HTTP 401: "Invalid token"`."""
    text = excerpt(error_text(response), 200).replace('"', "'").rstrip(".")
    return f'HTTP {response.status_code}: "{text}"' if text else f"HTTP {response.status_code}"


def readable(response: httpx.Response) -> str:
    """The beginning of a text, at most READ characters; the type and size of anything else."""
    kind = response.headers.get("content-type", "").lower()
    if not response.content or any(each in kind for each in ("text", "json", "xml", "html", "javascript")) or not kind:
        return response.content[: 4 * READ].decode(response.encoding or "utf-8", "replace")[:READ]
    return f"{kind.partition(';')[0]}, {len(response.content)} bytes"


def error_text(response: httpx.Response) -> str:
    """The message of an error response, from any of the usual fields."""
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        title = TITLE.search(response.text) if "html" in response.headers.get("content-type", "") else None
        text = html.unescape(title[1]) if title else response.text
        return text if title or "<" not in text[:20] else ""
    if isinstance(body, dict):
        error = body.get("error")
        parts = error if isinstance(error, dict) else body
        names = ("message", "Message", "detail", "description", "error", "code")
        body = next((parts[name] for name in names if parts.get(name)), parts)
    return ", ".join(map(str, body)) if isinstance(body, list) else str(body)


def _retry_after(response: httpx.Response) -> float:
    """Seconds to wait, from Retry-After (seconds or a date) or the end of the rate limit window; 0 if not given."""
    text = response.headers.get("retry-after", "")
    if text.replace(".", "", 1).isdigit():
        return max(float(text), 0.1)
    if text:
        try:
            return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.1)
        except ValueError:
            return 0.0
    reset = response.headers.get("x-ratelimit-reset") or response.headers.get("x-sentry-rate-limit-reset") or ""
    if reset.isdigit() and int(reset) > 1_000_000_000:
        return max(int(reset) - time.time(), 0.1)
    return 0.0


def required_value(record: Mapping[str, Any], *names: str, of: str) -> Any:
    """The value at the path *names* of a JSON response.

    Raises:
        ServiceError: the field is missing: the service may have a new version of its API.
    """
    found: Any = record
    for name in names:
        if not isinstance(found, Mapping) or found.get(name) is None:
            raise ServiceError(f"{of} sent no {'.'.join(names)}", "its response differs from its documentation",
                               "Check for a newer version of Golive.", service=of)  # fmt: skip
        found = found[name]
    return found
