"""One visitor of a site: a browser and an API client with its own address, cookies and token, that records requests."""

from __future__ import annotations

import json as json_module
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from wizard.base.errors import SiteError
from wizard.base.secrets import excerpt, redact, remember
from wizard.journeys import graphql
from wizard.journeys.addresses import require_own
from wizard.journeys.bodies import CSRF_FIELD, Pairs, form_body, pairs_of, replayed_body, shown_body
from wizard.journeys.cookies import Cookies
from wizard.journeys.filling import Filled, Person
from wizard.journeys.html_page import Page, read_page
from wizard.journeys.recorded import Recorder, step_title
from wizard.journeys.result import SentRequest
from wizard.journeys.sample_files import Upload
from wizard.services.http import readable
from wizard.site.journey_expectations import json_of
from wizard.site.session import Site, new_client_address

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10
SESSION_TOKEN = re.compile(r'"meta":\s*\{[^{}]*"session_token":\s*"([^"]{8,200})"')
ANSWER_SHOWN = 400
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Golive", "Accept-Language": "en"}
PAGE, DATA = "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"


class RedirectLoop(SiteError):
    """The site redirects in a circle, so that no browser can open the address."""

    after_form = False
    """Whether the answer to what a visitor sent led into the circle, instead of to the page that it promises."""


@dataclass
class Answer:
    """What the site answered in the end, after redirects.

    Arguments:
        path: the address with its query that answered.
        redirects: the addresses that redirects led to, in order.
        first: the status of the first response: 302 where a form was accepted and led to another page.
        elsewhere: the URL of another site that the last redirect leads to, which is not followed.
        host: the site's public name.
        cookies_set: the names of the cookies that were set on the way.
    """

    response: httpx.Response
    path: str
    redirects: tuple[str, ...] = ()
    first: int = 0
    elsewhere: str = ""
    host: str = ""
    cookies_set: frozenset[str] = field(default_factory=frozenset)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def content_type(self) -> str:
        return str(self.response.headers.get("content-type", "")).lower()

    @cached_property
    def text(self) -> str:
        """The body as text; for a page, what a visitor reads."""
        return self.page.text if self.is_page else self.response.text

    @property
    def is_page(self) -> bool:
        return "html" in self.content_type

    @cached_property
    def json(self) -> Any:
        """The JSON content; None without."""
        if "json" not in self.content_type and self.response.content[:1] not in (b"{", b"["):
            return None
        try:
            return json_of(self.response)
        except ValueError:
            return None

    @cached_property
    def page(self) -> Page:
        """The page; an empty one if it is not HTML."""
        if not self.is_page:
            return Page(self.path)
        return read_page(self.response.content, self.path, content_type=self.content_type, host=self.host)


