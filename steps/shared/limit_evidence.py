"""Evidence that a rate limit holds for a client, in a burst and with forged headers, and lets other clients through."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from steps.shared import token_login
from steps.shared.accounts import create_account, list_addresses
from steps.shared.own_answers import problem
from steps.shared.page_answers import read_pages
from steps.shared.rate_limited_views import REFUSAL, Kind, LimitedView, only_last_refused
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address, summarize_statuses
from wizard.targets.sandbox import Sandbox

BURST = 60
"""Parallel requests."""
TRIES = 3
"""How often a limit is exceeded before it counts as evaded, because a window may end while it is examined."""
FORGED = ("X-Forwarded-For", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Real-IP")
"""Headers in which a client may claim another address."""


@dataclass
class Attempt:
    """Requests of one client in a row, until the limit refuses one."""

    client: str
    responses: list[httpx.Response]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def statuses(self) -> list[int]:
        return [response.status_code for response in self.responses]

    @property
    def in_order(self) -> bool:
        return only_last_refused(self.responses)


@dataclass
class Check:
    """The check of one view of a *kind* on a running *site*, whose limit lets *limit* requests through.

    *account* is a user of the scratch database.
    """

    project: Project
    sandbox: Sandbox
    site: Site
    kind: Kind
    view: LimitedView
    limit: int
    account: dict[str, Any] = field(default_factory=dict)
    period: int = 0
    """The seconds for which the limit counts."""
    own_headers: Sequence[str] = ()
    """The request headers that the project's own code reads."""
    login_refused: bool = False
    """Whether the site's own limit refused the login of a new user."""

    @property
    def shown(self) -> str:
        return f"{self.view.method} {self.view.url.path}{self.view.label}"

    def send(self, client: str, headers: dict[str, str], body: dict[str, Any], times: int = 1) -> list[httpx.Response]:
        method, path = self.view.method, self.view.url.path
        return [
            self.site.request(method, path, client=client, headers=headers, **self._with_own_account(body))
            for _ in range(times)
        ]

    def _with_own_account(self, body: dict[str, Any]) -> dict[str, Any]:
        """*body* of a sign-up for a new account: a name is taken once, and a site may limit the mails to each address.

        A view that does not look whether a name is taken raises at the second account of that name.
        """
        if self.kind.name != "signup":
            return body
        name = f"golive-{secrets.token_hex(6)}"
        own = {"username": name, "email": f"{name}@example.com"}
        return {
            part: {key: own.get(key, value) for key, value in values.items()} if isinstance(values, Mapping) else values
            for part, values in body.items()
        }

    def form(self, client: str, cookies: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of a browser that posts from the page. A GET needs only its cookies, and would count itself."""
        if self.view.method == "GET":
            return cookie_header(cookies or {})
        return self.site.form(self.view.url.path, client, cookies)

    def sign_in(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and cookies of a new user. An API authenticates by token, a page by session."""
        account = create_account(self.sandbox)
        if not self.view.url.drf:
            return {}, account["cookies"]
        refused = False
        for status, headers in token_login.log_in(self.site, token_login.find_logins(self.project), account):
            if headers:
                return headers, {}
            refused = refused or status == 429
        self.login_refused = self.login_refused or refused
        return {}, account["cookies"]

    def exceed(self) -> Attempt:
        """Send limit + 1 requests in a row. Retry once as a new client in case the window rolled over."""
        headers, cookies = self.sign_in() if self.kind.name == "order" else ({}, {})
        attempt = Attempt("", [])
        for _ in (1, 2):
            client = new_client_address()
            sent = {**self.form(client, cookies), **headers}
            body = self.wrong_body(client)
            attempt = Attempt(client, self.send(client, sent, body, self.limit + 1), sent)
            if attempt.in_order or self.kind.name == "order":
                break
        return attempt

    def wrong_body(self, client: str) -> dict[str, Any]:
        """The data of the requests that are counted: for a login, a wrong password of an account that exists.

        Mails go to an address that belongs to *client*, since each address has a count of its own.
        """
        if self.kind.name == "mail":
            return self.mail_to(f"golive-{client}@example.com")
        if self.kind.name == "login" and self.account:
            return self.view.body_of(self.account, "not-the-password")
        return self.view.body

    def fault(self, attempt: Attempt) -> str:
        """Why a response of *attempt* is no answer of the view itself; empty if all are."""
        path = self.view.url.path
        found = next(filter(None, (problem(self.site, path, response) for response in attempt.responses)), "")
        if not found:
            return ""
        error = self.sandbox.last_gunicorn_error() if max(attempt.statuses) >= 500 else ""
        return f"the view itself did not answer: {found}{error}"

    def is_unused(self, fault: str) -> bool:
        """Whether the view is of a package, and needs another one that the project does not route.

        An example is allauth's page for a login code where logins by code are off: it can't log anybody in.
        """
        return self.view.url.file is None and "NoReverseMatch" in fault

    def burst(self) -> tuple[list[int], int]:
        """Send parallel requests. Returns their statuses, and how many of them passed the limit.

        Retries once as a new client in case the window rolled over.
        """
        path, burst, passed = self.view.url.path, list[int](), 0
        for _ in (1, 2):
            client = new_client_address()
            headers = self.site.form(path, client)
            burst = self.site.burst(path, BURST, client=client, headers=headers, **self.view.body)
            passed = sum(status not in {429, 0} for status in burst)
            if passed <= self.limit:
                break
        return burst, passed

    def others_pass(self, attempt: Attempt) -> tuple[bool, str]:
        """Whether another client gets through: with the right password at a login, as another user at an order."""
        client = new_client_address()
        headers, cookies = self.sign_in() if self.kind.name == "order" else ({}, {})
        body, who = self.view.body, "another client"
        if self.kind.name == "order":
            who = "another user"
        elif self.kind.name == "mail":
            body, who = self.wrong_body(client), "another client for another address"
        elif self.kind.name == "login" and self.account:
            body = self.view.body_of(self.account, self.account["password"])
            who = "another client with the right password"
        sent = {**self.form(client, cookies), **headers}
        response = self.send(client, sent, body)[0]
        first = attempt.responses[0]
        # Success shows as a redirect, a session or a token. Without it, the response is the one before the limit.
        is_refused = response.status_code == 429 or REFUSAL in response.text
        is_refused = is_refused or (response.status_code == 403 and first.status_code != 403)
        return not is_refused, f"{who}: {response.status_code}"

    def mail_to(self, address: str) -> dict[str, Any]:
        return {"data": dict.fromkeys(["email", *self.view.url.fields], address)}

    def forged_headers_are_ignored(self, attempt: Attempt) -> tuple[bool, str]:
        """Whether a client that is over the limit stays there when it claims other addresses."""
        names = [name for name in FORGED if name != "X-Real-IP" or self.site.tls or self.site.public]
        passed = self.in_each_try(
            attempt, lambda tried: [name for name in names if self._forged(tried, name).status_code != 429]
        )
        if passed:
            return False, f"a client that sends {' or '.join(passed)} is counted as another client"
        return True, f"429 × {len(names)} with forged client addresses"

    def in_each_try(self, attempt: Attempt, find: Callable[[Attempt], list[str]]) -> list[str]:
        """The names that *find* returns for *attempt*, and again for each further client that exceeds the limit.

        On a public site, where all clients share one address, further tries take too long.
        """
        return found_each_time(find(attempt), lambda: find(self.exceed()), 1 if self.site.public else TRIES)

    def _forged(self, attempt: Attempt, name: str) -> httpx.Response:
        value = forged_value(name)
        if name == "X-Forwarded-For" and not (self.site.tls or self.site.public):
            value = f"{value}, {attempt.client}"  # as a proxy passes it on
        body = self.wrong_body(attempt.client)
        return self.send(attempt.client, {**attempt.headers, name: value}, body)[0]

    def per_address(self) -> tuple[bool, str]:
        """Whether mails to one address are limited whoever asks for them, each time from another client."""
        statuses: list[int] = []
        for _ in range(1 if self.site.public else TRIES):
            body = self.mail_to(f"golive-{secrets.token_hex(4)}@example.com")
            statuses = [self._of_new_client(body) for _ in range(self.limit + 1)]
            if statuses[-1] == 429:
                break
        return statuses[-1] == 429, f"for one address by {len(statuses)} clients: {summarize_statuses(statuses)}"

    def _of_new_client(self, body: dict[str, Any]) -> int:
        client = new_client_address()
        return self.send(client, self.form(client), body)[0].status_code


def found_each_time(found: list[str], again: Callable[[], list[str]], tries: int = TRIES) -> list[str]:
    """Return those of *found* that *again* finds in each further try.

    If a window ends during a try, its requests are let through for that reason. Windows do not end in several tries in
    a row.
    """
    for _ in range(tries - 1):
        if not found:
            break
        seen = again()
        found = [name for name in found if name in seen]
    return found


def forged_value(name: str) -> str:
    """A value of the header *name* in which a client claims another address."""
    claimed = new_client_address()
    return f"for={claimed}" if name == "Forwarded" else claimed


def fails_by_host(check: Check) -> str:
    """The reason why every page is a 404, except for health checks; empty if some page is not."""
    paths = [path for path in list_addresses(check.project, 8) if not re.search(r"health|ping", path)]
    answers = read_pages(check.site, [*paths, check.view.url.path])
    statuses = {*answers.endless.values(), *(each.status_code for each in answers.complete.values())}
    if answers.silent or statuses != {404}:
        return ""
    models = check.sandbox.scratch.host_models
    tried = f", also after Golive added it to {models} in the scratch database" if models else ""
    return (
        f"the site has no page at the host name {check.site.host}{tried}. It seems to choose a tenant by host name: "
        "add a domain of production to ALLOWED_HOSTS, and make sure that it belongs to a tenant"
    )
