"""One HTTP client for every service: limits of time and size, waits that are told, and errors in plain words.

A read is repeated on what passes by itself; a create never is, since no service here takes a key that would make it
safe. A service that asks for patience gets it, up to a limit.
"""

from __future__ import annotations

import email.utils
import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from wizard.base import process
from wizard.base.errors import ServiceError
from wizard.base.secrets import redact

TIMEOUT = httpx.Timeout(30, connect=10)
WHOLE = 300.0
"""Seconds a call may take with all its repetitions."""
ATTEMPTS = 5
PATIENCE = 120.0
"""Seconds a service may ask to wait; whoever wants more is told to the person instead."""
LARGEST = 20 * 1024 * 1024
PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that pass by themselves. Source: RFC 9110, RFC 6585."""


class ResponseTooLarge(Exception):
    """An answer that is larger, or takes longer, than any that makes sense."""


def fetch(client: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
    """One answer, read as it comes and only so far.

    Raises:
        TooMuch: it has more than LARGEST bytes, unpacked, or goes on after WHOLE seconds.
        httpx.HTTPError: as the client does.
    """
    deadline = time.monotonic() + WHOLE
    with client.stream(method, url, **more) as answer:
        content = bytearray()
        for chunk in answer.iter_raw() if method == "HEAD" else answer.iter_bytes():
            content += chunk
            if len(content) > LARGEST:
                raise ResponseTooLarge(f"more than {LARGEST >> 20} MB")
            if time.monotonic() > deadline:
                raise ResponseTooLarge(f"something that goes on after {WHOLE:.0f} s")
        # Unpacked by now, and in one piece; the headers keep their order and their repetitions.
        kept = [(n, v) for n, v in answer.headers.multi_items() if n not in {"content-encoding", "transfer-encoding"}]
        made = httpx.Response(answer.status_code, headers=kept, content=bytes(content), request=answer.request)
        made.extensions = answer.extensions
        return made


@dataclass
class Client:
    """A client of *name* at *base_url*; *access_hint* says which token it needs, where to make it and what it allows.

    Proxies and certificate authorities come from the environment, as every tool of the machine takes them.
    """

    name: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    access_hint: str = "Check the token."
    on_line: Callable[[str], None] = lambda line: None
    direct: bool = False
    """Whether proxies are left aside: for a stand-in on this machine."""
    verify: ssl.SSLContext | bool = True
    _http: httpx.Client | None = field(default=None, repr=False)

    def http(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(
                timeout=TIMEOUT,
                headers=dict(self.headers),
                auth=self.auth,
                trust_env=not self.direct,
                verify=self.verify,
            )
        return self._http

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def send(
        self, method: str, path: str, *, retry: bool | None = None, accept: frozenset[int] = frozenset(), **more: Any
    ) -> httpx.Response:
        """One answer to *path*, or to a whole URL, below 400 or of the statuses to *accept*.

        *retry*: whether it may be repeated, by default what only reads.

        Raises:
            ServiceError: the service refused, gave no answer, or asks for more patience than there is.
        """
        url = self._address(path)
        repeat = method in {"GET", "HEAD"} if retry is None else retry
        deadline = time.monotonic() + WHOLE
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or not repeat or time.monotonic() > deadline
            try:
                answer = self._once(method, url, more)
            except httpx.HTTPError as error:
                if last:
                    raise self._silent(error) from error
                self._wait(2.0**attempt * random.uniform(0.25, 0.5), "gave no answer")  # noqa: S311 - no secret
                continue
            # A service that was asked too often has done nothing: even a create may be sent again.
            if answer.status_code == 429 and attempt < ATTEMPTS:
                self._be_patient(answer, attempt)
            elif answer.status_code not in PASSING or last:
                return answer if answer.status_code in accept else self._accepted(answer)
            else:
                self._wait(_asked_for(answer) or 2.0**attempt * random.uniform(0.25, 0.5), str(answer.status_code))  # noqa: S311
        raise AssertionError("the last attempt returns or raises")

    def _address(self, path: str) -> str:
        """The whole URL of *path*.

        Raises:
            ServiceError: it leads to another host: the credentials are for this service alone.
        """
        if not path.startswith(("http://", "https://")):
            path = self.base_url + path
        try:
            there, here = httpx.URL(path), httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{self.name} named an address that is none", str(error), service=self.name) from error
        same_site = there.host == here.host or there.host.endswith(f".{here.host}")
        if here.host and not (same_site and (there.scheme, there.port) == (here.scheme, here.port)):
            raise ServiceError(
                f"{self.name} points to another host", there.host, "Golive sends it no credentials.", service=self.name
            )
        return path

    def _once(self, method: str, url: str, more: Mapping[str, Any]) -> httpx.Response:
        try:
            with process.waiting():
                return fetch(self.http(), method, url, **more)
        except ResponseTooLarge as error:
            raise ServiceError(f"{self.name} answered with {error}", "", service=self.name) from error

    def _be_patient(self, answer: httpx.Response, attempt: int) -> None:
        seconds = _asked_for(answer) or 2.0**attempt
        if seconds > PATIENCE:
            minutes = round(seconds / 60)
            raise ServiceError(
                f"{self.name} limits how often it may be asked", "HTTP 429",
                f"Run it again in about {minutes} minutes; what is done stays done.", service=self.name, status=429,
            )  # fmt: skip
        self._wait(seconds, "limits how often it may be asked")

    def _wait(self, seconds: float, why: str) -> None:
        self.on_line(f"{self.name} {why}: once more in {max(1, round(seconds))} s")
        process.pause(seconds)

    def _silent(self, error: httpx.HTTPError) -> ServiceError:
        kind = type(error).__name__
        host = httpx.URL(self.base_url).host
        hint = f"Check the network, and HTTPS_PROXY where there is one: can this machine reach {host}?"
        return ServiceError(f"{self.name} gave no answer", redact(f"{kind}: {error}"), hint, service=self.name)

    def _accepted(self, answer: httpx.Response) -> httpx.Response:
        status, why = answer.status_code, redact(error_text(answer))
        if status in {401, 403}:
            raise ServiceError(f"{self.name} refused the request", f"{status} {why}".strip(), self.access_hint,
                               service=self.name, status=status)  # fmt: skip
        if answer.is_redirect:
            hint = "Something between this machine and it answers instead: a login page of a network, or a proxy."
            raise ServiceError(f"{self.name} redirects elsewhere", f"HTTP {status}", hint,
                               service=self.name, status=status)  # fmt: skip
        if status >= 400:
            hint = "Try again later." if status >= 500 else ""
            raise ServiceError(f"{self.name} answered {status}", why, hint, service=self.name, status=status)
        return answer

    def json(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer; None for an empty one.

        Raises:
            ServiceError: it is a page, or no JSON.
        """
        answer = self.send(method, path, **more)
        if not answer.content:
            return None
        try:
            return answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            hint = "Something between this machine and it answers instead: a login page of a network, or a proxy."
            raise ServiceError(f"{self.name} sent no data but {answer.headers.get('content-type', 'something else')}",
                               "", hint, service=self.name, status=answer.status_code) from error  # fmt: skip