class Visitor:
    """A visitor of *site*.

    Arguments:
        role: `anonymous`, `first`, `second` or `staff`.
        client: the address that the requests come from; a new one by default.
        headers: sent with every request, for example `Authorization`.
        recorder: where the requests are recorded; a new one by default.
    """

    def __init__(
        self,
        site: Site,
        person: Person,
        *,
        role: str = "first",
        budget: float = 20.0,
        client: str = "",
        recorder: Recorder | None = None,
    ) -> None:
        self.site, self.person, self.role = site, person, role
        self.client = client or new_client_address()
        self.headers: dict[str, str] = {}
        self.cookies = Cookies(site.host)
        self.recorder = recorder or Recorder(budget)
        self._page_token = self._page = ""  # the page is the one that the browser shows, where the next link is
        remember(person.password)

    @property
    def requests(self) -> list[SentRequest]:
        """What was sent since `begin`, for the result of a journey."""
        return self.recorder.requests

    def begin(self) -> None:
        """Begin a journey: nothing is recorded yet, and its time starts."""
        self.recorder.begin()

    def anonymous(self) -> Visitor:
        """Another visitor who is not logged in, whose requests are recorded with this one's."""
        return self.accompanied(self.person, "anonymous")

    def accompanied(self, person: Person, role: str) -> Visitor:
        """Another visitor whose requests are recorded with this one's, and who shares its time."""
        return Visitor(self.site, person, role=role, recorder=self.recorder)

    def twin(self) -> Visitor:
        """The same visitor with the cookies and headers of now: what is left of it after a log-out can be tried."""
        made = Visitor(self.site, self.person, role=self.role, client=self.client, recorder=self.recorder)
        made.headers, made.cookies = dict(self.headers), self.cookies.copy()
        return made

    def move(self) -> None:
        """Send the next requests from another address: sites count log-ins by address."""
        if not self.site.public:
            self.client = new_client_address()

    def adopt(self, other: Visitor) -> None:
        """Go on as *other*, the same person in another browser."""
        self.client, self.headers, self.cookies = other.client, dict(other.headers), other.cookies.copy()

    def forget(self) -> None:
        """Delete the cookies and the token, as with a new browser."""
        self.headers.clear()
        self.cookies.clear()

    # ---- requests

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, data: bool = False) -> Answer:
        """GET *path* and follow redirects. *data*: ask for JSON instead of a page.

        Raises:
            SiteError: as `request` does.
        """
        return self.request("GET", path, headers={"Accept": DATA if data else PAGE, **(headers or {})})

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | Pairs | None = None,
        multipart: bool = False,
        headers: Mapping[str, str] | None = None,
        csrf: bool = True,
        follow: bool = True,
    ) -> Answer:
        """Send one request. *csrf*: with the token as a script of the site sends it, unless the form has it.

        Raises:
            SiteError: no answer, one that is too large, a loop, another site, or the journey's time is over.
        """
        require_own(self.site, method, path)
        pairs, body = form if isinstance(form, list) else pairs_of(form or {}), dict[str, Any]()
        if json is not None:
            body = {"content": json_module.dumps(json, ensure_ascii=False).encode(),
                    "headers": {"Content-Type": "application/json"}}  # fmt: skip
        elif form is not None:
            body = form_body(pairs, multipart=multipart)
        sent = {**BROWSER, "Accept": DATA if json is not None else PAGE, **body.pop("headers", {}), **self.headers}
        sent.update(headers or {})
        method, origin = method.upper(), f"https://{self.site.host}"
        sent = {"Referer": f"{origin}{_path(self._page)}", **sent} if self._page and method in SAFE else sent
        if method not in SAFE:
            sent = {"Origin": origin, "Referer": f"{origin}{_path(self._page or path)}", **sent}
            if csrf and not any(name == CSRF_FIELD for name, _ in pairs):
                sent.setdefault("X-CSRFToken", self._csrf_token())
        step = {method.lower(): path, **replayed_body(pairs, json)}
        shown = shown_body(content=json, pairs=pairs)
        return self._follow(method, path, sent, body, step, shown, follow=follow)

    def send(self, filled: Filled, path: str = "", *, csrf: bool = True, follow: bool = True) -> Answer:
        """Send a filled form to *path*, by default to the form's own address, in the form's encoding.

        Raises:
            SiteError: as `request` does.
        """
        form, values = filled.form, dict(filled.values)
        path, headers = path or form.path, dict(form.headers)
        if form.encoding == "graphql":
            return self.request(form.method, path, json=graphql.body(form, values), csrf=csrf, follow=follow)
        has_files = any(
            isinstance(each, Upload)
            for value in values.values()
            for each in (value if isinstance(value, list) else [value])
        )
        if form.encoding == "json" and not has_files:
            return self.request(form.method, path, json=values, headers=headers, csrf=csrf, follow=follow)
        if form.encoding == "json":
            headers["Accept"] = DATA
        if not csrf:
            values.pop(CSRF_FIELD, None)
        pairs = pairs_of(values, filled)
        if form.method == "get":
            query = httpx.QueryParams([(name, str(value)) for name, value in pairs])
            return self.request("GET", f"{path.partition('?')[0]}?{query}", headers=headers, follow=follow)
        # A browser sends the token of the form. One that the page left out is not made up.
        by_script = csrf and not (form.source.startswith("page") and not headers)
        return self.request(form.method, path, form=pairs, multipart=form.encoding == "multipart" or has_files,
                            headers=headers, csrf=by_script, follow=follow)  # fmt: skip

    def learned(self, text: str) -> None:
        """Note with the last request what its refusal said and what is sent instead."""
        self.recorder.learned(text)

    def _csrf_token(self) -> str:
        """The token as a script reads it from the cookie; made up if no page has set one, as another page would."""
        name = self.site.csrf_cookie
        if not self.cookies.get(name) and self._page_token:
            return self._page_token
        if not self.cookies.get(name):
            self.cookies.put(name, secrets.token_hex(16))
        return self.cookies.get(name)

    def _follow(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any], step: dict[str, Any], shown: str,
        *, follow: bool,
    ) -> Answer:  # fmt: skip
        """Send a request, and go where its redirects lead, as a browser does. Source: Fetch standard, 4.4."""
        redirects: list[str] = []
        first, cookies_set, sent = 0, set[str](), method
        while True:
            response = self._once(method, path, headers, body, step, shown)
            first = first or response.status_code
            cookies_set |= {each.partition("=")[0].strip() for each in response.headers.get_list("set-cookie")}
            location = response.headers.get("location", "")
            leads = response.status_code in REDIRECTS and bool(location) and follow
            target = self._address(path, location) if leads else ""
            answer = Answer(
                response, path, tuple(redirects), first, target if "://" in target else "", self.site.host,
                frozenset(cookies_set),
            )  # fmt: skip
            if not leads or answer.elsewhere:
                self._page = path if answer.is_page and response.status_code == 200 else self._page
                self._keep_page_token(answer)
                return answer
            redirects.append(target)
            if len(redirects) > MOST_REDIRECTS:
                way = " → ".join([redact(each) for each in redirects[-3:]])
                loop = RedirectLoop(f"{step_title(step)} is redirected more than {MOST_REDIRECTS} times", way,
                                    "Open the address in a browser. The views redirect to each other.")  # fmt: skip
                loop.after_form = sent not in SAFE
                raise loop
            if response.status_code not in (307, 308) and method not in SAFE:
                method, body, shown = "GET", {}, ""
                headers = {
                    name: value
                    for name, value in headers.items()
                    if name not in ("Content-Type", "Origin", "X-CSRFToken")
                }
            path = target
            step = {method.lower(): path} if method == "GET" else {**step, method.lower(): path}

    def _address(self, path: str, location: str) -> str:
        """Where a redirect leads: an address on the site, or the URL of another one."""
        try:
            parts = urlsplit(urljoin(f"https://{self.site.host}{_path(path)}", location))
            own = parts.hostname in (self.site.host.partition(":")[0], "127.0.0.1")
        except ValueError as error:
            raise SiteError(f"{path} redirects to an invalid address", location[:100], str(error)) from error
        if not own:
            return parts.geturl()
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _once(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any], step: dict[str, Any], shown: str
    ) -> httpx.Response:
        """Send one request, and record it. A rate limit is met with a new client address, once in a journey."""
        while True:
            left = self.recorder.seconds_left()
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.for_path(_path(path)).items())
            began = time.perf_counter()
            sent = {**headers, "Cookie": cookies} if cookies else headers
            try:
                response = self.site.request(method, path, client=self.client, headers=sent, patient=True, timeout=left,
                                             seconds=left, **body)  # fmt: skip
            except SiteError as error:
                seconds = time.perf_counter() - began
                self.recorder.add(self, step, SentRequest(step_title(step), shown, 0, seconds, redact(error.why)))
                raise
            seconds = time.perf_counter() - began
            self.cookies.take(response)
            self._take_session_token(response)
            text = excerpt(readable(response), ANSWER_SHOWN)
            self.recorder.add(self, step, SentRequest(step_title(step), shown, response.status_code, seconds, text))
            if response.status_code != 429 or self.site.public or not self.recorder.may_change_address():
                return response
            self.client = new_client_address()
            self.learned("The site limits the rate of requests, so the request is sent again from another address")

    def _take_session_token(self, response: httpx.Response) -> None:
        """Keep the token that allauth's API for apps wants with the next request, also before a log-in is complete."""
        if b'"session_token"' in response.content[:20_000] and "json" in response.headers.get("content-type", ""):
            found = SESSION_TOKEN.search(response.text[:20_000])
            if found:
                remember(found[1])
                self.headers["X-Session-Token"] = found[1]

    def _keep_page_token(self, answer: Answer) -> None:
        if answer.is_page and CSRF_FIELD.encode() in answer.response.content:
            tokens = [each.initial for form in answer.page.forms for each in form.inputs if each.name == CSRF_FIELD]
            self._page_token = tokens[0] if tokens else self._page_token


def _path(address: str) -> str:
    """The path of an address on the site, which may be a whole URL on loopback."""
    return urlsplit(address).path or "/" if "://" in address else address
