"""Run user journeys against a site and record every request, its response and the first unmet expectation."""

from __future__ import annotations

import io
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from wizard.base.secrets import excerpt
from wizard.services.http import readable
from wizard.site.journey_expectations import DEFAULT_STATUSES, first_mismatch, json_at, json_of
from wizard.site.journey_variables import fill, fill_text, names_in
from wizard.site.journeys import Journey, JourneyStep
from wizard.site.session import Site, cookie_header

OF_THE_DATA = (400, 409, 422)
"""Statuses that say something about the data, such as an order of an empty cart."""
BODY_SHOWN = 300
"""Characters of a response that are shown."""


@dataclass
class Exchange:
    """One request and its response, with secrets redacted; *wrong* is the first unmet expectation."""

    request: str
    status: int
    seconds: float
    body: str
    wrong: str = ""

    def __str__(self) -> str:
        return f"{self.request} → {self.status} in {self.seconds * 1000:.0f} ms" + (
            f": {self.wrong}; {self.body}" if self.wrong else ""
        )


@dataclass
class Outcome:
    """The result of one journey; it holds if at least one request was sent and none failed.

    Arguments:
        lacks: variables that its steps use, and that no earlier step kept.
        refused: whether it failed by a status that says nothing about the data.
        follows: the title of the earlier journey whose failure it probably follows from.
    """

    journey: Journey
    exchanges: list[Exchange]
    lacks: frozenset[str] = frozenset()
    refused: bool = False
    follows: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.exchanges) and not any(exchange.wrong for exchange in self.exchanges)

    def __str__(self) -> str:
        shown = [exchange for exchange in self.exchanges if exchange.wrong] or self.exchanges
        return f"{self.journey.title}: " + "; ".join(map(str, shown))


class JourneyRunner:
    """Runs journeys against one site. Variables and cookies are shared by all journeys of the runner."""

    def __init__(self, site: Site, variables: dict[str, str], *, client: str) -> None:
        self.site, self.client = site, client
        self.variables: dict[str, Any] = {"random": secrets.token_hex(4), **variables}
        self._cookies: dict[str, httpx.Cookies] = {}
        self.timings: dict[str, list[float]] = {}
        """Seconds of every response, by method and path."""

    def run(self, journey: Journey) -> Outcome:
        """Run *journey* until a step fails."""
        outcome = Outcome(journey, [], frozenset(used_variables(journey) - self.variables.keys()))
        for step in journey.steps:
            for _ in range(step.repeat):
                exchange = self._send(step)
                outcome.exchanges.append(exchange)
                if exchange.wrong:
                    accepted = {*step.expect.get("status", DEFAULT_STATUSES), *OF_THE_DATA}
                    outcome.refused = exchange.status not in accepted
                    return outcome
        return outcome

    def _send(self, step: JourneyStep) -> Exchange:
        path = fill_text(step.path, self.variables)
        request = f"{step.method.upper()} {path}"
        if missing := re.search(r"\{(\w+)\}", path):
            return Exchange(request, 0, 0.0, "", f"no earlier step kept a value as {missing[1]}")
        cookies = self._cookies.setdefault(step.visitor, httpx.Cookies())
        headers = {name: fill_text(value, self.variables) for name, value in step.headers.items()}
        if step.csrf:
            headers.update(self._csrf_headers(path, cookies))
        headers.update(cookie_header(cookies))
        began = time.perf_counter()
        # Unless the step expects a 429, wait until the site's own rate limit resets.
        patient = 429 not in step.expect.get("status", ())
        response = self.site.request(
            step.method.upper(), path, client=self.client, headers=headers, patient=patient, **self._body(step)
        )
        seconds = time.perf_counter() - began
        self.timings.setdefault(f"{step.method.upper()} {step.path}", []).append(seconds)
        cookies.update(response.cookies)
        wrong = first_mismatch(step.expect, response, seconds, self.variables) or self._keep(step, response)
        return Exchange(request, response.status_code, seconds, excerpt(readable(response), BODY_SHOWN), wrong)

    def _csrf_headers(self, path: str, cookies: httpx.Cookies) -> dict[str, str]:
        """Request the page at *path* and return the headers a browser would post from it; sets {csrf}."""
        page = self.site.get(path, client=self.client, headers=cookie_header(cookies))
        cookies.update(page.cookies)
        found = re.search(r'name=["\']csrfmiddlewaretoken["\'] value=["\']([^"\']+)', page.text)
        token = found[1] if found else next((c.value or "" for c in cookies.jar if "csrf" in c.name.lower()), "")
        self.variables["csrf"] = token
        return {
            "X-CSRFToken": token,
            "Origin": f"https://{self.site.host}",
            "Referer": f"https://{self.site.host}{path}",
        }

    def _body(self, step: JourneyStep) -> dict[str, Any]:
        """The body as keyword arguments of httpx."""
        body: dict[str, Any] = {}
        if step.json is not None:
            body["json"] = fill(step.json, self.variables)
        if step.form is not None:
            body["data"] = {name: fill_text(value, self.variables) for name, value in step.form.items()}
        if step.files is not None:
            body["files"] = {
                name: (fill_text(file.name, self.variables), io.BytesIO(file.content()), file.type)
                for name, file in step.files.items()
            }
        return body

    def _keep(self, step: JourneyStep, response: httpx.Response) -> str:
        """Set the step's variables from the response; returns an error text if one is missing."""
        for name, path in step.keep.items():
            try:
                value = json_at(json_of(response), path)
            except ValueError:
                value = None
            if value is None:
                return f"the response has no {path} to keep"
            self.variables[name] = value
        return ""


def used_variables(journey: Journey) -> set[str]:
    """The variables that the steps of *journey* use, except for those that an earlier step of it keeps."""
    used, kept = set[str](), set[str]()
    for step in journey.steps:
        used |= names_in([step.path, step.headers, step.json, step.form, step.expect]) - kept
        kept |= step.keep.keys()
    return used


def mark_consequences(outcomes: Sequence[Outcome], keepers: Sequence[Journey]) -> None:
    """Say of each failed journey whether it probably failed because an earlier one did.

    It did if it lacks a variable that the earlier one should have kept, or if its answer is about other data, such as
    a cart without the product that could not be added.
    """
    failed: list[Outcome] = []
    for outcome in outcomes:
        if outcome.holds:
            continue
        named = {each.name for each in keepers for step in each.steps if outcome.lacks & step.keep.keys()}
        source = next((each for each in failed if each.journey.name in named), None)
        if source is None and not outcome.refused and outcome.exchanges and outcome.exchanges[-1].status:
            source = next(iter(failed), None)
        outcome.follows = (source.follows or source.journey.title) if source else ""
        failed.append(outcome)