def error_text(answer: httpx.Response) -> str:
    """What an error's answer says for itself, in whichever of the usual places; short."""
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return "" if "html" in answer.headers.get("content-type", "") else answer.text.strip()[:200]
    if isinstance(body, dict):
        error = body.get("error")
        parts = error if isinstance(error, dict) else body
        body = next((parts[name] for name in ("message", "detail", "description", "error", "code") if parts.get(name)),
                    parts)  # fmt: skip
    return (", ".join(map(str, body)) if isinstance(body, list) else str(body))[:200]


def _asked_for(answer: httpx.Response) -> float:
    """Seconds the service asks to wait: Retry-After as seconds or a date, or when its window ends; 0 for nothing."""
    text = answer.headers.get("retry-after", "")
    if text.replace(".", "", 1).isdigit():
        return max(float(text), 0.1)
    if text:
        try:
            return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.1)
        except ValueError:
            return 0.0
    reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("x-sentry-rate-limit-reset") or ""
    if reset.isdigit() and int(reset) > 1_000_000_000:
        return max(int(reset) - time.time(), 0.1)
    return 0.0


def required_value(record: Mapping[str, Any], *names: str, of: str) -> Any:
    """The value at the path *names* of an answer.

    Raises:
        ServiceError: it isn't there; names the field, since the service then speaks another version.
    """
    found: Any = record
    for name in names:
        if not isinstance(found, Mapping) or found.get(name) is None:
            raise ServiceError(f"{of} left out {'.'.join(names)}", "its answer has another form than its documentation",
                               "Is there a newer Golive?", service=of)  # fmt: skip
        found = found[name]
    return found
